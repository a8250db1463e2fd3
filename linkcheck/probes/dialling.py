"""Addresses that the guard has checked → a socket that is connected to one of them, then a protocol on it, with TLS.

Invariant: no address is dialled but the guard's; SNI and the certificate go by the name. A failure is raised as the
operating system or OpenSSL raises it; cancellation leaves no socket open.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import TypeVar

from linkcheck.probes.guard import Address

Wire = TypeVar("Wire", bound=asyncio.Protocol)

ADDRESSES_TRIED = 4
"""Of one host."""


def in_turn(addresses: Sequence[Address], preferred: Address | None) -> list[Address]:
    """The addresses to try, the one that worked before first."""
    if len(addresses) == 1:
        return list(addresses)
    return sorted(addresses, key=lambda address: address != preferred)[:ADDRESSES_TRIED]


async def reach(address: Address, within_s: float) -> socket.socket:
    """A connected socket; raises OSError (TimeoutError is one)."""
    # our own socket, so that a watch on this process (sys.addaudithook) sees where it leads with any event loop
    opened = socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        opened.setblocking(False)
        async with asyncio.timeout(within_s):
            await asyncio.get_running_loop().sock_connect(opened, address)
    except BaseException:
        opened.close()
        raise
    return opened


async def put_on(
    connected: socket.socket, build: Callable[[], Wire], context: ssl.SSLContext | None, name: str, within_s: float
) -> Wire:
    """The protocol on a connected socket, after the handshake when there is a `context`.

    Raises OSError (ssl's errors are some), and ValueError for a name that no certificate can have.
    """
    loop = asyncio.get_running_loop()
    try:
        if context is None:
            return (await loop.create_connection(build, sock=connected))[1]
        async with asyncio.timeout(within_s):
            return (await loop.create_connection(build, sock=connected, ssl=context, server_hostname=name))[1]
    except BaseException:
        connected.close()
        raise
