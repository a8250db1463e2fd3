"""What fits into a JUnit file: everything, unless the reader is GitLab, which refuses files that are too large.

GitLab's documented limits (2026-11): 30 MB a file, 500,000 cases; and 250,000 XML objects (its issue 507482).
"""

from collections import Counter

from msgspec import Struct

from linkcheck.model import Outcome
from linkcheck.reports.printable import count
from linkcheck.reports.rendering import JunitDialect
from linkcheck.reports.summary import Summary

_MOST_CASES = 50_000
"""Some 500 bytes each, so that the bytes are seldom what decides."""
_MOST_BYTES = 29_000_000
_BY_NEED = (Outcome.BROKEN, Outcome.UNCERTAIN, Outcome.AT_RISK, Outcome.REDIRECTED, Outcome.SKIPPED, Outcome.OK)
"""The most needed first."""


class Limits(Struct):
    """How much more may be written."""

    cases: int
    length_bytes: int


class Room:
    """What is left of a file; without `limits` there is no end to it."""

    def __init__(self, outcomes: frozenset[Outcome], limits: Limits | None) -> None:
        self._outcomes = outcomes
        self._limits = limits
        self._left_out: Counter[Outcome] = Counter()

    @property
    def was_cut(self) -> bool:
        """Whether anything was refused."""
        return self._left_out.total() > 0

    def takes(self, outcome: Outcome, case: str) -> bool:
        """Whether this case still fits; a refused one is counted."""
        if self._limits is None:
            return True
        if outcome not in self._outcomes or self._limits.cases < 1 or self._limits.length_bytes < len(case.encode()):
            self._left_out[outcome] += 1
            return False
        self._limits.cases -= 1
        self.spend(case)
        return True

    def spend(self, text: str) -> None:
        """What is written besides cases."""
        if self._limits is not None:
            self._limits.length_bytes -= len(text.encode())

    def words(self, command: str) -> str:
        """What was refused, and where it can be had."""
        parts = [f"{self._left_out[outcome]:,} {outcome}" for outcome in _BY_NEED if self._left_out[outcome]]
        number = count(self._left_out.total(), "reference")
        return f"{number} left out to stay within GitLab's limits ({', '.join(parts)}); all are in: {command}"


def room(summary: Summary, dialect: JunitDialect) -> Room:
    """For a run of this size: outcomes are left out as a whole, the least needed first, until the rest fits."""
    if dialect is not JunitDialect.GITLAB:
        return Room(frozenset(Outcome), None)
    kept: set[Outcome] = set()
    number = 0
    for outcome in _BY_NEED:
        number += summary.outcomes.get(outcome, 0)
        if kept and number > _MOST_CASES:
            break
        kept.add(outcome)
    return Room(frozenset(kept), Limits(_MOST_CASES, _MOST_BYTES))
