"""A loopback web server that does exactly what a test tells it to, byte for byte: routes → behaviours.

A behaviour is a function `Seen -> steps`: bytes are written, `Wait`s are waited, an `End` ends the connection (without
one it is kept). One port speaks HTTP/1.1 and TLS alike, so that `--connect-to ::127.0.0.1:PORT` leads everything here:

    with Server({("a.example", "/"): answer(body=b"hi")}) as server: ...

The server runs in a thread of its own: a test's event loop, or another process, may talk to it.
"""

import asyncio
import itertools
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from functools import cached_property
from pathlib import Path
from typing import Self

import trustme


@dataclass(frozen=True)
class Seen:
    """One request as it came in."""

    host: str
    """The Host header in lower case, without port."""
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    head: bytes
    """The request line and headers, byte for byte."""
    scheme: str
    connection: int
    """Number of the connection it came on, from 0."""
    ordinal: int
    """How many requests for the same host and target came before."""
    at: float
    """`time.monotonic()`."""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class End(Enum):
    """How a connection ends."""

    CLOSE = auto()
    RESET = auto()
    HANG = auto()
    """Say nothing more until the other side leaves."""


@dataclass(frozen=True)
class Wait:
    """A pause between two writes."""

    seconds: float


Step = bytes | Wait | End
Behaviour = Callable[[Seen], Iterable[Step]]
Routes = Mapping[tuple[str, str], Behaviour]
"""(host or `*`, path or `*`) → behaviour; the most exact wins, what is not there is a 404."""


def head(status: int = 200, *headers: tuple[str, str], reason: str = "Whatever", version: str = "1.1") -> bytes:
    """A status line and headers, with the blank line."""
    lines = [f"HTTP/{version} {status} {reason}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def answer(
    status: int = 200, body: bytes = b"", *headers: tuple[str, str], media_type: str | None = "text/html"
) -> Behaviour:
    """A well-formed response with Content-Length; HEAD gets the head alone."""

    def behaviour(seen: Seen) -> Iterator[Step]:
        typed = [("Content-Type", media_type)] if media_type else []
        yield head(status, *typed, ("Content-Length", str(len(body))), *headers)
        if seen.method != "HEAD" and status not in (204, 304):
            yield body

    return behaviour


def redirect(location: str, status: int = 301) -> Behaviour:
    """A redirect without a body."""
    return answer(status, b"", ("Location", location), media_type=None)


def steps(*script: Step) -> Behaviour:
    """The same steps for every request, raw."""
    return lambda seen: script


def after(seconds: float, behaviour: Behaviour) -> Behaviour:
    """A behaviour that comes late."""
    return lambda seen: itertools.chain([Wait(seconds)], behaviour(seen))


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """The first request for a target gets the first behaviour, and so on; the last one stays."""
    return lambda seen: behaviours[min(seen.ordinal, len(behaviours) - 1)](seen)


def chunk(data: bytes) -> bytes:
    """`data` as one chunk of a chunked body; empty: the last chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def chunked(*parts: bytes, cut: bool = False) -> Behaviour:
    """A chunked body; `cut`: the connection is closed before the last chunk. HEAD gets the head alone."""
    start = head(200, ("Content-Type", "text/html"), ("Transfer-Encoding", "chunked"))
    body: list[Step] = [chunk(part) for part in parts]
    body.append(End.CLOSE if cut else chunk(b""))
    return lambda seen: [start] if seen.method == "HEAD" else [start, *body]


def short(body: bytes, declared: int, end: End = End.CLOSE, media_type: str = "text/html") -> Behaviour:
    """Less than Content-Length says."""
    return steps(head(200, ("Content-Type", media_type), ("Content-Length", str(declared))), body, Wait(0.05), end)


def drip(part: bytes, pause_s: float, times: int | None = None) -> Behaviour:
    """A body in small parts with pauses, until close; `times=None`: without end."""

    def behaviour(seen: Seen) -> Iterator[Step]:
        yield head(200, ("Content-Type", "text/plain"), ("Connection", "close"))
        for _ in itertools.count() if times is None else range(times):
            yield part
            yield Wait(pause_s)
        yield End.CLOSE

    return behaviour


def endless(part: bytes = b"x" * 65_536) -> Behaviour:
    """A body without end, as fast as it is taken."""
    return drip(part, 0.0)


class Certificates:
    """A CA, and certificates by server name, made when first wanted."""

    def __init__(self) -> None:
        self.authority = trustme.CA()
        self._stranger = trustme.CA()
        self._contexts: dict[str, ssl.SSLContext] = {}

    def context(self, name: str) -> ssl.SSLContext:
        """A good certificate, unless the name's first label is `expired`, `wrong-name` or `untrusted`."""
        if name not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._certificate(name).configure_cert(context)
            context.set_alpn_protocols(["http/1.1"])
            self._contexts[name] = context
        return self._contexts[name]

    def _certificate(self, name: str) -> trustme.LeafCert:
        match name.partition(".")[0]:
            case "expired":
                return self.authority.issue_cert(name, not_after=datetime.now(UTC) - timedelta(days=1))
            case "wrong-name":
                return self.authority.issue_cert("other.example")
            case "untrusted":
                return self._stranger.issue_cert(name)
            case _:
                return self.authority.issue_cert(name)

    def write_authority(self, path: Path) -> str:
        """Write the CA for `--ca-file`; returns the path as text."""
        self.authority.cert_pem.write_to_path(str(path))
        return str(path)


