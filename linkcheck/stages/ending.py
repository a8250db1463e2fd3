"""A run's findings → what they are compared with: a baseline that the user names, or the last run."""

from sqlite3 import Connection

from linkcheck.reports.progress import Progress
from linkcheck.stages.plan import Plan
from linkcheck.store import comparison, findings, runs
from linkcheck.store.comparison import Against


def compared(db: Connection, run_id: int, plan: Plan, progress: Progress) -> Against | None:
    """What the run is compared with: the baseline, whose changes are written into it now, or the last run."""
    if plan.baseline is None:
        last = runs.baseline(db, run_id)
        return comparison.against_run(db, last, "the last run") if last is not None else None
    against = comparison.against_file(db, plan.baseline)
    comparison.settle(db, run_id, against)
    findings.tally(db, run_id)
    run = runs.find(db, run_id)
    if run is not None:
        runs.keep(db, run_id, runs.Kept(since=against.since, removed=comparison.removed(db, run, against)))
    if plan.changed is None and comparison.knows_nothing(db, run_id):
        progress.notice(f"{against.since} and this run have no reference in common: was it made somewhere else?")
    return against
