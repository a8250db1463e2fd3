"""The same bytes said to both parsers, without a socket: what the wire makes of them, and what httpcore and h11 do."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpcore

from linkcheck.model import Exchange, Request
from linkcheck.probes.guard import Guard
from linkcheck.probes.origins import Origin
from linkcheck.probes.sweeper import Sweeper
from linkcheck.probes.wire_connection import Connection
from linkcheck.probes.wire_conversation import Conversation
from linkcheck.probes.wire_pool import Pool

URL = "http://a.example/"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Pipe(asyncio.Transport):
    """A transport that notes what becomes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.was_aborted = False

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.was_aborted

    def abort(self) -> None:
        self.was_aborted = True


@dataclass
class Heard:
    """What one side made of the bytes."""

    status: int | None = None
    reason: str = ""
    version: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    is_clean: bool = False


@dataclass
class Spoken:
    """A connection of the wire, told pieces by hand; inside a running event loop."""

    pipe: Pipe = field(default_factory=Pipe)

    def __post_init__(self) -> None:
        sweeper = Sweeper()
        self.pool = Pool(sweeper)
        guard = Guard()
        self.origin = Origin(URL, None)
        guard.close()
        self.connection = Connection((self.origin, True), "192.0.2.1:80", self.pool, sweeper)
        self.connection.connection_made(self.pipe)
        self.dialled: list[Conversation] = []

    def ask(self, method: str = "GET", limit_bytes: int = 2**20) -> "asyncio.Future[Exchange]":
        """Send a request; the exchange comes in the future."""
        waiter: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()
        request = Request(method, URL, read_limit_bytes=limit_bytes)
        self.connection.ask(Conversation(request, self.origin, b"head", self.dialled.append, waiter, NOON))
        return waiter

    def hear(self, pieces: Iterable[bytes]) -> None:
        """Let bytes come, as long as anyone listens."""
        for piece in filter(None, pieces):
            if self.pipe.was_aborted:
                return
            self.connection.data_received(piece)

    def hang_up(self, error: Exception | None = None) -> None:
        """The other side closes."""
        self.connection.connection_lost(error)


async def wire(pieces: Iterable[bytes], method: str = "GET", limit_bytes: int = 2**20) -> Exchange:
    """What the wire makes of the pieces, and of the end after them."""
    spoken = Spoken()
    waiter = spoken.ask(method, limit_bytes)
    spoken.hear(pieces)
    spoken.hang_up()
    return await waiter


def heard(exchange: Exchange) -> Heard:
    """An exchange for comparing."""
    body = exchange.content.body if exchange.content is not None else b""
    is_clean = exchange.failure is None
    return Heard(exchange.status, exchange.reason_phrase, exchange.http_version, exchange.headers, body, is_clean)


async def reference(pieces: Iterable[bytes], method: str = "GET") -> Heard:
    """What httpcore makes of them: the transport below httpx."""
    stream = httpcore.AsyncMockStream([piece for piece in pieces if piece])
    heard = Heard()
    async with httpcore.AsyncHTTP11Connection(httpcore.Origin(b"http", b"a.example", 80), stream) as connection:
        try:
            response = await connection.handle_async_request(httpcore.Request(method, URL, headers=[("Host", "a")]))
            heard.status = response.status
            heard.reason = response.extensions["reason_phrase"].decode("latin-1")
            heard.version = response.extensions["http_version"].decode("ascii")
            heard.headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers)
            async for part in response.aiter_stream():
                heard.body += part
            await response.aclose()
        except (httpcore.RemoteProtocolError, httpcore.ReadError, ValueError):
            return heard
    heard.is_clean = True
    return heard
