"""An exchange that failed → whether to ask again, and how long to wait; tenacity decides, nothing sleeps here.

tenacity and the parser of dates are loaded when something has failed: 40 ms that most runs can spare.
"""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from linkcheck.model import Exchange, Failure
from linkcheck.patterns import lazily
from linkcheck.verdicts.evidence import is_wall

if TYPE_CHECKING:
    import tenacity

_DURATION = lazily(r"\s*(?:(\d+)\s*h)?\s*(?:(\d+)\s*m(?!s))?\s*(?:(\d+(?:\.\d+)?)\s*s?)?\s*\Z", re.ASCII)


class Patience(Struct, frozen=True):
    """How long and how often to wait."""

    retries: int = 2
    """Further attempts after a transient failure."""
    first_wait_s: float = 1.0
    longest_wait_s: float = 30.0
    """Upper bound of the doubling."""
    longest_rest_s: float = 120.0
    """Longest Retry-After that is obeyed inside a run."""
    rest_without_header_s: float = 60.0
    """How long a host rests after a 429 that names no time."""


class Budget:
    """Retries that one host may be burdened with in a run; what it cannot afford gets a second look at the end."""

    def __init__(self, tokens: int = 20) -> None:
        self._tokens = tokens

    def spend(self) -> bool:
        """Take one token; False when there is none."""
        self._tokens -= 1
        return self._tokens >= 0


def may_retry(attempt: int, patience: Patience) -> bool:
    """Whether attempt number `attempt` (from 1), which failed transiently, may be followed by another."""
    import tenacity

    return not tenacity.stop_after_attempt(patience.retries + 1)(_call_state(attempt))


def wait_s(exchange: Exchange, attempt: int, patience: Patience) -> float:
    """Seconds to wait before attempt `attempt + 1`; may exceed `patience.longest_rest_s` when the server asks so.

    Retry-After wins over doubling with full jitter: delta-seconds or an HTTP-date (RFC 9110, 10.2.3).
    """
    asked = retry_after_s(exchange)
    if asked is not None:
        return asked
    if exchange.status == 429:
        return patience.rest_without_header_s
    import tenacity

    doubling = tenacity.wait_random_exponential(multiplier=patience.first_wait_s, max=patience.longest_wait_s)
    return doubling(_call_state(attempt))


def rests_host(exchange: Exchange) -> bool:
    """Whether the answer speaks for the whole host, not for one URL: a 429, or a 503 with Retry-After."""
    if exchange.failure is Failure.HOST_RESTS:
        return True
    if exchange.status not in (429, 503) or is_wall(exchange):
        return False
    return exchange.status == 429 or retry_after_s(exchange) is not None


def retry_after_s(exchange: Exchange) -> float | None:
    """The seconds that Retry-After asks for, from now; None when it is absent or unreadable.

    Takes `120`, `2.5`, `1m30s`, `2s` (the last three are seen in the wild) and the three HTTP-date forms, measured
    against the response's own Date, since clocks differ.
    """
    value = exchange.header("retry-after")
    if value is None or exchange.status is None:
        return None
    match = _DURATION.match(value)
    if match and any(match.groups()):
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds
    when = _http_date(value)
    if when is None:
        return None
    sent = _http_date(exchange.header("date") or "") or exchange.started_at
    return max(0.0, (when - sent).total_seconds())


def _http_date(text: str) -> datetime | None:
    """RFC 9110, 5.6.7: IMF-fixdate, RFC 850 and asctime; a result without zone is UTC."""
    from email.utils import parsedate_to_datetime

    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _call_state(attempt: int) -> "tenacity.RetryCallState":
    import tenacity

    # tenacity's waits and stops read nothing but the attempt number; no loop of its own runs.
    state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    state.attempt_number = attempt
    return state
