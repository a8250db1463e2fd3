"""One connection over TLS: records on the event loop's plain transport, coded and decoded by OpenSSL in memory.

The event loops' own layers build a second transport and protocol a connection, and raise an exception a response to
learn that nothing more has come. Invariant: nothing is asked before the handshake is done, and an end that the other
side did not announce (close_notify) is a break.
"""

import asyncio
import ssl
import threading
from time import monotonic
from typing import Final, cast

from linkcheck.probes.origins import Origin
from linkcheck.probes.sweeper import Sweeper
from linkcheck.probes.tls import Resuming, expires_at
from linkcheck.probes.wire_connection import Connection
from linkcheck.probes.wire_pool import Pool

DRAIN_TLS_BYTES: Final = 262_144
"""As `DRAIN_BYTES`, over TLS: 256 KB cost 0.2 ms to decrypt, a handshake 0.7 ms (measured 2026-11-25)."""
_ROOM_BYTES: Final = 65_536
_SESSION_AFTER: Final = 2
"""Connections of an origin that ended before its TLS session is taken: to take it costs 0.2 ms, to use it saves 0.2 to
0.35 ms each time (OpenSSL 3.0, measured 2026-11-25), and most origins keep their connections."""


class TlsConnection(Connection):
    """Decrypts into one buffer that all connections of a thread share.

    What came is used up before anything else is read, so nobody sees another's bytes.
    """

    __slots__ = ("_incoming", "_is_shaken", "_outgoing", "_shaken", "_unsent", "tls")

    drains_bytes = DRAIN_TLS_BYTES

    def __init__(
        self, context: ssl.SSLContext, key: tuple[Origin, bool], peer: str, pool: Pool, sweeper: Sweeper
    ) -> None:
        """Raises ValueError for a name that no certificate can have."""
        super().__init__(key, peer, pool, sweeper)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=key[0].name)
        self._is_shaken = False
        self._shaken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unsent = b""

    async def shake(self, within_s: float) -> None:
        """Wait for the handshake; raises OSError (ssl's errors are some), and closes then."""
        self.until = monotonic() + within_s
        self._sweeper.watch(self)
        try:
            await self._shaken
        except BaseException:
            self.drop()
            raise
        self.until = 0.0
        self._sweeper.leave(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is connected: begin the handshake."""
        self._transport = cast(asyncio.Transport, transport)
        self._go_on()

    def _go_on(self) -> None:
        """Go on with the handshake."""
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as error:
            self._flush()
            self._refuse(error)
        else:
            # what is left to say goes out with the request
            self._is_shaken = True
            self._expires_at = expires_at(self.tls)
            self._pool.opened(self)
            if not self._shaken.done():
                self._shaken.set_result(None)

    def _refuse(self, error: Exception) -> None:
        if not self._shaken.done():
            self._shaken.set_exception(error)
        self.drop()

    def expire(self, now: float) -> None:
        """The handshake, or what was to be drained, takes too long."""
        if self._is_shaken:
            self.drop()
        else:
            self._refuse(TimeoutError())

    def data_received(self, data: bytes | memoryview) -> None:
        """Records came."""
        self._incoming.write(data)
        if not self._is_shaken:
            self._go_on()
        if self._is_shaken and self._incoming.pending:
            self._read()
        if self._unsent:
            self._send(b"")

    def _read(self) -> None:
        """Decrypt what is there, record by record."""
        tls, incoming, room = self.tls, self._incoming, _room.view
        while self._transport is not None:
            try:
                number = cast(int, tls.read(_ROOM_BYTES, room))
            except ssl.SSLWantReadError:
                break
            except ssl.SSLError as error:
                self._ended(error)
                return
            if not number:
                self._ended(None)
                return
            Connection.data_received(self, room[:number])
            if not (incoming.pending or tls.pending()):
                break
        self._flush()

    def _send(self, data: bytes) -> None:
        data, self._unsent = self._unsent + data, b""
        try:
            self.tls.write(data)
        except ssl.SSLWantReadError:
            # the other side wants to negotiate anew before it hears more
            self._unsent = data
        except ssl.SSLError as error:
            self._ended(error)
        self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending and self._transport is not None:
            self._transport.write(self._outgoing.read())

    def eof_received(self) -> None:
        """The other side has ended the stream, with or without a word."""
        self._incoming.write_eof()
        if self._is_shaken:
            self._read()
        else:
            self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed, by us or by the other side."""
        if self._is_shaken:
            self._ended(exc)
        else:
            self._refuse(exc or ConnectionResetError("closed in the handshake"))

    def _ended(self, error: Exception | None) -> None:
        Connection.connection_lost(self, error)

    def _part(self) -> None:
        """Close, since the other side will not keep it; its TLS session may serve the next connection."""
        origin = self.key[0]
        if self._is_used and self._transport is not None:
            origin.connections += 1
            if origin.connections >= _SESSION_AFTER and isinstance(self.tls.context, Resuming):
                self.tls.context.remember(origin.name, self.tls)
        self.drop()


class _Room(threading.local):
    def __init__(self) -> None:
        self.view = memoryview(bytearray(_ROOM_BYTES))


_room = _Room()
