"""Findings → what a page for people tells: the worst groups, some that are fixed, and how many there are of each."""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from linkcheck.model import Finding, Outcome
from linkcheck.reports import grouping
from linkcheck.reports.grouping import Group, is_fixed
from linkcheck.reports.summary import LISTED
from linkcheck.reports.worst import Worst

_MOST_PLACES = 5


class Contents(Struct, frozen=True):
    """The lists are cut, the numbers are those of everything."""

    problems: list[Group]
    """The worst first."""
    groups: Counter[Outcome]
    places: Counter[Outcome]
    fixed: list[Group]
    fixed_groups: int


def gathered(findings: Iterable[Finding], most_groups: int, most_fixed: int) -> Contents:
    """`findings` come as the store sorts them by target; memory holds what is kept."""
    problems: Worst[Group] = Worst(most_groups)
    fixed: Worst[Group] = Worst(most_fixed)
    groups: Counter[Outcome] = Counter()
    places: Counter[Outcome] = Counter()
    for group in grouping.by_target(findings, _MOST_PLACES):
        outcome = group.finding.outcome
        if outcome in LISTED:
            problems.push(group.rank(), group)
            groups[outcome] += 1
            places[outcome] += group.number
        if is_fixed(group.finding):
            fixed.push(group.rank(), group)
    return Contents(problems.kept(), groups, places, fixed.kept(), fixed.seen)
