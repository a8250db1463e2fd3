"""Settings → what each stage of a run needs; the one place that knows every stage's options."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from linkcheck import __version__, urls
from linkcheck.config import checks
from linkcheck.config.files import is_document, is_same
from linkcheck.config.policies import policy
from linkcheck.config.rules import rules
from linkcheck.config.settings import AUTO, Settings, age, is_server
from linkcheck.documents.walk import DEFAULT_EXTENSIONS, Walk, shown
from linkcheck.errors import ConfigurationFault, UserFault
from linkcheck.stages.collect import Collecting
from linkcheck.store.digests import blake2b

# What reads documents, knows rules or asks is loaded when it is needed: a run over unchanged files needs none of it.
if TYPE_CHECKING:
    from linkcheck.documents.changed import Changed
    from linkcheck.engines.lanes import Engine
    from linkcheck.probes.local_files import LocalFiles
    from linkcheck.run import Plan
    from linkcheck.stages.reading import Reading
    from linkcheck.store.baselines import Baseline
    from linkcheck.store.lives import Remembering
    from linkcheck.store.team import Team

STORE = ".linkcheck/store.db"


def plan(settings: Settings, paths: Sequence[str], folder: Path, now: Callable[[], datetime]) -> "Plan":
    """Everything a run needs; `folder`: where the store lives by default. Raises UserFault for what cannot be."""
    from linkcheck.run import Plan
    from linkcheck.stages.probe import Probing

    check(settings)
    _refuse_overwriting(settings, paths, folder)
    started_at = now()
    changed = _changed(settings)
    reading = collecting(settings, paths, changed.files if changed is not None else None)
    return Plan(
        collecting=reading,
        probing=Probing(
            engine=None if settings.offline else _engine(settings, now),
            local_files=_local_files(settings, paths),
            rules=reading.rules,
            # A recording that left out what is known already could not be replayed.
            fresh_since=started_at - (_max_age(settings) if settings.record is None else timedelta(0)),
            due_by=int(started_at.timestamp()) if settings.max_age == AUTO and settings.record is None else None,
            budget=settings.budget,
            remembering=lambda: remembering(settings),
            is_conditional=settings.record is None,
            network_is_up=None if settings.offline or settings.replay else lambda: _network_is_up(settings),
        ),
        policy=policy(settings),
        remembering=lambda: remembering(settings),
        store=store(settings, folder),
        team=team(settings),
        secrets=settings.secrets,
        allow_empty=settings.allow_empty,
        deadline_s=age(settings.deadline).total_seconds() if settings.deadline else None,
        now=now,
        baseline=baseline(settings),
        changed=changed,
        resume=settings.resume,
        scope=_scope(settings, reading),
    )


def _refuse_overwriting(settings: Settings, paths: Sequence[str], folder: Path) -> None:
    """A recording begins with an empty file: over the store, all memory would be gone; over a document, its text."""
    own = store(settings, folder)
    extensions = DEFAULT_EXTENSIONS | {_dotted(extension) for extension in settings.extension}
    for file in filter(None, [*(form.partition("=")[2] for form in settings.format), settings.record]):
        if is_document(file, paths, extensions):
            raise UserFault(f"'{file}' is one of the documents to be checked, and would be overwritten")
    if settings.record is not None and own is not None and is_same(settings.record, str(own)):
        raise UserFault(f"the recording '{settings.record}' would overwrite the store")


def _scope(settings: Settings, reading: Collecting) -> str:
    """Of which documents are read and by what rules; a timeout or a pace may be another when a run goes on."""
    walk = reading.walk
    chosen = (sorted(walk.extensions), walk.hidden, walk.gitignore, walk.excluded, walk.root)
    parts = (reading.rules_digest, reading.paths, chosen, settings.changed)
    return blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def remembering(settings: Settings) -> "Remembering":
    """By which rules the lives of targets are told."""
    from linkcheck.config.memory import remembering

    return remembering(settings)


def _max_age(settings: Settings) -> timedelta:
    return age(settings.max_age) if settings.max_age != AUTO else timedelta(0)


def baseline(settings: Settings) -> "Baseline | None":
    """What is compared with instead of the last run; raises UserFault when the file is no baseline for this."""
    if settings.baseline is None:
        return None
    from linkcheck.store import baselines

    found = baselines.read(settings.baseline)
    if not found.is_whole and {"new", "redirected"} <= set(settings.fail_on):
        lists = f"the baseline '{settings.baseline}' lists problems only"
        raise UserFault(f"{lists}, so which redirects are new cannot be told; use a JSON report")
    return found


def _changed(settings: Settings) -> "Changed | None":
    if settings.changed is None:
        return None
    from linkcheck.documents.changed import changed

    return changed(settings.changed, os.environ)


def asked_now(settings: Settings, url: str, now: Callable[[], datetime]) -> Iterator[str]:
    """Ask for one URL at once and explain the answer; raises UserFault when it is no web address."""
    check(settings)
    if settings.offline:
        raise UserFault("--now asks again, and offline asks nothing")
    address = urls.resolve(url)
    if address is None or not urls.is_web(address):
        raise UserFault(f"'{url}' is no web address that could be asked")
    from linkcheck.stages import explain

    return explain.ask(_engine(settings, now)(), address, rules(settings)())


def _engine(settings: Settings, now: Callable[[], datetime]) -> Callable[[], "Engine"]:
    """What builds the engine once something is due; what the user may have mistyped is looked at right now."""

    @cache
    def build() -> "Engine":
        from linkcheck.config.engine import engine

        return engine(settings, now)

    if settings.connect_to or settings.hosts or settings.record or settings.replay:
        build()
    if settings.ca_file is not None and not os.access(settings.ca_file, os.R_OK):
        raise UserFault(f"cannot read certificates from {settings.ca_file!r}")
    return build


def _local_files(settings: Settings, paths: Sequence[str]) -> Callable[[], "LocalFiles"]:
    @cache
    def build() -> "LocalFiles":
        from linkcheck.probes.local_files import LocalFiles

        return LocalFiles(_roots(settings, paths), settings.index)

    return build


def _network_is_up(settings: Settings) -> bool:
    from linkcheck.config.engine import canaries_answer

    return canaries_answer(settings)


def check(settings: Settings) -> None:
    """Refuse what contradicts itself or has no meaning, all mistakes at once."""
    found = checks.mistakes(settings)
    if found:
        raise ConfigurationFault([sentence for _, sentence in found])


def collecting(settings: Settings, paths: Sequence[str], changed: frozenset[str] | None = None) -> Collecting:
    """What to read, and how; `changed`: only these."""
    if settings.root is not None and not Path(settings.root).is_dir():
        raise UserFault(f"--root: '{settings.root}' is no folder")
    walk = Walk(
        extensions=DEFAULT_EXTENSIONS | {_dotted(extension) for extension in settings.extension},
        hidden=settings.hidden,
        gitignore=settings.gitignore,
        excluded=settings.exclude_path,
        root=settings.root,
    )
    return Collecting(
        paths=tuple(paths),
        walk=walk,
        rules=rules(settings),
        reading=_reading(settings),
        rules_digest=_digest(settings, paths),
        changed=changed,
        reports=frozenset(_reports(settings, walk)),
    )


def _reports(settings: Settings, walk: Walk) -> Iterator[str]:
    for form in settings.format:
        file = form.partition("=")[2]
        if file and Path(file).suffix.lower() in walk.extensions:
            yield shown(file)


def _reading(settings: Settings) -> Callable[[], "Reading"]:
    @cache
    def build() -> "Reading":
        from linkcheck.references import Extraction
        from linkcheck.stages.reading import Reading
        from linkcheck.targets import Selection

        return Reading(
            extraction=Extraction(lazy_attributes=settings.lazy_attribute),
            rules=rules(settings)(),
            selection=Selection(
                include=tuple(map(re.compile, settings.include)),
                exclude=tuple(map(re.compile, settings.exclude)),
                kinds=settings.kind,
            ),
        )

    return build


def _dotted(extension: str) -> str:
    return "." + extension.lower().removeprefix(".")


def _digest(settings: Settings, paths: Sequence[str]) -> str:
    """Of everything besides the file that its references depend on."""
    parts = (
        __version__,
        settings.include,
        settings.exclude,
        settings.kind,
        settings.lazy_attribute,
        settings.proxy,
        settings.site,
        settings.exclusion,
        settings.secrets,
        settings.root or sorted(paths),
        os.fspath(Path.cwd()),
    )
    # repr, since a path may hold what is no Unicode
    return blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def _roots(settings: Settings, paths: Sequence[str]) -> list[Path]:
    """Where local references may lead: `--root`, else each directory given; for single files the working directory."""
    if settings.root is not None:
        return [Path(settings.root)]
    return [Path(path) if Path(path).is_dir() else _folder_of(Path(path)) for path in paths]


def _folder_of(path: Path) -> Path:
    inside = path.resolve().is_relative_to(Path.cwd())
    return Path.cwd() if inside or str(path) == "-" else path.resolve().parent


def kept(settings: Settings, folder: Path) -> list[Path]:
    """Files that no report may overwrite."""
    own = store(settings, folder)
    beside = [f"{own}{ending}" for ending in ("", "-wal", "-shm")] if own is not None else []
    return [Path(path) for path in (*beside, settings.record, settings.replay, settings.ca_file) if path is not None]


def store(settings: Settings, folder: Path) -> Path | None:
    """The store's file; a replay leaves the default store alone, since it tells of another time.

    A team's store is used by way of the default one: its queries are many, and of this run alone.
    """
    if settings.no_store or (settings.replay and (settings.store is None or is_server(settings.store))):
        return None
    if settings.store is None or is_server(settings.store):
        return folder / STORE
    return Path(settings.store)


def team(settings: Settings) -> "Team | None":
    """The team's store, when one is named and may be used: not by a replay, and not without a network."""
    if settings.store is None or not is_server(settings.store) or settings.replay or settings.offline:
        return None
    from linkcheck.store.team import Team

    chosen = (settings.include, settings.exclude, settings.exclude_path, settings.kind, settings.extension)
    return Team(settings.store, blake2b(repr(chosen).encode(), digest_size=8).hexdigest())
