"""The wire's own TLS, where a socket is full or slow; what every transport has in common is in test_transports.py."""

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from servers import Certificates, Server, answer
from transports import open_wire, towards

from linkcheck.model import Failure, Request
from linkcheck.probes.guard import Guard, parse_connect_to
from linkcheck.probes.tls import Tls

LONG = ("X-Long", "y" * 8_000_000)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@contextmanager
def listening(certificates: Certificates, serve: Callable[[ssl.SSLSocket], None]) -> Iterator[Guard]:
    """One connection served in a thread, with a small buffer; a guard that leads there."""

    def run() -> None:
        with suppress(OSError):
            connected, _ = listener.accept()
            with connected, certificates.context("a.example").wrap_socket(connected, server_side=True) as secured:
                serve(secured)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        thread = threading.Thread(target=run)
        thread.start()
        yield Guard(connect_to=[parse_connect_to(f"::127.0.0.1:{listener.getsockname()[1]}")])
        thread.join()


async def test_a_request_waits_until_the_socket_takes_it(certificates: Certificates, tls: Tls) -> None:
    """A head longer than any buffer arrives whole, though the server is slow to read."""
    heads: list[bytes] = []

    def slow(connection: ssl.SSLSocket) -> None:
        time.sleep(0.2)
        head = bytearray()
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(65_536)
        heads.append(bytes(head))
        connection.sendall(ANSWER)

    with listening(certificates, slow) as guard:
        async with open_wire(guard, tls) as transport:
            exchange = await transport.send(Request("GET", "https://a.example/", headers=(LONG, ("X-Last", "z"))))
    assert (exchange.status, exchange.failure) == (200, None)
    assert heads[0].endswith(f"\r\nX-Long: {LONG[1]}\r\nX-Last: z\r\n\r\n".encode())


async def test_a_connection_that_breaks_while_the_request_waits_is_a_reset(
    certificates: Certificates, tls: Tls
) -> None:
    """Half of the head is sent when the server has enough of it: that is a value, like every break."""
    with listening(certificates, lambda connection: time.sleep(0.1)) as guard:
        async with open_wire(guard, tls) as transport:
            exchange = await transport.send(Request("GET", "https://a.example/", headers=(LONG,)))
    assert (exchange.status, exchange.failure) == (None, Failure.CONNECTION_RESET)


async def test_a_long_body_is_read_to_its_end(certificates: Certificates, tls: Tls) -> None:
    """However many records come at once, and how large they are: nothing stays behind undecrypted."""
    body = bytes(range(256)) * 8192

    def crumbs(connection: ssl.SSLSocket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        for at in range(0, 100_000, 100):
            connection.sendall(body[at : at + 100])
        connection.sendall(body[100_000:])

    request = Request("GET", "https://a.example/", read_limit_bytes=len(body))
    with listening(certificates, crumbs) as guard:
        async with open_wire(guard, tls) as transport:
            crumbled = await transport.send(request)
    with Server({("*", "*"): answer(200, body)}, certificates) as server:
        async with open_wire(towards(server), tls) as transport:
            streamed = await transport.send(request)
    for exchange in (crumbled, streamed):
        assert exchange.content is not None
        assert exchange.content.sha256 == hashlib.sha256(body).hexdigest()
