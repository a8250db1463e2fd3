"""Inquiries → turns: which one may be sent now. The one place that waits.

A lane a host, each with a queue of what is ready; one heap of lanes that may start now, heaviest first, one of lanes
whose pace says later, one of inquiries that wait for a retry. Invariant: nothing that waits holds a connection, so a
throttled host never delays another.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from linkcheck import urls
from linkcheck.model import Exchange, Purpose, Request, Target
from linkcheck.probes import retry
from linkcheck.probes.pace import Manners, Pace
from linkcheck.probes.put_off import Kept, PutOff
from linkcheck.probes.steps import Ask

_HEAVY = 64
"""More inquiries than this decide when a run ends; with fewer it matters more that a connection is used again."""


class Inquiry:
    """One target while it is being probed; `request` is what to send next."""

    __slots__ = ("exchanges", "id", "lane", "request", "spent_s", "target")

    def __init__(self, id: int, target: Target, request: Request) -> None:  # noqa: A002 - the store's word for it
        self.id = id
        self.target = target
        self.request = request
        self.exchanges: list[Exchange] = []
        self.spent_s = 0.0
        self.lane: _Lane | None = None
        """That of the turn it has; the schedule's own."""


class Opening(NamedTuple):
    """What a lane begins with."""

    host: str
    inquiries: Iterator[Inquiry]
    number: int


class _Lane:
    __slots__ = ("active", "host", "is_listed", "pace", "ready", "remaining", "source")

    def __init__(self, host: str, pace: Pace) -> None:
        self.host = host
        self.pace = pace
        self.source: Iterator[Inquiry] = iter(())
        self.remaining = 0
        self.ready: deque[Inquiry] = deque()
        self.active = 0
        self.is_listed = False

    def has_work(self) -> bool:
        if not self.ready:
            inquiry = next(self.source, None)
            if inquiry is None:
                return False
            self.ready.append(inquiry)
        return True


def _weight(lane: _Lane) -> int:
    """Which lane starts first. The heaviest, since they end last; of the light ones those with a connection open."""
    return _HEAVY if lane.remaining <= _HEAVY and lane.pace.is_known else lane.remaining


