"""The whole program in order: collect → plan and probe → judge. Reports are rendered from the store afterwards."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING

from msgspec import Struct

from linkcheck import __version__
from linkcheck.errors import InputFault, NetworkFault, UserFault
from linkcheck.reports.progress import Progress
from linkcheck.stages import collect, compare, drift, judge, probe, remember
from linkcheck.stages.collect import Collecting
from linkcheck.stages.probe import Probing
from linkcheck.stages.secrets import Secrets
from linkcheck.store import comparison, findings, runs
from linkcheck.store.baselines import Baseline
from linkcheck.store.comparison import Against
from linkcheck.store.connection import faults, held, open_store
from linkcheck.verdicts.policies import Policy

if TYPE_CHECKING:
    from linkcheck.documents.changed import Changed
    from linkcheck.store.lives import Remembering


class Plan(Struct, frozen=True):
    """Each stage's options."""

    collecting: Collecting
    probing: Probing
    policy: Policy
    remembering: "Callable[[], Remembering]"
    """By which rules the lives of targets are told."""
    store: Path | None
    secrets: tuple[str, ...]
    allow_empty: bool
    deadline_s: float | None
    now: Callable[[], datetime]
    baseline: Baseline | None = None
    """Compare with this instead of the last run."""
    changed: "Changed | None" = None
    """Read only what a pull request touches."""


class Ran(Struct, frozen=True):
    """A run that ended, and the store to report it from."""

    db: Connection
    run_id: int
    was_interrupted: bool
    against: Against | None
    """What the findings were compared with; None: there was nothing yet."""


def run(plan: Plan, progress: Progress) -> Ran:
    """Check everything that `plan` names; raises LinkcheckError for the user's faults and ours."""
    with held(plan.store), faults(plan.store):
        db = open_store(plan.store)
        run_id = runs.begin(db, _now(db, plan), __version__, plan.collecting.paths)
        if plan.changed is not None:
            runs.keep(db, run_id, runs.Kept(deleted=plan.changed.deleted))
        secrets = Secrets(plan.secrets)

        try:
            progress.stage("reading")
            collected = collect.collect(db, run_id, plan.collecting, progress, secrets)
            _refuse_nothing(db, run_id, plan, collected)
            _tell_unchanged(plan, collected, progress)
            progress.stage("asking")
            was_interrupted = not probe.probe(db, run_id, plan.probing, secrets, progress, plan.deadline_s)
        except NetworkFault:
            runs.end(db, run_id, plan.now(), "aborted")
            raise
        except KeyboardInterrupt:
            was_interrupted = True
            # perhaps nothing was drawn up yet: what is due and was not asked has to be known to be judged
            probe.draw_up(db, run_id, plan.probing)

        progress.stage("judging")
        remembering = plan.remembering()
        judging = (plan.policy, plan.now().date(), _unasked(plan, was_interrupted), remembering.rules)
        if not judge.carry_over(db, run_id, *judging):
            compare.compare(db, run_id, plan.collecting.rules)
            drift.look_for_drift(db, run_id)
            remember.remember(db, run_id, remembering, plan.now())
            judge.judge(db, run_id, *judging)
        against = _compared(db, run_id, plan, progress)
        runs.end(db, run_id, plan.now(), "interrupted" if was_interrupted else "finished")
    return Ran(db, run_id, was_interrupted, against)


def _compared(db: Connection, run_id: int, plan: Plan, progress: Progress) -> Against | None:
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


def _tell_unchanged(plan: Plan, collected: collect.Collected, progress: Progress) -> None:
    if plan.changed is not None and not collected.documents:
        where = ", ".join(f"'{path}'" for path in plan.collecting.paths)
        progress.notice(f"no document in {where} differs from '{plan.changed.base}': nothing to check")


def _refuse_nothing(db: Connection, run_id: int, plan: Plan, collected: collect.Collected) -> None:
    try:
        collect.refuse_nothing(
            plan.collecting.paths,
            collected.documents,
            collected.references,
            # A pull request that touches no document is no typing error.
            allow_empty=plan.allow_empty or plan.changed is not None,
        )
    except InputFault:
        runs.end(db, run_id, plan.now(), "aborted")
        raise


def _unasked(plan: Plan, was_interrupted: bool) -> judge.Unasked:
    if was_interrupted:
        return judge.INTERRUPTED
    if plan.probing.engine is None:
        return judge.OFFLINE
    return judge.BEYOND_BUDGET if plan.probing.budget is not None else judge.NOT_DUE


def _now(db: Connection, plan: Plan) -> datetime:
    """The time of this run; a clock behind the store's last run would reorder its history."""
    now = plan.now()
    last = runs.find(db)
    if last is not None and now < last.started_at:
        began = f"{last.started_at:%Y-%m-%d %H:%M}"
        raise UserFault(f"the clock says {now:%Y-%m-%d %H:%M}, but the store's last run began at {began}")
    return now
