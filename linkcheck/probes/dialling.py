"""Addresses that the guard has checked → a socket that is connected to one of them, then a protocol on it.

Invariant: no address is dialled but the guard's. A failure is raised as the operating system raises it; cancellation
leaves no socket open.
"""

import asyncio
import socket
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
        try:
            opened.connect(address)
        except BlockingIOError:
            async with asyncio.timeout(within_s):
                await _connected(opened, address)
    except BaseException:
        opened.close()
        raise
    return opened


async def _connected(opened: socket.socket, address: Address) -> None:
    """As the event loop's `sock_connect`, which asks for the address of an address again."""
    loop = asyncio.get_running_loop()
    writable = loop.create_future()
    loop.add_writer(opened, _settle, writable)
    try:
        await writable
    finally:
        loop.remove_writer(opened)
    error = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise OSError(error, f"Connect call failed {tuple(address)}")


def _settle(writable: "asyncio.Future[None]") -> None:
    if not writable.done():
        writable.set_result(None)


async def put_on(connected: socket.socket, build: Callable[[], Wire]) -> Wire:
    """The protocol on a connected socket; raises OSError, and what `build` raises."""
    try:
        return (await asyncio.get_running_loop().create_connection(build, sock=connected))[1]
    except BaseException:
        connected.close()
        raise
