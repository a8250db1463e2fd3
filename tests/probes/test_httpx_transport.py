"""What is particular to the reference transport; what it has in common with the wire is in test_transports.py."""

import asyncio
import contextlib
from collections.abc import Iterator

import pytest
from behaviours import PATIENCE, ROUTES
from hypothesis import example, given, settings
from hypothesis import strategies as st
from servers import Certificates, End, Server, Wait, answer, head, steps
from transports import open_httpx, towards

from linkcheck.model import Exchange, Request, Timeouts
from linkcheck.probes.httpx_transport import HttpxTransport
from linkcheck.probes.tls import Tls


@pytest.fixture(scope="module")
def server(certificates: Certificates) -> Iterator[Server]:
    with Server({**ROUTES, ("*", "/"): answer(body=b"root")}, certificates) as running:
        yield running


def transport_to(server: Server, tls: Tls) -> contextlib.AbstractAsyncContextManager[HttpxTransport]:
    return open_httpx(towards(server), tls)


async def test_the_rest_of_a_body_is_not_waited_for(certificates: Certificates, tls: Tls) -> None:
    """A little that is left is read to keep the connection, but not if it dawdles."""
    dawdling = steps(head(200, ("Content-Length", "1500")), b"x" * 1000, Wait(5), b"x" * 500)
    with Server({("*", "/"): dawdling}, certificates) as server:
        async with transport_to(server, tls) as transport:
            request = Request("GET", "http://a.example/", read_limit_bytes=1000, timeouts=Timeouts(1, 9, 9))
            exchange = await transport.send(request)
    assert exchange.failure is None
    assert exchange.elapsed_s < 2


async def test_idle_pools_are_bounded(server: Server, tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of hosts do not keep thousands of connections."""
    monkeypatch.setattr("linkcheck.probes.httpx_pool._POOLS_KEPT", 3)
    async with transport_to(server, tls) as transport:
        for i in range(9):
            assert (await transport.send(Request("GET", f"http://h{i}.example/"))).status == 200
        assert len(transport._pools._pools) == 3


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