class Schedule:
    """Hands out turns to any number of workers; all of them run in one event loop."""

    def __init__(
        self,
        manners_of: Callable[[str], Manners],
        patience: retry.Patience,
        *,
        is_paced: bool = True,
    ) -> None:
        """`is_paced=False` (a replay) never waits: the answers are there already."""
        self._manners_of = manners_of
        self._patience = patience
        self._is_paced = is_paced
        self._lanes: dict[str, _Lane] = {}
        self._unopened: Iterator[Opening] = iter(())
        self._next: Opening | None = None
        self._startable: list[tuple[int, int, _Lane]] = []
        self._paced: list[tuple[float, int, _Lane]] = []
        self._delayed: list[tuple[float, int, _Lane, Inquiry]] = []
        self._late = PutOff()
        self._closing: list[tuple[float, int, _Lane]] = []
        self._order = count()
        self._active = 0
        self._parked: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0.0
        # not asked of the timer: uvloop's are none when the time has come already
        self._is_stopped = False
        self._loop = asyncio.get_running_loop()
        self._now = self._loop.time()
        """A time that has been; what was due then is due, without a look at the clock."""

    def open(self, lanes: Iterator[Opening]) -> None:
        """Give lanes with their inquiries, the heaviest first; each is opened when its turn comes, closed at its end.

        So memory does not grow with the number of hosts.
        """
        self._unopened = lanes
        self._next = next(lanes, None)

    def add(self, host: str, inquiries: Iterator[Inquiry], number: int) -> None:
        """Give a host's lane its inquiries, `number` of them; they are taken one by one as the pace allows."""
        lane = self._lane(host)
        lane.source = inquiries
        lane.remaining += number
        self._list(lane)

    def submit(self, inquiry: Inquiry, ask: Ask) -> None:
        """Queue an inquiry's further request, at the host that the request goes to."""
        inquiry.request = ask.request
        host = urls.authority(ask.request.url)
        if ask.late:
            self._late.add(host, _packable(inquiry))
            return
        lane = self._lane(host)
        lane.remaining += 1
        if ask.wait_s > 0 and self._is_paced:
            heappush(self._delayed, (self._loop.time() + ask.wait_s, next(self._order), lane, inquiry))
            self._set_timer()
        else:
            lane.ready.append(inquiry)
            self._list(lane)

    async def turn(self) -> Inquiry | None:
        """The next inquiry to send; waits for one. None: everything is answered, or the schedule was stopped."""
        while not self._is_stopped:
            inquiry = self._take()
            if inquiry is not None:
                if self._parked and (self._startable or self._next):
                    self._release()
                return inquiry
            if not self._is_idle():
                await self._park()
            elif not self._bring_late():
                self.stop()
        return None

    def answered(self, inquiry: Inquiry, exchange: Exchange) -> None:
        """The turn of `inquiry` is over: its host may start another."""
        self._active -= 1
        lane = inquiry.lane
        if lane is None:
            raise ValueError("answered without a turn")
        lane.active -= 1
        if self._is_paced:
            lane.pace.learn(exchange, self._loop.time(), self._patience)
        self._list(lane)
        if not (lane.remaining or lane.active):
            self._close(lane)
        if self._parked:
            self._wake()

    def resume(self, host: str) -> None:
        """Look again for inquiries at a host whose source had none to give for a while."""
        lane = self._lanes.get(host)
        if lane is not None:
            self._list(lane)
            if self._parked:
                self._wake()

    def stop(self) -> None:
        """No further turns; everyone who waits for one gets None."""
        self._is_stopped = True
        if self._timer is not None:
            self._timer.cancel()
        while self._parked:
            self._release()

    def _lane(self, host: str) -> _Lane:
        lane = self._lanes.get(host)
        if lane is None:
            lane = self._lanes[host] = _Lane(host, Pace(self._manners_of(host), self._loop.time()))
        return lane

    def _close(self, lane: _Lane) -> None:
        """Forget a lane without work, as soon as its pace tells no more than a new one would."""
        now = self._loop.time()
        heappush(self._closing, (lane.pace.kept_until(now), next(self._order), lane))
        while self._closing and self._closing[0][0] <= now:
            idle = heappop(self._closing)[2]
            if not (idle.remaining or idle.active):
                self._lanes.pop(idle.host, None)

    def _list(self, lane: _Lane) -> None:
        """Put a lane with work where it will be found: among those that may start, or that start later."""
        if lane.is_listed or not (lane.pace.admits(lane.active) or not self._is_paced) or not lane.has_work():
            return
        lane.is_listed = True
        due_at = lane.pace.due_at() if self._is_paced else 0.0
        if due_at > self._now and due_at > self._tell():
            heappush(self._paced, (due_at, next(self._order), lane))
            self._set_timer()
        else:
            heappush(self._startable, (-_weight(lane), next(self._order), lane))

    def _tell(self) -> float:
        self._now = self._loop.time()
        return self._now

    def _take(self) -> Inquiry | None:
        if self._paced or self._delayed:
            self._advance()
        while self._next is not None or self._startable:
            if self._next is not None and (not self._startable or -self._startable[0][0] < self._next.number):
                self._open_next(self._next)
                continue
            lane = heappop(self._startable)[2]
            lane.is_listed = False
            if self._is_paced and not self._starts(lane.pace):
                # A rest was asked for since it was listed.
                self._list(lane)
                continue
            inquiry = lane.ready.popleft()
            inquiry.lane = lane
            lane.remaining -= 1
            lane.active += 1
            self._active += 1
            self._list(lane)
            return inquiry
        return None

    def _starts(self, pace: Pace) -> bool:
        """Whether a request may start now; then it does."""
        if pace.due_at() > self._now and pace.due_at() > self._tell():
            return False
        if pace.is_timed:
            pace.start(self._tell())
        return True

    def _open_next(self, opening: Opening) -> None:
        self._next = next(self._unopened, None)
        self.add(*opening)

    def _advance(self) -> None:
        """Move what has become due to where it may start."""
        now = self._tell()
        while self._delayed and self._delayed[0][0] <= now:
            _, _, lane, inquiry = heappop(self._delayed)
            lane.ready.append(inquiry)
            self._list(lane)
        while self._paced and self._paced[0][0] <= now:
            lane = heappop(self._paced)[2]
            lane.is_listed = False
            self._list(lane)

    def _is_idle(self) -> bool:
        return not (self._active or self._delayed or self._paced or self._startable or self._next)

    def _bring_late(self) -> bool:
        """Make the second looks ready; False when there are none."""
        hosts = self._late.hosts()
        openings = []
        for host, number in hosts:
            lane = self._lanes.get(host)
            if lane is None or not lane.remaining:
                openings.append(Opening(host, map(_unpacked, self._late.of(host)), number))
                continue
            # Its own inquiries are held back for a while (a budget), and come after these.
            lane.ready.extend(map(_unpacked, self._late.of(host)))
            lane.remaining += number
            self._list(lane)
        self.open(iter(openings))
        return bool(hosts)

    def put_off(self) -> Iterator[Inquiry]:
        """Take the inquiries that waited for their second look when the schedule was stopped."""
        for lane in self._lanes.values():
            yield from (waiting for waiting in lane.ready if waiting.request.purpose is Purpose.SECOND_LOOK)
        for host, _ in self._late.hosts():
            yield from map(_unpacked, self._late.of(host))

    async def _park(self) -> None:
        future = self._loop.create_future()
        self._parked.append(future)
        await future

    def _wake(self) -> None:
        """Release a worker for what may start, which releases the next one; at the end, one that sees the end."""
        if self._parked and (self._startable or self._next or self._is_idle()):
            self._release()

    def _release(self) -> None:
        future = self._parked.popleft()
        if not future.done():
            future.set_result(None)

    def _set_timer(self) -> None:
        due = [heap[0][0] for heap in (self._paced, self._delayed) if heap]
        if not due or self._is_stopped:
            return
        if self._timer is not None:
            if not self._timer.cancelled() and self._rings_at <= min(due):
                return
            self._timer.cancel()
        self._rings_at = min(due)
        self._timer = self._loop.call_at(self._rings_at, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._advance()
        self._wake()
        self._set_timer()


def _packable(inquiry: Inquiry) -> Kept:
    return Kept(inquiry.id, inquiry.target, inquiry.request, inquiry.exchanges, inquiry.spent_s)


def _unpacked(kept: Kept) -> Inquiry:
    inquiry = Inquiry(kept.id, kept.target, kept.request)
    inquiry.exchanges = kept.exchanges
    inquiry.spent_s = kept.spent_s
    return inquiry
