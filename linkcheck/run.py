"""The whole program in order: collect → plan and probe → judge. Reports are rendered from the store afterwards."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from linkcheck import __version__
from linkcheck.errors import InputFault, NetworkFault, StoreFault, StoreLoss, UserFault
from linkcheck.reports.progress import Progress
from linkcheck.stages import collect, compare, drift, judge, probe, remember, resume
from linkcheck.stages.collect import Collecting
from linkcheck.stages.probe import Probing
from linkcheck.stages.secrets import Secrets
from linkcheck.store import comparison, findings, runs
from linkcheck.store.baselines import Baseline
from linkcheck.store.comparison import Against
from linkcheck.store.connection import faults, held, open_store, private_copy
from linkcheck.store.observations import Observations, Row
from linkcheck.store.runs import Run
from linkcheck.verdicts.policies import Policy

if TYPE_CHECKING:
    from linkcheck.documents.changed import Changed
    from linkcheck.store.lives import Remembering
    from linkcheck.store.team import Team
    from linkcheck.verdicts.death import Rules


class Plan(Struct, frozen=True):
    """Each stage's options."""

    collecting: Collecting
    probing: Probing
    policy: Policy
    remembering: "Callable[[], Remembering]"
    """By which rules the lives of targets are told."""
    store: Path | None
    team: "Team | None"
    """Where others' observations come from, and ours go to."""
    secrets: tuple[str, ...]
    allow_empty: bool
    deadline_s: float | None
    now: Callable[[], datetime]
    baseline: Baseline | None = None
    """Compare with this instead of the last run."""
    changed: "Changed | None" = None
    """Read only what a pull request touches."""
    resume: bool = False
    """Go on with the last run when that was killed or interrupted."""
    scope: str | None = None
    """A digest of what is read and by what rules: a run is gone on with by the same alone."""


class Ran(Struct, frozen=True):
    """A run that ended, and the store to report it from."""

    db: Connection
    run_id: int
    was_interrupted: bool
    against: Against | None
    """What the findings were compared with; None: there was nothing yet."""
    fault: StoreFault | None = None
    """Why the store, or the team's, could not be written to the end; everything was found all the same."""


class _Course:
    """How far a run has come, beside what the store knows: what has to outlive the loss of the store."""

    def __init__(self, deadline_s: float | None) -> None:
        self.db: Connection | None = None
        self.run: Run | None = None
        self.was_interrupted = False
        self.unsaved: list[Row] = []
        """Observations that are not in the store yet."""
        self._deadline_s = deadline_s
        self._asks_until: float | None = None

    def time_left_s(self) -> float | None:
        """How long may be asked; counted from the first call. None: as long as it takes."""
        if self._deadline_s is None:
            return None
        if self._asks_until is None:
            self._asks_until = monotonic() + self._deadline_s
        return max(self._asks_until - monotonic(), 0.0)


def run(plan: Plan, progress: Progress) -> Ran:
    """Check everything that `plan` names; raises LinkcheckError for the user's faults and ours."""
    course = _Course(plan.deadline_s)
    try:
        with held(plan.store), faults(plan.store):
            db = course.db = open_store(plan.store)
            plan = _caught_up(db, plan, progress)
            course.run = _begun(db, plan, progress)
            return _handed_over(_ran(db, course.run, plan, progress, course), plan)
    except StoreLoss as fault:
        if plan.store is None:
            raise
        progress.notice(f"{fault}; this run goes on without it")
        end = StoreLoss(f"{fault}; what was found is reported, and will not be remembered")
        return replace(_handed_over(_elsewhere(plan.store, plan, progress, course), plan), fault=end)


def _caught_up(db: Connection, plan: Plan, progress: Progress) -> Plan:
    """The plan of one who knows what the team knows; before the run begins, since its own looks are told apart."""
    if plan.team is None:
        return plan
    from linkcheck.stages import sharing

    known = sharing.catch_up(db, plan.team, plan.remembering(), plan.collecting.paths, progress)
    return replace(plan, baseline=plan.baseline or known)


def _handed_over(ran: Ran, plan: Plan) -> Ran:
    """The run, and why the team did not get it, if it did not."""
    if plan.team is None:
        return ran
    from linkcheck.stages import sharing

    try:
        with faults(plan.store):
            sharing.hand_over(ran.db, plan.team, ran.run_id)
    except StoreFault as fault:
        return replace(ran, fault=fault)
    except KeyboardInterrupt:
        if ran.was_interrupted:
            raise
        return replace(ran, was_interrupted=True)
    return ran


