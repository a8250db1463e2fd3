"""Things that have a time to end → their end, by one timer for all of them.

Invariant: what is watched ends at most `PERIOD_S` (and a turn of the event loop) after its time.
"""

import asyncio
from time import monotonic
from typing import Protocol

PERIOD_S = 0.05
"""A timer a request costs 9 µs (performance page, section 3); a sweep over 128 requests costs as much, all together."""


class Timed(Protocol):
    """What ends at `until`, in seconds of `time.monotonic()`; it may move that time while it is watched."""

    until: float

    def expire(self, now: float) -> None:
        """Its time is up: end it."""
        ...


class Sweeper:
    """For one event loop; the timer rests while nothing is watched."""

    def __init__(self) -> None:
        self._watched: set[Timed] = set()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._watched)

    def watch(self, timed: Timed) -> None:
        """End `timed` in time."""
        self._watched.add(timed)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PERIOD_S, self._sweep)

    def leave(self, timed: Timed) -> None:
        """It has ended by itself."""
        self._watched.discard(timed)

    def _sweep(self) -> None:
        now = monotonic()
        try:
            for timed in [timed for timed in self._watched if timed.until <= now]:
                timed.expire(now)
        finally:
            rests = not self._watched
            self._timer = None if rests else asyncio.get_running_loop().call_later(PERIOD_S, self._sweep)

    def close(self) -> None:
        """Watch nothing any more."""
        self._watched.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
