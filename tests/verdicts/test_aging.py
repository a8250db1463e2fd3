"""Verdicts and lives → what time adds to a finding."""

from datetime import UTC, datetime

import pytest
from looks import looks

from linkcheck.model import Outcome, Reason, Verdict
from linkcheck.verdicts import aging
from linkcheck.verdicts.catalogue import USUAL_OUTCOME
from linkcheck.verdicts.death import NEWBORN, Life, Rules, lived
from linkcheck.verdicts.judgement import Judgement

RULES = Rules()
DEAD = lived(looks("not-found@0 not-found@3 not-found@6"))
WORN_OUT = lived(looks("timed-out@0 timed-out@8 timed-out@15 timed-out@22 timed-out@30"))
FAILING = lived(looks("not-found@0"))


def verdict(reason: Reason, *, is_timed: bool = True) -> Verdict:
    checked_at = datetime(2026, 6, 30, tzinfo=UTC) if is_timed else None
    return Verdict(USUAL_OUTCOME[reason], reason, "it said so", checked_at=checked_at)


def broken(reason: Reason = Reason.NOT_FOUND) -> Judgement:
    return Judgement(Outcome.BROKEN, reason, "it said so")


CONFIRMED: dict[str, tuple[list[tuple[Reason, Life]], bool]] = {
    "dead": ([(Reason.NOT_FOUND, DEAD)], True),
    "failing": ([(Reason.NOT_FOUND, FAILING)], False),
    "both witnesses dead": ([(Reason.NOT_FOUND, DEAD), (Reason.GONE, DEAD)], True),
    "one of them failing": ([(Reason.NOT_FOUND, DEAD), (Reason.GONE, FAILING)], False),
    "one of them in doubt": ([(Reason.NOT_FOUND, DEAD), (Reason.BLOCKED, NEWBORN)], False),
    "the origin is fine, the proxy dead": ([(Reason.NOT_FOUND, DEAD), (Reason.AVAILABLE, NEWBORN)], True),
    "no target": ([], False),
    "a missing anchor of a page that is there": ([(Reason.AVAILABLE, NEWBORN)], False),
}


@pytest.mark.parametrize(("targets", "expected"), CONFIRMED.values(), ids=CONFIRMED)
def test_a_finding_is_confirmed_when_all_that_fails_is_dead(targets: list[tuple[Reason, Life]], expected: bool) -> None:
    """Of two witnesses the last one alive decides."""
    verdicts, lives = [verdict(reason) for reason, _ in targets], [life for _, life in targets]
    assert aging.aged(broken(), verdicts, lives, RULES).confirmed is expected


def test_the_detail_speaks_of_what_is_still_open() -> None:
    """One witness is dead, the other fails for the first time: that is what is told."""
    verdicts = [verdict(Reason.NOT_FOUND), verdict(Reason.GONE)]
    aged = aging.aged(broken(), verdicts, [DEAD, FAILING], RULES)
    assert aged.judgement.detail == "it said so; failing, 1 of 3 checks since 2026-05-28"


def test_trouble_that_lasts_is_broken() -> None:
    """Only by a reason that has a rule, and only when it is met."""
    assert aging.lasting(verdict(Reason.TIMED_OUT), WORN_OUT, RULES).outcome is Outcome.BROKEN
    assert aging.lasting(verdict(Reason.TIMED_OUT), FAILING, RULES).outcome is Outcome.UNCERTAIN
    assert aging.lasting(verdict(Reason.BLOCKED), WORN_OUT, RULES).outcome is Outcome.UNCERTAIN


def test_a_local_file_carries_no_date() -> None:
    """It is looked at without a time of its own: a replay must say the same on any day."""
    aged = aging.aged(broken(Reason.FILE_NOT_FOUND), [verdict(Reason.FILE_NOT_FOUND, is_timed=False)], [DEAD], RULES)
    assert (aged.judgement.detail, aged.confirmed, aged.failing_since) == ("it said so", True, None)


def test_what_is_fine_has_no_past() -> None:
    """Nothing is added to a finding that is no problem."""
    fine = Judgement(Outcome.OK, Reason.AVAILABLE, "it is there")
    assert aging.aged(fine, [verdict(Reason.NOT_FOUND)], [DEAD], RULES) == (fine, False, None)
