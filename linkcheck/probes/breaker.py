"""A transport that remembers each host: one that is down, or told us to stay away, is not asked again and again.

What it answers in place of the network is an exchange like any other, so a recording holds it and a replay needs no
memory: `Failure.HOST_DOWN` after alike failures without one answer between them, `Failure.HOST_RESTS` after a
Retry-After longer than a run obeys. A second look at the end of the run lets one request through.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from linkcheck import urls
from linkcheck.model import Exchange, Failure, Purpose, Request
from linkcheck.probes import retry
from linkcheck.probes.transport import Transport

_ALIKE_FAILURES = 5
_COUNTED = frozenset({Failure.TIMED_OUT, Failure.CONNECTION_REFUSED, Failure.CONNECTION_RESET, Failure.DNS_FAILURE})


class _Host:
    __slots__ = ("failure", "failures", "is_on_trial", "rest_until")

    def __init__(self) -> None:
        self.failure: Failure | None = None
        self.failures = 0
        self.rest_until = 0.0
        self.is_on_trial = False


class Breaker:
    """Wraps a transport; `on_down(host, failure)` is called once when a host is given up."""

    def __init__(
        self,
        transport: Transport,
        patience: retry.Patience,
        *,
        on_down: Callable[[str, Failure], None] = lambda host, failure: None,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._transport = transport
        self._patience = patience
        self._on_down = on_down
        self._clock = clock
        self._now = now
        self._hosts: dict[str, _Host] = {}

    async def send(self, request: Request) -> Exchange:
        """Ask, unless the host is known to be down or resting."""
        name = urls.authority(request.url) if self._hosts else ""
        refused = self._refused(name, request) if name in self._hosts else None
        if refused is not None:
            return refused
        exchange = await self._transport.send(request)
        # The common case: a clean answer of a host that is not remembered.
        if self._hosts or exchange.failure is not None or retry.rests_host(exchange):
            self._learn(name or urls.authority(request.url), exchange)
        return exchange

    async def aclose(self) -> None:
        """Close what is wrapped."""
        await self._transport.aclose()

    def _refused(self, name: str, request: Request) -> Exchange | None:
        host = self._hosts[name]
        failure = self._refusal(host, request)
        if failure is None:
            return None
        reason = f"{name} failed {host.failures} times in a row ({host.failure})"
        if failure is Failure.HOST_RESTS:
            reason = f"{name} asked for a longer rest than a run obeys"
        return Exchange(request, self._now(), 0.0, failure=failure, error=(reason,))

    def _refusal(self, host: _Host, request: Request) -> Failure | None:
        if host.rest_until > self._clock():
            return Failure.HOST_RESTS
        if host.failures < _ALIKE_FAILURES:
            return None
        if request.purpose is Purpose.SECOND_LOOK and not host.is_on_trial:
            host.is_on_trial = True
            return None
        return Failure.HOST_DOWN

    def _learn(self, name: str, exchange: Exchange) -> None:
        failure = exchange.failure
        if failure is None and not retry.rests_host(exchange):
            host = self._hosts.get(name)
            if host is not None and host.rest_until <= self._clock():
                del self._hosts[name]
            elif host is not None:
                host.failure, host.failures, host.is_on_trial = None, 0, False
            return
        host = self._hosts.setdefault(name, _Host())
        if failure is None:
            rest_s = retry.wait_s(exchange, 1, self._patience)
            if rest_s > self._patience.longest_rest_s:
                host.rest_until = self._clock() + rest_s
            return
        if failure not in _COUNTED or exchange.status is not None:
            return
        host.failures = host.failures + 1 if failure is host.failure else 1
        host.failure = failure
        if host.failures == _ALIKE_FAILURES:
            self._on_down(name, failure)
