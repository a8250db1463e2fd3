"""Transports for tests: opened against the loopback server or with a guard of their own, closed with nothing left."""

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

from servers import Server

from linkcheck.probes.guard import Guard, parse_connect_to
from linkcheck.probes.httpx_transport import HttpxTransport
from linkcheck.probes.tls import Tls
from linkcheck.probes.transport import Transport
from linkcheck.probes.wire import WireTransport

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

Opening = Callable[[Guard, Tls], contextlib.AbstractAsyncContextManager[Transport]]
"""A guard, which is closed in the end, and whom to trust, to an open transport."""


def towards(server: Server) -> Guard:
    """A guard that leads every name to the server."""
    return Guard(connect_to=[parse_connect_to(server.connect_to)])


@contextlib.asynccontextmanager
async def open_wire(guard: Guard, tls: Tls) -> AsyncIterator[WireTransport]:
    """The wire, whose clock stands at NOON; once closed it keeps no connection and no timer."""
    transport = WireTransport(guard, tls, now=lambda: NOON)
    try:
        yield transport
    finally:
        await transport.aclose()
        guard.close()
        assert len(transport._pool) == transport._pool.resting == len(transport._sweeper) == 0


@contextlib.asynccontextmanager
async def open_httpx(guard: Guard, tls: Tls) -> AsyncIterator[HttpxTransport]:
    """The reference transport, whose clock stands at NOON."""
    transport = HttpxTransport(guard, tls, now=lambda: NOON)
    try:
        yield transport
    finally:
        await transport.aclose()
        guard.close()


def held(transport: Transport) -> tuple[int, int]:
    """Connections that a transport keeps: (at rest, altogether)."""
    if isinstance(transport, WireTransport):
        return transport._pool.resting, len(transport._pool)
    assert isinstance(transport, HttpxTransport)
    pools = transport._pools._pools.values()
    connections = [connection for pool in pools for connection in pool.transport._pool.connections]
    return sum(connection.is_idle() for connection in connections), len(connections)