def _elsewhere(store: Path, plan: Plan, progress: Progress, course: _Course) -> Ran:
    """Go on in a private copy of the store: what was answered is not asked again. If it is unreadable: from nothing."""
    with suppress(StoreFault), faults(store):
        return _gone_on(private_copy(store, course.db), plan, progress, course)
    course.run = None
    course.unsaved.clear()
    with faults():
        return _gone_on(open_store(None), plan, progress, course)


def _gone_on(db: Connection, plan: Plan, progress: Progress, course: _Course) -> Ran:
    if course.run is not None:
        Observations(db, course.run.id, course.unsaved).flush()
        resume.reopen(db, course.run.id, plan.remembering())
    run = course.run or _begun(db, plan, progress)
    return _ran(db, run, plan, progress, course)


def _ran(db: Connection, run: Run, plan: Plan, progress: Progress, course: _Course) -> Ran:
    """The stages, in order."""
    run_id = run.id
    if plan.changed is not None:
        runs.keep(db, run_id, runs.Kept(deleted=plan.changed.deleted))
    secrets, probing = Secrets(plan.secrets), _as_of(plan.probing, plan.now() - run.started_at)
    is_settled = False
    try:
        progress.stage("reading")
        collected = collect.collect(db, run_id, plan.collecting, progress, secrets)
        _refuse_nothing(db, run_id, plan, collected)
        _tell_unchanged(plan, collected, progress)
        if course.was_interrupted:
            probe.draw_up(db, run_id, probing)
        else:
            progress.stage("asking")
            is_settled = _is_as_before(db, run_id, plan, probing)
            course.was_interrupted = not is_settled and not probe.probe(
                db, run_id, probing, secrets, progress, course.time_left_s(), course.unsaved
            )
    except NetworkFault:
        if not runs.has_answers(db, run_id):
            runs.end(db, run_id, plan.now(), "aborted")
        raise
    except KeyboardInterrupt:
        course.was_interrupted = True
        # perhaps nothing was drawn up yet: what is due and was not asked has to be known to be judged
        probe.draw_up(db, run_id, probing)

    progress.stage("judging")
    judging = _judging(plan, course.was_interrupted)
    if not is_settled and not judge.carry_over(db, run_id, *judging):
        compare.compare(db, run_id, plan.collecting.rules)
        drift.look_for_drift(db, run_id)
        remember.remember(db, run_id, plan.remembering(), plan.now())
        judge.judge(db, run_id, *judging)
    against = _compared(db, run_id, plan, progress)
    runs.end(db, run_id, plan.now(), "interrupted" if course.was_interrupted else "finished")
    return Ran(db, run_id, course.was_interrupted, against)


def _judging(plan: Plan, was_interrupted: bool) -> tuple[Policy, date, judge.Unasked, "Rules"]:
    """By what the run is judged."""
    return plan.policy, plan.now().date(), _unasked(plan, was_interrupted), plan.remembering().rules


def _is_as_before(db: Connection, run_id: int, plan: Plan, probing: Probing) -> bool:
    """Whether neither documents nor rules have changed and nothing can be due: the findings are the last run's."""
    if plan.changed is not None or probing.due_by is not None:
        return False
    return judge.carry_over(db, run_id, *_judging(plan, False), fresh_since=probing.fresh_since)


def _begun(db: Connection, plan: Plan, progress: Progress) -> Run:
    """The run to go on with when that is wished for and there is one, else a new one."""
    now = _now(db, plan)
    last = runs.unfinished(db)
    if plan.resume and last is not None and last.kept.scope == plan.scope:
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
    remembering = plan.remembering()
    resume.forget(db, run_id, remembering)
    probe.draw_up(db, run_id, plan.probing)
    compare.compare(db, run_id, plan.collecting.rules)
    remember.remember(db, run_id, remembering, plan.now())
    runs.abandon(db, run_id)


def _as_of(probing: Probing, ago: timedelta) -> Probing:
    """What a run that began some time ago took for fresh and due."""
    due_by = probing.due_by - int(ago.total_seconds()) if probing.due_by is not None else None
    return replace(probing, fresh_since=probing.fresh_since - ago, due_by=due_by)


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
