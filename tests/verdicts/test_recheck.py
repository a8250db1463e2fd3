"""When a target is to be asked again."""

import pytest
from looks import START, looks

from linkcheck.model import Reason
from linkcheck.verdicts.death import DAY_S, NEWBORN, lived
from linkcheck.verdicts.recheck import DEFAULT_DAYS, Intervals, next_due_at

STEADY = Intervals(jitter=0.0)

DUE: dict[str, float] = {
    "available@0": 7,
    "available@0 available@28": 7,
    "available@0 available@60": 15,
    "available@0 available@400": 30,
    "not-found@0": 3,
    "timed-out@0": 2,
    "image-truncated@0": 1,
    "blocked@0": 7,
    "content-drifted@0": 30,
    "rate-limited@0": 0,
    "not-found@0 not-found@3 not-found@6": 90,
    "not-found@0 not-found@3 not-found@6 timed-out@90": 90,
    "available@0 timed-out@1 available@2 not-found@3 available@4": 3,
}


@pytest.mark.parametrize(("words", "days"), DUE.items(), ids=DUE)
def test_intervals(words: str, days: float) -> None:
    """Days from the last look to the next."""
    seen = looks(words)
    due = next_due_at("https://a.example/", lived(seen), STEADY)
    assert due is not None
    assert (due - seen[-1].at) / DAY_S == days


def test_what_was_never_looked_at_is_due_at_once() -> None:
    """A new link waits for nothing."""
    assert next_due_at("https://a.example/", NEWBORN) is None


def test_jitter_is_the_same_for_the_same_target_and_spreads_many() -> None:
    """A thousand links that were checked in one night come back over days, about as many each day."""
    life = lived(looks("available@0"))
    due = [next_due_at(f"https://a.example/{number}", life) for number in range(1000)]
    assert due == [next_due_at(f"https://a.example/{number}", life) for number in range(1000)]
    days = [((at or 0) - START) / DAY_S for at in due]
    assert 5.25 <= min(days) < 5.5
    assert 8.5 < max(days) <= 8.75
    by_day = [sum(n <= day < n + 1 for day in days) for n in (6, 7)]
    assert min(by_day) > 200


def test_every_reason_that_can_be_seen_has_an_interval() -> None:
    """No reason is forgotten."""
    assert set(Reason) - DEFAULT_DAYS.keys() == {
        *(Reason.AVAILABLE, Reason.INVALID_URL, Reason.ANCHOR_NOT_FOUND, Reason.EXCLUDED, Reason.UNSUPPORTED_SCHEME),
        *(Reason.PRIVATE_ADDRESS, Reason.BLOCKED_PORT, Reason.OUTSIDE_ROOT, Reason.ROBOTS, Reason.NOT_DUE),
        *(Reason.OFFLINE, Reason.INTERRUPTED),
    }
