"""The wire's TLS, in memory: a server's records, cut anywhere, say the same as its bytes do in clear."""

import asyncio
import contextlib
import itertools
import ssl
from pathlib import Path

import pytest
import spoken
from hypothesis import given, settings
from hypothesis import strategies as st
from servers import Certificates

from linkcheck.model import Ending, Exchange, Failure, Request
from linkcheck.probes.guard import Guard
from linkcheck.probes.origins import Origin
from linkcheck.probes.sweeper import Sweeper
from linkcheck.probes.tls import Tls
from linkcheck.probes.wire_conversation import Conversation
from linkcheck.probes.wire_pool import Pool
from linkcheck.probes.wire_tls import TlsConnection

URL = "https://a.example/"
ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end",
    b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel",
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70_000,
    b"no HTTP",
    b"",
]


class Secret:
    """Both ends of a connection over TLS; inside a running event loop."""

    def __init__(self, certificates: Certificates, tls: Tls, version: ssl.TLSVersion, name: str = "a.example") -> None:
        context = certificates.context(name)
        context.maximum_version = version
        self._heard, self._said = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.server = context.wrap_bio(self._heard, self._said, server_side=True)
        self.pipe, self.pool = spoken.Pipe(), Pool(Sweeper())
        guard = Guard()
        origin = Origin(f"https://{name}/", None)
        guard.close()
        self.connection = TlsConnection(tls.context(), (origin, True), "192.0.2.1:443", self.pool, Sweeper())
        self.connection.connection_made(self.pipe)

    def shake(self, size: int = 2**16) -> bool:
        """Both shake hands, by so many bytes at a time; False: it came to nothing."""
        for _ in range(4):
            self._listen()
            with contextlib.suppress(ssl.SSLWantReadError):
                self.server.do_handshake()
            self.hear([size])
            if len(self.pool) or self.pipe.was_aborted:
                break
        return len(self.pool) == 1

    def _listen(self) -> None:
        for part in self.pipe.written:
            self._heard.write(part)
        self.pipe.written.clear()

    def ask(self) -> "asyncio.Future[Exchange]":
        """Send a request; the exchange comes in the future."""
        waiter: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()
        request = Request("GET", URL, read_limit_bytes=2**20)
        dial = list[Conversation]().append
        self.connection.ask(Conversation(request, self.connection.key[0], b"head", dial, waiter, spoken.NOON))
        self._listen()
        assert self.server.read(99) == b"head"
        return waiter

    def hear(self, sizes: list[int]) -> None:
        """Let come what the server has said, in pieces of these sizes, again and again."""
        said, start = self._said.read(), 0
        for size in itertools.cycle(sizes):
            if start >= len(said) or self.pipe.was_aborted:
                return
            self.connection.data_received(said[start : start + size])
            start += size

    def say(self, plain: bytes, parts: list[int]) -> None:
        """Say it in records of these sizes, again and again."""
        start = 0
        for size in itertools.cycle(parts):
            if start >= len(plain):
                return
            self.server.write(plain[start : start + size])
            start += size

    def close(self, *, in_order: bool) -> None:
        """The server ends the stream, with or without saying so first."""
        if in_order:
            try:
                self.server.unwrap()
            except ssl.SSLWantReadError:
                self.hear([2**16])
        if not self.pipe.was_aborted:
            self.connection.eof_received()
            self.connection.connection_lost(None)


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def version(request: pytest.FixtureRequest) -> ssl.TLSVersion:
    """What the server speaks at most."""
    return ssl.TLSVersion(request.param)


