"""What a run counted → bars and columns as numbers, ready to be drawn; every picture is a table too.

Invariant: geometry and text only; the template draws, and escapes what it draws.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from linkcheck.model import PROBLEMS, Finding, Kind, Outcome
from linkcheck.reports.rows import WORST_FIRST, decider

Counts = Mapping[Outcome, int]

WIDTH = 400
_BAR_STEP = 33
_COLUMNS_HEIGHT = 150
_LEFT = 36
_MOST_HOSTS = 10
_MOST_COLUMNS = 40
_LABELS_FIT = 9
_EARLIER = "earlier"


class Piece(Struct, frozen=True):
    """A rectangle of one outcome; units of the picture."""

    outcome: Outcome
    number: int
    x: float
    y: float
    width: float
    height: float


class Line(Struct, frozen=True):
    """One bar or column, and one line of the table."""

    label: str
    total: int
    """References in all, whatever their outcome."""
    numbers: tuple[int, ...]
    """One for each of the picture's outcomes."""
    pieces: tuple[Piece, ...]
    x: float
    y: float
    is_labelled: bool = True


class Picture(Struct, frozen=True):
    """A titled drawing with its table."""

    name: str
    """Unique in the page: part of ids."""
    title: str
    says: str
    """What it shows, in a sentence: the text alternative."""
    head: str
    """What the labels are: `host`."""
    outcomes: tuple[Outcome, ...]
    lines: tuple[Line, ...]
    height: float
    is_columns: bool = False
    scale: tuple[tuple[float, str], ...] = ()
    """(y, label) of the grid's lines."""


class Tally:
    """Counts findings by the host that decided and by kind."""

    def __init__(self) -> None:
        self._hosts: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
        self._kinds: defaultdict[Kind, Counter[Outcome]] = defaultdict(Counter)

    def add(self, finding: Finding) -> None:
        """Count one."""
        self._hosts[decider(finding)][finding.outcome] += 1
        self._kinds[finding.reference.kind][finding.outcome] += 1

    def hosts(self) -> Picture | None:
        """The hosts with most problems; None without a problem."""
        counted = {host or "files of this archive": counts for host, counts in self._hosts.items() if _problems(counts)}
        ranked = sorted(counted.items(), key=lambda item: (-_problems(item[1]), item[0]))[:_MOST_HOSTS]
        if not ranked:
            return None
        worst, counts = ranked[0]
        more = f" {len(counted):,} hosts have problems; these have most." if len(counted) > len(ranked) else ""
        says = f"Problems by host. Most are with {worst}: {_problems(counts):,} of {counts.total():,} references.{more}"
        longest = max(_problems(counts) for _, counts in ranked)
        lines = _bars(((host, counts, longest) for host, counts in ranked), PROBLEMS)
        return Picture("hosts", "By host", says, "host", PROBLEMS, lines, len(lines) * _BAR_STEP)

    def kinds(self) -> Picture | None:
        """How each kind of reference fares; None without references."""
        ranked = sorted(self._kinds.items(), key=lambda item: (-item[1].total(), item[0]))
        if not ranked:
            return None
        shares = [f"{kind} {_percent(_problems(counts), counts.total())}" for kind, counts in ranked]
        says = f"Share of problems by kind of reference: {', '.join(shares)}."
        lines = _bars(((kind.value, counts, counts.total()) for kind, counts in ranked), WORST_FIRST)
        return Picture("kinds", "By kind", says, "kind", WORST_FIRST, lines, len(lines) * _BAR_STEP)


def ages(months: Mapping[str, Counts]) -> Picture | None:
    """Share of problems by when the article appeared (`2019-07`), by month or by year; None without dates."""
    counted = _spans(months)
    if not counted:
        return None
    shares = {label: _problems(counts) / counts_total(counts) for label, counts in counted.items()}
    top = next(limit for limit in (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if limit >= max(shares.values()))
    worst = max(shares, key=lambda label: shares[label])
    says = (
        f"Share of references with problems by when the article appeared. Highest for {worst}: "
        f"{_percent(_problems(counted[worst]), counts_total(counted[worst]))}."
    )
    scale = tuple(
        (round(_COLUMNS_HEIGHT * (1 - part), 1), f"{top * part:.1%}".replace(".0%", "%")) for part in (0, 0.5, 1)
    )
    return Picture(
        "ages",
        "By age of the article",
        says,
        "appeared",
        PROBLEMS,
        _columns(counted, top),
        _COLUMNS_HEIGHT + 22,
        is_columns=True,
        scale=scale,
    )


def _spans(months: Mapping[str, Counts]) -> dict[str, Counter[Outcome]]:
    """By month while they fit, else by year; the earliest joined when even years are too many."""
    known = {month: counts for month, counts in months.items() if counts_total(counts)}
    length = 7 if len(known) <= 24 else 4
    spans: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
    for month, counts in sorted(known.items()):
        spans[month[:length]].update(counts)
    while len(spans) > _MOST_COLUMNS:
        oldest = min(label for label in spans if label != _EARLIER)
        spans[_EARLIER].update(spans.pop(oldest))
    return dict(sorted(spans.items(), key=lambda item: (item[0] != _EARLIER, item[0])))


def _columns(counted: Mapping[str, Counts], top: float) -> tuple[Line, ...]:
    step = (WIDTH - _LEFT) / len(counted)
    every = -(-len(counted) // _LABELS_FIT)
    lines = []
    for place, (label, counts) in enumerate(counted.items()):
        total = counts_total(counts)
        bottom, pieces = float(_COLUMNS_HEIGHT), []
        for outcome in PROBLEMS:
            height = _COLUMNS_HEIGHT * counts.get(outcome, 0) / total / top
            bottom -= height
            if height:
                x = _LEFT + (place + 0.15) * step
                pieces.append(_piece(outcome, counts[outcome], x, bottom, min(step * 0.7, 40), height))
        numbers = tuple(counts.get(outcome, 0) for outcome in PROBLEMS)
        middle = _LEFT + (place + 0.15) * step + min(step * 0.7, 40) / 2
        is_labelled = place % every == 0
        lines.append(Line(label, total, numbers, tuple(pieces), round(middle, 1), _COLUMNS_HEIGHT + 16, is_labelled))
    return tuple(lines)


def _bars(rows: Iterable[tuple[str, Counts, int]], outcomes: tuple[Outcome, ...]) -> tuple[Line, ...]:
    """Bars of (label, counts, what the whole width stands for), one below the other."""
    lines = []
    for place, (label, counts, whole) in enumerate(rows):
        x, pieces, top = 0.0, [], place * _BAR_STEP
        for outcome in outcomes:
            width = WIDTH * counts.get(outcome, 0) / whole
            if width:
                pieces.append(_piece(outcome, counts[outcome], x, top + 18, width, 8))
            x += width
        numbers = tuple(counts.get(outcome, 0) for outcome in outcomes)
        lines.append(Line(label, counts_total(counts), numbers, tuple(pieces), 0, top + 13))
    return tuple(lines)


def _piece(outcome: Outcome, number: int, x: float, y: float, width: float, height: float) -> Piece:
    return Piece(outcome, number, round(x, 1), round(y, 1), round(max(width, 0.5), 1), round(max(height, 0.5), 1))


def _problems(counts: Counts) -> int:
    return sum(counts.get(outcome, 0) for outcome in PROBLEMS)


def counts_total(counts: Counts) -> int:
    """References in all."""
    return sum(counts.values())


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if part * 100 >= whole or not part else "<1%"
