"""The fast transport: `Request` → `Exchange` over HTTP/1.1 on the event loop's own protocols, parsed by llhttp.

Connections are kept by origin, all times are watched by one timer, and addresses, names and trust are those of
`HttpxTransport`. Its word is good for clean responses only: put `Assured` around it.
Invariant: the request target, the headers and their order are the request's own, after Host; nothing is followed,
decoded, stored or taken from the environment.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from linkcheck.model import Exchange, Failure, Purpose, Request
from linkcheck.probes import dialling
from linkcheck.probes.guard import Address, Guard, Refusal
from linkcheck.probes.origins import Origin, Origins
from linkcheck.probes.sweeper import Sweeper
from linkcheck.probes.tls import Tls
from linkcheck.probes.transport import chain
from linkcheck.probes.wire_connection import Connection
from linkcheck.probes.wire_conversation import Conversation
from linkcheck.probes.wire_pool import Pool
from linkcheck.probes.wire_tls import TlsConnection

_HEADS_KEPT = 256
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"(?:[^\x00-\x20\x7f](?:[^\x00-\x08\x0a-\x1f\x7f]*[^\x00-\x20\x7f])?)?")
_CLOSING_TURNS = 8

Pairs = tuple[tuple[str, str], ...]


class WireTransport:
    """Sends by itself. The guard and the contexts are shared with others, and theirs to close."""

    def __init__(self, guard: Guard, tls: Tls, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._guard = guard
        self._tls = tls
        self._now = now
        self._origins = Origins(guard)
        self._sweeper = Sweeper()
        self._pool = Pool(self._sweeper)
        self._heads: dict[Pairs, bytes] = {}

    async def send(self, request: Request) -> Exchange:
        """Ask once (see `Transport`); a dead kept-alive connection is replaced without a word."""
        origin, target = self._origins.of(request.url)
        refusal = origin.refusal
        if refusal is not None:
            return Exchange(request, self._now(), 0.0, failure=refusal.failure, error=(refusal.sentence,))
        head = self._head(request, origin, target)
        if head is None:
            said = ("ValueError: the request line or a header cannot be sent as it is",)
            return Exchange(request, self._now(), 0.0, failure=Failure.PROTOCOL_ERROR, error=said)
        if request.purpose is Purpose.SECOND_LOOK:
            self._guard.look_up_again(origin.host)
        waiter: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()
        conversation = Conversation(request, origin, head, self._dial, waiter, self._now())
        self._sweeper.watch(conversation)
        key = (origin, request.verify)
        try:
            if self._pool.waits(key):
                self._pool.wait(key, conversation)
            elif (connection := self._pool.take(key)) is not None:
                connection.ask(conversation)
            else:
                self._dial(conversation)
            return await waiter
        except asyncio.CancelledError:
            conversation.abandon()
            raise
        finally:
            self._sweeper.leave(conversation)
            self._pool.forget(key)

    def _head(self, request: Request, origin: Origin, target: str) -> bytes | None:
        """The request as it is sent; None when it holds what no request can."""
        headers = self._heads.get(request.headers)
        if headers is None:
            headers = self._heads[request.headers] = _lines(request.headers)
            if len(self._heads) > _HEADS_KEPT:
                del self._heads[next(iter(self._heads))]
        if not (headers and target.isascii() and target.isprintable()) or " " in target:
            return None
        return f"{request.method} {target}{origin.host_line}".encode("latin-1") + headers

    def _dial(self, conversation: Conversation) -> None:
        """Ask over a connection of its own, opened in a task of its own."""
        conversation.origin.dialled += 1
        conversation.dialling = asyncio.get_running_loop().create_task(self._connect(conversation))
        # a task that is cancelled before it has begun runs no line of its own
        conversation.dialling.add_done_callback(lambda _: conversation.origin.has_dialled())

    async def _connect(self, conversation: Conversation) -> None:
        try:
            connection = await self._connection(conversation)
        except (OSError, ValueError) as error:
            conversation.broke(chain(error))
            return
        finally:
            conversation.dialling = None
        if connection is None:
            return
        if conversation.waiter.done():
            connection.drop()
        else:
            connection.ask(conversation)

    async def _connection(self, conversation: Conversation) -> Connection | None:
        """A new one; None when the guard refuses. Raises as `dialling` and OpenSSL do."""
        origin, request = conversation.origin, conversation.request
        addresses = await self._guard.addresses(origin.host, origin.port)
        if isinstance(addresses, Refusal):
            conversation.failed(addresses.failure, (addresses.sentence,))
            return None
        conversation.is_found = True
        if not origin.uses_tls:
            connected, peer = await self._reached(conversation, addresses)
            build = partial(Connection, (origin, request.verify), peer, self._pool, self._sweeper)
            return await dialling.put_on(connected, build)
        lean = self._tls.lean(verify=request.verify)
        try:
            return await self._secured(conversation, addresses, lean)
        except ssl.SSLCertVerificationError:
            whole = self._tls.context(verify=request.verify)
            if whole is lean:
                raise
        return await self._secured(conversation, addresses, whole)

    async def _secured(
        self, conversation: Conversation, addresses: Sequence[Address], context: ssl.SSLContext
    ) -> TlsConnection:
        connected, peer = await self._reached(conversation, addresses)
        key = (conversation.origin, conversation.request.verify)
        connection = TlsConnection(context, connected, key, peer, self._pool, self._sweeper)
        await connection.shake(conversation.request.timeouts.connect_s)
        return connection

    async def _reached(self, conversation: Conversation, addresses: Sequence[Address]) -> tuple[socket.socket, str]:
        """A socket connected to the first address that lets us in, and that address."""
        origin, connect_s = conversation.origin, conversation.request.timeouts.connect_s
        address, connected = await _reached(addresses, origin, connect_s, self._sweeper)
        origin.preferred = address
        peer = conversation.peer = str(address)
        return connected, peer

    async def aclose(self) -> None:
        """Close every connection."""
        for connection in self._pool:
            connection.drop()
        self._sweeper.close()
        # sockets are closed by callbacks of the event loop
        for _ in range(_CLOSING_TURNS):
            await asyncio.sleep(0)


async def _reached(
    addresses: Sequence[Address], origin: Origin, connect_s: float, sweeper: Sweeper
) -> tuple[Address, socket.socket]:
    """The first of the addresses that takes a connection; raises the last one's OSError."""
    tried = dialling.in_turn(addresses, origin.preferred)
    within_s = connect_s / len(tried)
    for address in tried[:-1]:
        with suppress(OSError):
            return address, await dialling.reach(address, within_s, sweeper)
    return tried[-1], await dialling.reach(tried[-1], within_s, sweeper)


def _lines(headers: Pairs) -> bytes:
    """Header lines and the blank line; empty when one of them cannot be sent (RFC 9110, 5.5)."""
    if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers):
        return b""
    return "".join([*(f"{name}: {value}\r\n" for name, value in headers), "\r\n"]).encode()
