"""One host's answers → how many requests may be under way there, and how soon the next may start; pure, given the time.

Invariant: published limits and the user's own always hold; a good answer never shortens a rest that was asked for.
"""

from msgspec import Struct

from linkcheck.model import Exchange, Failure
from linkcheck.probes import retry

_TROUBLE = frozenset({Failure.TIMED_OUT, Failure.CONNECTION_RESET, Failure.CONNECTION_REFUSED})
_TROUBLED = frozenset({429, 502, 503, 504})
_QUICK_S = 1.0


class Manners(Struct, frozen=True):
    """The bounds for one host; `0` means no limit."""

    concurrency: int = 6
    rate_per_s: float = 60.0
    first_rate_per_s: float = 20.0
    """Where the pace starts; it grows to `rate_per_s` while answers stay quick and clean."""
    requests: int = 0
    """At most so many requests in any `window_s`."""
    window_s: float = 0.0


class Pace:
    """The adaptive pace of one host. Times are seconds of one monotonic clock."""

    __slots__ = (
        "_allowance",
        "_filled_at",
        "_manners",
        "_rate",
        "_window",
        "is_known",
        "is_timed",
        "next_at",
        "rest_until",
    )

    def __init__(self, manners: Manners, now: float) -> None:
        self._manners = manners
        adaptive = 0 < manners.first_rate_per_s < manners.rate_per_s
        self._rate = manners.first_rate_per_s if adaptive else manners.rate_per_s
        self._window = float(min(2, manners.concurrency)) if adaptive else float(manners.concurrency)
        self.is_known = False
        """Whether it has answered, or failed, once."""
        # Half as burst and half as refill keeps any window, however it lies, within the published number.
        self._allowance = manners.requests / 2
        self._filled_at = now
        self.next_at = now
        self.rest_until = 0.0
        self.is_timed = bool(self._rate or manners.requests)
        """Whether anything but a rest ever delays a request: `start` has to be told."""

    def admits(self, active: int) -> bool:
        """Whether one more request may be under way beside `active` others.

        A host is asked for one thing first: the next request then finds a connection that is open already (most hosts
        of an archive have few URLs, and a TLS handshake costs more than all else), and what is down is found out once.
        """
        if active and not self.is_known:
            return False
        return self._window == 0 or active < int(self._window)

    def start(self, now: float) -> None:
        """A request starts now."""
        if self._rate:
            # A timer that fires a little late must not slow the pace down: count from when it was due.
            base = self.next_at if self.next_at > now - 0.1 else now
            self.next_at = base + 1.0 / self._rate
        if self._manners.requests:
            self._spend(now)

    def due_at(self) -> float:
        """The earliest time for the next request."""
        return self.next_at if self.next_at > self.rest_until else self.rest_until

    def kept_until(self, now: float) -> float:
        """Until when it says more than a new pace of the same host would, if nothing further is asked."""
        window_s = self._manners.window_s if self._manners.requests else 0.0
        return max(self.next_at, self.rest_until, now + window_s)

    def learn(self, exchange: Exchange, now: float, patience: retry.Patience) -> None:
        """An answer came: grow a little after a clean and quick one, halve after trouble, rest when told to."""
        self.is_known = True
        status = exchange.status
        if exchange.failure is None and status not in _TROUBLED:
            if status is not None and exchange.elapsed_s < _QUICK_S:
                self._grow()
        elif retry.rests_host(exchange):
            rest_s = retry.wait_s(exchange, 1, patience)
            if rest_s <= patience.longest_rest_s:
                self.rest_until = max(self.rest_until, now + rest_s)
            self._shrink()
        elif exchange.failure in _TROUBLE or status in (502, 503, 504):
            self._shrink()
        elif status is not None and exchange.elapsed_s < _QUICK_S:
            self._grow()

    def _grow(self) -> None:
        manners = self._manners
        if manners.rate_per_s and self._rate < manners.rate_per_s:
            self._rate = min(manners.rate_per_s, self._rate * 1.05)
        if self._window < manners.concurrency:
            self._window = min(float(manners.concurrency), self._window + 1.0 / self._window)

    def _shrink(self) -> None:
        if self._manners.first_rate_per_s and self._rate:
            self._rate = max(0.5, self._rate / 2)
        if self._window > 1:
            self._window = max(1.0, self._window / 2)

    def _spend(self, now: float) -> None:
        manners = self._manners
        refill_per_s = manners.requests / 2 / manners.window_s
        self._allowance = min(manners.requests / 2, self._allowance + (now - self._filled_at) * refill_per_s) - 1
        self._filled_at = now
        if self._allowance < 1:
            self.next_at = max(self.next_at, now + (1 - self._allowance) / refill_per_s)
