"""The whole program in order: collect → plan and probe → judge. Reports are rendered from the store afterwards."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection

from msgspec import Struct

from linkcheck import __version__
from linkcheck.errors import InputFault, NetworkFault, UserFault
from linkcheck.reports.progress import Progress
from linkcheck.stages import collect, compare, drift, judge, probe
from linkcheck.stages.collect import Collecting
from linkcheck.stages.probe import Probing
from linkcheck.stages.secrets import Secrets
from linkcheck.store import runs
from linkcheck.store.connection import faults, held, open_store
from linkcheck.store.plan import draw_up
from linkcheck.verdicts.policies import Policy


class Plan(Struct, frozen=True):
    """Each stage's options."""

    collecting: Collecting
    probing: Probing
    policy: Policy
    store: Path | None
    secrets: tuple[str, ...]
    allow_empty: bool
    deadline_s: float | None
    now: Callable[[], datetime]


class Ran(Struct, frozen=True):
    """A run that ended, and the store to report it from."""

    db: Connection
    run_id: int
    was_interrupted: bool


def run(plan: Plan, progress: Progress) -> Ran:
    """Check everything that `plan` names; raises LinkcheckError for the user's faults and ours."""
    with held(plan.store), faults(plan.store):
        db = open_store(plan.store)
        run_id = runs.begin(db, _now(db, plan), __version__, plan.collecting.paths)
        secrets = Secrets(plan.secrets)

        try:
            collected = collect.collect(db, run_id, plan.collecting, progress, secrets)
            _refuse_nothing(db, run_id, plan, collected)
            was_interrupted = not probe.probe(db, run_id, plan.probing, secrets, progress, plan.deadline_s)
        except NetworkFault:
            runs.end(db, run_id, plan.now(), "aborted")
            raise
        except KeyboardInterrupt:
            was_interrupted = True
            # perhaps nothing was drawn up yet: what is due and was not asked has to be known to be judged
            draw_up(db, run_id, plan.probing.fresh_since.isoformat())

        compare.compare(db, run_id, plan.collecting.rules)
        drift.look_for_drift(db, run_id)
        judge.judge(db, run_id, plan.policy, plan.now().date(), _unasked(plan, was_interrupted))
        runs.end(db, run_id, plan.now(), "interrupted" if was_interrupted else "finished")
    return Ran(db, run_id, was_interrupted)


def _refuse_nothing(db: Connection, run_id: int, plan: Plan, collected: collect.Collected) -> None:
    try:
        collect.refuse_nothing(
            plan.collecting.paths, collected.documents, collected.references, allow_empty=plan.allow_empty
        )
    except InputFault:
        runs.end(db, run_id, plan.now(), "aborted")
        raise


def _unasked(plan: Plan, was_interrupted: bool) -> judge.Unasked:
    if was_interrupted:
        return judge.INTERRUPTED
    return judge.OFFLINE if plan.probing.engine is None else judge.NOT_DUE


def _now(db: Connection, plan: Plan) -> datetime:
    """The time of this run; a clock behind the store's last run would reorder its history."""
    now = plan.now()
    last = runs.find(db)
    if last is not None and now < last.started_at:
        began = f"{last.started_at:%Y-%m-%d %H:%M}"
        raise UserFault(f"the clock says {now:%Y-%m-%d %H:%M}, but the store's last run began at {began}")
    return now
