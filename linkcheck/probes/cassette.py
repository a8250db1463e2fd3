"""Record what a transport answers, and replay it: a `Recorder` wraps a transport, a `Replay` is one.

Invariant: a replay never touches the network, and answers alike whatever the clock. What it lacks is our fault,
never a broken link.
"""

import gzip
import secrets
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, cast

import msgspec

from linkcheck import __version__
from linkcheck.errors import CassetteFault, InputFault, UserFault
from linkcheck.model import Exchange, Purpose, Request
from linkcheck.probes.masking import Masking
from linkcheck.probes.recording import (
    VERSION,
    Header,
    Key,
    Line,
    decode_header,
    decode_line,
    decode_place,
    encode,
    exchange_of,
    key_of,
    line_of,
)
from linkcheck.probes.transport import Transport


class Recorder:
    """A transport that writes down what another one answers, each line at once; `.gz` in the name compresses.

    `patterns` are the secrets to mask. It should stand above what draws the facts of a body: those of a body too long
    to be kept whole are recorded, the others are drawn anew from a replay. Raises UserFault when `file` cannot be
    written.
    """

    def __init__(
        self,
        transport: Transport,
        file: str | Path,
        *,
        patterns: Iterable[str] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._transport = transport
        salt = secrets.token_bytes(16)
        self._masking = Masking(salt, patterns)
        self._ordinals: defaultdict[Key, int] = defaultdict(int)
        self._path = str(file)
        self._file = _opened(self._path)
        self._write(Header(VERSION, f"linkcheck/{__version__}", now(), salt.hex()))

    async def send(self, request: Request) -> Exchange:
        """What the transport answers; a cancelled request leaves no line. Raises CassetteFault on a full disk."""
        key = key_of(request, self._masking)
        # counted when sent: answers may overtake each other, retries must replay in the order they were asked
        ordinal = self._ordinals[key]
        self._ordinals[key] += 1
        exchange = await self._transport.send(request)
        self._write(line_of(exchange, key, ordinal, self._masking))
        return exchange

    def _write(self, line: Header | Line) -> None:
        try:
            self._file.write(encode(line) + b"\n")
            self._file.flush()
        except OSError as error:
            raise CassetteFault(f"cannot write to the cassette {self._path!r}: {error.strerror}") from error

    async def aclose(self) -> None:
        """Finish the file and close the transport."""
        self._file.close()
        await self._transport.aclose()


def _opened(path: str) -> BinaryIO:
    try:
        if path.endswith(".gz"):
            return cast("BinaryIO", gzip.open(path, "wb"))
        return Path(path).open("wb")
    except OSError as error:
        raise UserFault(f"cannot write the cassette {path!r}: {error.strerror}") from error


class _Entry(NamedTuple):
    """Where an exchange stands."""

    n: int
    purpose: Purpose
    number: int
    """Line number, from 1."""
    text: bytes


class Replay:
    """A transport that answers from a cassette, each key's records in the order they were asked.

    `tail="last"` repeats a key's last record when they run out; else that is a CassetteFault, like a key that was
    never recorded. Raises InputFault for a file that cannot be read and CassetteFault for one that is no cassette.
    """

    def __init__(
        self, file: str | Path, *, patterns: Iterable[str] = (), tail: Literal["last", "none"] = "none"
    ) -> None:
        self._path = str(file)
        self._repeats_last = tail == "last"
        self._entries: defaultdict[Key, list[_Entry]] = defaultdict(list)
        self._replayed: defaultdict[Key, int] = defaultdict(int)
        lines = _content(self._path).split(b"\n")
        self.recorded_at, salt = self._read_header(lines[0])
        self._masking = Masking(salt, patterns)
        for number, text in enumerate(lines[1:], start=2):
            if text:
                self._index(number, text)
        for entries in self._entries.values():
            entries.sort(key=lambda entry: entry.n)

    def _read_header(self, line: bytes) -> tuple[datetime, bytes]:
        try:
            header = decode_header(line)
            salt = bytes.fromhex(header.salt)
        except (msgspec.DecodeError, ValueError) as error:
            raise CassetteFault(f"{self._path}:1: not the header of a cassette: {error}") from error
        if header.cassette != VERSION:
            raise CassetteFault(f"{self._path}:1: a cassette of version {header.cassette}, this is for {VERSION}")
        return header.recorded_at, salt

    def _index(self, number: int, text: bytes) -> None:
        try:
            place = decode_place(text)
        except msgspec.DecodeError as error:
            raise CassetteFault(f"{self._path}:{number}: not a recorded exchange: {error}") from error
        self._entries[place.key].append(_Entry(place.n, place.purpose, number, text))

    def remaining(self, request: Request) -> int:
        """How many records are left for what `request` asks."""
        key = key_of(request, self._masking)
        return len(self._entries[key]) - self._replayed[key] if key in self._entries else 0

    def was_repeated(self, request: Request) -> bool:
        """Whether the next record for what `request` asks was made for the same purpose."""
        key = key_of(request, self._masking)
        entries, position = self._entries.get(key, []), self._replayed.get(key, 0)
        return position < len(entries) and entries[position].purpose is request.purpose

    async def send(self, request: Request) -> Exchange:
        """The next record for what `request` asks."""
        key = key_of(request, self._masking)
        entries = self._entries.get(key)
        if not entries:
            raise CassetteFault(f"no recording of {key.method} {key.url}; record it with --record")
        position = self._replayed[key]
        if position >= len(entries) and not self._repeats_last:
            raise CassetteFault(
                f"no recording of {key.method} {key.url} after the first {len(entries)}; record it with --record"
            )
        self._replayed[key] = min(position + 1, len(entries))
        return exchange_of(self._line(entries[min(position, len(entries) - 1)]), request)

    def _line(self, entry: _Entry) -> Line:
        try:
            return decode_line(entry.text)
        except msgspec.DecodeError as error:
            raise CassetteFault(f"{self._path}:{entry.number}: not a recorded exchange: {error}") from error

    async def aclose(self) -> None:
        """Nothing to free."""


def _content(path: str) -> bytes:
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise InputFault(f"cannot read the cassette {path!r}: {error.strerror}") from error
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise CassetteFault(f"{path}: not a whole gzip file: {error}") from error
