import asyncio
import contextlib
import hashlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from behaviours import PATIENCE, ROUTES, ROWS
from hypothesis import example, given, settings
from hypothesis import strategies as st
from servers import (
    Certificates,
    End,
    Mute,
    Seen,
    Server,
    Step,
    Wait,
    after,
    answer,
    head,
    in_turn,
    short,
    steps,
    unused_port,
)

from linkcheck.model import Ending, Exchange, Failure, Request, Timeouts
from linkcheck.probes.dns import table_resolver
from linkcheck.probes.guard import Guard, parse_connect_to
from linkcheck.probes.httpx_transport import HttpxTransport
from linkcheck.probes.tls import Tls

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def server(certificates: Certificates) -> Iterator[Server]:
    routes = {**ROUTES, ("*", "/"): answer(body=b"root")}
    with Server(routes, certificates) as running:
        yield running


@contextlib.asynccontextmanager
async def transport_to(server: Server, tls: Tls, **options: bool) -> AsyncIterator[HttpxTransport]:
    guard = Guard(connect_to=[parse_connect_to(server.connect_to)])
    transport = HttpxTransport(guard, tls, now=lambda: NOON, **options)
    try:
        yield transport
    finally:
        await transport.aclose()
        guard.close()


async def ask(server: Server, tls: Tls, url: str, method: str = "GET", **options: object) -> Exchange:
    async with transport_to(server, tls) as transport:
        return await transport.send(Request(method, url, **{"timeouts": PATIENCE, **options}))


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("name", ROWS)
async def test_every_behaviour_becomes_a_value(server: Server, tls: Tls, name: str, scheme: str) -> None:
    """Whatever a server does, I get what came and why it ended; nothing is raised."""
    row = ROWS[name]
    exchange = await ask(server, tls, f"{scheme}://a.example/{name}")
    content = exchange.content
    assert (exchange.status, exchange.failure, content and content.ended) == (row.status, row.failure, row.ended)
    assert bool(exchange.error) == bool(row.failure)
    assert exchange.peer == f"127.0.0.1:{server.port}"
    assert exchange.started_at == NOON
    assert 0 < exchange.elapsed_s < 1


@pytest.mark.parametrize("name", ["plain", "long", "chunked", "not-modified"])
async def test_a_connection_is_used_again(server: Server, tls: Tls, name: str) -> None:
    """A body that is read to its end, or nearly, costs no new connection."""
    before = server.connections
    async with transport_to(server, tls) as transport:
        for method in ("GET", "HEAD", "GET"):
            assert (await transport.send(Request(method, f"http://a.example/{name}"))).failure is None
    assert server.connections - before == 1


@pytest.mark.parametrize("name", ["very-long", "endless"])
async def test_a_long_body_is_not_waited_for(server: Server, tls: Tls, name: str) -> None:
    """I read what I need of a large file, and leave."""
    exchange = await ask(server, tls, f"http://a.example/{name}", read_limit_bytes=1000)
    assert exchange.content is not None
    assert (exchange.content.length_bytes, exchange.content.sha256) == (1000, None)


async def test_the_content_says_what_came(server: Server, tls: Tls) -> None:
    """Type, length, digest and bytes, before any decoding."""
    content = (await ask(server, tls, "http://a.example/gzip-that-is-none")).content
    assert content is not None
    assert (content.media_type, content.body, content.length_bytes, content.declared_bytes) == (
        *("text/html", b"hello", 5, 5),
    )
    assert content.sha256 == hashlib.sha256(b"hello").hexdigest()


async def test_head_has_a_declared_length_and_no_body(server: Server, tls: Tls) -> None:
    """HEAD tells how long the body would be."""
    content = (await ask(server, tls, "http://a.example/long", "HEAD")).content
    assert content is not None
    assert (content.declared_bytes, content.length_bytes, content.ended, content.sha256) == (
        *(70_000, 0, Ending.COMPLETE, None),
    )


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
    "/?url=https://x.example/y?z=1&w=2,3",
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


