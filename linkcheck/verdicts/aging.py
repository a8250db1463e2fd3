"""Verdicts and the lives of their targets → what time adds: an outcome that lasted, and how sure it is by now; pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec.structs import replace

from linkcheck.model import Outcome, Verdict
from linkcheck.verdicts import death
from linkcheck.verdicts.death import Life, Rules, State
from linkcheck.verdicts.judgement import Judgement

FAILING = frozenset({Outcome.BROKEN, Outcome.UNCERTAIN})


class Aged(NamedTuple):
    """A judgement with its history."""

    judgement: Judgement
    confirmed: bool
    failing_since: datetime | None


def lasting(verdict: Verdict, life: Life, rules: Rules) -> Verdict:
    """The verdict, `broken` when its uncertain reason has lasted as long as its own rule demands."""
    if verdict.outcome is Outcome.UNCERTAIN and life.state is State.DEAD and verdict.reason in rules.of:
        return replace(verdict, outcome=Outcome.BROKEN)
    return verdict


def aged(judgement: Judgement, verdicts: Sequence[Verdict], lives: Sequence[Life], rules: Rules) -> Aged:
    """The judgement on a reference, with how long it holds and whether it is beyond doubt.

    It is when every target that fails is dead beyond doubt: of two witnesses the last one alive decides.
    """
    failing = [(verdict, life) for verdict, life in zip(verdicts, lives, strict=True) if verdict.outcome in FAILING]
    if not failing or judgement.outcome not in (*FAILING, Outcome.AT_RISK):
        return Aged(judgement, confirmed=False, failing_since=None)
    is_dead = all(verdict.outcome is Outcome.BROKEN and life.state is State.DEAD for verdict, life in failing)
    # A local file is looked at without a time of its own, so that a replay says the same whenever it is made.
    timed = [(verdict, life) for verdict, life in failing if verdict.checked_at is not None]
    since = max((life.failing_since for _, life in timed if life.failing_since is not None), default=None)
    words = death.sentence(_decisive(judgement, timed), rules) if timed else None
    return Aged(
        judgement._replace(detail=f"{judgement.detail}; {words}") if words else judgement,
        confirmed=is_dead and judgement.outcome is Outcome.BROKEN,
        failing_since=datetime.fromtimestamp(since, UTC) if since is not None else None,
    )


def _decisive(judgement: Judgement, failing: Sequence[tuple[Verdict, Life]]) -> Life:
    """The life that keeps the finding from being confirmed, else the one that gives its reason."""
    pending = [pair for pair in failing if pair[1].state is not State.DEAD] or failing
    return next((life for verdict, life in pending if verdict.reason is judgement.reason), pending[0][1])
