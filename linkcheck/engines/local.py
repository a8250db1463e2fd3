"""Lanes → probes, with asyncio in this process.

What is asked is decided in `probes.steps`, when it is asked in `probes.schedule`.
"""

import asyncio
import gc
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from msgspec import structs

from linkcheck import urls
from linkcheck.engines.budget import Admitted, Budget
from linkcheck.engines.lanes import SETTLED_EVERY_S, Deliver, Lane
from linkcheck.model import Exchange, Outcome, Probe, Purpose, Target
from linkcheck.probes import retry, steps
from linkcheck.probes.observer import slim
from linkcheck.probes.pace import Manners
from linkcheck.probes.schedule import Inquiry, Opening, Schedule
from linkcheck.probes.steps import Ask, Asking
from linkcheck.probes.transport import Transport
from linkcheck.verdicts import evidence
from linkcheck.verdicts.evidence import Trail
from linkcheck.verdicts.judge import by_trail, judge

_LONGEST_S = 60.0
"""In all for one target, waits for a host's rest not counted."""
_MOST_SIBLINGS = 2000
_UNDECIDED = frozenset({Purpose.REDIRECT, Purpose.GET_AFTER_HEAD, Purpose.PLAIN_GET, Purpose.ALTERNATE})
"""What is still to be asked when these are cut off decides: a redirect that was not followed is no answer."""

Allow = Callable[[Exchange, Ask], bool]
"""Whether a further attempt after a failed exchange may be made: a live budget, or what a recording holds."""


class LocalEngine:
    """Asks everything from here, with at most `concurrency` requests under way."""

    def __init__(
        self,
        connect: Callable[[], Transport],
        asking_of: Callable[[Target], Asking],
        manners_of: Callable[[str], Manners],
        *,
        concurrency: int,
        allow: Allow | None = None,
        is_paced: bool = True,
        patience: retry.Patience = retry.Patience(),  # noqa: B008 - frozen
        budget: int | None = None,
    ) -> None:
        """`connect` makes the transport inside the event loop; `is_paced=False` and `allow` are a replay's.

        `budget`: the most requests that are sent in a run.
        """
        self._budget = Budget(budget) if budget is not None else None
        self._connect = connect
        self._asking_of = asking_of
        self._manners_of = manners_of
        self._concurrency = concurrency
        self._allow = allow or Retries()
        self._is_paced = is_paced
        self._patience = patience
        self._was_interrupted = False
        self._schedule: Schedule | None = None
        self._workers: list[asyncio.Task[None]] = []
        self._siblings: dict[str, Exchange] = {}
        self._open: set[Inquiry] = set()
        """Inquiries that wait for a further request; when time or the budget runs out, those that tell something by
        then are delivered as they are."""

    def run(
        self,
        lanes: Iterable[Lane],
        deliver: Deliver,
        deadline_s: float | None = None,
        settle: Callable[[], None] | None = None,
        put_off: Deliver | None = None,
    ) -> bool:
        """Work all lanes in an event loop of its own; SIGINT and SIGTERM interrupt it."""
        # What is there by now stays to the end; looked through again and again for garbage it costs 1 % of a run.
        froze_before = gc.get_freeze_count()
        gc.freeze()
        try:
            with asyncio.Runner(loop_factory=_fastest_loop()) as runner:
                runner.run(self.work(lanes, deliver, deadline_s, settle, put_off))
        finally:
            if not froze_before:
                gc.unfreeze()
        return not self._was_interrupted

    def interrupt(self) -> None:
        """Send nothing more and let go of what is under way; to be called inside the loop."""
        self._was_interrupted = True
        # A second signal finds Python's own handlers, and ends the process at once.
        _unlisten(asyncio.get_running_loop())
        if self._schedule is not None:
            self._schedule.stop()
        for worker in self._workers:
            worker.cancel()

    async def work(
        self,
        lanes: Iterable[Lane],
        deliver: Deliver,
        deadline_s: float | None = None,
        settle: Callable[[], None] | None = None,
        put_off: Deliver | None = None,
    ) -> None:
        """The same inside a running loop."""
        loop = asyncio.get_running_loop()
        schedule = self._schedule = Schedule(self._manners_of, self._patience, is_paced=self._is_paced)
        if deadline_s is not None:
            loop.call_later(deadline_s, schedule.stop)
        ahead = iter(lanes)
        first = list(islice(ahead, self._concurrency))
        workers = min(self._concurrency, max(sum(lane.number for lane in first), 1))
        schedule.open(Opening(lane.host, self._inquiries(lane), lane.number) for lane in chain(first, ahead))
        transport = self._connect()
        self._workers = [
            asyncio.create_task(self._worker(schedule, transport, deliver, put_off)) for _ in range(workers)
        ]
        _listen(loop, self.interrupt)
        settling = asyncio.create_task(_now_and_then(settle)) if settle is not None else None
        try:
            await self._finish()
        finally:
            if settling is not None:
                settling.cancel()
            _unlisten(loop)
            await transport.aclose()
        if self._was_interrupted:
            # Whoever goes on with the run asks these again: half an answer settles nothing.
            return
        for inquiry in chain(self._open, schedule.put_off()):
            if inquiry.request.purpose in _UNDECIDED:
                continue
            deliver(inquiry.id, Probe(inquiry.target, tuple(inquiry.exchanges)))

    async def _finish(self) -> None:
        """Wait for all workers; the first that fails ends the others."""
        done, pending = await asyncio.wait(self._workers, return_when=asyncio.FIRST_EXCEPTION)
        for worker in pending:
            worker.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for worker in done:
            if not worker.cancelled() and (fault := worker.exception()) is not None:
                raise fault

    def _inquiries(self, lane: Lane) -> Iterator[Inquiry]:
        inquiries = self._first_inquiries(lane)
        return inquiries if self._budget is None else Admitted(lane.host, inquiries, self._budget)

    def _first_inquiries(self, lane: Lane) -> Iterator[Inquiry]:
        for number, target in lane.targets():
            request = steps.first(target, self._asking_of(target)).request
            known = lane.known(number) if lane.known is not None else ()
            if not known:
                yield Inquiry(number, target, request)
                continue
            inquiry = Inquiry(number, target, structs.replace(request, purpose=Purpose.SECOND_LOOK))
            inquiry.exchanges.extend(known)
            yield inquiry

    async def _worker(
        self, schedule: Schedule, transport: Transport, deliver: Deliver, put_off: Deliver | None
    ) -> None:
        budget = self._budget
        while (inquiry := await schedule.turn()) is not None:
            if budget is not None and budget.send():
                schedule.stop()
            if inquiry.exchanges:
                self._open.add(inquiry)
            exchange = slim(await transport.send(inquiry.request))
            inquiry.exchanges.append(exchange)
            ask = None if steps.is_enough(inquiry.target, exchange) else self._further(inquiry)
            # The further request first: a lane without work would be closed, and its pace forgotten.
            if ask is not None:
                if ask.late:
                    # The schedule keeps it until then, packed.
                    self._open.discard(inquiry)
                    if put_off is not None and _is_simple(inquiry):
                        put_off(inquiry.id, Probe(inquiry.target, tuple(inquiry.exchanges)))
                else:
                    self._open.add(inquiry)
                schedule.submit(inquiry, ask)
                if budget is not None:
                    budget.follow()
            schedule.answered(inquiry, exchange)
            if ask is None:
                if len(inquiry.exchanges) > 1:
                    self._open.discard(inquiry)
                deliver(inquiry.id, Probe(inquiry.target, tuple(inquiry.exchanges)))
                for host in budget.finish(len(inquiry.exchanges)) if budget is not None else ():
                    schedule.resume(host)

    def _further(self, inquiry: Inquiry) -> Ask | None:
        last = inquiry.exchanges[-1]
        inquiry.spent_s += last.elapsed_s
        if last.request.purpose is Purpose.SIBLING:
            self._remember(last)
            return None
        asking = self._asking_of(inquiry.target)
        return self._following(inquiry, asking) or self._sibling(inquiry, asking)

    def _remember(self, sibling: Exchange) -> None:
        self._siblings[sibling.request.url] = sibling
        if self._is_paced and len(self._siblings) > _MOST_SIBLINGS:
            # Memory stays flat; at worst a folder is asked twice. A replay holds what was asked, and not more.
            del self._siblings[next(iter(self._siblings))]

    def _sibling(self, inquiry: Inquiry, asking: Asking) -> Ask | None:
        """Ask how the host answers for a name that cannot exist, once a folder; known answers join the evidence."""
        request = steps.sibling(inquiry.target, inquiry.exchanges, asking)
        if request is None:
            return None
        known = self._siblings.get(request.url)
        if known is None:
            return Ask(request)
        inquiry.exchanges.append(known)
        return None

    def _following(self, inquiry: Inquiry, asking: Asking) -> Ask | None:
        target, exchanges = inquiry.target, inquiry.exchanges
        ask = steps.following(target, exchanges, asking, is_lost=_is_lost(target, exchanges))
        if ask is None or inquiry.spent_s > _LONGEST_S:
            return None
        if self._allow(exchanges[-1], ask):
            return ask
        ask = steps.second_look(exchanges)
        return ask if ask is not None and self._allow(exchanges[-1], ask) else None


