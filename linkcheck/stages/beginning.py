"""A plan and an open store → the run to work on: a new one, or the unfinished one that is gone on with.

Also what is refused, or only told, when there is nothing to work on.
"""

from datetime import datetime
from sqlite3 import Connection

from linkcheck import __version__
from linkcheck.errors import UserFault
from linkcheck.reports.progress import Progress
from linkcheck.stages import collect
from linkcheck.stages.plan import Plan
from linkcheck.store import runs
from linkcheck.store.runs import Run


def begun(db: Connection, plan: Plan, progress: Progress) -> Run:
    """The run to go on with when that is wished for and there is one, else a new one."""
    now = _now(db, plan)
    last = runs.unfinished(db)
    if plan.resume and last is not None and last.kept.scope == plan.scope:
        from linkcheck.stages import resume

        known = resume.reopen(db, last.id, plan.remembering())
        began = f"{last.started_at:%Y-%m-%d %H:%M}"
        words = "1 target was" if known == 1 else f"{known} targets were"
        progress.notice(f"going on with run {last.id}, begun {began}: {words} answered by then")
        return last
    if plan.resume:
        why = f"run {last.id} read other documents or by other rules" if last is not None else "no run is unfinished"
        progress.notice(f"--resume: {why}, so a new run begins")
    for run_id in runs.killed(db):
        _bury(db, run_id, plan)
        if not plan.resume:
            progress.notice(f"run {run_id} was killed; what it had learned is kept (--resume goes on with such a run)")
    paths = plan.collecting.paths
    run_id = runs.begin(db, now, __version__, paths, plan.scope)
    return Run(run_id, now, None, "running", __version__, paths, runs.Kept(scope=plan.scope))


def _bury(db: Connection, run_id: int, plan: Plan) -> None:
    """Close a run that was killed: what it observed tells of its targets what the whole of it shows."""
    from linkcheck.stages import compare, probe, remember
    from linkcheck.store import lives

    remembering = plan.remembering()
    lives.forget(db, run_id, remembering)
    probe.draw_up(db, run_id, plan.probing)
    compare.compare(db, run_id, plan.collecting.rules())
    remember.remember(db, run_id, remembering, plan.now())
    runs.abandon(db, run_id)


def _now(db: Connection, plan: Plan) -> datetime:
    """The time of this run; a clock behind the store's last run would reorder its history."""
    now = plan.now()
    last = runs.find(db)
    if last is not None and now < last.started_at:
        began = f"{last.started_at:%Y-%m-%d %H:%M}"
        raise UserFault(f"the clock says {now:%Y-%m-%d %H:%M}, but the store's last run began at {began}")
    return now


def refuse_nothing(plan: Plan, collected: collect.Collected, progress: Progress) -> None:
    """Raise InputFault when nothing was found; a pull request that touches no document is no typing error."""
    paths, changed = plan.collecting.paths, plan.changed
    allow_empty = plan.allow_empty or changed is not None
    collect.refuse_nothing(paths, collected.documents, collected.references, allow_empty=allow_empty)
    if changed is not None and not collected.documents:
        where = ", ".join(f"'{path}'" for path in paths)
        progress.notice(f"no document in {where} differs from '{changed.base}': nothing to check")
