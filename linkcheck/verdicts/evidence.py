"""The exchanges of one target → its trails: what was asked from where to where; pure.

Invariant: every exchange belongs to exactly one trail, in time order; a retry replaces the answer it repeats.
"""

from collections.abc import Sequence
from contextlib import suppress

from msgspec import Struct

from linkcheck import urls
from linkcheck.model import Exchange, Failure, Purpose
from linkcheck.verdicts import signs

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
MOST_REDIRECTS = 10
_TRANSIENT_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504, 507, *range(520, 528), 530})
_TRANSIENT_FAILURES = frozenset(
    {
        Failure.DNS_FAILURE,
        Failure.CONNECTION_REFUSED,
        Failure.CONNECTION_RESET,
        Failure.TIMED_OUT,
        Failure.PROTOCOL_ERROR,
    }
)
_CONTINUES = frozenset(
    {Purpose.RETRY, Purpose.SECOND_LOOK, Purpose.REDIRECT, Purpose.GET_AFTER_HEAD, Purpose.PLAIN_GET}
)


class Trail(Struct, frozen=True):
    """One way through the web: the redirects that were followed, and the answer at the end."""

    purpose: Purpose
    """Why it was begun."""
    hops: tuple[Exchange, ...]
    """The redirects that were followed, in order."""
    final: Exchange
    attempts: int
    """Requests sent in all, retries included."""

    @property
    def final_url(self) -> str:
        """Where it ended."""
        return self.final.request.url


def trails(exchanges: Sequence[Exchange]) -> list[Trail]:
    """The trails in the order they were begun."""
    result: list[Trail] = []
    purpose, hops, last, attempts = Purpose.FIRST, list[Exchange](), None, 0
    for exchange in exchanges:
        asked_for = exchange.request.purpose
        if last is not None and asked_for not in _CONTINUES:
            result.append(Trail(purpose, tuple(hops), last, attempts))
            hops, last, attempts = [], None, 0
        if last is None:
            purpose = asked_for
        elif asked_for is Purpose.REDIRECT:
            hops.append(last)
        last, attempts = exchange, attempts + 1
    if last is not None:
        result.append(Trail(purpose, tuple(hops), last, attempts))
    return result


def location(exchange: Exchange) -> str | None:
    """Where a redirect leads: absolute and serialised, the fragment of the request not inherited; None when it is none.

    RFC 9110, 10.2.2 and 15.4. A redirect without a usable Location is no redirect.
    """
    if exchange.status not in REDIRECTS or exchange.failure is not None:
        return None
    value = exchange.header("location")
    if value is None:
        return None
    # Browsers read the bytes of Location as UTF-8; headers arrive as latin-1 text.
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    return urls.resolve(value, exchange.request.url)


def is_transient(exchange: Exchange) -> bool:
    """Whether the same request may well be answered otherwise a little later."""
    if exchange.failure is not None:
        return exchange.failure in _TRANSIENT_FAILURES
    return exchange.status in _TRANSIENT_STATUS and not is_wall(exchange)


def is_wall(exchange: Exchange) -> bool:
    """Whether a 429 or 503 comes from a wall, which a little patience does not open."""
    return exchange.status in (429, 503) and bool(signs.header_signs(exchange.headers, exchange.status))


def is_success(exchange: Exchange) -> bool:
    """A whole 2xx response, or a 304 to a conditional request."""
    status = exchange.status
    return exchange.failure is None and status is not None and (200 <= status < 300 or status == 304)


def is_loop(hops: Sequence[Exchange], url: str) -> bool:
    """Whether following a redirect to `url` would go in a circle, or further than `MOST_REDIRECTS` hops.

    A circle is the same URL asked with the same cookies: a wall that sets a cookie and sends us back is none.
    """
    if len(hops) > MOST_REDIRECTS:
        return True
    visits = [hop for hop in hops if hop.request.url == url]
    return len(visits) > 1 or (bool(visits) and not any(hop.header("set-cookie") for hop in hops))
