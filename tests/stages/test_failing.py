"""`--fail-on`: which findings make the command fail."""

import pytest

from linkcheck.model import Change, Outcome
from linkcheck.stages.failing import fails
from linkcheck.stages.judge import change

CHANGES = {
    (Outcome.OK, Change.NEW): 100,
    (Outcome.BROKEN, Change.NEW): 1,
    (Outcome.BROKEN, Change.UNCHANGED): 2,
    (Outcome.UNCERTAIN, Change.NEW): 4,
    (Outcome.UNCERTAIN, Change.UNCHANGED): 8,
    (Outcome.AT_RISK, Change.UNCHANGED): 16,
    (Outcome.REDIRECTED, Change.UNCHANGED): 32,
    (Outcome.SKIPPED, Change.UNCHANGED): 64,
}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("broken", 3),
        ("uncertain", 12),
        ("at-risk", 16),
        ("redirected", 32),
        ("broken uncertain at-risk redirected", 63),
        ("new", 1),
        ("new broken", 1),
        ("new uncertain", 4),
        ("new at-risk", 0),
        ("confirmed", 2),
        ("confirmed broken", 3),
        ("confirmed uncertain", 14),
        ("new confirmed", 0),
        ("never", 0),
    ],
)
def test_what_fails(words: str, expected: int) -> None:
    """Each word adds its findings, `new` narrows the others, `never` wins."""
    assert fails(CHANGES, {Change.UNCHANGED: 2}, tuple(words.split())) == expected


OK, BROKEN, UNCERTAIN = Outcome.OK, Outcome.BROKEN, Outcome.UNCERTAIN


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (None, OK, Change.NEW),
        (None, BROKEN, Change.NEW),
        (OK, OK, Change.UNCHANGED),
        (BROKEN, BROKEN, Change.UNCHANGED),
        (OK, BROKEN, Change.NEW),
        (OK, Outcome.REDIRECTED, Change.UNCHANGED),
        (BROKEN, UNCERTAIN, Change.UPDATED),
        (BROKEN, OK, Change.ABSENT),
        (UNCERTAIN, Outcome.REDIRECTED, Change.ABSENT),
    ],
)
def test_how_a_finding_changed(before: Outcome | None, now: Outcome, expected: Change) -> None:
    """Problems are what counts."""
    from linkcheck.model import Reason

    was = (before, Reason.AVAILABLE) if before is not None else None
    assert change(was, (now, Reason.AVAILABLE)) is expected
