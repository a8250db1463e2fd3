"""What a run is to do, how far it has come, and what came of it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from linkcheck.errors import StoreFault
from linkcheck.stages import judge
from linkcheck.stages.collect import Collecting
from linkcheck.stages.probe import Probing
from linkcheck.store.observations import Row
from linkcheck.store.runs import Run
from linkcheck.verdicts.policies import Policy

if TYPE_CHECKING:
    from linkcheck.documents.changed import Changed
    from linkcheck.store.baselines import Baseline
    from linkcheck.store.comparison import Against
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
    baseline: "Baseline | None" = None
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
    against: "Against | None"
    """What the findings were compared with; None: there was nothing yet."""
    fault: StoreFault | None = None
    """Why the store, or the team's, could not be written to the end; everything was found all the same."""


class Course:
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


def judging(plan: Plan, was_interrupted: bool) -> tuple[Policy, date, judge.Unasked, "Rules"]:
    """By what the run is judged."""
    return plan.policy, plan.now().date(), unasked(plan, was_interrupted), plan.remembering().rules


def unasked(plan: Plan, was_interrupted: bool) -> judge.Unasked:
    """What to say of what was due and was not asked."""
    if was_interrupted:
        return judge.INTERRUPTED
    if plan.probing.engine is None:
        return judge.OFFLINE
    return judge.BEYOND_BUDGET if plan.probing.budget is not None else judge.NOT_DUE


def as_of(probing: Probing, ago: timedelta) -> Probing:
    """What a run that began some time ago took for fresh and due."""
    due_by = probing.due_by - int(ago.total_seconds()) if probing.due_by is not None else None
    return replace(probing, fresh_since=probing.fresh_since - ago, due_by=due_by)
