"""`--fail-on`: which findings make the command fail."""

import pytest

from linkcheck.model import Change, Outcome
from linkcheck.stages.failing import fails
from linkcheck.stages.judge import change
from linkcheck.store.comparison import Standing

STANDING = Standing(
    {Outcome.OK: 100, Outcome.BROKEN: 3, Outcome.UNCERTAIN: 12, Outcome.AT_RISK: 16, Outcome.REDIRECTED: 32}, 2
)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("broken", 3),
        ("uncertain", 12),
        ("at-risk", 16),
        ("redirected", 32),
        ("broken uncertain at-risk redirected", 63),
        ("new", 3),
        ("new broken", 3),
        ("new uncertain", 12),
        ("confirmed", 2),
        ("confirmed broken", 3),
        ("confirmed uncertain", 14),
        ("new confirmed", 2),
        ("never", 0),
    ],
)
def test_what_fails(words: str, expected: int) -> None:
    """Each word adds its findings, `new` alone means breakage, `never` wins."""
    assert fails(STANDING, tuple(words.split())) == expected


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
        (BROKEN, Outcome.SKIPPED, Change.UNCHANGED),
        (UNCERTAIN, Outcome.REDIRECTED, Change.ABSENT),
    ],
)
def test_how_a_finding_changed(before: Outcome | None, now: Outcome, expected: Change) -> None:
    """Problems are what counts."""
    from linkcheck.model import Reason

    was = (before, Reason.AVAILABLE) if before is not None else None
    assert change(was, (now, Reason.AVAILABLE)) is expected