async def test_response_headers_keep_order_case_and_bytes(certificates: Certificates, tls: Tls) -> None:
    """Header pairs come as they were sent."""
    pairs = (("X-B", "é"), ("x-a", "1"), ("X-B", "2"), ("Content-Length", "0"))
    with Server({("*", "/"): steps(head(200, *pairs, reason="Fine"))}, certificates) as server:
        exchange = await ask(server, tls, "http://a.example/")
    assert (exchange.headers, exchange.reason_phrase, exchange.http_version) == (pairs, "Fine", "HTTP/1.1")


CERTIFICATES = [("expired", True), ("wrong-name", True), ("untrusted", True), ("good", False)]


@pytest.mark.parametrize(("label", "fails"), CERTIFICATES)
async def test_a_certificate_must_be_good(server: Server, tls: Tls, label: str, fails: bool) -> None:
    """Expired, for another name, or signed by a stranger: the failure says so, and nothing was sent."""
    before = len(server.log)
    exchange = await ask(server, tls, f"https://{label}.example/")
    assert exchange.failure == (Failure.CERTIFICATE_INVALID if fails else None)
    assert len(server.log) - before == (0 if fails else 1)
    assert (exchange.certificate_expires_at is None) == fails


@pytest.mark.parametrize("label", ["expired", "wrong-name", "untrusted"])
async def test_a_look_without_verification_gets_through(server: Server, tls: Tls, label: str) -> None:
    """For diagnosis I can look behind a bad certificate."""
    assert (await ask(server, tls, f"https://{label}.example/", verify=False)).status == 200


async def test_looks_with_and_without_verification_share_no_connection(server: Server, tls: Tls) -> None:
    """What was let through once for diagnosis is not trusted afterwards."""
    async with transport_to(server, tls) as transport:
        assert (await transport.send(Request("GET", "https://expired.example/", verify=False))).status == 200
        exchange = await transport.send(Request("GET", "https://expired.example/"))
    assert exchange.failure is Failure.CERTIFICATE_INVALID


