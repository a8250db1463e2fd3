"""The connections that httpx keeps, a small pool to each origin.

Invariant: a pool with a request under way is never closed.
"""

import ssl
import time
from collections.abc import Callable
from datetime import datetime

import httpx

from linkcheck.probes.guard import Address

# httpcore walks all of a pool's connections at every request and close: many small pools, not one large one
_LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=20, keepalive_expiry=30.0)
_POOLS_KEPT = 256
_POOL_RESTS_S = 60.0


class Pool:
    """The connections to one scheme, host and port."""

    def __init__(self, context: ssl.SSLContext, *, http2: bool, proxy: httpx.Proxy | None) -> None:
        self.transport = httpx.AsyncHTTPTransport(
            verify=context, http2=http2, limits=_LIMITS, trust_env=False, proxy=proxy
        )
        self.active = 0
        self.retired = False
        self.used_at = 0.0
        self.speaks_http2 = False
        self.preferred: Address | None = None
        self.certificate_expires_at: datetime | None = None


class Pools:
    """Pools by origin: the least recently used go first, but none with a request under way."""

    def __init__(self, build: Callable[[str, bool], Pool]) -> None:
        self._build = build
        self._pools: dict[tuple[str, bool], Pool] = {}

    async def take(self, origin: str, verify: bool) -> Pool:
        """The origin's pool, counted as in use until it is given back."""
        # first, as it may be cancelled: nothing is counted yet
        await self._close_rested()
        key = (origin, verify)
        pool = self._pools.pop(key, None) or self._build(origin, verify)
        self._pools[key] = pool
        pool.active += 1
        pool.used_at = time.monotonic()
        return pool

    async def give_back(self, pool: Pool) -> None:
        """The request is over; a retired pool is closed with its last one."""
        pool.active -= 1
        if pool.retired and pool.active == 0:
            await pool.transport.aclose()

    def retire(self, origin: str, verify: bool, pool: Pool) -> None:
        """Let later requests open connections of their own."""
        pool.retired = True
        if self._pools.get((origin, verify)) is pool:
            del self._pools[origin, verify]

    async def _close_rested(self) -> None:
        long_ago = time.monotonic() - _POOL_RESTS_S
        while self._pools:
            key, oldest = next(iter(self._pools.items()))
            if oldest.active or (len(self._pools) < _POOLS_KEPT and oldest.used_at > long_ago):
                return
            del self._pools[key]
            await oldest.transport.aclose()

    async def aclose(self) -> None:
        """Close all of them."""
        pools = list(self._pools.values())
        self._pools.clear()
        for pool in pools:
            await pool.transport.aclose()
