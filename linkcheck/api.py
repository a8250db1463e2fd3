"""Paths and options → a `Report`: the program as a function, for tests, notebooks and other programs.

    def test_no_link_is_broken():
        with linkcheck.check("docs", fail_on="broken") as report:
            assert not report.failures, report.render("console")

It prints nothing, ends no process, and works inside a running event loop (where it blocks: `asyncio.to_thread` does
not) and in any thread.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import StringIO
from pathlib import Path
from sqlite3 import Connection
from threading import Thread
from types import TracebackType
from typing import Any, Self

from linkcheck.config import assembly, merging, outputs
from linkcheck.config.clock import clock
from linkcheck.config.settings import FORMATS, Settings, suggestion
from linkcheck.errors import OurFault, UserFault
from linkcheck.model import PROBLEMS, Change, Finding, Outcome
from linkcheck.reports.progress import Progress
from linkcheck.run import Plan, Ran
from linkcheck.run import run as run_plan
from linkcheck.stages import failing, report

_FOR_THE_COMMAND = ("format", "quiet", "verbose", "color")
_LISTS = ("fail_on",)


def check(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], /, **options: Any) -> "Report":
    """Check every reference in the documents of `paths`, as `linkcheck run` does.

    `options` are those of `run`, with `_` for `-`: `offline=True`, `host_rate=5`, `baseline="known.jsonl"`,
    `changed="origin/main"`; `config` names a configuration file, which is else searched as the command does. A store
    is kept only where `store` names one. Raises LinkcheckError, and KeyboardInterrupt when it is interrupted.

    >>> import linkcheck, pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.md").write_text("[one](b.md) [two](c.md)")
    >>> _ = (folder / "b.md").write_text("[back](a.md)")
    >>> report = linkcheck.check(folder, offline=True)
    >>> report.counts["ok"], report.counts["broken"], report.failures
    (2, 1, 1)
    >>> [(finding.reference.raw, finding.reason.value) for finding in report.broken]
    [('c.md', 'file-not-found')]
    >>> linkcheck.check(folder, offlin=True)
    Traceback (most recent call last):
    ...
    linkcheck.errors.UserFault: check() has no option 'offlin'; did you mean 'offline'?
    """
    settings, folder = _settings(options)
    plan = assembly.plan(settings, _paths(paths), folder, clock())
    ran = _run(plan)
    if ran.was_interrupted:
        ran.db.close()
        raise KeyboardInterrupt
    return Report(ran, settings)


class Report:
    """What a run found. It reads from the store when it is asked, so it holds whatever size of archive.

    Use it as a context manager, or let go of it: the store is closed with it.
    """

    def __init__(self, ran: Ran, settings: Settings) -> None:
        self._db = ran.db
        self._is_closed = False
        self._run_id = ran.run_id
        self._settings = settings
        self._summary = report.summary(ran.db, ran.run_id)
        standing = report.standing(ran.db, ran.run_id, settings.fail_on, ran.against)
        self.failures: int = failing.fails(standing, settings.fail_on)
        """How many findings are such as `fail_on` names; 0: the command would end with 0."""
        self.fault: str | None = str(ran.fault) if ran.fault is not None else None
        """Why the store, or the team's, could not be written to the end; what was found is all here."""

    @property
    def counts(self) -> Mapping[str, int]:
        """How many findings have each outcome, by its word."""
        return {outcome.value: self._summary.outcomes.get(outcome, 0) for outcome in Outcome}

    @property
    def delta(self) -> Mapping[str, int]:
        """How the problems changed since the last run or the baseline: new, fixed, updated, unchanged, removed."""
        return self._summary.delta()

    @property
    def findings(self) -> Iterator[Finding]:
        """Every finding, in document order; each call begins anew."""
        return report.listed(self._reading(), self._run_id)

    @property
    def broken(self) -> list[Finding]:
        """What a reader does not get."""
        return list(report.listed(self._reading(), self._run_id, (Outcome.BROKEN,)))

    @property
    def new(self) -> list[Finding]:
        """Problems that were none before."""
        problems = report.listed(self._reading(), self._run_id, PROBLEMS)
        return [finding for finding in problems if finding.change is Change.NEW]

    def render(self, form: str) -> str:
        """The report in a format of `--format`, as text."""
        if form not in FORMATS:
            raise UserFault(f"unknown format '{form}'{suggestion(form, FORMATS)}")
        out = StringIO()
        report.write(self._reading(), form, out, self._summary, outputs.rendering(self._settings))
        return out.getvalue()

    def write(self, form: str, file: str | os.PathLike[str]) -> None:
        """The same into a file, UTF-8; raises OurFault when it cannot be written."""
        text = self.render(form)  # first: what cannot be rendered must not cost the file that is there
        try:
            with Path(file).open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as out:
                out.write(text)
        except OSError as error:
            raise OurFault(f"cannot write the report '{file}': {error.strerror}") from error

    def close(self) -> None:
        """Let go of the store; nothing can be read any more."""
        self._db.close()
        self._is_closed = True

    def _reading(self) -> Connection:
        if self._is_closed:
            raise UserFault("the report is closed: read it inside of its 'with', or before close()")
        return self._db

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        counts = ", ".join(f"{number} {word}" for word, number in self.counts.items() if number)
        return f"<linkcheck.Report of run {self._run_id}: {counts or 'nothing'}>"


def _settings(options: Mapping[str, Any]) -> tuple[Settings, Path]:
    known = [*(name for name in Settings.__struct_fields__ if name not in _FOR_THE_COMMAND), "config"]
    for name in options:
        if name not in known:
            raise UserFault(f"check() has no option '{name}'{suggestion(name, known)}")
    given = {name: _listed(name, value) for name, value in options.items() if name != "config"}
    config = options.get("config")
    settings, folder = merging.settings(Path(config) if config is not None else None, given)
    if settings.store is None and not settings.no_store:
        settings, folder = merging.settings(Path(config) if config is not None else None, {**given, "no_store": True})
    return settings, folder


def _listed(name: str, value: Any) -> Any:
    """One word stands for a list of one; paths are names."""
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    types = {field: str(annotation) for field, annotation in Settings.__annotations__.items()}
    return (value,) if isinstance(value, str) and types[name].startswith("tuple") and name not in _LISTS else value


def _paths(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[str]:
    listed = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    if not listed:
        raise UserFault("check() wants at least one path")
    return [os.fspath(path) for path in listed]


def _run(plan: Plan) -> Ran:
    """In this thread; in one of its own where an event loop already runs in this one."""
    if not _is_inside_loop():
        return run_plan(plan, Progress())
    return _in_a_thread(lambda: run_plan(plan, Progress()))


def _is_inside_loop() -> bool:
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _in_a_thread(work: Callable[[], Ran]) -> Ran:
    ended: list[Ran | BaseException] = []

    def run() -> None:
        try:
            ended.append(work())
        except BaseException as fault:  # noqa: BLE001 - it is raised again where it is awaited
            ended.append(fault)

    # a daemon: whoever interrupts the wait is not held up at exit
    thread = Thread(target=run, name="linkcheck", daemon=True)
    thread.start()
    thread.join()
    if isinstance(ended[0], BaseException):
        raise ended[0]
    return ended[0]
