"""What every transport does alike: each test is asked of the wire and of the reference transport."""

import asyncio
import contextlib
import hashlib
import socket
import threading
from collections.abc import Iterator

import pytest
from behaviours import PATIENCE, ROUTES, ROWS
from servers import Behaviour, Certificates, End, Mute, Server, after, answer, head, in_turn, short, steps, unused_port
from transports import NOON, Opening, held, open_httpx, open_wire, towards

from linkcheck.model import Ending, Exchange, Failure, Purpose, Request, Timeouts
from linkcheck.probes.dns import table_resolver
from linkcheck.probes.guard import Guard
from linkcheck.probes.tls import Tls
from linkcheck.probes.transport import Transport

OPENINGS: dict[str, Opening] = {"wire": open_wire, "httpx": open_httpx}
LEFT_TO_OTHERS = {"wire": {"bare-line-feeds", "length-sent-twice", "chunked-and-length"}, "httpx": set[str]()}
"""Rows that httpx makes something of, and the wire steps aside."""


class Subject:
    """A transport that is not open yet, and whom it trusts."""

    def __init__(self, name: str, tls: Tls) -> None:
        self.name = name
        self._tls = tls

    def behind(self, guard: Guard) -> contextlib.AbstractAsyncContextManager[Transport]:
        """Opened with this guard, which is closed in the end."""
        return OPENINGS[self.name](guard, self._tls)

    def to(self, server: Server) -> contextlib.AbstractAsyncContextManager[Transport]:
        """Opened so that every name leads to the server."""
        return self.behind(towards(server))

    async def ask(self, server: Server, url: str, method: str = "GET", **options: object) -> Exchange:
        """One request of a transport that is opened for it alone."""
        async with self.to(server) as transport:
            return await transport.send(Request(method, url, **{"timeouts": PATIENCE, **options}))


@pytest.fixture(params=OPENINGS)
def subject(request: pytest.FixtureRequest, tls: Tls) -> Subject:
    """Each transport in turn."""
    return Subject(request.param, tls)


@pytest.fixture(scope="module")
def server(certificates: Certificates) -> Iterator[Server]:
    with Server({**ROUTES, ("*", "/"): answer(body=b"root")}, certificates) as running:
        yield running


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("name", ROWS)
async def test_every_behaviour_becomes_a_value(server: Server, subject: Subject, name: str, scheme: str) -> None:
    """Whatever a server does, I get what came and why it ended, or that it was not understood; nothing is raised."""
    row = ROWS[name]
    exchange = await subject.ask(server, f"{scheme}://a.example/{name}")
    content = exchange.content
    came = (exchange.status, exchange.failure, content and content.ended)
    if name in LEFT_TO_OTHERS[subject.name]:
        assert came == (None, Failure.PROTOCOL_ERROR, None)
    else:
        assert came == (row.status, row.failure, row.ended)
    assert bool(exchange.error) == bool(exchange.failure)
    assert (exchange.peer, exchange.started_at) == (f"127.0.0.1:{server.port}", NOON)
    assert 0 < exchange.elapsed_s < 1


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("name", ["plain", "long", "chunked", "not-modified", "no-content"])
async def test_a_connection_is_used_again(server: Server, subject: Subject, name: str, scheme: str) -> None:
    """A body that is read to its end, or nearly, costs no new connection."""
    before = server.connections
    async with subject.to(server) as transport:
        for method in ("GET", "HEAD", "GET", "GET"):
            exchange = await transport.send(Request(method, f"{scheme}://a.example/{name}"))
            assert exchange.failure is None
            # the rest of a body may be drained behind our back
            await asyncio.sleep(0.02)
            assert held(transport) == (1, 1)
    assert server.connections - before == 1


