"""A run in the store → its reports, each to its file or to standard output."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct, structs

from linkcheck.errors import UserFault
from linkcheck.model import Change, Finding, Outcome
from linkcheck.reports.rendering import DEFAULTS, Rendering
from linkcheck.reports.summary import LISTED, Summary, counted
from linkcheck.stages import failing
from linkcheck.store import comparison, findings, runs
from linkcheck.store.comparison import Against, Standing
from linkcheck.store.runs import Run

if TYPE_CHECKING:
    from linkcheck.store.baselines import Baseline

Reporter = Callable[[TextIO, Summary, Iterable[Finding]], None]


class Report(Struct, frozen=True):
    """How one report is written."""

    module: str
    lists: tuple[Outcome | Change, ...] | None = None
    """The outcomes it lists, and `absent` for what is fine by now; None: everything."""
    is_by_target: bool = False
    """Whether the findings of one target are wanted in a row; else they come in document order."""
    is_dated: bool = False
    """Whether it wants to know when the documents appeared, and how links die with age."""
    is_record: bool = False
    """Whether it prints the contract's record of all findings, for which no finding has to be made an object."""
    options: tuple[str, ...] = ()
    """What its `write` takes of `Rendering`, as keyword arguments."""


_WITH_FIXED = (*LISTED, Change.ABSENT)

REPORTS: dict[str, Report] = {
    "console": Report("linkcheck.reports.console", LISTED, is_by_target=True),
    "json": Report("linkcheck.reports.json", is_record=True),
    "jsonl": Report("linkcheck.reports.jsonl", is_record=True),
    "junit": Report("linkcheck.reports.junit", options=("junit_dialect",)),
    "sarif": Report("linkcheck.reports.sarif", _WITH_FIXED, options=("job",)),
    "github": Report("linkcheck.reports.github", LISTED, is_by_target=True),
    "gitlab": Report("linkcheck.reports.gitlab", LISTED),
    "markdown": Report("linkcheck.reports.markdown", _WITH_FIXED, is_by_target=True, options=("job",)),
    "csv": Report("linkcheck.reports.csv", options=("csv_bom",)),
    "html": Report("linkcheck.reports.html", is_dated=True),
    "baseline": Report("linkcheck.reports.baseline"),
    "step-summary": Report(
        "linkcheck.reports.step_summary", _WITH_FIXED, is_by_target=True, options=("step_summary_bytes",)
    ),
}
"""`step-summary` is no format to ask for: it goes with `github`."""


def reporter(name: str, rendering: Rendering = DEFAULTS) -> Reporter:
    """The function that writes a report; its module is loaded only now."""
    report = REPORTS[name]
    write: Reporter = import_module(report.module).write
    return partial(write, **{option: getattr(rendering, option) for option in report.options})


def find(db: sqlite3.Connection, run_id: int | None = None) -> Run:
    """A run that ended, or the last one; raises UserFault when there is none, or when it has no findings."""
    run = runs.find(db, run_id)
    if run is None:
        raise UserFault(f"the store has no run {run_id}" if run_id is not None else "the store has no run that ended")
    if run.status not in ("finished", "interrupted"):
        # An empty report would look like an archive without a problem.
        raise UserFault(f"run {run.id} did not end ({run.status}), so it has no findings")
    if any(findings.counts(db, run.id)) and next(findings.findings(db, run.id), None) is None:
        raise UserFault(f"the findings of run {run.id} are kept no longer (history --prune took them out)")
    return run


def find_whole(db: sqlite3.Connection, run_id: int | None = None) -> Run:
    """A run whose problems are all there were, or the last such; raises UserFault for any other."""
    run = find(db, run_id if run_id is not None else runs.last_whole(db))
    if run.status != "finished":
        raise UserFault(f"run {run.id} did not end ({run.status}), so its problems are not all there are")
    if run.kept.deleted is not None:
        raise UserFault(f"run {run.id} read changed documents only, so its problems are not all there are")
    return run


def compare(db: sqlite3.Connection, run: Run, baseline: "Baseline | None", since: int | None) -> Against | None:
    """Show the run's changes since another run, or since a file, to all reports of this connection.

    None: neither is asked for, and the changes are those of the run itself. Raises UserFault when `since` is no run
    that could be compared with.
    """
    if baseline is not None:
        against = comparison.against_file(db, baseline)
    elif since is not None:
        find(db, since)
        against = comparison.against_run(db, since, f"run {since}")
    else:
        return None
    comparison.recompare(db, run.id, against)
    findings.tally_hidden(db, run.id)
    return against


def standing(db: sqlite3.Connection, run_id: int, fail_on: Sequence[str], against: Against | None) -> Standing:
    """What `--fail-on` counts: all findings, or those that are worse than what the run was compared with."""
    narrowed = failing.is_narrowed(fail_on) and against is not None
    if narrowed:
        return comparison.worse(db, run_id)
    outcomes: Counter[Outcome] = Counter()
    for outcome, _, _, _, number in findings.counts(db, run_id):
        outcomes[outcome] += number
    return Standing(outcomes, findings.confirmed(db, run_id))


def _since(db: sqlite3.Connection, run: Run, against: Against | None) -> tuple[str | None, int]:
    """(what the run's changes are told against, problems that are gone since then)."""
    if against is None and run.kept.since is not None:
        return run.kept.since, run.kept.removed
    if against is None and (last := runs.baseline(db, run.id)) is not None:
        against = comparison.against_run(db, last, "the last run")
    return (against.since, comparison.removed(db, run, against)) if against is not None else (None, 0)


def summary(db: sqlite3.Connection, run_id: int | None = None, against: Against | None = None) -> Summary:
    """The numbers of a run, or of the last one; raises UserFault when there is none.

    `against`: what `compare` compared it with.
    """
    run = find(db, run_id)
    since, removed = _since(db, run, against)
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
        removed=removed,
        problems=tuple(runs.problems(db, run.id)),
        since=since,
        left_out=run.kept.left_out,
        left_out_paths=run.kept.left_out_paths,
    )


def listed(db: sqlite3.Connection, run_id: int, wanted: Sequence[Outcome | Change] | None = None) -> Iterator[Finding]:
    """The findings of a run in document order, all or those of the given outcomes or changes."""
    return findings.findings(db, run_id, wanted)


def write(db: sqlite3.Connection, name: str, out: TextIO, of: Summary, rendering: Rendering = DEFAULTS) -> None:
    """Write one report."""
    report = REPORTS[name]
    if report.is_record:
        from linkcheck.reports import record

        import_module(report.module).write_records(out, of, record.of_rows(findings.rows(db, of.run_id)))
        return
    read = findings.findings_by_target if report.is_by_target else findings.findings
    writes: Callable[..., None] = reporter(name, rendering)
    if report.is_dated:
        from linkcheck.stages import survival

        of = structs.replace(of, published=findings.published(db, of.run_id))
        picture = survival.drawn(db, rendering.rules)
        writes = partial(writes, further=[picture] if picture is not None else [])
    writes(out, of, read(db, of.run_id, report.lists))
