"""What is known of a target's life → when it is to be asked next; pure, and the same for the same target and life.

Failing ones soon, long-stable ones rarely, dead ones now and then, since sites come back (3 days for failures, 7 to 30
for what is fine, 90 for the dead; a quarter more or less keeps the nights even).
"""

from collections.abc import Mapping
from types import MappingProxyType
from zlib import crc32

from msgspec import Struct

from linkcheck.model import Reason
from linkcheck.verdicts.death import DAY_S, Life, State, is_flaky

_DAYS: dict[float, str] = {
    0.0: "rate-limited file-not-found available-locally",
    1.0: "image-truncated proxy-fault proxy-cache-only server-error dns-failure host-down",
    2.0: "timed-out connection-refused connection-reset protocol-error",
    3.0: "not-found gone host-not-found redirect-loop redirect-to-root soft-not-found not-an-image image-empty api-only"
    " client-error certificate-expiring",
    7.0: "parked-domain image-corrupt image-placeholder blocked certificate-invalid",
    30.0: "content-drifted moved-permanently moved-to-https",
}
DEFAULT_DAYS: Mapping[Reason, float] = MappingProxyType(
    {Reason(word): days for days, words in _DAYS.items() for word in words.split()}
)
_STABLE_SHARE = 0.25
_FLAKY_DAYS = 3.0


class Intervals(Struct, frozen=True):
    """Days between two looks."""

    of: Mapping[Reason, float] = DEFAULT_DAYS
    alive: float = 7.0
    """What was found fine a short time ago."""
    stable: float = 30.0
    """What has been fine for four times as long."""
    dead: float = 90.0
    jitter: float = 0.25
    """Share of an interval that is added or taken away, by the target's key."""


def next_due_at(key: str, life: Life, intervals: Intervals = Intervals()) -> int | None:  # noqa: B008 - frozen
    """Seconds since 1970 when the target of that key is due again; None: it was never looked at, so it is due now."""
    if life.last_at is None:
        return None
    days = _days(life, intervals)
    spread = (crc32(key.encode("utf-8", "surrogatepass")) % 2001 - 1000) / 1000
    return life.last_at + round(days * DAY_S * (1 + intervals.jitter * spread))


def _days(life: Life, intervals: Intervals) -> float:
    if life.state is State.DEAD:
        return intervals.dead
    known = intervals.of.get(life.reason) if life.reason is not None else None
    if known is not None and life.reason is not Reason.AVAILABLE:
        return known
    if is_flaky(life):
        return min(_FLAKY_DAYS, intervals.alive)
    stable_for_s = life.last_at - life.alive_since if life.last_at is not None and life.alive_since is not None else 0
    return min(max(intervals.alive, stable_for_s / DAY_S * _STABLE_SHARE), max(intervals.stable, intervals.alive))
