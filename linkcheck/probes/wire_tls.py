"""TLS on a connected socket: what a `Connection` stands on, as a transport of asyncio; the handshake comes first.

OpenSSL reads the socket itself, one record at a time, into one buffer that all connections of a thread share. uvloop's
own TLS holds 256 KB a connection, and what is still encrypted once more: 2,000 images over 128 connections took 116 MB
with it, 77 MB without, and a fifth of the CPU less (2026-11-30).
Invariant: what came is used up before anything else is read, so nobody sees another's bytes; the protocol hears nothing
after `abort`.
"""

import asyncio
import errno
import os
import socket
import ssl
import threading
from collections.abc import Callable
from time import monotonic
from typing import Final, cast

from linkcheck.probes.origins import Origin
from linkcheck.probes.sweeper import Sweeper
from linkcheck.probes.tls import Resuming, expires_at
from linkcheck.probes.wire_connection import Connection
from linkcheck.probes.wire_pool import Pool

DRAIN_TLS_BYTES: Final = 262_144
"""As `DRAIN_BYTES`, over TLS: 256 KB cost 0.2 ms to decrypt, a handshake 0.7 ms (measured 2026-11-25)."""
_SESSION_AFTER: Final = 2
"""Connections of an origin that ended before its TLS session is taken: to take it costs 0.2 ms, to use it saves 0.2 to
0.45 ms each time (OpenSSL 3.0, measured 2026-11-30). While one is open, the second takes its session at once."""

_ROOM_BYTES: Final = 65_536
"""More than a record may hold: nothing decrypted is left behind in OpenSSL, where no event loop sees it."""
_MOST_RECORDS: Final = 16
"""In one turn of the loop, before others have theirs."""


