"""A loopback forward proxy, as a company's network has one: CONNECT and requests with a whole URL → a server.

It leads every name to one server, so that no name has to be known. It runs in a thread of its own.
"""

import base64
import http.client
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

_LONGEST_HEAD = 65_536


class ForwardProxy:
    """`seen` are the request lines that came; with `credentials` (`name:password`) others get a 407."""

    def __init__(
        self,
        port: int,
        *,
        credentials: str | None = None,
        refuses: str | None = None,
        tunnels: Callable[[socket.socket], object] | None = None,
    ) -> None:
        """`port`: that of the server; `refuses`: a host that it lets nobody ask; `tunnels`: what a CONNECT comes to."""
        self._to = port
        self._wanted = base64.b64encode(credentials.encode()).decode() if credentials is not None else None
        self._refuses = refuses
        self._tunnels = tunnels if tunnels is not None else self._tunnel
        self.seen: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=work, args=arguments, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self._start(self._serve, self._listener.accept()[0])

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            while self._answer(client, self._head(client)):
                pass

    def _answer(self, client: socket.socket, head: bytes) -> bool:
        """Deal with one request; whether another may follow."""
        line, *headers = head.decode("latin-1").split("\r\n")[:-2]
        self.seen.append(line)
        method, place, _ = line.split(" ")
        if self._wanted is not None and f"Proxy-Authorization: Basic {self._wanted}" not in headers:
            client.sendall(
                b'HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm="here"\r\n'
                b"Content-Length: 0\r\nConnection: close\r\n\r\n"
            )
            return False
        if self._refuses is not None and self._refuses in place:
            client.sendall(b"HTTP/1.1 403 Not from here\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return False
        if method == "CONNECT":
            self._tunnels(client)
            return False
        client.sendall(self._fetched(method, place, headers))
        return True

    def _tunnel(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._to)) as server:
            client.sendall(b"HTTP/1.1 200 Go ahead\r\n\r\n")
            self._start(_pump, client, server)
            _pump(server, client)

    def _fetched(self, method: str, place: str, headers: list[str]) -> bytes:
        server = http.client.HTTPConnection("127.0.0.1", self._to)
        server.putrequest(method, "/" + place.split("/", 3)[3], skip_host=True, skip_accept_encoding=True)
        for header in headers:
            name, _, value = header.partition(": ")
            if not name.lower().startswith("proxy-"):
                server.putheader(name, value)
        server.endheaders()
        response = server.getresponse()
        body = response.read()
        lines = [f"HTTP/1.1 {response.status} {response.reason}", *(f"{n}: {v}" for n, v in response.getheaders())]
        server.close()
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    @staticmethod
    def _head(client: socket.socket) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _LONGEST_HEAD:
            part = client.recv(4096)
            if not part:
                raise ConnectionError
            head += part
        return head


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65_536):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)