@pytest.mark.parametrize("name", ["http-1.0", "until-close"])
async def test_a_connection_that_cannot_be_kept_is_closed(server: Server, subject: Subject, name: str) -> None:
    """An old server, a body without length: the next request gets its own connection."""
    before = server.connections
    async with subject.to(server) as transport:
        for _ in range(2):
            assert (await transport.send(Request("GET", f"http://a.example/{name}"))).failure is None
            await asyncio.sleep(0.02)
            assert held(transport) == (0, 0)
    assert server.connections - before == 2


@pytest.mark.parametrize("name", ["very-long", "endless"])
async def test_a_long_body_is_not_waited_for(server: Server, subject: Subject, name: str) -> None:
    """I read what I need of a large file, and leave."""
    request = Request("GET", f"http://a.example/{name}", read_limit_bytes=1000, timeouts=PATIENCE)
    async with subject.to(server) as transport:
        content = (await transport.send(request)).content
        assert held(transport) == (0, 0)
    assert content is not None
    assert (content.length_bytes, content.sha256, content.ended) == (1000, None, Ending.LIMIT)


async def test_the_content_says_what_came(server: Server, subject: Subject) -> None:
    """Type, length, digest and bytes, before any decoding."""
    content = (await subject.ask(server, "http://a.example/gzip-that-is-none")).content
    assert content is not None
    digest = hashlib.sha256(b"hello").hexdigest()
    came = (content.media_type, content.body, content.length_bytes, content.declared_bytes, content.sha256)
    assert came == ("text/html", b"hello", 5, 5, digest)


async def test_head_has_a_declared_length_and_no_body(server: Server, subject: Subject) -> None:
    """HEAD tells how long the body would be."""
    content = (await subject.ask(server, "http://a.example/long", "HEAD")).content
    assert content is not None
    came = (content.declared_bytes, content.length_bytes, content.ended, content.sha256)
    assert came == (70_000, 0, Ending.COMPLETE, None)


async def test_the_total_of_a_range_is_the_declared_length(certificates: Certificates, subject: Subject) -> None:
    """A part of an image tells how long the whole is, and has no digest of its own."""
    part = answer(206, b"abcd", ("Content-Range", "bytes 0-3/9000"), media_type="image/png")
    with Server({("*", "/"): part}, certificates) as server:
        content = (await subject.ask(server, "http://a.example/")).content
    assert content is not None
    assert (content.length_bytes, content.declared_bytes, content.sha256) == (4, 9000, None)


TARGETS = ["/", "/?", "/?b=1&a=+&b=1", "/%zz|{}^`'?q=%e8%E8+%20;&&=", "/a//b/%2e%2e/%2F"]
TARGETS += ["/?url=https://x.example/y?z=1&w=2,3"]


@pytest.mark.parametrize("target", TARGETS)
async def test_the_target_arrives_byte_for_byte(server: Server, subject: Subject, target: str) -> None:
    """What the document says is what is asked: query order, `+`, `%zz` and duplicates kept."""
    await subject.ask(server, f"http://a.example{target}")
    assert server.log[-1].head.split(b"\r\n")[0] == f"GET {target} HTTP/1.1".encode()


async def test_the_headers_are_the_requests_own_after_host(server: Server, subject: Subject) -> None:
    """No header is added, dropped or reordered, except Host at the top."""
    headers = (("User-Agent", "x/1"), ("Accept", "*/*"), ("X-b", "1"), ("accept-language", "zh"))
    await subject.ask(server, "http://user:secret@a.example:8080/", headers=headers)
    assert server.log[-1].headers == (("Host", "a.example:8080"), *headers)


@pytest.mark.parametrize("header", [("X", "a\r\nY: b"), ("X\r\nY", "b"), ("X", "a\0"), ("", "a"), ("X y", "a")])
async def test_no_line_can_be_smuggled_in(server: Server, subject: Subject, header: tuple[str, str]) -> None:
    """What would be more than one header is not sent at all."""
    before = len(server.log)
    assert (await subject.ask(server, "http://a.example/", headers=(header,))).failure is Failure.PROTOCOL_ERROR
    assert len(server.log) == before


