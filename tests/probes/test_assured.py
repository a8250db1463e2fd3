from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from behaviours import ROUTES, ROWS
from servers import Certificates, Server

from linkcheck.model import Exchange, Failure, Request, Timeouts
from linkcheck.probes.assured import Assured
from linkcheck.probes.guard import Guard, parse_connect_to
from linkcheck.probes.httpx_transport import HttpxTransport
from linkcheck.probes.tls import Tls
from linkcheck.probes.wire import WireTransport

SLOW = Timeouts(connect_s=1.5, read_s=0.7, total_s=1.5)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Says = Callable[[Request], Exchange]


class Scripted:
    """A transport that answers as it is told, and counts."""

    def __init__(self, says: Says) -> None:
        self.says = says
        self.asked: list[str] = []
        self.is_closed = False

    async def send(self, request: Request) -> Exchange:
        self.asked.append(request.url)
        return self.says(request)

    async def aclose(self) -> None:
        self.is_closed = True


def fails(failure: Failure, status: int | None = None) -> Says:
    return lambda request: Exchange(request, NOON, 0.1, status=status, failure=failure, error=("x",))


def answers(status: int = 200, version: str = "HTTP/1.1") -> Says:
    return lambda request: Exchange(request, NOON, 0.1, status=status, http_version=version)


async def sent(fast: Says, reference: Says, *urls: str, remembers: bool = True) -> tuple[list[Exchange], int, int]:
    """The exchanges, and how often each transport was asked."""
    first, second = Scripted(fast), Scripted(reference)
    assured = Assured(first, lambda: second, remembers=remembers)
    exchanges = [await assured.send(Request("GET", url)) for url in urls]
    await assured.aclose()
    assert first.is_closed
    assert second.is_closed == bool(second.asked)
    return exchanges, len(first.asked), len(second.asked)


URL = "https://a.example/x"
DOUBTED = [Failure.CONNECTION_RESET, Failure.CERTIFICATE_INVALID, Failure.PROTOCOL_ERROR]
SETTLED = [
    *(Failure.HOST_NOT_FOUND, Failure.DNS_FAILURE, Failure.CONNECTION_REFUSED),
    *(Failure.TIMED_OUT, Failure.PRIVATE_ADDRESS, Failure.BLOCKED_PORT),
]


@pytest.mark.parametrize("status", [200, 404, 503])
async def test_a_clean_response_counts(status: int) -> None:
    """Whatever the status is: nobody else is asked."""
    exchanges, _, asked_again = await sent(answers(status), answers(), URL)
    assert (exchanges[0].status, asked_again) == (status, 0)


@pytest.mark.parametrize("failure", DOUBTED)
@pytest.mark.parametrize("status", [None, 200])
async def test_trouble_is_asked_again(failure: Failure, status: int | None) -> None:
    """The word of our own wire condemns nothing, nor does half a body from it: the reference transport's counts."""
    exchanges, _, asked_again = await sent(fails(failure, status), answers(404), URL)
    assert (exchanges[0].status, exchanges[0].failure, asked_again) == (404, None, 1)


@pytest.mark.parametrize("failure", SETTLED)
async def test_what_both_would_learn_alike_is_not_asked_twice(failure: Failure) -> None:
    """The same resolver, the same guard, the same kernel; and a wait is not doubled."""
    exchanges, _, asked_again = await sent(fails(failure), answers(), URL)
    assert (exchanges[0].failure, asked_again) == (failure, 0)


def test_every_failure_of_a_transport_is_one_or_the_other() -> None:
    """A new kind of failure has to be thought about."""
    elsewhere = {Failure.HOST_DOWN, Failure.HOST_RESTS, Failure.ROBOTS_FORBID, Failure.TUNNEL_REFUSED}
    assert {*DOUBTED, *SETTLED} == set(Failure) - elsewhere


@pytest.mark.parametrize(("remembers", "fast"), [(True, 1), (False, 3)])
async def test_a_host_of_another_protocol_is_asked_the_right_way_at_once(remembers: bool, fast: int) -> None:
    """One that speaks HTTP/2 alone costs one vain attempt; with `--transport wire` each time."""
    urls = [f"https://a.example/{n}" for n in range(3)]
    told = await sent(fails(Failure.PROTOCOL_ERROR), answers(version="HTTP/2"), *urls, remembers=remembers)
    assert told[1:] == (fast, 3)


async def test_odd_pages_do_not_make_a_host_slow_at_once() -> None:
    """A host is given up for the fast transport after three odd answers, and others are not."""
    urls = [f"https://a.example/{n}" for n in range(5)] + ["https://b.example/"]
    told = await sent(fails(Failure.PROTOCOL_ERROR), answers(), *urls)
    assert told[1:] == (4, 6)


async def test_a_dropped_connection_is_no_reason_to_give_a_host_up() -> None:
    """Chance, or the host's opinion of us: neither is the wire's."""
    told = await sent(fails(Failure.CONNECTION_RESET), answers(), *[URL] * 5)
    assert told[1:] == (5, 5)


async def test_a_body_that_took_too_long_is_retried_the_other_way() -> None:
    """It may have been our own counting of bytes that waited: the retry is httpx's, other URLs are not."""
    told = await sent(fails(Failure.TIMED_OUT, 200), answers(), URL, URL, "https://a.example/y")
    assert [exchange.failure for exchange in told[0]] == [Failure.TIMED_OUT, None, Failure.TIMED_OUT]
    assert told[1:] == (2, 1)


@pytest.mark.parametrize("name", ROWS)
async def test_every_behaviour_comes_to_the_same_as_with_httpx(certificates: Certificates, tls: Tls, name: str) -> None:
    """Status, failure, headers and body: the user cannot tell which transport asked."""
    with Server(ROUTES, certificates) as server:
        guard = Guard(connect_to=[parse_connect_to(server.connect_to)])
        reference = HttpxTransport(guard, tls, now=lambda: NOON)
        assured = Assured(WireTransport(guard, tls, now=lambda: NOON), lambda: HttpxTransport(guard, tls))
        request = Request("GET", f"http://a.example/{name}", timeouts=SLOW)
        ours, theirs = await assured.send(request), await reference.send(request)
        await assured.aclose()
        await reference.aclose()
        guard.close()
    row = ROWS[name]
    assert (ours.status, ours.failure, ours.content and ours.content.ended) == (row.status, row.failure, row.ended)
    for part in ("reason_phrase", "http_version", "headers", "peer"):
        assert getattr(ours, part) == getattr(theirs, part)
    # how much had come when the time was up is chance
    assert ours.content == theirs.content or row.failure is Failure.TIMED_OUT