@dataclass
class Server:
    """The server; a context manager. `log` and `connections` grow while it runs."""

    routes: Routes = field(default_factory=dict)
    certificates: Certificates = field(default_factory=Certificates)
    port: int = 0
    log: list[Seen] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=512)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._counts: Counter[tuple[str, str]] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="loopback", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._accepting.cancel)
        self._thread.join(10)
        self._listener.close()

    @property
    def connect_to(self) -> str:
        """The `--connect-to` rule that leads everything here."""
        return f"::127.0.0.1:{self.port}"

    def asked(self, host: str | None = None, target: str | None = None) -> list[Seen]:
        """Requests seen so far, in order."""
        return [seen for seen in self.log if host in (None, seen.host) and target in (None, seen.target)]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._accepting = self._loop.create_task(self._accept())
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._accepting)
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _accept(self) -> None:
        while True:
            connection, _ = await self._loop.sock_accept(self._listener)
            task = self._loop.create_task(self._connected(connection, self.connections))
            self.connections += 1
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _connected(self, connection: socket.socket, number: int) -> None:
        # asyncio does this for its own sockets only: without it, a head and a body cost 40 ms
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            try:
                first = await self._first_byte(connection)
            except BaseException:
                connection.close()
                raise
            context = self._tls_context if first == b"\x16" else None
            reader = asyncio.StreamReader(limit=2**20)
            protocol = asyncio.StreamReaderProtocol(reader)
            transport, _ = await self._loop.connect_accepted_socket(lambda: protocol, connection, ssl=context)
            writer = asyncio.StreamWriter(transport, protocol, reader, self._loop)
            await _Connection(self, reader, writer, number, "https" if context else "http").serve()

    async def _first_byte(self, connection: socket.socket) -> bytes:
        """Looked at, not taken: a TLS handshake begins with 22."""
        readable = asyncio.Event()
        self._loop.add_reader(connection, readable.set)
        try:
            await readable.wait()
        finally:
            self._loop.remove_reader(connection)
        return connection.recv(1, socket.MSG_PEEK)

    @cached_property
    def _tls_context(self) -> ssl.SSLContext:
        """One for all connections: a session is resumed by the context that it began with."""

        def chosen(tls: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            tls.context = self.certificates.context(name or "127.0.0.1")

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        self.certificates.authority.issue_cert("localhost").configure_cert(context)
        context.sni_callback = chosen
        return context

    def seen(self, raw: bytes, scheme: str, connection: int) -> Seen:
        """Read a request head and log it."""
        request_line, *lines = raw.decode("latin-1").split("\r\n")[:-2]
        method, target, _ = request_line.split(" ", 2)
        headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
        authority = next((value for name, value in headers if name.lower() == "host"), "")
        host = authority.rpartition(":")[0] if authority.rpartition(":")[2].isdigit() else authority
        ordinal = self._counts[host.lower(), target]
        self._counts[host.lower(), target] += 1
        seen = Seen(host.lower(), method, target, headers, raw, scheme, connection, ordinal, time.monotonic())
        self.log.append(seen)
        return seen

    def behaviour(self, seen: Seen) -> Behaviour:
        """The most exact route's."""
        for key in ((seen.host, seen.path), (seen.host, "*"), ("*", seen.path), ("*", "*")):
            if key in self.routes:
                return self.routes[key]
        return answer(404, b"nothing here")


@dataclass
class _Connection:
    """One connection's requests, answered in order."""

    server: Server
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    scheme: str

    async def serve(self) -> None:
        try:
            while True:
                raw = await self.reader.readuntil(b"\r\n\r\n")
                seen = self.server.seen(raw, self.scheme, self.number)
                await self.reader.readexactly(int(seen.header("content-length") or 0))
                if not await self._play(self.server.behaviour(seen)(seen)):
                    break
                if (seen.header("connection") or "").lower() == "close":
                    break
        except asyncio.CancelledError:
            # the server stops: no waiting for a farewell
            self.writer.transport.abort()
            raise
        finally:
            self.writer.close()
            await self.writer.wait_closed()

    async def _play(self, script: Iterable[Step]) -> bool:
        """Whether the connection is kept."""
        for step in script:
            match step:
                case bytes():
                    self.writer.write(step)
                    await self.writer.drain()
                case Wait(seconds):
                    await asyncio.sleep(seconds)
                case End.RESET:
                    self._reset()
                    return False
                case End.HANG:
                    await self.reader.read()
                    return False
                case End.CLOSE:
                    return False
        return True

    def _reset(self) -> None:
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def unused_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Mute:
    """A port that accepts and never says a word; a context manager."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(2)
        self.port = int(self._listener.getsockname()[1])
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def heard(self) -> bytes:
        """All that the first caller said until it left; TimeoutError when it does not leave within two seconds."""
        connection, _ = self._listener.accept()
        connection.settimeout(2)
        with connection:
            return b"".join(iter(lambda: connection.recv(65_536), b""))
