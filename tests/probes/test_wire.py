import asyncio
import contextlib
import hashlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime

import pytest
from behaviours import PATIENCE, ROUTES, ROWS
from servers import Certificates, End, Mute, Seen, Server, Step, Wait, answer, head, in_turn, short, steps, unused_port

from linkcheck.model import Ending, Exchange, Failure, Purpose, Request, Timeouts
from linkcheck.probes import wire_pool
from linkcheck.probes.dns import table_resolver
from linkcheck.probes.guard import Guard, parse_connect_to
from linkcheck.probes.tls import Tls
from linkcheck.probes.wire import WireTransport
from linkcheck.probes.wire_connection import Connection

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEFT_TO_OTHERS = {"bare-line-feeds", "length-sent-twice", "chunked-and-length"}
"""Rows that httpx makes something of, and the wire steps aside."""


@pytest.fixture(scope="module")
def server(certificates: Certificates) -> Iterator[Server]:
    with Server({**ROUTES, ("*", "/"): answer(body=b"root")}, certificates) as running:
        yield running


@contextlib.asynccontextmanager
async def transport_to(server: Server, tls: Tls) -> AsyncIterator[WireTransport]:
    guard = Guard(connect_to=[parse_connect_to(server.connect_to)])
    transport = WireTransport(guard, tls, now=lambda: NOON)
    try:
        yield transport
    finally:
        await transport.aclose()
        guard.close()
        assert len(transport._pool) == transport._pool.resting == len(transport._sweeper) == 0


async def ask(server: Server, tls: Tls, url: str, method: str = "GET", **options: object) -> Exchange:
    async with transport_to(server, tls) as transport:
        return await transport.send(Request(method, url, **{"timeouts": PATIENCE, **options}))


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("name", ROWS)
async def test_every_behaviour_becomes_a_value(server: Server, tls: Tls, name: str, scheme: str) -> None:
    """What I hear is what the reference transport hears, or I say that I do not understand."""
    row = ROWS[name]
    exchange = await ask(server, tls, f"{scheme}://a.example/{name}")
    content = exchange.content
    came = (exchange.status, exchange.failure, content and content.ended)
    if name in LEFT_TO_OTHERS:
        assert came == (None, Failure.PROTOCOL_ERROR, None)
    else:
        assert came == (row.status, row.failure, row.ended)
    assert bool(exchange.error) == bool(exchange.failure)
    assert (exchange.peer, exchange.started_at) == (f"127.0.0.1:{server.port}", NOON)
    assert 0 < exchange.elapsed_s < 1


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("name", ["plain", "long", "chunked", "not-modified", "no-content"])
async def test_a_connection_is_used_again(server: Server, tls: Tls, name: str, scheme: str) -> None:
    """A body that is read to its end, or nearly, costs no new connection."""
    before = server.connections
    async with transport_to(server, tls) as transport:
        for method in ("GET", "HEAD", "GET", "GET"):
            exchange = await transport.send(Request(method, f"{scheme}://a.example/{name}"))
            assert exchange.failure is None
            # the rest of a body is drained behind our back
            await asyncio.sleep(0.02)
            assert (transport._pool.resting, len(transport._pool)) == (1, 1)
    assert server.connections - before == 1


@pytest.mark.parametrize("name", ["very-long", "endless"])
async def test_a_long_body_is_not_waited_for(server: Server, tls: Tls, name: str) -> None:
    """I read what I need of a large file, and leave."""
    async with transport_to(server, tls) as transport:
        exchange = await transport.send(Request("GET", f"http://a.example/{name}", read_limit_bytes=1000))
        assert len(transport._pool) == 0
    assert exchange.content is not None
    assert (exchange.content.length_bytes, exchange.content.sha256) == (1000, None)
    assert exchange.content.ended is Ending.LIMIT


@pytest.mark.parametrize("name", ["http-1.0", "until-close", "longer-than-declared"])
async def test_a_connection_that_cannot_be_kept_is_closed(server: Server, tls: Tls, name: str) -> None:
    """An old server, a body without length, bytes that nobody asked for: the next request gets its own connection."""
    before = server.connections
    async with transport_to(server, tls) as transport:
        for _ in range(2):
            assert (await transport.send(Request("GET", f"http://a.example/{name}"))).failure is None
            await asyncio.sleep(0.02)
            assert len(transport._pool) == 0
    assert server.connections - before == 2


