"""Rows → one JSON object for a `<script type="application/json">`, in pieces; every text once, the rows by number.

Invariant: no piece holds `<`, `>`, `&` or a line separator of JavaScript, so that nothing can end the element early.
The shape is private to `page/*.js`: `{outcomes, reasons, kinds, roles, changes, advice, rows, strings}`; a row is a
list of numbers and of indices into `strings` (0 is the empty text), in the order that `_row` writes them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from linkcheck.model import Change, Kind, Reason, Role
from linkcheck.reports.rows import WORST_FIRST, Place, Row, Side
from linkcheck.verdicts import catalogue

Number = int | float
Numbers = list["Number | Numbers"]

_OUTCOMES = {outcome: place for place, outcome in enumerate(WORST_FIRST)}
_REASONS = {reason: place for place, reason in enumerate(Reason)}
_KINDS = {kind: place for place, kind in enumerate(Kind)}
_ROLES = {role: place for place, role in enumerate(Role)}
_CHANGES = {change: place for place, change in enumerate(Change)}
_ROWS_A_PIECE = 500
_UNSAFE = re.compile("[<>&\u2028\u2029]")


class _Strings:
    """Texts in the order of their first use."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {"": 0}

    def place(self, text: str | None) -> int:
        return self._places.setdefault(text or "", len(self._places))

    def all(self) -> list[str]:
        return list(self._places)


def pieces(rows: Sequence[tuple[Row, list[Place]]]) -> Iterator[str]:
    """The object, escaped, piece by piece."""
    strings = _Strings()
    used = {side.reason for row, _ in rows for side in row.sides} | {row.reason for row, _ in rows}
    yield _json(_names(used)).removesuffix("}") + ',"rows":['
    for start in range(0, len(rows), _ROWS_A_PIECE):
        batch = rows[start : start + _ROWS_A_PIECE]
        encoded = _json([_row(row, places, strings) for row, places in batch])
        yield ("," if start else "") + encoded[1:-1]
    yield '],"strings":['
    texts = strings.all()
    for start in range(0, len(texts), _ROWS_A_PIECE):
        yield ("," if start else "") + _json(texts[start : start + _ROWS_A_PIECE])[1:-1]
    yield "]}"


def _names(used: Iterable[Reason]) -> dict[str, object]:
    entries = catalogue.entries()
    return {
        "outcomes": list(_OUTCOMES),
        "reasons": list(_REASONS),
        "kinds": list(_KINDS),
        "roles": list(_ROLES),
        "changes": list(_CHANGES),
        "advice": {reason: [entries[reason].summary, entries[reason].remedy] for reason in sorted(used)},
    }


def _row(row: Row, places: list[Place], strings: _Strings) -> Numbers:
    place = strings.place
    sides: Numbers = [_side(side, row, strings) for side in row.sides]
    memento: Numbers = [place(text) for text in row.memento] if row.memento else []
    return [
        _OUTCOMES[row.outcome],
        _REASONS[row.reason],
        _KINDS[row.kind],
        place(row.text),
        place(row.link),
        place(row.host),
        place(row.detail),
        int(row.is_confirmed),
        place(row.failing_since),
        sides,
        memento,
        [number for one in places for number in (place(one.path), one.line, one.column, _CHANGES[one.change])],
    ]


def _side(side: Side, row: Row, strings: _Strings) -> Numbers:
    place = strings.place
    numbers: Numbers = [
        _ROLES[side.role],
        _OUTCOMES[side.outcome],
        _REASONS[side.reason],
        place(side.text),
        place(side.link),
        place(side.host),
        # Most findings are settled by one target: what the row says is not said again.
        place(side.detail if side.detail != row.detail else None),
        side.status or 0,
        side.attempts,
        side.elapsed_s or 0,
        place(side.checked_at),
        place(side.final),
        place(side.media_type),
        side.length_bytes if side.length_bytes is not None else -1,
        place(side.format),
        side.width_px or 0,
        side.height_px or 0,
    ]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return numbers


def _json(value: object) -> str:
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", msgspec.json.encode(value).decode())
