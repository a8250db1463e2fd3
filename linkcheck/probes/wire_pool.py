"""Connections that rest between two requests → one to use again, by origin and by whether its certificate was checked.

Over TLS the request beyond the first few connections of an origin waits a moment for one of them: what a handshake
costs is paid back by a dozen answers only. Invariants: at most `IDLE_KEPT` rest in all, none longer than `IDLE_S`; what
goes first has rested longest; nobody waits longer than `PATIENCE_S`, and none that comes later is served before.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from time import monotonic
from typing import TYPE_CHECKING

from linkcheck.probes.origins import Origin
from linkcheck.probes.sweeper import Sweeper

if TYPE_CHECKING:
    from linkcheck.probes.wire_connection import Connection
    from linkcheck.probes.wire_conversation import Conversation

FREELY = 8
"""So many connections with TLS to an origin are opened without waiting; browsers open six in all."""
PATIENCE_S = 0.15
"""About what connecting and a handshake take on their way through the net."""
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
        self._waiting: dict[Key, deque[Conversation]] = {}
        """Those that wait for a connection, the first first; and those that no longer do."""
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
        connection.key[0].open += 1

    def waits(self, key: Key) -> bool:
        """Whether a request should wait for a connection: others wait, or there are many and they are kept."""
        if key in self._waiting and not self.forget(key):
            return True
        if key in self._by_key:
            return False
        origin = key[0]
        return origin.uses_tls and not origin.connections and origin.open + origin.dialled >= FREELY

    def forget(self, key: Key) -> bool:
        """Let go of those that wait no longer, up to the first that does; whether none is left."""
        waiting = self._waiting.get(key)
        while waiting:
            if waiting[0].is_waiting:
                return False
            waiting.popleft()
        self._waiting.pop(key, None)
        return True

    def wait(self, key: Key, conversation: "Conversation") -> None:
        """Ask when a connection comes to rest."""
        conversation.wait(PATIENCE_S)
        self._waiting.setdefault(key, deque()).append(conversation)

    def _serve(self, key: Key) -> None:
        while self.waits(key) and (connection := self.take(key)) is not None:
            connection.ask(self._waiting[key].popleft())

    def take(self, key: Key) -> "Connection | None":
        """The open one that rested last, so that those too many grow old."""
        while (resting := self._by_key.get(key)) is not None:
            connection = resting.pop()
            if not resting:
                del self._by_key[key]
            del self._resting[connection]
            if connection.is_reusable:
                return connection
            connection.drop()
        return None

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
        if connection.key in self._waiting:
            # not at once: what this one's server may say unasked must not be taken for an answer
            asyncio.get_running_loop().call_soon(self._serve, connection.key)

    def lost(self, connection: "Connection") -> None:
        """It is closed, or about to be."""
        if connection in self._open:
            self._open.remove(connection)
            connection.key[0].open -= 1
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
