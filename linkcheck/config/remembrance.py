"""The words of `linkcheck history` → lines of text; which of its tasks is meant, and what it needs."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from linkcheck.config import assembly
from linkcheck.config.clock import clock
from linkcheck.config.files import is_same
from linkcheck.config.memory import remembering
from linkcheck.config.opening import opened
from linkcheck.config.rules import rules
from linkcheck.config.settings import Settings
from linkcheck.errors import UserFault
from linkcheck.reports import curves
from linkcheck.stages import history, saving, survival, upkeep
from linkcheck.store.connection import faults, held, open_existing
from linkcheck.store.retention import Retention


class Wishes(Struct, frozen=True):
    """What was asked for: exactly one task."""

    url: str | None
    runs: int
    survival: bool
    by: str | None
    save_first: int | None
    form: str
    rebuild: bool
    prune: bool
    keep_runs: int
    keep_looks: int
    to: str | None
    source: str | None


_DEFAULTS = {"runs": 30, "keep_runs": 10, "keep_looks": 5}
_TASKS = {
    "url": "a URL",
    "survival": "--survival",
    "save_first": "--save-first",
    "rebuild": "--rebuild",
    "prune": "--prune",
    "to": "--export",
    "source": "--import",
}


def wishes(given: Mapping[str, Any]) -> Wishes:
    """The words as typed; raises UserFault for those that exclude each other."""
    wanted = Wishes(**{**given, **{name: value for name, value in _DEFAULTS.items() if given.get(name) is None}})
    tasks = [words for name, words in _TASKS.items() if getattr(wanted, name)]
    if len(tasks) > 1:
        raise UserFault(f"{tasks[0]} and {tasks[1]} exclude each other")
    if wanted.by is not None and not wanted.survival:
        raise UserFault("--by belongs to --survival")
    for name in ("keep_runs", "keep_looks"):
        if given.get(name) is not None and not wanted.prune:
            raise UserFault(f"--{name.replace('_', '-')} belongs to --prune")
    if given.get("runs") is not None and tasks:
        raise UserFault(f"--runs and {tasks[0]} exclude each other")
    if wanted.form == "svg" and not wanted.survival:
        raise UserFault("--format svg belongs to --survival")
    if wanted.form == "json" and not (wanted.survival or wanted.save_first):
        raise UserFault("--format json belongs to --survival or --save-first")
    return wanted


def lines(settings: Settings, store: Path | None, wanted: Wishes, *, has_unicode: bool) -> Iterator[str]:
    """What is to be printed; raises UserFault and StoreFault."""
    with faults(store):
        if wanted.rebuild or wanted.prune or wanted.source is not None:
            with held(store):
                yield _kept_up(settings, store, wanted)
        elif wanted.survival:
            yield from _survival(settings, store, wanted, has_unicode=has_unicode)
        else:
            yield from _shown(settings, store, wanted)


def _kept_up(settings: Settings, store: Path | None, wanted: Wishes) -> str:
    by = remembering(settings)
    with closing(open_existing(store)) as db:
        if wanted.rebuild:
            return upkeep.rebuild(db, by)
        if wanted.prune:
            return upkeep.prune(db, Retention(wanted.keep_runs, wanted.keep_looks, by.rules))
        return upkeep.merge(db, wanted.source or "", by)


def _survival(settings: Settings, store: Path | None, wanted: Wishes, *, has_unicode: bool) -> Iterator[str]:
    with opened(settings, store) as db:
        found = survival.survival(db, wanted.by, rules(settings)(), remembering(settings))
    if wanted.form == "json":
        yield msgspec.json.format(msgspec.json.encode(survival.plain(found)), indent=2).decode()
    elif wanted.form == "svg":
        yield curves.svg(found.curves)
    else:
        yield from survival.lines(found, has_unicode=has_unicode)


def _shown(settings: Settings, store: Path | None, wanted: Wishes) -> Iterator[str]:
    team = assembly.team(settings)
    if team is not None and wanted.to is None and wanted.save_first is None and wanted.url is None:
        from linkcheck.stages import sharing

        yield from history.of_team(sharing.runs(team, wanted.runs))
        return
    with opened(settings, store) as db:
        if wanted.to is not None:
            if store is not None and is_same(wanted.to, str(store)):
                raise UserFault(f"'{wanted.to}' is the store itself; export to another file")
            yield upkeep.export(db, wanted.to, clock()())
        elif wanted.save_first is not None:
            found = saving.save_first(db, wanted.save_first, remembering(settings))
            if wanted.form == "json":
                yield msgspec.json.format(msgspec.json.encode(saving.plain(found)), indent=2).decode()
            else:
                yield from saving.lines(found)
        elif wanted.url is not None:
            yield from history.of_url(db, wanted.url, remembering(settings))
        else:
            yield from history.of_runs(db, wanted.runs)