class TlsTransport(asyncio.Transport):
    """One encrypted connection; `secured` is non-blocking, connected, and has not yet shaken hands."""

    def __init__(self, secured: ssl.SSLSocket, connection: Connection) -> None:
        super().__init__({"ssl_object": secured, "sslcontext": secured.context})
        self._loop = asyncio.get_running_loop()
        self._socket = secured
        self._read = cast("Callable[[int, memoryview], int]", secured.read)
        self._connection = connection
        self._unsent = b""
        self._waits_to_write = False
        self._is_closed = False
        self._is_shaken = False
        self._shaken: asyncio.Future[None] = self._loop.create_future()

    async def shake(self) -> None:
        """Shake hands. Raises OSError (ssl's errors are some); abort it then."""
        self._loop.add_reader(self._socket, self._on_readable)
        self._go_on_shaking()
        await self._shaken
        self._is_shaken = True

    def give_up(self) -> None:
        """The handshake takes too long."""
        if not self._shaken.done():
            self._shaken.set_exception(TimeoutError())

    def _go_on_shaking(self) -> None:
        if self._shaken.done():
            return
        try:
            self._socket.do_handshake()
        except ssl.SSLWantReadError:
            self._wait_to_write(None)
        except ssl.SSLWantWriteError:
            self._wait_to_write(self._go_on_shaking)
        except OSError as error:
            self._shaken.set_exception(error)
        else:
            self._wait_to_write(None)
            self._shaken.set_result(None)

    def _wait_to_write(self, then: Callable[[], None] | None) -> None:
        """Call `then` when the socket takes more; None: whatever waited for that waits no more."""
        if then is not None:
            self._loop.add_writer(self._socket, then)
        elif self._waits_to_write:
            self._loop.remove_writer(self._socket)
        self._waits_to_write = then is not None

    def _on_readable(self) -> None:
        if not self._is_shaken:
            self._go_on_shaking()
            return
        if self._unsent:
            self._send()
        connection, view, read = self._connection, _room.view, self._read
        records = 0
        while True:
            try:
                count = read(_ROOM_BYTES, view)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except ssl.SSLEOFError:
                self._lose(self._reset())
                return
            except OSError as error:
                self._lose(error)
                return
            if not count:
                self._lose(None)
                return
            connection.data_received(view[:count])
            records += 1
            # After an answer once more: what was said unasked must not be taken for the next one.
            if self._is_closed or (records >= _MOST_RECORDS and connection.is_awaited):
                return

    def _reset(self) -> ConnectionResetError | None:
        """Why the end came without a word: Python calls a reset an end, too (its issue 115627, until 3.11.9)."""
        try:
            self._socket.getpeername()
        except OSError:
            return ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        return None

    def _lose(self, error: OSError | None) -> None:
        """The other side has closed; what is still to be had of its TLS is taken first."""
        self._connection.connection_lost(error)
        if not self._is_closed:
            self._close()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send now what the socket takes, and the rest when it takes more; a failure is told to the protocol."""
        if self._is_closed:
            return
        self._unsent += data
        self._send()

    def _send(self) -> None:
        try:
            # OpenSSL takes all or nothing, and wants the same again after nothing.
            self._socket.send(self._unsent)
        except ssl.SSLWantReadError:
            self._wait_to_write(None)
        except ssl.SSLWantWriteError:
            self._wait_to_write(self._send)
        except OSError as error:
            self._forget_unsent()
            self._loop.call_soon(self._break, error)
        else:
            self._forget_unsent()

    def _forget_unsent(self) -> None:
        self._unsent = b""
        self._wait_to_write(None)

    def _break(self, error: OSError) -> None:
        if not self._is_closed:
            self._lose(error)

    def is_closing(self) -> bool:
        """Whether nothing more is sent or heard."""
        return self._is_closed

    def abort(self) -> None:
        """Close at once, without a word to either side."""
        if not self._is_closed:
            self._close()

    def _close(self) -> None:
        self._is_closed = True
        self._loop.remove_reader(self._socket)
        self._wait_to_write(None)
        self._socket.close()


class TlsConnection(Connection):
    """Over TLS; `connected` is the socket, which is the connection's from now on."""

    __slots__ = ("_link", "tls")

    drains_bytes = DRAIN_TLS_BYTES

    def __init__(
        self,
        context: ssl.SSLContext,
        connected: socket.socket,
        key: tuple[Origin, bool],
        peer: str,
        pool: Pool,
        sweeper: Sweeper,
    ) -> None:
        """Raises OSError, and ValueError for a name that no certificate can have; the socket is closed then."""
        super().__init__(key, peer, pool, sweeper)
        try:
            self.tls = _wrapped(connected, context, key[0])
        except BaseException:
            connected.close()
            raise
        self._link = TlsTransport(self.tls, self)

    @property
    def is_reusable(self) -> bool:
        """Whether it is open and nothing lies on the socket: an end, or what would be taken for the next answer."""
        if not self.is_open:
            return False
        try:
            # the socket's own, past TLS
            socket.socket.recv(self.tls, 1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False

    async def shake(self, within_s: float) -> None:
        """Wait for the handshake; raises OSError (ssl's errors are some), and closes then."""
        self.until = monotonic() + within_s
        self._sweeper.watch(self)
        try:
            await self._link.shake()
            self.connection_made(self._link)
        except BaseException:
            self._link.abort()
            raise
        finally:
            self.until = 0.0
            self._sweeper.leave(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hands were shaken."""
        self._expires_at = expires_at(self.tls)
        super().connection_made(transport)

    def expire(self, now: float) -> None:
        """The handshake, or what was to be drained, takes too long."""
        if self._transport is None:
            self._link.give_up()
        else:
            self.drop()

    def _complete(self) -> None:
        self.key[0].secured = self.tls
        super()._complete()

    def _part(self) -> None:
        """Close, since the other side will not keep it; its TLS session may serve the next connection."""
        origin, context = self.key[0], self.tls.context
        if self._is_used and self._transport is not None:
            origin.connections += 1
            if origin.connections >= _SESSION_AFTER and isinstance(context, Resuming):
                context.remember(origin.key, self.tls)
        self.drop()

    def drop(self) -> None:
        """Close at once, and let go of everything; more than once does no harm."""
        if self.key[0].secured is self.tls:
            self.key[0].secured = None
        super().drop()


def _wrapped(connected: socket.socket, context: ssl.SSLContext, origin: Origin) -> ssl.SSLSocket:
    session = None
    if isinstance(context, Resuming):
        if origin.secured is not None and origin.secured.context is context:
            context.remember(origin.key, origin.secured)
        session = context.session(origin.key)
    return context.wrap_socket(
        connected,
        server_hostname=origin.name,
        do_handshake_on_connect=False,
        suppress_ragged_eofs=False,
        session=session,
    )


class _Room(threading.local):
    def __init__(self) -> None:
        self.view = memoryview(bytearray(_ROOM_BYTES))


_room = _Room()
