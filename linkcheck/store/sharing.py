"""A store's observations → compressed JSON Lines, and such a file → another store, as often as one likes."""

import gzip
import sqlite3
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, cast

import msgspec
from msgspec import Struct

from linkcheck.errors import OurFault, UserFault
from linkcheck.store import lives, records
from linkcheck.store.connection import transaction
from linkcheck.store.lives import Remembering
from linkcheck.store.records import Look, Merging, Run, Shared, Target

FORMAT = 1
_GZIP = b"\x1f\x8b"
_LONGEST_LINE = 16 * 2**20


class _Head(Struct, frozen=True, tag_field="type", tag="linkcheck-history"):
    format: int
    store: str
    exported_at: datetime


_LINES = msgspec.json.Decoder(_Head | Run | Target | Look)


def export(db: sqlite3.Connection, path: Path, now: datetime) -> Shared:
    """Write every observation of the web, a target after the other; raises OurFault when the file cannot be written."""
    targets = number = 0
    try:
        with gzip.open(path, "wb", compresslevel=6) as out:
            for line in _lines(db, now):
                targets += isinstance(line, Target)
                number += isinstance(line, Look)
                out.write(msgspec.json.encode(line) + b"\n")
    except OSError as error:
        raise OurFault(f"cannot write the history '{path}': {error.strerror}") from error
    return Shared(targets, number)


def _lines(db: sqlite3.Connection, now: datetime) -> Iterator[_Head | Run | Target | Look]:
    yield _Head(FORMAT, records.own_id(db), now)
    yield from records.runs(db)
    last = None
    for entry in records.by_target(db):
        if entry.target_id != last:
            last = entry.target_id
            yield entry.target
        yield entry.look


def merge(db: sqlite3.Connection, path: Path, remembering: Remembering) -> Shared:
    """Take over what another store observed; all of it or, when the file is no whole history, nothing (UserFault)."""
    with transaction(db):
        merging = Merging(db)
        number = 0
        for number, line in enumerate(_read(path), start=1):
            try:
                _take(merging, _LINES.decode(line), is_first=number == 1)
            except (msgspec.DecodeError, ValueError, OverflowError) as error:
                raise UserFault(f"'{path}', line {number}: {_plainly(error, number)}") from error
        if not number:
            raise UserFault(f"'{path}' is empty, and no exported history")
        is_owed = records.settle(db, remembering, merging.touched)
    if is_owed:
        lives.rebuild(db, remembering)
    return merging.shared()


def _take(merging: Merging, line: _Head | Run | Target | Look, *, is_first: bool) -> None:
    if is_first != isinstance(line, _Head):
        raise ValueError("this is no exported history of linkcheck" if is_first else "a second beginning")
    if not isinstance(line, _Head):
        merging.take(line)
    elif line.format != FORMAT:
        raise ValueError(f"written in format {line.format}, this version reads {FORMAT}; update linkcheck")


def _read(path: Path) -> Iterator[bytes]:
    """The lines of a history, compressed or not; raises UserFault when it cannot be read to its end."""
    try:
        with path.open("rb") as raw:
            is_compressed = raw.read(2) == _GZIP
            raw.seek(0)
            if not is_compressed:
                yield from _whole_lines(raw)
                return
            with gzip.GzipFile(fileobj=raw) as file:
                yield from _whole_lines(cast(IO[bytes], file))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserFault(f"'{path}' is damaged or not whole: {error}") from error
    except OSError as error:
        raise UserFault(f"cannot read the history '{path}': {error.strerror}") from error


def _whole_lines(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(_LONGEST_LINE):
        if line.strip():
            yield line


def _plainly(error: Exception, number: int) -> str:
    if isinstance(error, msgspec.DecodeError) and number == 1:
        return "this is no exported history of linkcheck"
    return str(error).replace("`", "'")
