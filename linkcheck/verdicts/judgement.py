"""What a rule says: an outcome, its reason, and the sentence that tells who said what."""

from typing import NamedTuple

from linkcheck.model import Outcome, Reason


class Judgement(NamedTuple):
    """The word of one rule."""

    outcome: Outcome
    reason: Reason
    detail: str


def ok(detail: str, reason: Reason = Reason.AVAILABLE) -> Judgement:
    """It is there."""
    return Judgement(Outcome.OK, reason, detail)


def broken(reason: Reason, detail: str) -> Judgement:
    """A reader does not get it, and there is evidence."""
    return Judgement(Outcome.BROKEN, reason, detail)


def uncertain(reason: Reason, detail: str) -> Judgement:
    """We cannot tell."""
    return Judgement(Outcome.UNCERTAIN, reason, detail)


def skipped(reason: Reason, detail: str) -> Judgement:
    """It was not asked."""
    return Judgement(Outcome.SKIPPED, reason, detail)
