"""Findings, as they come → the rows of a report for people: one a target and verdict, with all its places, worst first.

Invariant: memory is bounded by `most` findings, whatever the archive's size, and every text in a row is printable
(no control character, no override of direction, no lone surrogate): a row is fit to be shown as it is.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from msgspec import Struct

from linkcheck import urls
from linkcheck.model import Change, Finding, Kind, Memento, Outcome, Reason, Reference, Role, Target, Verdict
from linkcheck.reports.printable import printable
from linkcheck.reports.record import time

WORST_FIRST = (Outcome.BROKEN, Outcome.AT_RISK, Outcome.UNCERTAIN, Outcome.REDIRECTED, Outcome.OK, Outcome.SKIPPED)
_NEWS = frozenset({Change.NEW, Change.UPDATED})
_RANKS = {
    (outcome, is_news): 2 * place + (not is_news)
    for place, outcome in enumerate(WORST_FIRST)
    for is_news in (True, False)
}


class Side(Struct, frozen=True, gc=False):
    """What became of one target: for a proxied image there are two, the proxy's and the origin's."""

    role: Role
    text: str
    link: str | None
    host: str
    outcome: Outcome
    reason: Reason
    detail: str
    status: int | None
    final: str | None
    """Where the answer came from, when that is not what was asked."""
    media_type: str | None
    length_bytes: int | None
    format: str | None
    width_px: int | None
    height_px: int | None
    attempts: int
    elapsed_s: float
    checked_at: str | None


class Row(Struct, frozen=True):
    """One target and its verdict."""

    text: str
    """The address as a person reads it."""
    link: str | None
    """The address as a browser may follow it; None when it is not http(s), or not what our parser made."""
    kind: Kind
    outcome: Outcome
    reason: Reason
    detail: str
    host: str
    """Whose verdict decided: the origin's host when the origin is what is gone; `` for files of the archive."""
    sides: tuple[Side, ...]
    is_confirmed: bool
    failing_since: str | None
    """A day."""
    memento: tuple[str, str, str] | None
    """(URL, time, archive) of a capture."""


class Place(Struct, frozen=True, gc=False):
    """Where a document leads to a row's target."""

    path: str
    line: int
    column: int
    change: Change


class Rows:
    """Keeps the worst `most` findings of all that are added: by outcome, and of each outcome what is news first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[list[tuple[Row, Place]]] = [[] for _ in _RANKS]
        self._number = 0
        self.left_out = 0
        """How many were added and are not kept."""

    def add(self, finding: Finding) -> None:
        """Keep the finding, in place of a less grave one when there are enough."""
        rank = _RANKS[finding.outcome, finding.change in _NEWS]
        if self._number >= self._most:
            self.left_out += 1
            mildest = max((place for place, kept in enumerate(self._kept) if kept), default=-1)
            if mildest <= rank:
                return
            self._kept[mildest].pop()
            self._number -= 1
        self._kept[rank].append((_row(finding), _place(finding)))
        self._number += 1

    def worst_first(self) -> list[tuple[Row, list[Place]]]:
        """Rows with their places: the worst first, then what is news, confirmed, in many places; then by address."""
        places: dict[Row, list[Place]] = {}
        for row, place in chain.from_iterable(self._kept):
            places.setdefault(row, []).append(place)
        return sorted(places.items(), key=_gravity)


def _gravity(item: tuple[Row, list[Place]]) -> tuple[int, bool, int, str, str]:
    row, places = item
    is_news = any(place.change in _NEWS for place in places)
    return _RANKS[row.outcome, is_news], not row.is_confirmed, -len(places), row.host, row.text


def _row(finding: Finding) -> Row:
    reference = finding.reference
    sides = tuple(map(_side, reference.targets, finding.verdicts))
    return Row(
        shown(reference.url if reference.url is not None else reference.raw),
        link(reference.url),
        reference.kind,
        finding.outcome,
        finding.reason,
        printable(finding.detail),
        decider(finding),
        sides,
        finding.confirmed,
        f"{finding.failing_since:%Y-%m-%d}" if finding.failing_since is not None else None,
        _memento(finding.memento),
    )


def _place(finding: Finding) -> Place:
    reference: Reference = finding.reference
    return Place(printable(reference.path), reference.span.line, reference.span.column, finding.change)


def _side(target: Target, verdict: Verdict) -> Side:
    content, final = verdict.content, verdict.final_url
    image = content.image if content is not None else None
    return Side(
        target.role,
        shown(target.url),
        link(target.url) if target.role is not Role.LOCAL else None,
        host(target.url),
        verdict.outcome,
        verdict.reason,
        printable(verdict.detail),
        verdict.status,
        shown(final) if final and final != urls.without_fragment(target.url) else None,
        printable(content.media_type) if content is not None and content.media_type else None,
        content.length_bytes if content is not None else None,
        printable(image.format) if image is not None else None,
        image.width_px if image is not None else None,
        image.height_px if image is not None else None,
        verdict.attempts,
        round(verdict.elapsed_s, 3),
        time(verdict.checked_at.replace(microsecond=0)) if verdict.checked_at is not None else None,
    )


def _memento(memento: Memento | None) -> tuple[str, str, str] | None:
    if memento is None:
        return None
    return printable(memento.url), time(memento.captured_at) or "", printable(memento.archive)


def decider(finding: Finding) -> str:
    """The host whose answer decided the finding, printable; `` when no host did."""
    for target, verdict in zip(finding.reference.targets, finding.verdicts, strict=False):
        if verdict.outcome is finding.outcome and verdict.reason is finding.reason:
            return host(target.url)
    return host(finding.reference.url or "")


def host(url: str) -> str:
    """Host and port of a web URL, printable; `` for all else."""
    return printable(urls.authority(url)) if urls.is_web(url) else ""


def shown(url: str) -> str:
    """An address for people: Chinese as Chinese, and nothing that hides or reorders."""
    return printable(urls.readable(url))


def link(url: str | None) -> str | None:
    """`url` if a page may lead there: http(s), serialised by our parser, and without a masked password."""
    if url is None or not url.isascii() or not url.isprintable() or not urls.is_web(url) or " " in url:
        return None
    return url if urls.userinfo(url) is None else None


def first(places: Iterable[Place], number: int) -> Iterator[Place]:
    """At most `number` of the places, what is news first, else in document order."""
    ordered = sorted(places, key=lambda place: place.change not in _NEWS)
    return iter(ordered[:number])