@pytest.fixture(scope="module")
def tls_once(certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """Trust in the server's authority."""
    path: Path = tmp_path_factory.mktemp("trust") / "ca.pem"
    return Tls(certificates.write_authority(path))


SIZES = st.lists(st.integers(1, 3000), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(
    plain=st.sampled_from(ANSWERS),
    pieces=SIZES,
    records=SIZES,
    at_once=st.integers(1, 600),
    version=st.sampled_from([ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]),
)
def test_records_cut_anywhere_say_what_the_bytes_say(
    certificates: Certificates,
    tls_once: Tls,
    plain: bytes,
    pieces: list[int],
    records: list[int],
    at_once: int,
    version: ssl.TLSVersion,
) -> None:
    """However a response is packed and cut on its way, I get the same exchange as without TLS."""

    async def compare() -> None:
        secret = Secret(certificates, tls_once, version)
        assert secret.shake(at_once)
        waiter = secret.ask()
        secret.say(plain, records)
        secret.hear(pieces)
        secret.close(in_order=True)
        ours, theirs = await waiter, await spoken.wire([plain])
        assert spoken.heard(ours) == spoken.heard(theirs)
        assert (ours.failure, ours.error) == (theirs.failure, theirs.error)
        assert (ours.certificate_expires_at is None) == (ours.status is None)

    asyncio.run(compare())


async def test_an_end_that_nobody_announced_is_a_break(
    certificates: Certificates, tls: Tls, version: ssl.TLSVersion
) -> None:
    """Who cuts the connection cannot cut a page that goes on until the end: it has to be said over TLS."""
    secret = Secret(certificates, tls, version)
    assert secret.shake()
    waiter = secret.ask()
    secret.say(ANSWERS[2], [99])
    secret.hear([99])
    secret.close(in_order=False)
    exchange = await waiter
    assert (exchange.status, exchange.failure) == (200, Failure.CONNECTION_RESET)
    assert exchange.content is not None
    assert exchange.content.ended is Ending.CUT
    assert secret.pipe.was_aborted


@pytest.mark.parametrize("in_order", [True, False])
async def test_a_resting_connection_that_ends_is_let_go(
    certificates: Certificates, tls: Tls, version: ssl.TLSVersion, in_order: bool
) -> None:
    """A server may close what is not in use, politely or not."""
    secret = Secret(certificates, tls, version)
    assert secret.shake()
    waiter = secret.ask()
    secret.say(ANSWERS[0], [99])
    secret.hear([99])
    assert (await waiter).status == 200
    assert secret.pool.resting == 1
    secret.close(in_order=in_order)
    assert (secret.pool.resting, len(secret.pool), secret.pipe.was_aborted) == (0, 0, True)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 No\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x28", b"\x16\x03\x03"])
async def test_a_handshake_that_fails_is_an_error_of_the_system(
    certificates: Certificates, tls: Tls, said: bytes
) -> None:
    """An end, clear text, an alert or half a record in place of a handshake: said to whoever waits, and closed."""
    secret = Secret(certificates, tls, ssl.TLSVersion.TLSv1_3)
    if said:
        secret.connection.data_received(said)
    if not secret.pipe.was_aborted:
        secret.connection.eof_received()
        secret.connection.connection_lost(None)
    with pytest.raises(OSError):
        await secret.connection.shake(1)
    assert (len(secret.pool), secret.pipe.was_aborted) == (0, True)


async def test_a_strangers_certificate_is_refused_with_an_alert(certificates: Certificates, tls: Tls) -> None:
    """The server is told why, and nothing is sent to it."""
    secret = Secret(certificates, tls, ssl.TLSVersion.TLSv1_3, "untrusted.example")
    assert not secret.shake()
    with pytest.raises(ssl.SSLCertVerificationError):
        await secret.connection.shake(1)
    assert secret.pipe.was_aborted


async def test_what_is_said_unasked_is_no_answer_to_who_waits(
    certificates: Certificates, tls: Tls, version: ssl.TLSVersion
) -> None:
    """A second answer right behind the first ends the connection, though somebody waits for it."""
    secret = Secret(certificates, tls, version)
    assert secret.shake()
    first = secret.ask()
    waiter: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()
    dialled = list[Conversation]()
    request = Request("GET", URL)
    waiting = Conversation(request, secret.connection.key[0], b"head", dialled.append, waiter, spoken.NOON)
    secret.pool.wait(secret.connection.key, waiting)
    secret.say(ANSWERS[0], [99])
    secret.say(ANSWERS[3], [99])
    secret.hear([2**16])
    await asyncio.sleep(0)
    assert (await first).status == 200
    assert secret.pipe.was_aborted
    assert waiting.is_waiting
    waiting.expire(waiting.until)
    assert (dialled, waiting.is_waiting, waiter.done()) == ([waiting], False, False)
