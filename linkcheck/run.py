"""The whole program in order: collect → plan and probe → judge. Reports are rendered from the store afterwards."""

from contextlib import suppress
from sqlite3 import Connection

from msgspec.structs import replace

from linkcheck.errors import NetworkFault, StoreFault, StoreLoss, UserFault
from linkcheck.reports.progress import Progress
from linkcheck.stages import collect, judge, probe
from linkcheck.stages.beginning import begun, refuse_nothing
from linkcheck.stages.ending import compared
from linkcheck.stages.plan import Course, Plan, Ran, as_of, judging
from linkcheck.stages.probe import Probing
from linkcheck.stages.secrets import Secrets
from linkcheck.stages.team import caught_up, handed_over
from linkcheck.store import runs
from linkcheck.store.connection import faults, held, open_store

__all__ = ["Plan", "Ran", "run"]


def run(plan: Plan, progress: Progress) -> Ran:
    """Check everything that `plan` names; raises LinkcheckError for the user's faults and ours."""
    course = Course(plan.deadline_s)
    ran = None
    try:
        ran = _ran(course, plan, progress)
        return ran
    finally:
        # a run that failed, or ended elsewhere, needs the store no more
        if course.db is not None and (ran is None or ran.db is not course.db):
            course.db.close()


def _ran(course: Course, plan: Plan, progress: Progress) -> Ran:
    """The run in the plan's store; elsewhere when that is lost."""
    try:
        with held(plan.store), faults(plan.store):
            db = course.db = open_store(plan.store)
            plan = caught_up(db, plan, progress)
            return handed_over(_stages(db, course, plan, progress), plan)
    except StoreLoss as fault:
        if plan.store is None:
            raise
        progress.notice(f"{fault}; this run goes on without it")
        end = StoreLoss(f"{fault}; what was found is reported, and will not be remembered")
        return replace(handed_over(_elsewhere(course, plan, progress), plan), fault=end)


def _elsewhere(course: Course, plan: Plan, progress: Progress) -> Ran:
    """The run in a private copy of the store; from nothing if that cannot be read."""
    from linkcheck.stages import refuge

    with suppress(StoreFault), faults(plan.store):
        return _stages(refuge.copy(plan, course), course, plan, progress)
    with faults():
        return _stages(refuge.nothing(course), course, plan, progress)


def _stages(db: Connection, course: Course, plan: Plan, progress: Progress) -> Ran:
    """The stages, in order."""
    run = course.run = course.run or begun(db, plan, progress)
    run_id = run.id
    if plan.changed is not None:
        runs.keep(db, run_id, runs.Kept(deleted=plan.changed.deleted))
    secrets, probing = Secrets(plan.secrets), as_of(plan.probing, plan.now() - run.started_at)
    is_settled = False
    try:
        progress.stage("reading")
        collected = collect.collect(db, run_id, plan.collecting, progress, secrets)
        refuse_nothing(plan, collected, progress)
        if course.was_interrupted:
            probe.draw_up(db, run_id, probing)
        else:
            progress.stage("asking")
            is_settled = _is_as_before(db, run_id, plan, probing)
            course.was_interrupted = not is_settled and not probe.probe(
                db, run_id, probing, secrets, progress, course.time_left_s(), course.unsaved
            )
    except UserFault:
        runs.end(db, run_id, plan.now(), "aborted")
        raise
    except NetworkFault:
        if not runs.has_answers(db, run_id):
            runs.end(db, run_id, plan.now(), "aborted")
        raise
    except KeyboardInterrupt:
        course.was_interrupted = True
        # perhaps nothing was drawn up yet: what is due and was not asked has to be known to be judged
        probe.draw_up(db, run_id, probing)

    progress.stage("judging")
    by = judging(plan, course.was_interrupted)
    if not is_settled and not judge.carry_over(db, run_id, *by):
        # a run over unchanged files, with nothing to ask, needs none of this
        from linkcheck.stages import compare, drift, remember

        compare.compare(db, run_id, plan.collecting.rules())
        drift.look_for_drift(db, run_id)
        remember.remember(db, run_id, plan.remembering(), plan.now())
        judge.judge(db, run_id, *by)
    against = compared(db, run_id, plan, progress)
    runs.end(db, run_id, plan.now(), "interrupted" if course.was_interrupted else "finished")
    return Ran(db, run_id, course.was_interrupted, against)


def _is_as_before(db: Connection, run_id: int, plan: Plan, probing: Probing) -> bool:
    """Whether neither documents nor rules have changed and nothing can be due: the findings are the last run's."""
    if plan.changed is not None or probing.due_by is not None:
        return False
    return judge.carry_over(db, run_id, *judging(plan, False), fresh_since=probing.fresh_since)
