"""What is particular to the wire; what it has in common with the reference transport is in test_transports.py."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import certifi
import pytest
from behaviours import ROUTES
from servers import Certificates, Seen, Server, Step, Wait, after, answer, head, steps
from transports import open_wire, towards

from linkcheck.model import Failure, Request, Timeouts
from linkcheck.probes import wire_pool
from linkcheck.probes.tls import Tls
from linkcheck.probes.wire import WireTransport
from linkcheck.probes.wire_connection import Connection
from linkcheck.probes.wire_pool import Pool
from linkcheck.probes.wire_tls import TlsConnection


@pytest.fixture(scope="module")
def server(certificates: Certificates) -> Iterator[Server]:
    with Server({**ROUTES, ("*", "/"): answer(body=b"root")}, certificates) as running:
        yield running


def transport_to(server: Server, tls: Tls) -> contextlib.AbstractAsyncContextManager[WireTransport]:
    return open_wire(towards(server), tls)


async def test_what_was_sent_too_much_closes_the_connection_at_once(server: Server, tls: Tls) -> None:
    """Bytes that nobody asked for: nothing rests, and the next request gets its own connection."""
    before = server.connections
    async with transport_to(server, tls) as transport:
        for _ in range(2):
            assert (await transport.send(Request("GET", "http://a.example/longer-than-declared"))).failure is None
            await asyncio.sleep(0.02)
            assert len(transport._pool) == 0
    assert server.connections - before == 2


def watched_sessions(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each connection over TLS from now on, whether it took a session up."""
    resumed: list[bool] = []
    opened = Pool.opened

    def watched(pool: Pool, connection: Connection) -> None:
        assert isinstance(connection, TlsConnection)
        resumed.append(bool(connection.tls.session_reused))
        opened(pool, connection)

    monkeypatch.setattr(Pool, "opened", watched)
    return resumed


async def test_further_connections_take_up_the_session_of_the_one_that_serves(
    certificates: Certificates, tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One full handshake a host, however many connections it grants; never for another host or without verification."""
    resumed = watched_sessions(monkeypatch)
    slow = after(0.1, answer(200, b"x"))
    name = f"{asyncio.get_running_loop().__module__}.several.example".replace("_", "-")
    with Server({("*", "*"): slow}, certificates) as server:
        async with transport_to(server, tls) as transport:
            await transport.send(Request("GET", f"https://{name}/"))
            requests = [Request("GET", f"https://{name}/{n}") for n in range(4)]
            exchanges = await asyncio.gather(*map(transport.send, requests))
            assert resumed == [False, True, True, True]
            unverified = await transport.send(Request("GET", f"https://{name}/", verify=False))
            other = await transport.send(Request("GET", "https://other.example/"))
    assert resumed[4:] == [False, False]
    assert [exchange.failure for exchange in (*exchanges, unverified, other)] == [None] * 6
    assert len({exchange.certificate_expires_at for exchange in exchanges}) == 1
    assert exchanges[0].certificate_expires_at is not None


async def test_a_host_that_does_not_keep_connections_resumes_its_session(
    certificates: Certificates, tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the third connection on no full handshake is needed, and the certificate's end is known all the same."""
    resumed: list[bool] = []
    opened = Pool.opened

    def watched(pool: Pool, connection: Connection) -> None:
        assert isinstance(connection, TlsConnection)
        resumed.append(bool(connection.tls.session_reused))
        opened(pool, connection)

    monkeypatch.setattr(Pool, "opened", watched)
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
        async with transport_to(server, tls) as transport:
            exchange = await transport.send(Request("GET", "http://a.example/", timeouts=Timeouts(5, 5, 5)))
    assert exchange.failure is Failure.PROTOCOL_ERROR
    assert exchange.elapsed_s < 2


async def test_authorities_are_read_when_they_are_needed(
    server: Server, ca_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate is refused only by all that is trusted: certifi's authorities count though they are read late."""
    paths = ssl.get_default_verify_paths()._replace(capath=str(tmp_path))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    named = Tls(ca_file)
    lean = named.lean()
    async with transport_to(server, named) as transport:
        assert (await transport.send(Request("GET", "https://a.example/"))).status == 200
        assert named.lean() is lean
        strange = await transport.send(Request("GET", "https://untrusted.example/"))
    assert strange.failure is Failure.CERTIFICATE_INVALID
    assert named.lean() is named.context() is not lean
    monkeypatch.setattr(certifi, "where", lambda: ca_file)
    usual = Tls()
    assert not usual.lean().get_ca_certs()
    async with transport_to(server, usual) as transport:
        assert (await transport.send(Request("GET", "https://a.example/"))).status == 200
    assert usual.lean() is usual.context()


def test_without_a_directory_of_authorities_all_are_read(ca_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some systems have none, and whoever does not verify needs none."""
    assert Tls(ca_file, insecure=True).lean().verify_mode is ssl.CERT_NONE
    paths = ssl.get_default_verify_paths()._replace(capath=None)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    tls = Tls(ca_file)
    assert tls.lean() is tls.context()
