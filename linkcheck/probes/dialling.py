"""Addresses that the guard has checked → a socket that is connected to one of them, then a protocol on it.

Invariant: no address is dialled but the guard's. A failure is raised as the operating system raises it; cancellation
leaves no socket open.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TypeVar

from linkcheck.probes.guard import Address
from linkcheck.probes.sweeper import Sweeper

Wire = TypeVar("Wire", bound=asyncio.Protocol)

ADDRESSES_TRIED = 4
"""Of one host."""


def in_turn(addresses: Sequence[Address], preferred: Address | None) -> list[Address]:
    """The addresses to try, the one that worked before first."""
    if len(addresses) == 1:
        return list(addresses)
    return sorted(addresses, key=lambda address: address != preferred)[:ADDRESSES_TRIED]


async def reach(address: Address, within_s: float, sweeper: Sweeper) -> socket.socket:
    """A connected socket; raises OSError (TimeoutError is one)."""
    # our own socket, so that a watch on this process (sys.addaudithook) sees where it leads with any event loop
    opened = socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        opened.setblocking(False)
        try:
            opened.connect(address)
        except BlockingIOError:
            await _connected(opened, address, within_s, sweeper)
    except BaseException:
        opened.close()
        raise
    return opened


async def _connected(opened: socket.socket, address: Address, within_s: float, sweeper: Sweeper) -> None:
    """As the event loop's `sock_connect`, which asks for the address of an address again."""
    loop = asyncio.get_running_loop()
    attempt = _Attempt(loop.create_future(), monotonic() + within_s)
    loop.add_writer(opened, attempt.end)
    sweeper.watch(attempt)
    try:
        await attempt.ended
    finally:
        sweeper.leave(attempt)
        loop.remove_writer(opened)
    error = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise OSError(error, f"Connect call failed {tuple(address)}")


class _Attempt:
    """To connect, as long as it may take."""

    __slots__ = ("ended", "until")

    def __init__(self, ended: "asyncio.Future[None]", until: float) -> None:
        self.ended = ended
        self.until = until

    def end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def expire(self, now: float) -> None:
        if not self.ended.done():
            self.ended.set_exception(TimeoutError())


async def put_on(connected: socket.socket, build: Callable[[], Wire]) -> Wire:
    """The protocol on a connected socket; raises OSError, and what `build` raises."""
    try:
        return (await asyncio.get_running_loop().create_connection(build, sock=connected))[1]
    except BaseException:
        connected.close()
        raise
