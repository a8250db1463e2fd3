"""A baseline file → what was known of each reference: a JSON report, or the file that `linkcheck baseline` writes.

The committed file is JSON Lines: a head, then one problem a line, in a stable order and without anything that changes
by itself (no times, no lines of text). A report lists every reference, the committed file the problems alone.
Invariant: a file that is damaged, cut off or not ours is refused whole.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from linkcheck.errors import UserFault
from linkcheck.model import PROBLEMS, Outcome
from linkcheck.store.collected import identity_of

VERSION = 1
HEAD = {"schema_version": VERSION, "tool": {"name": "linkcheck"}, "baseline": "problems"}
"""The first line of a committed file."""
_FINDINGS = b'"findings": ['
"""The line of a report after which each line is one finding."""


class Row(Struct, frozen=True, omit_defaults=True):
    """One line of a committed file; of a finding in a report, what is compared."""

    path: str
    url: str | None
    kind: str
    outcome: Outcome
    reason: str
    ordinal: int = 0
    """How many references of this path, URL and kind stand before it; a report has none, they are counted."""
    confirmed: bool = False
    raw: str | None = None
    """Only where `url` is null."""


class State(Struct, frozen=True):
    """What was known of a reference."""

    outcome: Outcome
    reason: str
    confirmed: bool


class Baseline(Struct, frozen=True):
    """Everything a file knows, packed: a large archive has millions of references."""

    name: str
    """The file, as typed."""
    is_whole: bool
    """Whether it lists what is fine, too: only then is a reference that it lacks one that was not there."""
    identities: "array[int]"
    numbers: "array[int]"
    """Indexes into `states`, one for each identity."""
    states: tuple[State, ...]
    problems: dict[int, str]
    """The identity of each problem → its document."""
    since: str | None = None
    """For a sentence, when it is no file."""

    def known(self) -> Iterator[tuple[int, State, str | None]]:
        """(identity, what was known, its document if it was a problem)."""
        for identity, number in zip(self.identities, self.numbers, strict=True):
            yield identity, self.states[number], self.problems.get(identity)


class _Tool(Struct):
    name: str


class _Head(Struct):
    schema_version: int
    tool: _Tool
    baseline: str | None = None


class _Report(Struct):
    findings: list[Row]


_HEAD = msgspec.json.Decoder(_Head)
ROW = msgspec.json.Decoder(Row)
_REPORT = msgspec.json.Decoder(_Report)


class _Damage(Exception):
    """Why a file is refused; it is named around this."""


def read(name: str) -> Baseline:
    """The baseline of a file; raises UserFault with one sentence when it is none."""
    try:
        with Path(name).open("rb") as file:
            is_whole, rows = _rows(file)
            return packed(name, is_whole, counted(rows) if is_whole else rows)
    except OSError as error:
        raise UserFault(f"cannot read the baseline '{name}': {error.strerror}") from error
    except _Damage as damage:
        raise UserFault(f"the baseline '{name}' {damage}") from damage


def packed(name: str, is_whole: bool, rows: Iterable[Row], since: str | None = None) -> Baseline:
    """What rows with their ordinals tell."""
    identities, numbers = array("q"), array("H")
    states: dict[State, int] = {}
    problems = {}
    for row in rows:
        identity = identity_of(row.path, row.url or row.raw or "", row.kind, row.ordinal)
        identities.append(identity)
        numbers.append(states.setdefault(State(row.outcome, row.reason, row.confirmed), len(states)))
        if row.outcome in PROBLEMS:
            problems[identity] = row.path
    return Baseline(name, is_whole, identities, numbers, tuple(states), problems, since)


def _rows(file: BinaryIO) -> tuple[bool, Iterator[Row]]:
    """(whether it is a report, its rows)."""
    first = file.readline()
    if not first.strip():
        raise _Damage("is empty; write it by --format json=FILE or by 'linkcheck baseline'")
    try:
        head = _HEAD.decode(first)
    except msgspec.DecodeError:
        head = None  # a report of several lines, or nothing of ours
    if head is not None and head.baseline is not None:
        _recognise(head)
        return False, _lines(file)
    file.seek(0)
    return True, _streamed(file) or _at_once(file)


def _recognise(head: _Head) -> None:
    if head.tool.name != "linkcheck":
        raise _Damage(f"was written by '{head.tool.name}', not by linkcheck")
    if head.schema_version != VERSION:
        raise _Damage(
            f"has schema version {head.schema_version}, this is for {VERSION}; update linkcheck or write it anew"
        )


def _lines(file: BinaryIO) -> Iterator[Row]:
    for number, line in zip(count(2), file, strict=False):
        if not line.strip():
            continue
        if line.startswith((b"<<<<<<<", b"=======", b">>>>>>>")):
            raise _Damage(
                f"holds a merge conflict at line {number}; settle it, or write it anew by 'linkcheck baseline'"
            )
        try:
            yield ROW.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _Damage(f"is damaged at line {number}: {error}; write it anew by 'linkcheck baseline'") from error


def _streamed(file: BinaryIO) -> Iterator[Row] | None:
    """The findings of a report as we lay it out, a line each; None when somebody has laid it out anew."""
    before = []
    for line in file:
        before.append(line)
        if line.strip() == _FINDINGS:
            break
    start = file.tell()
    line = file.readline().strip()
    if not before or before[-1].strip() != _FINDINGS or not (line == b"]" or line.endswith((b"},", b"}"))):
        file.seek(0)
        return None
    _recognise_report(b"".join(before) + b"]}")
    file.seek(start)
    return _findings(file, len(before))


def _findings(file: BinaryIO, lines: int) -> Iterator[Row]:
    number = lines
    for number, line in zip(count(lines + 1), file, strict=False):
        text = line.strip()
        if text == b"]":
            if file.read().strip() == b"}":
                return
            break
        try:
            yield ROW.decode(text.removesuffix(b","))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _Damage(f"is damaged or cut off at line {number}: {error}") from error
    raise _Damage(f"is cut off after line {number}; write it anew by --format json=FILE")


def _at_once(file: BinaryIO) -> Iterator[Row]:
    content = file.read()
    _recognise_report(content)
    try:
        yield from _REPORT.decode(content).findings
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _Damage(f"is no report of linkcheck: {error}") from error


def _recognise_report(content: bytes) -> None:
    try:
        _recognise(_HEAD.decode(content))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        hint = "write one by --format json=FILE or by 'linkcheck baseline'"
        raise _Damage(f"is no report of linkcheck: {error}; {hint}") from error


def counted(rows: Iterable[Row]) -> Iterator[Row]:
    """The findings of a report, which stand in document order, with their ordinals."""
    path, seen = None, Counter[tuple[str, str]]()
    for row in rows:
        if row.path != path:
            path, seen = row.path, Counter()
        place = (row.url or row.raw or "", row.kind)
        yield msgspec.structs.replace(row, ordinal=seen[place]) if seen[place] else row
        seen[place] += 1
