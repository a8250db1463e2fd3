"""One request under way on the wire → its `Exchange`, whatever becomes of it: an answer, a break, a time that is up.

Invariant: `waiter` gets exactly one exchange, and after that neither a connection nor a task works for it.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

from linkcheck.model import Exchange, Failure, Request
from linkcheck.probes.origins import Origin
from linkcheck.probes.transport import described, failure_of

if TYPE_CHECKING:
    from linkcheck.probes.wire_connection import Connection


class Conversation:
    """What is known so far of one exchange."""

    __slots__ = (
        "_read_s",
        "_total_until",
        "began",
        "certificate_expires_at",
        "connection",
        "dial",
        "dialling",
        "head",
        "is_found",
        "is_waiting",
        "origin",
        "peer",
        "request",
        "started_at",
        "until",
        "waiter",
    )

    def __init__(
        self,
        request: Request,
        origin: Origin,
        head: bytes,
        dial: Callable[["Conversation"], None],
        waiter: asyncio.Future[Exchange],
        started_at: datetime,
    ) -> None:
        timeouts = request.timeouts
        now = monotonic()
        self.request = request
        self.origin = origin
        self.head = head
        """All that is sent."""
        self.dial = dial
        """Opens a connection of its own, and asks there."""
        self.waiter = waiter
        self.started_at = started_at
        self.began = perf_counter()
        self._read_s = timeouts.read_s
        self._total_until = self.until = now + timeouts.total_s
        self.connection: Connection | None = None
        self.dialling: asyncio.Task[None] | None = None
        self.is_found = False
        """Whether the host's addresses are known."""
        self.is_waiting = False
        """Whether it is to be asked on the next connection that comes to rest."""
        self.peer: str | None = None
        self.certificate_expires_at: datetime | None = None

    def wait(self, seconds: float) -> None:
        """Wait so long for a connection that is open already."""
        self.is_found = self.is_waiting = True
        until = monotonic() + seconds
        self.until = until if until < self._total_until else self._total_until

    def heard(self) -> None:
        """The request was sent, or something came: the time to wait for more begins anew."""
        until = monotonic() + self._read_s
        self.until = until if until < self._total_until else self._total_until

    def answered(self, exchange: Exchange) -> None:
        """All that is wanted is there."""
        self.connection = None
        self.is_waiting = False
        if not self.waiter.done():
            self.waiter.set_result(exchange)

    def _answered_after(self, dialling: asyncio.Task[None], exchange: Exchange) -> None:
        """Answer when the attempt to connect has let go of its socket."""
        self.until = float("inf")
        dialling.add_done_callback(lambda _: self.answered(exchange))
        dialling.cancel()

    def failed(self, failure: Failure, error: tuple[str, ...]) -> None:
        """No answer; what had come of one is kept."""
        self.answered(self._failed(failure, error))

    def _failed(self, failure: Failure, error: tuple[str, ...]) -> Exchange:
        connection = self.connection
        if connection is not None and connection.response.has_head:
            return connection.response.exchange(self, failure=failure, error=error)
        elapsed_s = perf_counter() - self.began
        return Exchange(self.request, self.started_at, elapsed_s, failure=failure, error=error, peer=self.peer)

    def broke(self, links: Sequence[BaseException]) -> None:
        """The connection, or the attempt to get one, broke; causes outermost first."""
        self.failed(failure_of(links), described(links))

    def expire(self, now: float) -> None:
        """The time is up."""
        if self.is_waiting and now < self._total_until:
            self.is_waiting = False
            self.until = self._total_until
            self.dial(self)
            return
        connection, dialling = self.connection, self.dialling
        exchange = self._failed(*self._too_late(now))
        if dialling is not None:
            self._answered_after(dialling, exchange)
        else:
            self.answered(exchange)
        if connection is not None:
            connection.drop()

    def _too_late(self, now: float) -> tuple[Failure, tuple[str, ...]]:
        if now < self._total_until:
            return Failure.TIMED_OUT, (f"TimeoutError: nothing came for {self._read_s:g} s",)
        failure, what = (Failure.TIMED_OUT, "exchange") if self.is_found else (Failure.DNS_FAILURE, "lookup")
        return failure, (f"TimeoutError: {what} not done within {self.request.timeouts.total_s:g} s",)

    def abandon(self) -> None:
        """Nobody waits any more."""
        self.waiter.cancel()
        self.is_waiting = False
        if self.dialling is not None:
            self.dialling.cancel()
        if self.connection is not None:
            self.connection.drop()
