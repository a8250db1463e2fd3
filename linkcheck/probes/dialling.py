"""Addresses that the guard has checked → a socket that is connected to one of them.

Invariant: no address is dialled but the guard's. A failure is raised as the operating system raises it; cancellation
leaves no socket open.
"""

import asyncio
import socket
from collections.abc import Sequence

from linkcheck.probes.guard import Address

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
