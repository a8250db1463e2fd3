"""Findings as the store sorts them by target → groups: one dead image in 300 articles is one problem with 300 places.

The order is: the worst outcome, host, reason, address, detail, place.
Invariant: memory holds one group at a time, and of its places only the first few; all are counted.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from msgspec import Struct

from linkcheck import urls
from linkcheck.model import Change, Finding, Reference
from linkcheck.reports.summary import LISTED

_NEW = frozenset({Change.NEW, Change.UPDATED})


class Group(Struct, frozen=True):
    """One target with one judgement, and the places that lead to it."""

    finding: Finding
    """The first of them, which speaks for all."""
    places: tuple[Reference, ...]
    """The first few, in document order."""
    number: int
    """Of all places."""
    new: int
    """Places that were no problem before, or another one."""

    @property
    def address(self) -> str:
        """The URL, or what stands in the document when that is none."""
        return address(self.finding.reference)

    @property
    def host(self) -> str:
        """`host[:port]`; `` for local files and what is no URL."""
        url = self.finding.reference.url
        return urls.authority(url) if url else ""

    def rank(self) -> tuple[int, int, int, str, str]:
        """The worst first: by outcome, new ones, the most places, then by address."""
        finding = self.finding
        return outcome_rank(finding), 0 if self.new else 1, -self.number, self.address, finding.reason


def by_target(findings: Iterable[Finding], most_places: int) -> Iterator[Group]:
    """`findings` come with those of one target and judgement in a row; of each group `most_places` places are kept."""
    for _, same in groupby(findings, key=_key):
        first: Finding | None = None
        places: list[Reference] = []
        number = new = 0
        for finding in same:
            first = first or finding
            number += 1
            new += finding.change in _NEW
            if len(places) < most_places:
                places.append(finding.reference)
        if first is not None:
            yield Group(first, tuple(places), number, new)


def address(reference: Reference) -> str:
    """What leads somewhere: the URL, or what stands in the document when that is none."""
    return reference.url if reference.url is not None else reference.raw


def outcome_rank(finding: Finding) -> int:
    """The worst outcome first; what is not listed, being fine, last."""
    return LISTED.index(finding.outcome) if finding.outcome in LISTED else len(LISTED)


def is_fixed(finding: Finding) -> bool:
    """Whether it was a problem and is none now; worth telling, but nothing to act on."""
    return finding.change is Change.ABSENT


def _key(finding: Finding) -> tuple[str, str, str, str, bool]:
    return address(finding.reference), finding.outcome, finding.reason, finding.detail, is_fixed(finding)