async def test_the_content_says_what_came(server: Server, tls: Tls) -> None:
    """Type, length, digest and bytes, before any decoding."""
    content = (await ask(server, tls, "http://a.example/gzip-that-is-none")).content
    assert content is not None
    digest = hashlib.sha256(b"hello").hexdigest()
    came = (content.media_type, content.body, content.length_bytes, content.declared_bytes, content.sha256)
    assert came == ("text/html", b"hello", 5, 5, digest)


async def test_head_has_a_declared_length_and_no_body(server: Server, tls: Tls) -> None:
    """HEAD tells how long the body would be."""
    content = (await ask(server, tls, "http://a.example/long", "HEAD")).content
    assert content is not None
    came = (content.declared_bytes, content.length_bytes, content.ended, content.sha256)
    assert came == (70_000, 0, Ending.COMPLETE, None)


async def test_the_total_of_a_range_is_the_declared_length(certificates: Certificates, tls: Tls) -> None:
    """A part of an image tells how long the whole is, and has no digest of its own."""
    part = answer(206, b"abcd", ("Content-Range", "bytes 0-3/9000"), media_type="image/png")
    with Server({("*", "/"): part}, certificates) as server:
        content = (await ask(server, tls, "http://a.example/")).content
    assert content is not None
    assert (content.length_bytes, content.declared_bytes, content.sha256) == (4, 9000, None)


TARGETS = [
    "/",
    "/?",
    "/?b=1&a=+&b=1",
    "/%zz|{}^`'?q=%e8%E8+%20;&&=",
    "/a//b/%2e%2e/%2F",
    "/?url=https://x.example/y?z=1",
]


@pytest.mark.parametrize("target", TARGETS)
async def test_the_target_arrives_byte_for_byte(server: Server, tls: Tls, target: str) -> None:
    """What the document says is what is asked: query order, `+`, `%zz` and duplicates kept."""
    await ask(server, tls, f"http://a.example{target}")
    assert server.log[-1].head.split(b"\r\n")[0] == f"GET {target} HTTP/1.1".encode()


async def test_the_headers_are_the_requests_own_after_host(server: Server, tls: Tls) -> None:
    """No header is added, dropped or reordered, except Host at the top."""
    headers = (("User-Agent", "x/1"), ("Accept", "*/*"), ("X-b", "1"), ("accept-language", "zh"))
    await ask(server, tls, "http://user:secret@a.example:8080/", headers=headers)
    assert server.log[-1].headers == (("Host", "a.example:8080"), *headers)


@pytest.mark.parametrize("header", [("X", "a\r\nY: b"), ("X\r\nY", "b"), ("X", "a\0"), ("", "a"), ("X y", "a")])
async def test_no_line_can_be_smuggled_in(server: Server, tls: Tls, header: tuple[str, str]) -> None:
    """What would be more than one header is not sent at all."""
    before = len(server.log)
    assert (await ask(server, tls, "http://a.example/", headers=(header,))).failure is Failure.PROTOCOL_ERROR
    assert len(server.log) == before


async def test_response_headers_keep_order_case_and_bytes(certificates: Certificates, tls: Tls) -> None:
    """Header pairs come as they were sent."""
    pairs = (("X-B", "é"), ("x-a", "1"), ("X-B", "2"), ("Content-Length", "0"))
    with Server({("*", "/"): steps(head(200, *pairs, reason="Fine"))}, certificates) as server:
        exchange = await ask(server, tls, "http://a.example/")
    assert (exchange.headers, exchange.reason_phrase, exchange.http_version) == (pairs, "Fine", "HTTP/1.1")


CERTIFICATES = [("expired", True), ("wrong-name", True), ("untrusted", True), ("good", False)]


@pytest.mark.parametrize(("label", "fails"), CERTIFICATES)
async def test_a_certificate_must_be_good(server: Server, tls: Tls, label: str, fails: bool) -> None:
    """Expired, for another name, or signed by a stranger: nothing is sent; a look without verification gets through."""
    before = len(server.log)
    async with transport_to(server, tls) as transport:
        exchange = await transport.send(Request("GET", f"https://{label}.example/"))
        assert exchange.failure == (Failure.CERTIFICATE_INVALID if fails else None)
        assert len(server.log) - before == (0 if fails else 1)
        assert (exchange.certificate_expires_at is None) == fails
        assert (await transport.send(Request("GET", f"https://{label}.example/", verify=False))).status == 200
        # what was let through once is not trusted afterwards
        again = await transport.send(Request("GET", f"https://{label}.example/"))
        assert again.failure == exchange.failure


