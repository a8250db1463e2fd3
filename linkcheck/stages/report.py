"""A run in the store → its reports, each to its file or to standard output."""

import sqlite3
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TextIO

from linkcheck.errors import UserFault
from linkcheck.model import Finding, Outcome
from linkcheck.reports.summary import LISTED, Summary, counted
from linkcheck.store import findings, runs

Reporter = Callable[[TextIO, Summary, Iterable[Finding]], None]

REPORTS: dict[str, tuple[str, tuple[Outcome, ...] | None]] = {
    # name: (module that writes it, the outcomes it lists; None: all)
    "console": ("linkcheck.reports.console", LISTED),
    "json": ("linkcheck.reports.json", None),
    "jsonl": ("linkcheck.reports.jsonl", None),
}


def reporter(name: str) -> Reporter:
    """The function that writes a report; its module is loaded only now."""
    write: Reporter = import_module(REPORTS[name][0]).write
    return write


def summary(db: sqlite3.Connection, run_id: int | None = None) -> Summary:
    """The numbers of a run, or of the last one; raises UserFault when there is none."""
    run = runs.find(db, run_id)
    if run is None:
        raise UserFault(f"the store has no run {run_id}" if run_id is not None else "the store has no run yet")
    outcomes, reasons, kinds, changes = counted(findings.counts(db, run.id))
    return Summary(
        run.id,
        run.started_at,
        run.finished_at,
        run.status,
        run.paths,
        *runs.sizes(db, run.id),
        outcomes,
        reasons,
        kinds,
        changes,
        confirmed=findings.confirmed(db, run.id),
        removed=findings.removed(db, run.id, runs.baseline(db, run.id)),
        problems=tuple(runs.problems(db, run.id)),
    )


def write(db: sqlite3.Connection, name: str, out: TextIO, of: Summary) -> None:
    """Write one report."""
    reporter(name)(out, of, findings.findings(db, of.run_id, REPORTS[name][1]))