async def test_response_headers_keep_order_case_and_bytes(certificates: Certificates, subject: Subject) -> None:
    """Header pairs come as they were sent."""
    pairs = (("X-B", "é"), ("x-a", "1"), ("X-B", "2"), ("Content-Length", "0"))
    with Server({("*", "/"): steps(head(200, *pairs, reason="Fine"))}, certificates) as server:
        exchange = await subject.ask(server, "http://a.example/")
    assert (exchange.headers, exchange.reason_phrase, exchange.http_version) == (pairs, "Fine", "HTTP/1.1")


CERTIFICATES = [("expired", True), ("wrong-name", True), ("untrusted", True), ("good", False)]


@pytest.mark.parametrize(("label", "fails"), CERTIFICATES)
async def test_a_certificate_must_be_good(server: Server, subject: Subject, label: str, fails: bool) -> None:
    """Expired, for another name, or signed by a stranger: nothing is sent; a look without verification gets through."""
    before = len(server.log)
    async with subject.to(server) as transport:
        exchange = await transport.send(Request("GET", f"https://{label}.example/"))
        assert exchange.failure == (Failure.CERTIFICATE_INVALID if fails else None)
        assert len(server.log) - before == (0 if fails else 1)
        assert (exchange.certificate_expires_at is None) == fails
        assert (await transport.send(Request("GET", f"https://{label}.example/", verify=False))).status == 200
        # what was let through once is not trusted afterwards
        again = await transport.send(Request("GET", f"https://{label}.example/"))
        assert again.failure == exchange.failure


@pytest.mark.parametrize("label", ["expired", "wrong-name", "untrusted"])
async def test_a_first_look_without_verification_is_not_trusted_afterwards(
    server: Server, subject: Subject, label: str
) -> None:
    """For diagnosis I can look behind a bad certificate; looks with and without verification share no connection."""
    async with subject.to(server) as transport:
        assert (await transport.send(Request("GET", f"https://{label}.example/", verify=False))).status == 200
        exchange = await transport.send(Request("GET", f"https://{label}.example/"))
    assert exchange.failure is Failure.CERTIFICATE_INVALID