def _fastest_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it can be had: a request costs less than half; None: asyncio's own."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return None
    return new_event_loop


async def _now_and_then(settle: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(SETTLED_EVERY_S)
        settle()


def _listen(loop: asyncio.AbstractEventLoop, interrupt: Callable[[], None]) -> None:
    # Signals reach the main thread alone; elsewhere the caller has to interrupt.
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, interrupt)


def _unlisten(loop: asyncio.AbstractEventLoop) -> None:
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


class Retries:
    """The budgets of retries, one a host: first attempts earn them, further ones spend them."""

    def __init__(self) -> None:
        self._budgets: dict[str, retry.Budget] = {}

    def __call__(self, exchange: Exchange, ask: Ask) -> bool:
        """Only a repetition of what just failed has to be afforded."""
        if ask.request.purpose is not Purpose.RETRY:
            return True
        host = urls.authority(exchange.request.url)
        return self._budgets.setdefault(host, retry.Budget()).spend()


def _is_simple(inquiry: Inquiry) -> bool:
    """Whether nothing but the first request was sent, so that its second look can be made anew from the target."""
    first = inquiry.exchanges[0].request
    return all(one.request.url == first.url and one.request.method == first.method for one in inquiry.exchanges)


def _is_lost(target: Target, exchanges: list[Exchange]) -> bool:
    """Whether a target that may be found elsewhere is condemned by what is known so far."""
    if not (target.renditions or target.fallbacks) or evidence.is_transient(exchanges[-1]):
        return False
    if len(exchanges) > 1:
        return judge(Probe(target, tuple(exchanges))).outcome is Outcome.BROKEN
    # Most are asked once, and are fine: a whole verdict would be made for its outcome alone, and again at the end.
    trail = Trail(exchanges[0].request.purpose, (), exchanges[0], 1)
    return by_trail(target, trail).outcome is Outcome.BROKEN