async def test_a_host_that_does_not_keep_connections_resumes_its_session(
    certificates: Certificates, tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the third connection on no full handshake is needed, and the certificate's end is known all the same."""
    resumed: list[bool] = []
    made = Connection.connection_made

    def watched(connection: Connection, transport: asyncio.BaseTransport) -> None:
        resumed.append(transport.get_extra_info("ssl_object").session_reused)
        made(connection, transport)

    monkeypatch.setattr(Connection, "connection_made", watched)
    closing = answer(200, b"x", ("Connection", "close"))
    name = f"{asyncio.get_running_loop().__module__}.example".replace("_", "-")
    with Server({("*", "*"): closing}, certificates) as server:
        async with transport_to(server, tls) as transport:
            exchanges = [await transport.send(Request("GET", f"https://{name}/{n}")) for n in range(4)]
            other = await transport.send(Request("GET", "https://other.example/"))
    assert [exchange.failure for exchange in (*exchanges, other)] == [None] * 5
    assert resumed == [False, False, True, True, False]
    assert len({exchange.certificate_expires_at for exchange in exchanges}) == 1
    assert exchanges[0].certificate_expires_at is not None


@pytest.mark.parametrize(("scheme", "failure"), [("http", Failure.TIMED_OUT), ("https", Failure.TIMED_OUT)])
async def test_a_mute_server_times_out(tls: Tls, scheme: str, failure: Failure) -> None:
    """No word from the server, not even in the handshake: timed out, and the socket is closed at once."""
    with Mute() as mute:
        exchange = await ask(Server(port=mute.port), tls, f"{scheme}://a.example/")
        assert exchange.failure is failure
        assert mute.heard()


async def test_nobody_listens(tls: Tls) -> None:
    """A closed port is a refused connection; no peer was reached."""
    exchange = await ask(Server(port=unused_port()), tls, "http://a.example/")
    assert (exchange.failure, exchange.peer) == (Failure.CONNECTION_REFUSED, None)


async def test_the_total_time_bounds_everything(server: Server, tls: Tls) -> None:
    """A server that drips forever is left when the time is up, with what came so far."""
    exchange = await ask(server, tls, "http://a.example/drip", timeouts=Timeouts(1, 1, 0.2))
    assert (exchange.failure, exchange.status) == (Failure.TIMED_OUT, 200)
    assert exchange.content is not None
    assert exchange.content.body.startswith(b"x")
    assert 0.19 < exchange.elapsed_s < 0.5


@pytest.mark.parametrize("end", [End.CLOSE, End.RESET])
async def test_a_dead_kept_connection_is_replaced_silently(certificates: Certificates, tls: Tls, end: End) -> None:
    """A server that closed an idle connection just as we used it is asked again at once."""
    impatient = in_turn(answer(body=b"one"), steps(end), answer(body=b"two"))
    with Server({("*", "/"): impatient}, certificates) as server:
        async with transport_to(server, tls) as transport:
            exchanges = [await transport.send(Request("GET", "http://a.example/")) for _ in range(2)]
    assert [exchange.content and exchange.content.body for exchange in exchanges] == [b"one", b"two"]


async def test_a_fresh_connection_that_is_dropped_is_not_asked_again(certificates: Certificates, tls: Tls) -> None:
    """A server that drops us is reported, not pestered; nor is one that has begun to answer."""
    cut = steps(head(200, ("Content-Length", "9")), b"abc", End.CLOSE)
    with Server({("*", "/"): steps(End.CLOSE), ("*", "/cut"): in_turn(answer(body=b"x"), cut)}, certificates) as server:
        assert (await ask(server, tls, "http://a.example/")).failure is Failure.CONNECTION_RESET
        assert len(server.log) == 1
        async with transport_to(server, tls) as transport:
            exchanges = [await transport.send(Request("GET", "http://a.example/cut")) for _ in range(2)]
        assert exchanges[1].failure is Failure.PROTOCOL_ERROR
        assert len(server.log) == 3


async def test_what_one_answer_sends_too_much_does_not_harm_the_next(server: Server, tls: Tls) -> None:
    """Bytes behind a body are nobody's answer."""
    async with transport_to(server, tls) as transport:
        for name in ("longer-than-declared", "plain", "longer-than-declared", "plain"):
            assert (await transport.send(Request("GET", f"http://a.example/{name}"))).failure is None


async def test_a_late_second_answer_is_no_answer_to_the_next_request(certificates: Certificates, tls: Tls) -> None:
    """A whole response that nobody asked for ends the connection, and is never taken for another URL's."""
    ghost = head(404, ("Content-Length", "5")) + b"ghost"
    double = steps(head(200, ("Content-Length", "1")), b"x", Wait(0.05), ghost)
    with Server({("*", "/"): double}, certificates) as server:
        async with transport_to(server, tls) as transport:
            for _ in range(3):
                exchange = await transport.send(Request("GET", "http://a.example/"))
                assert (exchange.status, exchange.content and exchange.content.body) == (200, b"x")
                await asyncio.sleep(0.1)
                assert len(transport._pool) == 0


async def test_a_name_that_leads_home_is_refused(server: Server, tls: Tls) -> None:
    """A public-looking name that resolves to 127.0.0.1 is not asked, nor is a private address; nothing is sent."""
    before = server.connections
    guard = Guard(resolver=table_resolver({"evil.example": ["127.0.0.1"]}))
    transport = WireTransport(guard, tls)
    for host in ("evil.example", "127.0.0.1"):
        exchange = await transport.send(Request("GET", f"http://{host}:{server.port}/"))
        assert (exchange.failure, exchange.status, exchange.peer) == (Failure.PRIVATE_ADDRESS, None, None)
    assert server.connections == before
    await transport.aclose()
    guard.close()


async def test_the_next_address_is_tried(server: Server, tls: Tls) -> None:
    """A host with one dead address is reached at the other, and remembered there."""
    guard = Guard(allow_private=True, resolver=table_resolver({"two.example": ["127.0.0.9", "127.0.0.1"]}))
    transport = WireTransport(guard, tls)
    url = f"http://two.example:{server.port}"
    first = await transport.send(Request("GET", f"{url}/until-close"))
    with socket.create_server(("127.0.0.9", server.port)):
        second = await transport.send(Request("GET", f"{url}/plain", timeouts=PATIENCE))
    await transport.aclose()
    guard.close()
    assert [first.peer, second.peer] == [f"127.0.0.1:{server.port}"] * 2


async def test_a_second_look_looks_the_name_up_again(server: Server, tls: Tls) -> None:
    """No such name: host-not-found in the resolver's own words; the second look asks the resolver once more."""
    table: dict[str, list[str]] = {}
    guard = Guard(allow_private=True, resolver=lambda name: table_resolver(table)(name))
    transport = WireTransport(guard, tls)
    url = f"http://late.example:{server.port}/"
    exchange = await transport.send(Request("GET", url))
    assert exchange.failure is Failure.HOST_NOT_FOUND
    assert exchange.error[0].startswith("gaierror:")
    table["late.example"] = ["127.0.0.1"]
    assert (await transport.send(Request("GET", url))).failure is Failure.HOST_NOT_FOUND
    assert (await transport.send(Request("GET", url, purpose=Purpose.SECOND_LOOK))).status == 200
    await transport.aclose()
    guard.close()


async def test_many_at_once(server: Server, tls: Tls) -> None:
    """Many hosts and many requests a host, all together; no task is left, and each answer is its own request's."""
    async with transport_to(server, tls) as transport:
        requests = [Request("GET", f"http://h{i % 7}.example/plain?{i}") for i in range(140)]
        exchanges = await asyncio.gather(*map(transport.send, requests))
    assert {exchange.status for exchange in exchanges} == {200}
    assert [exchange.request for exchange in exchanges] == requests
    assert len(asyncio.all_tasks()) == 1


HANGS: list[tuple[str, Callable[[Seen], Iterator[Step]]]] = [
    ("http", lambda seen: iter([End.HANG])),
    ("https", lambda seen: iter([head(200, ("Content-Length", "9")), b"abc", End.HANG])),
]


@pytest.mark.parametrize(("scheme", "hang"), HANGS)
async def test_cancelling_frees_the_connection(
    certificates: Certificates, tls: Tls, scheme: str, hang: Callable[[Seen], Iterator[Step]]
) -> None:
    """When I stop waiting the server sees me leave, and the host can be asked again."""
    left: list[float] = []

    def noticing(seen: Seen) -> Iterator[Step]:
        yield from hang(seen)
        left.append(time.monotonic())

    with Server({("*", "/hang"): noticing, ("*", "/"): answer(body=b"x")}, certificates) as server:
        async with transport_to(server, tls) as transport:
            asking = asyncio.create_task(transport.send(Request("GET", f"{scheme}://a.example/hang")))
            while not server.log:
                await asyncio.sleep(0.005)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            assert len(transport._pool) == 0
            assert (await transport.send(Request("GET", f"{scheme}://a.example/"))).status == 200


async def test_cancelling_frees_what_is_not_connected_yet(tls: Tls) -> None:
    """A handshake that nobody waits for is given up at once."""
    with Mute() as mute:
        async with transport_to(Server(port=mute.port), tls) as transport:
            asking = asyncio.create_task(transport.send(Request("GET", "https://a.example/")))
            await asyncio.sleep(0.1)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            await asyncio.sleep(0)
            assert mute.heard().startswith(b"\x16")
            assert len(asyncio.all_tasks()) == 1


async def test_few_connections_rest(server: Server, tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of hosts do not keep thousands of connections: those that rested longest go."""
    monkeypatch.setattr(wire_pool, "IDLE_KEPT", 3)
    async with transport_to(server, tls) as transport:
        for i in range(9):
            assert (await transport.send(Request("GET", f"http://h{i}.example/"))).status == 200
        assert len(transport._pool) == transport._pool.resting == 3
        before = server.connections
        for i in (8, 7, 6):
            assert (await transport.send(Request("GET", f"http://h{i}.example/"))).status == 200
        assert server.connections == before


async def test_connections_do_not_rest_for_ever(server: Server, tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has not been used for a while is closed, though nothing else happens; then no timer runs any more."""
    monkeypatch.setattr(wire_pool, "IDLE_S", 0.1)
    async with transport_to(server, tls) as transport:
        await asyncio.gather(*(transport.send(Request("GET", f"http://h{i}.example/")) for i in range(5)))
        assert len(transport._pool) == 5
        await asyncio.sleep(0.3)
        assert len(transport._pool) == len(transport._sweeper) == 0


async def test_the_rest_of_a_body_is_drained_for_a_second_only(certificates: Certificates, tls: Tls) -> None:
    """A little that is left is read to keep the connection, behind our back, but not if it dawdles."""
    dawdling = steps(head(200, ("Content-Length", "1500")), b"x" * 1000, Wait(5), b"x" * 500)
    with Server({("*", "/"): dawdling}, certificates) as server:
        async with transport_to(server, tls) as transport:
            exchange = await transport.send(Request("GET", "http://a.example/", read_limit_bytes=1000))
            assert (exchange.failure, len(transport._pool)) == (None, 1)
            await asyncio.sleep(1.2)
            assert len(transport._pool) == 0
    assert exchange.elapsed_s < 0.5


async def test_a_break_while_leaving_is_no_failure(certificates: Certificates, tls: Tls) -> None:
    """All that I wanted had come: what breaks afterwards does not matter."""
    with Server({("*", "/"): short(b"x" * 2000, 3000)}, certificates) as server:
        exchange = await ask(server, tls, "http://a.example/", read_limit_bytes=1000)
    assert exchange.failure is None
    assert exchange.content is not None
    assert exchange.content.ended is Ending.LIMIT


def flood(start: bytes, part: bytes) -> Callable[[Seen], Iterator[Step]]:
    """`start`, then `part` without end."""

    def behaviour(_: Seen) -> Iterator[Step]:
        yield start
        while True:
            yield part * 100

    return behaviour


CHUNKED = head(200, ("Transfer-Encoding", "chunked"))
FLOODS = {
    "interim": flood(b"", head(103)),
    "headers": flood(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "one-header": flood(b"HTTP/1.1 200 OK\r\nX: ", b"y"),
    "reason": flood(b"HTTP/1.1 200 ", b"y"),
    "extension": flood(CHUNKED + b"5;", b"y"),
    "trailers": flood(CHUNKED + b"0\r\n", b"X: y\r\n"),
    "one-trailer": flood(CHUNKED + b"0\r\nX: ", b"y"),
    "empty-lines": flood(b"", b"\r\n"),
}


@pytest.mark.parametrize("name", FLOODS)
async def test_what_never_ends_is_left(certificates: Certificates, tls: Tls, name: str) -> None:
    """Endless heads, extensions and trailers are nobody's body: the wire steps aside long before the time is up."""
    with Server({("*", "/"): FLOODS[name]}, certificates) as server:
        exchange = await ask(server, tls, "http://a.example/", timeouts=Timeouts(5, 5, 5))
    assert exchange.failure is Failure.PROTOCOL_ERROR
    assert exchange.elapsed_s < 2
