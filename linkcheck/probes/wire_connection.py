"""One connection on the event loop: a request is written, what comes is fed to the parser, one after the other.

Invariant: one conversation at a time, and none after `drop`; what comes when nobody asked ends the connection.
"""

import asyncio
from datetime import datetime
from time import monotonic
from typing import Final, cast

from linkcheck.model import Expects, Failure
from linkcheck.probes.origins import Origin
from linkcheck.probes.sweeper import Sweeper
from linkcheck.probes.transport import DRAIN_BYTES, chain, described
from linkcheck.probes.wire_conversation import Conversation
from linkcheck.probes.wire_pool import Pool
from linkcheck.probes.wire_response import BREAKS, Oddity, Response

DRAIN_S: Final = 1.0
_FIRST: Final = 0x20


class Connection(asyncio.Protocol):
    """To one address, for one origin, verified or not; a plain one."""

    __slots__ = (
        "_conversation",
        "_expires_at",
        "_is_used",
        "_pool",
        "_sweeper",
        "_transport",
        "key",
        "peer",
        "response",
        "until",
    )

    drains_bytes = DRAIN_BYTES
    """What is left of a body is read and dropped up to this length."""

    def __init__(self, key: tuple[Origin, bool], peer: str, pool: Pool, sweeper: Sweeper) -> None:
        self.key = key
        self.peer = peer
        self._pool = pool
        self._sweeper = sweeper
        self._conversation: Conversation | None = None
        self._transport: asyncio.Transport | None = None
        self._is_used = False
        self._expires_at: datetime | None = None
        self.response = Response()
        self.until = 0.0
        """When the rest of a body is given up; 0: nothing is drained."""

    @property
    def is_open(self) -> bool:
        """Whether it may be asked."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def is_reusable(self) -> bool:
        """Whether it may be asked again after a rest."""
        return self.is_open

    @property
    def is_awaited(self) -> bool:
        """Whether more is to come."""
        return self._conversation is not None or self.until > 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It may be asked."""
        self._transport = cast(asyncio.Transport, transport)
        self._pool.opened(self)

    def ask(self, conversation: Conversation) -> None:
        """Send, on an open connection that rests or is new."""
        request = conversation.request
        self._conversation = conversation
        conversation.connection = self
        conversation.is_waiting = False
        conversation.peer = self.peer
        conversation.certificate_expires_at = self._expires_at
        conversation.heard()
        self.response.expect(
            is_head=request.method == "HEAD",
            limit_bytes=request.read_limit_bytes,
            is_picture=request.expects is Expects.IMAGE and not request.wants_bytes,
        )
        assert self._transport is not None
        self._transport.write(conversation.head)

    def data_received(self, data: bytes | memoryview) -> None:
        """Something came."""
        conversation, response = self._conversation, self.response
        if conversation is None and not self.until:
            self.drop()
            return
        if not response.received and data[0] < _FIRST:
            # the parser would pass over empty lines
            self._broke(Oddity(f"{bytes(data[:1])!r} before the status line"))
            return
        response.received += len(data)
        try:
            response.parser.feed_data(data)
        except BREAKS as error:
            self._broke(error)
            return
        if response.is_complete:
            self._complete()
        elif response.has_head and response.is_over:
            self._be_enough()
        elif response.is_wordy:
            self._broke(Oddity(f"{response.received} bytes came, of which {response.seen} are body"))
        elif conversation is not None:
            conversation.heard()

    def _complete(self) -> None:
        """The whole response is there."""
        conversation, self._conversation = self._conversation, None
        if conversation is not None:
            conversation.answered(self.response.exchange(conversation))
        if self.until:
            self.until = 0.0
            self._sweeper.leave(self)
        self._is_used = True
        if self.response.may_be_kept and self.is_open:
            self._pool.rest(self)
        else:
            self._part()

    def _be_enough(self) -> None:
        """As much of a body is there as is wanted: the rest is drained when that is cheaper than a new connection."""
        response, conversation = self.response, self._conversation
        self._conversation = None
        if conversation is not None:
            conversation.answered(response.exchange(conversation))
        self._is_used = True
        if response.length is None or response.length - response.seen > self.drains_bytes:
            self._part()
        elif not self.until:
            self.until = monotonic() + DRAIN_S
            self._sweeper.watch(self)

    def _broke(self, error: BaseException) -> None:
        """What came is no response, or follows one."""
        conversation, response = self._conversation, self.response
        if conversation is not None and response.has_head and (response.is_complete or response.is_over):
            conversation.answered(response.exchange(conversation))
        elif conversation is not None:
            conversation.failed(Failure.PROTOCOL_ERROR, described(chain(error)))
        self.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side has closed, or we have."""
        conversation, response = self._conversation, self.response
        if conversation is None:
            self._part()
        elif response.has_head and response.is_until_close and exc is None:
            self._complete()
        elif self._is_used and not response.received:
            self._part()
            conversation.dial(conversation)
        else:
            if exc is not None:
                conversation.broke(chain(exc))
            else:
                conversation.failed(*_hung_up(has_head=response.has_head))
            self.drop()

    def expire(self, now: float) -> None:
        """What was to be drained does not come."""
        self.drop()

    def drop(self) -> None:
        """Close at once, and let go of everything; more than once does no harm."""
        transport, self._transport = self._transport, None
        self._conversation = None
        if self.until:
            self.until = 0.0
            self._sweeper.leave(self)
        if transport is None:
            return
        self._pool.lost(self)
        self.response.close()
        transport.abort()

    def _part(self) -> None:
        """Close, since the other side will not keep it."""
        self.drop()


def _hung_up(*, has_head: bool) -> tuple[Failure, tuple[str, ...]]:
    """The other side closed in order, but too early."""
    if has_head:
        return Failure.PROTOCOL_ERROR, ("EOFError: closed before the body was complete",)
    return Failure.CONNECTION_RESET, ("EOFError: closed without a response",)