async def test_plain_http_is_no_tls(subject: Subject) -> None:
    """A server that answers a handshake in clear text speaks no protocol we know."""

    async def in_clear_text(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 No\r\n\r\n")
        writer.close()

    listener = await asyncio.start_server(in_clear_text, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener:
        exchange = await subject.ask(Server(port=port), "https://a.example/")
    assert exchange.failure is Failure.PROTOCOL_ERROR


async def test_nobody_listens(subject: Subject) -> None:
    """A closed port is a refused connection; no peer was reached."""
    exchange = await subject.ask(Server(port=unused_port()), "http://a.example/")
    assert (exchange.failure, exchange.peer) == (Failure.CONNECTION_REFUSED, None)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_mute_server_times_out(subject: Subject, scheme: str) -> None:
    """No word from the server, not even in the handshake: timed out, and the socket is closed at once."""
    with Mute() as mute:
        exchange = await subject.ask(Server(port=mute.port), f"{scheme}://a.example/")
        assert exchange.failure is Failure.TIMED_OUT
        assert mute.heard()


async def test_a_handshake_that_is_given_up_leaves_no_socket(subject: Subject) -> None:
    """When the time is up in the midst of a handshake, the connection is closed at once."""
    with Mute() as mute:
        async with subject.to(Server(port=mute.port)) as transport:
            request = Request("GET", "https://a.example/", timeouts=Timeouts(5, 5, 0.2))
            assert (await transport.send(request)).failure is Failure.TIMED_OUT
            assert mute.heard().startswith(b"\x16")


async def test_late_answers_are_waited_for(certificates: Certificates, subject: Subject) -> None:
    """A slow server is not a dead one."""
    with Server({("*", "/"): after(0.2, answer(body=b"x"))}, certificates) as server:
        assert (await subject.ask(server, "http://a.example/")).status == 200


async def test_the_total_time_bounds_everything(server: Server, subject: Subject) -> None:
    """A server that drips forever is left when the time is up, with what came so far."""
    exchange = await subject.ask(server, "http://a.example/drip", timeouts=Timeouts(1, 1, 0.2))
    assert (exchange.failure, exchange.status) == (Failure.TIMED_OUT, 200)
    assert exchange.content is not None
    assert exchange.content.body.startswith(b"x")
    assert 0.19 < exchange.elapsed_s < 0.5


@pytest.mark.parametrize("end", [End.CLOSE, End.RESET])
async def test_a_dead_kept_connection_is_replaced_silently(
    certificates: Certificates, subject: Subject, end: End
) -> None:
    """A server that closed an idle connection just as we used it is asked again at once."""
    impatient = in_turn(answer(body=b"one"), steps(end), answer(body=b"two"))
    with Server({("*", "/"): impatient}, certificates) as server:
        async with subject.to(server) as transport:
            exchanges = [await transport.send(Request("GET", "http://a.example/")) for _ in range(2)]
    came = [(exchange.status, exchange.content and exchange.content.body) for exchange in exchanges]
    assert came == [(200, b"one"), (200, b"two")]


async def test_a_fresh_connection_that_is_dropped_is_not_asked_again(
    certificates: Certificates, subject: Subject
) -> None:
    """A server that drops us is reported, not pestered; nor is one that has begun to answer."""
    cut = steps(head(200, ("Content-Length", "9")), b"abc", End.CLOSE)
    with Server({("*", "/"): steps(End.CLOSE), ("*", "/cut"): in_turn(answer(body=b"x"), cut)}, certificates) as server:
        assert (await subject.ask(server, "http://a.example/")).failure is Failure.CONNECTION_RESET
        assert len(server.log) == 1
        async with subject.to(server) as transport:
            exchanges = [await transport.send(Request("GET", "http://a.example/cut")) for _ in range(2)]
        assert exchanges[1].failure is Failure.PROTOCOL_ERROR
        assert len(server.log) == 3


async def test_what_one_answer_sends_too_much_does_not_harm_the_next(server: Server, subject: Subject) -> None:
    """Bytes behind a body are nobody's answer."""
    async with subject.to(server) as transport:
        for name in ("longer-than-declared", "plain", "longer-than-declared", "plain"):
            assert (await transport.send(Request("GET", f"http://a.example/{name}"))).failure is None


async def test_a_name_that_leads_home_is_refused(server: Server, subject: Subject) -> None:
    """A public-looking name that resolves to 127.0.0.1 is not asked, nor is a private address; nothing is sent."""
    before = server.connections
    said = []
    async with subject.behind(Guard(resolver=table_resolver({"evil.example": ["127.0.0.1"]}))) as transport:
        for host in ("evil.example", "127.0.0.1"):
            exchange = await transport.send(Request("GET", f"http://{host}:{server.port}/"))
            assert (exchange.failure, exchange.status, exchange.peer) == (Failure.PRIVATE_ADDRESS, None, None)
            said.append(exchange.error[0])
    assert "evil.example leads to 127.0.0.1" in said[0]
    assert server.connections == before


async def test_a_private_name_may_be_allowed(server: Server, subject: Subject) -> None:
    """With --allow-private I check my own machines."""
    guard = Guard(allow_private=True, resolver=table_resolver({"evil.example": ["127.0.0.1"]}))
    async with subject.behind(guard) as transport:
        assert (await transport.send(Request("GET", f"http://evil.example:{server.port}/"))).status == 200


async def test_the_next_address_is_tried(server: Server, subject: Subject) -> None:
    """A host with one dead address is reached at the other, and remembered there."""
    guard = Guard(allow_private=True, resolver=table_resolver({"two.example": ["127.0.0.9", "127.0.0.1"]}))
    url = f"http://two.example:{server.port}"
    async with subject.behind(guard) as transport:
        first = await transport.send(Request("GET", f"{url}/until-close"))
        with socket.create_server(("127.0.0.9", server.port)):
            second = await transport.send(Request("GET", f"{url}/plain", timeouts=PATIENCE))
    assert [first.peer, second.peer] == [f"127.0.0.1:{server.port}"] * 2


async def test_a_second_look_looks_the_name_up_again(server: Server, subject: Subject) -> None:
    """No such name: host-not-found in the resolver's own words; the second look asks the resolver once more."""
    table: dict[str, list[str]] = {}
    url = f"http://late.example:{server.port}/"
    guard = Guard(allow_private=True, resolver=lambda name: table_resolver(table)(name))
    async with subject.behind(guard) as transport:
        exchange = await transport.send(Request("GET", url))
        assert exchange.failure is Failure.HOST_NOT_FOUND
        assert exchange.error[0].startswith("gaierror:")
        table["late.example"] = ["127.0.0.1"]
        assert (await transport.send(Request("GET", url))).failure is Failure.HOST_NOT_FOUND
        assert (await transport.send(Request("GET", url, purpose=Purpose.SECOND_LOOK))).status == 200


async def test_a_lookup_without_end_is_a_failure_of_the_resolver(subject: Subject) -> None:
    """A name server that does not answer in time says nothing about the host."""
    gate = threading.Event()

    def resolver(_: str) -> list[str]:
        gate.wait(5)
        return []

    async with subject.behind(Guard(resolver=resolver)) as transport:
        exchange = await transport.send(Request("GET", "http://a.example/", timeouts=PATIENCE))
        gate.set()
    assert exchange.failure is Failure.DNS_FAILURE


async def test_many_at_once(server: Server, subject: Subject) -> None:
    """Many hosts and many requests a host, all together; no task is left, and each answer is its own request's."""
    async with subject.to(server) as transport:
        requests = [Request("GET", f"http://h{i % 7}.example/plain?{i}") for i in range(140)]
        exchanges = await asyncio.gather(*map(transport.send, requests))
    assert {exchange.status for exchange in exchanges} == {200}
    assert [exchange.request for exchange in exchanges] == requests
    assert len(asyncio.all_tasks()) == 1


HANGS = [("http", steps(End.HANG)), ("https", steps(head(200, ("Content-Length", "9")), b"abc", End.HANG))]


@pytest.mark.parametrize(("scheme", "hang"), HANGS)
async def test_cancelling_frees_the_connection(
    certificates: Certificates, subject: Subject, scheme: str, hang: Behaviour
) -> None:
    """When I stop waiting I leave, and the host can be asked again."""
    with Server({("*", "/hang"): hang, ("*", "/"): answer(body=b"x")}, certificates) as server:
        async with subject.to(server) as transport:
            asking = asyncio.create_task(transport.send(Request("GET", f"{scheme}://a.example/hang")))
            while not server.log:
                await asyncio.sleep(0.005)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            assert held(transport) == (0, 0)
            assert (await transport.send(Request("GET", f"{scheme}://a.example/"))).status == 200


async def test_cancelling_frees_what_is_not_connected_yet(subject: Subject) -> None:
    """A handshake that nobody waits for is given up at once."""
    with Mute() as mute:
        async with subject.to(Server(port=mute.port)) as transport:
            asking = asyncio.create_task(transport.send(Request("GET", "https://a.example/")))
            await asyncio.sleep(0.1)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            await asyncio.sleep(0)
            assert mute.heard().startswith(b"\x16")
            assert len(asyncio.all_tasks()) == 1


async def test_a_break_while_leaving_is_no_failure(certificates: Certificates, subject: Subject) -> None:
    """All that I wanted had come: what breaks afterwards does not matter."""
    with Server({("*", "/"): short(b"x" * 2000, 3000)}, certificates) as server:
        exchange = await subject.ask(server, "http://a.example/", read_limit_bytes=1000)
    assert exchange.failure is None
    assert exchange.content is not None
    assert exchange.content.ended is Ending.LIMIT