async def test_plain_http_is_no_tls(certificates: Certificates, tls: Tls) -> None:
    """A server that answers a handshake in clear text speaks no protocol we know."""

    async def in_clear_text(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 No\r\n\r\n")
        writer.close()

    listener = await asyncio.start_server(in_clear_text, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener:
        exchange = await ask(_at(port), tls, "https://a.example/")
    assert exchange.failure is Failure.PROTOCOL_ERROR


def _at(port: int) -> Server:
    return Server(port=port)


async def test_nobody_listens(tls: Tls) -> None:
    """A closed port is a refused connection; no peer was reached."""
    exchange = await ask(_at(unused_port()), tls, "http://a.example/")
    assert (exchange.failure, exchange.peer) == (Failure.CONNECTION_REFUSED, None)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_mute_server_times_out(tls: Tls, scheme: str) -> None:
    """No word from the server, not even in the handshake: timed out."""
    with Mute() as mute:
        exchange = await ask(_at(mute.port), tls, f"{scheme}://a.example/")
    assert exchange.failure is Failure.TIMED_OUT


async def test_the_total_time_bounds_everything(server: Server, tls: Tls) -> None:
    """A server that drips forever is left when the time is up, with what came so far."""
    exchange = await ask(server, tls, "http://a.example/drip", timeouts=Timeouts(1, 1, 0.2))
    assert (exchange.failure, exchange.status) == (Failure.TIMED_OUT, 200)
    assert exchange.content is not None
    assert exchange.content.body.startswith(b"x")
    assert 0.19 < exchange.elapsed_s < 0.5


async def test_a_dead_kept_connection_is_replaced_silently(certificates: Certificates, tls: Tls) -> None:
    """A server that closed an idle connection just as we used it is asked again at once."""
    impatient = in_turn(answer(body=b"one"), steps(End.CLOSE), answer(body=b"two"))
    with Server({("*", "/"): impatient}, certificates) as server:
        async with transport_to(server, tls) as transport:
            exchanges = [await transport.send(Request("GET", "http://a.example/")) for _ in range(2)]
    assert [exchange.status for exchange in exchanges] == [200, 200]
    assert exchanges[1].content is not None
    assert exchanges[1].content.body == b"two"


async def test_a_fresh_connection_that_is_dropped_is_not_asked_again(certificates: Certificates, tls: Tls) -> None:
    """A server that drops us is reported, not pestered."""
    with Server({("*", "/"): steps(End.CLOSE)}, certificates) as server:
        assert (await ask(server, tls, "http://a.example/")).failure is Failure.CONNECTION_RESET
        assert len(server.log) == 1


async def test_what_one_answer_sends_too_much_does_not_harm_the_next(server: Server, tls: Tls) -> None:
    """Bytes behind a body are nobody's answer."""
    async with transport_to(server, tls) as transport:
        for name in ("longer-than-declared", "plain", "longer-than-declared", "plain"):
            assert (await transport.send(Request("GET", f"http://a.example/{name}"))).failure is None


async def test_a_name_that_leads_home_is_refused(server: Server, tls: Tls) -> None:
    """A public-looking name that resolves to 127.0.0.1 is not asked, and nothing is sent."""
    before = server.connections
    guard = Guard(resolver=table_resolver({"evil.example": ["127.0.0.1"]}))
    transport = HttpxTransport(guard, tls)
    exchange = await transport.send(Request("GET", f"http://evil.example:{server.port}/"))
    await transport.aclose()
    guard.close()
    assert (exchange.failure, exchange.status, exchange.peer) == (Failure.PRIVATE_ADDRESS, None, None)
    assert "evil.example leads to 127.0.0.1" in exchange.error[0]
    assert server.connections == before


async def test_a_private_name_may_be_allowed(server: Server, tls: Tls) -> None:
    """With --allow-private I check my own machines."""
    guard = Guard(allow_private=True, resolver=table_resolver({"evil.example": ["127.0.0.1"]}))
    transport = HttpxTransport(guard, tls)
    exchange = await transport.send(Request("GET", f"http://evil.example:{server.port}/"))
    await transport.aclose()
    guard.close()
    assert exchange.status == 200


async def test_the_next_address_is_tried(server: Server, tls: Tls) -> None:
    """A host with one dead address is reached at the other, and remembered there."""
    guard = Guard(allow_private=True, resolver=table_resolver({"two.example": ["127.0.0.9", "127.0.0.1"]}))
    transport = HttpxTransport(guard, tls)
    url = f"http://two.example:{server.port}"
    first = await transport.send(Request("GET", f"{url}/until-close"))
    with socket.create_server(("127.0.0.9", server.port)):
        second = await transport.send(Request("GET", f"{url}/plain", timeouts=PATIENCE))
    await transport.aclose()
    guard.close()
    assert [first.peer, second.peer] == [f"127.0.0.1:{server.port}"] * 2


async def test_the_rest_of_a_body_is_not_waited_for(certificates: Certificates, tls: Tls) -> None:
    """A little that is left is read to keep the connection, but not if it dawdles."""
    dawdling = steps(head(200, ("Content-Length", "1500")), b"x" * 1000, Wait(5), b"x" * 500)
    with Server({("*", "/"): dawdling}, certificates) as server:
        exchange = await ask(server, tls, "http://a.example/", read_limit_bytes=1000, timeouts=Timeouts(1, 9, 9))
    assert exchange.failure is None
    assert exchange.elapsed_s < 2


async def test_a_name_that_does_not_exist(tls: Tls) -> None:
    """No such name: host-not-found, with the resolver's own words."""
    guard = Guard(resolver=table_resolver({}))
    exchange = await HttpxTransport(guard, tls).send(Request("GET", "http://gone.example/"))
    guard.close()
    assert exchange.failure is Failure.HOST_NOT_FOUND
    assert exchange.error[0].startswith("gaierror:")


async def test_a_lookup_without_end_is_a_failure_of_the_resolver(tls: Tls) -> None:
    """A name server that does not answer in time says nothing about the host."""
    gate = threading.Event()

    def resolver(_: str) -> list[str]:
        gate.wait(5)
        return []

    guard = Guard(resolver=resolver)
    exchange = await HttpxTransport(guard, tls).send(Request("GET", "http://a.example/", timeouts=PATIENCE))
    gate.set()
    guard.close()
    assert exchange.failure is Failure.DNS_FAILURE


async def test_many_at_once(server: Server, tls: Tls) -> None:
    """Many hosts and many requests a host, all together."""
    async with transport_to(server, tls) as transport:
        requests = [Request("GET", f"http://h{i % 7}.example/plain?{i}") for i in range(140)]
        exchanges = await asyncio.gather(*map(transport.send, requests))
    assert {exchange.status for exchange in exchanges} == {200}
    assert [exchange.request for exchange in exchanges] == requests


async def test_cancelling_frees_the_connection(certificates: Certificates, tls: Tls) -> None:
    """When I stop waiting the server sees me leave, and the host can be asked again."""
    left: list[float] = []

    def noticing(seen: Seen) -> Iterator[Step]:
        yield End.HANG
        left.append(time.monotonic())

    with Server({("*", "/hang"): noticing, ("*", "/"): answer(body=b"x")}, certificates) as server:
        async with transport_to(server, tls) as transport:
            asking = asyncio.create_task(transport.send(Request("GET", "http://a.example/hang")))
            while not server.log:
                await asyncio.sleep(0.005)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            assert (await transport.send(Request("GET", "http://a.example/"))).status == 200


async def test_a_handshake_that_is_given_up_leaves_no_socket(tls: Tls) -> None:
    """When the time is up in the midst of a handshake, the connection is closed at once."""
    with Mute() as mute:
        async with transport_to(_at(mute.port), tls) as transport:
            request = Request("GET", "https://a.example/", timeouts=Timeouts(5, 5, 0.2))
            assert (await transport.send(request)).failure is Failure.TIMED_OUT
            assert mute.heard().startswith(b"\x16")


async def test_idle_pools_are_bounded(server: Server, tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of hosts do not keep thousands of connections."""
    monkeypatch.setattr("linkcheck.probes.httpx_transport._POOLS_KEPT", 3)
    async with transport_to(server, tls) as transport:
        for i in range(9):
            assert (await transport.send(Request("GET", f"http://h{i}.example/"))).status == 200
        assert len(transport._pools._pools) == 3


async def test_a_break_while_leaving_is_no_failure(certificates: Certificates, tls: Tls) -> None:
    """All that I wanted had come: what breaks afterwards does not matter."""
    with Server({("*", "/"): short(b"x" * 2000, 3000)}, certificates) as server:
        exchange = await ask(server, tls, "http://a.example/", read_limit_bytes=1000)
    assert exchange.failure is None
    assert exchange.content is not None
    assert exchange.content.ended is Ending.LIMIT


async def test_late_answers_are_waited_for(certificates: Certificates, tls: Tls) -> None:
    """A slow server is not a dead one."""
    with Server({("*", "/"): after(0.2, answer(body=b"x"))}, certificates) as server:
        assert (await ask(server, tls, "http://a.example/")).status == 200


PIECES = st.sampled_from(
    [
        *(
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.0 404 \r\n",
            b"HTTP/1.1 1 \r\n",
            b"Content-Length: 5\r\n",
            b"\r\n",
            b"\n",
            b":",
        ),
        *(
            b"Content-Length: -1\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Transfer-Encoding: gzip\r\n",
            b"5\r\nhello\r\n",
        ),
        *(
            b"0\r\n\r\n",
            b"hello",
            b"\x00",
            b"\xff\xfe",
            b" folded\r\n",
            b"Content-Range: bytes */x\r\n",
            b"100 Continue",
        ),
        *(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n", b"HTTP/1.1 999 \xe9\r\n"),
    ]
)


@settings(max_examples=120, deadline=None)
@given(script=st.lists(PIECES | st.binary(max_size=20), max_size=8), end=st.sampled_from([End.CLOSE, End.RESET]))
@example(script=[b"HTTP/1.1 101 Switching Protocols\r\n\r\n", b"hello"], end=End.CLOSE)
def test_any_bytes_at_all_are_a_value(tls: Tls, server: Server, script: list[bytes], end: End) -> None:
    """No server can make the transport raise, whatever it writes."""
    server.routes = {**server.routes, ("*", "/fuzz"): steps(*script, end)}
    exchanges = asyncio.run(_twice(server, tls, "http://fuzz.example/fuzz"))
    assert all((exchange.status is None) <= (exchange.failure is not None) for exchange in exchanges)


async def _twice(server: Server, tls: Tls, url: str) -> list[Exchange]:
    async with transport_to(server, tls) as transport:
        return [await transport.send(Request("GET", url, timeouts=PATIENCE)) for _ in range(2)]
