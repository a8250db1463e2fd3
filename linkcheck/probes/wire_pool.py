"""Connections that rest between two requests → one to use again, by origin and by whether its certificate was checked.

Invariant: at most `IDLE_KEPT` rest in all, none longer than `IDLE_S`; what goes first has rested longest.
"""

from collections.abc import Iterator
from time import monotonic
from typing import TYPE_CHECKING

from linkcheck.probes.origins import Origin
from linkcheck.probes.sweeper import Sweeper

if TYPE_CHECKING:
    from linkcheck.probes.wire_connection import Connection

IDLE_KEPT = 512
"""Few, since a connection with TLS holds some 50 KB here, and a descriptor."""
IDLE_S = 15.0
"""Servers close after 5 to 75 seconds; what they close first is noticed, and replaced."""
_NEVER = float("inf")

Key = tuple[Origin, bool]


class Pool:
    """The connections of one transport: those that rest, and all that are open."""

    def __init__(self, sweeper: Sweeper) -> None:
        self._sweeper = sweeper
        self._resting: dict[Connection, float] = {}
        """The one that has rested longest comes first."""
        self._by_key: dict[Key, list[Connection]] = {}
        self._open: set[Connection] = set()
        self.until = _NEVER

    def __iter__(self) -> "Iterator[Connection]":
        return iter(list(self._open))

    def __len__(self) -> int:
        return len(self._open)

    @property
    def resting(self) -> int:
        """How many are open and not in use."""
        return len(self._resting)

    def opened(self, connection: "Connection") -> None:
        """A connection was made."""
        self._open.add(connection)

    def take(self, key: Key) -> "Connection | None":
        """The one that rested last, so that those too many grow old."""
        resting = self._by_key.get(key)
        if resting is None:
            return None
        connection = resting.pop()
        if not resting:
            del self._by_key[key]
        del self._resting[connection]
        return connection

    def rest(self, connection: "Connection") -> None:
        """It may be used again."""
        resting = self._by_key.get(connection.key)
        if resting is None:
            self._by_key[connection.key] = [connection]
        else:
            resting.append(connection)
        if not self._resting:
            self.until = monotonic() + IDLE_S
            self._sweeper.watch(self)
        self._resting[connection] = monotonic()
        if len(self._resting) > IDLE_KEPT:
            next(iter(self._resting)).drop()

    def lost(self, connection: "Connection") -> None:
        """It is closed, or about to be."""
        self._open.discard(connection)
        if self._resting.pop(connection, None) is None:
            return
        resting = self._by_key[connection.key]
        resting.remove(connection)
        if not resting:
            del self._by_key[connection.key]

    def expire(self, now: float) -> None:
        """Close what has rested too long."""
        while self._resting:
            oldest, since = next(iter(self._resting.items()))
            if since + IDLE_S > now:
                self.until = since + IDLE_S
                return
            oldest.drop()
        self.until = _NEVER
        self._sweeper.leave(self)
