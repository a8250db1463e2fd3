import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

import h2.config
import h2.connection
import h2.errors
import h2.events
import pytest
from servers import Certificates

from linkcheck.model import Ending, Exchange, Failure, Request, Timeouts
from linkcheck.probes.guard import Guard, parse_connect_to
from linkcheck.probes.httpx_transport import HttpxTransport
from linkcheck.probes.tls import Tls

Asked = list[tuple[str, str]]
Play = Callable[[h2.connection.H2Connection, int], None]


class Http2:
    """A server that speaks only HTTP/2; `play` answers each request on the connection's state machine."""

    def __init__(self, certificates: Certificates, play: Play) -> None:
        self.asked: list[dict[str, str]] = []
        self.connections = 0
        self._play = play
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificates.authority.issue_cert("a.example").configure_cert(self._context)
        self._context.set_alpn_protocols(["h2"])

    async def __aenter__(self) -> "Http2":
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        state.initiate_connection()
        writer.write(state.data_to_send())
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                for event in state.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        self.asked.append(dict(event.headers))
                        self._play(state, event.stream_id)
                writer.write(state.data_to_send())
                if state.state_machine.state is h2.connection.ConnectionState.CLOSED:
                    break
        writer.close()


@contextlib.asynccontextmanager
async def asking(server: Http2, tls: Tls) -> AsyncIterator[Callable[[Request], Awaitable[Exchange]]]:
    guard = Guard(connect_to=[parse_connect_to(f"::127.0.0.1:{server.port}")])
    transport = HttpxTransport(guard, tls)
    yield transport.send
    await transport.aclose()
    guard.close()


def page(state: h2.connection.H2Connection, stream: int) -> None:
    state.send_headers(stream, [(":status", "200"), ("content-type", "text/html"), ("content-length", "5")])
    state.send_data(stream, b"hello", end_stream=True)


def short(state: h2.connection.H2Connection, stream: int) -> None:
    state.send_headers(stream, [(":status", "200"), ("content-length", "50")])
    state.send_data(stream, b"hello")
    state.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)


def reset(state: h2.connection.H2Connection, stream: int) -> None:
    state.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM)


def goodbye(state: h2.connection.H2Connection, stream: int) -> None:
    state.close_connection(last_stream_id=0)


def data_after_goodbye(state: h2.connection.H2Connection, stream: int) -> None:
    """What nginx does at its limit of requests a connection; httpcore's parser trips over it."""
    state.send_headers(stream, [(":status", "200"), ("content-length", "10")])
    state.send_data(stream, b"hello")
    begun = state.data_to_send()
    state.send_data(stream, b"world", end_stream=True)
    rest = state.data_to_send()
    state.close_connection(last_stream_id=stream)
    state._data_to_send = bytearray(begun + state.data_to_send() + rest)


def long(state: h2.connection.H2Connection, stream: int) -> None:
    state.send_headers(stream, [(":status", "200"), ("content-length", "60000")])
    for _ in range(4):
        state.send_data(stream, b"x" * 15_000)
    state.end_stream(stream)


def no_number(state: h2.connection.H2Connection, stream: int) -> None:
    state.config.validate_outbound_headers = False
    state.send_headers(stream, [(":status", "two hundred")], end_stream=True)


def flood(state: h2.connection.H2Connection, stream: int) -> None:
    state.send_headers(stream, [(":status", "200"), ("content-length", "99000000")])
    while (room := state.local_flow_control_window(stream)) > 0:
        state.send_data(stream, b"x" * min(room, state.max_outbound_frame_size))


PLAYS = [
    (page, 200, None, Ending.COMPLETE),
    (short, 200, Failure.CONNECTION_RESET, Ending.CUT),
    (reset, None, Failure.CONNECTION_RESET, None),
    (goodbye, None, Failure.CONNECTION_RESET, None),
    (no_number, None, Failure.PROTOCOL_ERROR, None),
    (data_after_goodbye, None, Failure.PROTOCOL_ERROR, None),
]


@pytest.mark.parametrize(("play", "status", "failure", "ended"), PLAYS)
async def test_every_http2_behaviour_becomes_a_value(
    certificates: Certificates, tls: Tls, play: Play, status: int | None, failure: Failure | None, ended: Ending | None
) -> None:
    """Resets, farewells and nonsense on HTTP/2 are values like on HTTP/1.1."""
    async with Http2(certificates, play) as server, asking(server, tls) as send:
        exchange = await send(Request("GET", "https://a.example/", timeouts=Timeouts(1, 1, 2)))
    content = exchange.content
    assert (exchange.status, exchange.failure, content and content.ended) == (status, failure, ended)


async def test_a_connection_at_its_end_is_replaced(certificates: Certificates, tls: Tls) -> None:
    """A server that says goodbye in the middle of an answer is asked once more on a new connection."""
    plays = iter([data_after_goodbye, page])
    async with (
        Http2(certificates, lambda state, stream: next(plays)(state, stream)) as server,
        asking(server, tls) as send,
    ):
        exchange = await send(Request("GET", "https://a.example/", timeouts=Timeouts(1, 1, 2)))
    assert (exchange.status, exchange.failure, server.connections) == (200, None, 2)


async def test_http2_asks_the_same(certificates: Certificates, tls: Tls) -> None:
    """Target, authority and headers are the request's own; one connection carries many requests."""
    headers = (("User-Agent", "x"), ("Accept", "*/*"))
    requests = [Request("GET", f"https://a.example/%zz|{{}}?b=+&a={i}&a=1", headers) for i in range(9)]
    async with Http2(certificates, page) as server, asking(server, tls) as send:
        first = await send(requests[0])
        exchanges = await asyncio.gather(*map(send, requests[1:]))
    assert {(exchange.status, exchange.http_version) for exchange in [first, *exchanges]} == {(200, "HTTP/2")}
    assert server.asked[0] == {
        ":method": "GET",
        ":authority": "a.example",
        ":scheme": "https",
        ":path": "/%zz|{}?b=+&a=0&a=1",
        "user-agent": "x",
        "accept": "*/*",
    }
    assert server.connections == 1
    assert first.certificate_expires_at is not None
    assert first.content is not None
    assert first.content.body == b"hello"


async def test_http2_bodies_are_left_early(certificates: Certificates, tls: Tls) -> None:
    """What lies beyond the limit is not kept, and the connection goes on."""
    async with Http2(certificates, long) as server, asking(server, tls) as send:
        for _ in range(3):
            content = (await send(Request("GET", "https://a.example/", read_limit_bytes=1000))).content
            assert content is not None
            assert (content.length_bytes, content.declared_bytes, content.ended) == (1000, 60_000, Ending.LIMIT)
    assert server.connections == 1


async def test_http2_large_bodies_do_not_block_what_follows(certificates: Certificates, tls: Tls) -> None:
    """A large file that I leave early is not in the way of the next request to its host."""
    async with Http2(certificates, flood) as server, asking(server, tls) as send:
        for _ in range(3):
            exchange = await send(Request("GET", "https://a.example/", timeouts=Timeouts(5, 1, 2)))
            assert (exchange.status, exchange.failure) == (200, None)
