"""The wire over TLS: a server's records, cut anywhere on their way, say the same as its bytes do in clear."""

import asyncio
import itertools
import socket
import ssl
from contextlib import suppress
from pathlib import Path

import pytest
import spoken
from hypothesis import given, settings
from hypothesis import strategies as st
from servers import Certificates

from linkcheck.model import Ending, Exchange, Request
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
_TURNS = 3
"""Of the event loop, in which what was sent is surely read."""


class Secret:
    """Both ends of a connection over TLS, a pair of sockets between them; inside a running event loop."""

    def __init__(self, certificates: Certificates, tls: Tls, version: ssl.TLSVersion, name: str = "a.example") -> None:
        context = certificates.context(name)
        context.maximum_version = version
        self._heard, self._said = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.server = context.wrap_bio(self._heard, self._said, server_side=True)
        ours, self._theirs = socket.socketpair()
        ours.setblocking(False)
        self._theirs.setblocking(False)
        self.pool = Pool(Sweeper())
        origin = Origin(URL, None)
        self.connection = TlsConnection(tls.context(), ours, (origin, True), "192.0.2.1:443", self.pool, Sweeper())

    async def shake(self, size: int = 2**16) -> None:
        """Both shake hands, so many bytes of the server's at a time; raises what the wire raises."""
        shaking = asyncio.create_task(self.connection.shake(5.0))
        while not shaking.done():
            await self._listen()
            with suppress(ssl.SSLWantReadError):
                self.server.do_handshake()
            await self.hear([size])
        await shaking

    async def _listen(self) -> None:
        await _turns()
        with suppress(BlockingIOError):
            while part := self._theirs.recv(65_536):
                self._heard.write(part)

    async def ask(self) -> "asyncio.Future[Exchange]":
        """Send a request; the exchange comes in the future."""
        waiter: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()
        request = Request("GET", URL, read_limit_bytes=2**20)
        dial = list[Conversation]().append
        self.connection.ask(Conversation(request, self.connection.key[0], b"head", dial, waiter, spoken.NOON))
        await self._listen()
        assert self.server.read(99) == b"head"
        return waiter

    def say(self, plain: bytes, parts: list[int]) -> None:
        """Say it in records of these sizes, again and again."""
        start = 0
        for size in itertools.cycle(parts):
            if start >= len(plain):
                return
            self.server.write(plain[start : start + size])
            start += size

    async def hear(self, sizes: list[int]) -> None:
        """Let come what the server has said, in pieces of these sizes, again and again."""
        said, start = self._said.read(), 0
        for size in itertools.cycle(sizes):
            if start >= len(said):
                return
            try:
                start += self._theirs.send(said[start : start + size])
            except BlockingIOError:
                pass
            except BrokenPipeError:
                return
            await _turns()

    async def close(self, *, in_order: bool) -> None:
        """The server ends the stream, with or without saying so first."""
        if in_order:
            with suppress(ssl.SSLError):
                self.server.unwrap()
            await self.hear([2**16])
        self._theirs.close()
        await _turns()


async def asked(
    certificates: Certificates, tls: Tls, version: ssl.TLSVersion
) -> "tuple[Secret, asyncio.Future[Exchange]]":
    """A connection that has shaken hands and was asked."""
    secret = Secret(certificates, tls, version)
    await secret.shake()
    return secret, await secret.ask()


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


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
    pieces=SIZES.filter(lambda sizes: sum(sizes) > 40),
    records=SIZES.filter(lambda sizes: sum(sizes) > 40),
    at_once=st.integers(20, 600),
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
        await secret.shake(at_once)
        waiter = await secret.ask()
        secret.say(plain, records)
        await secret.hear(pieces)
        await secret.close(in_order=True)
        ours, theirs = await asyncio.wait_for(waiter, 5), await spoken.wire([plain])
        assert spoken.heard(ours) == spoken.heard(theirs)
        assert (ours.failure, ours.error) == (theirs.failure, theirs.error)
        assert (ours.certificate_expires_at is None) == (ours.status is None)
        secret.connection.drop()

    asyncio.run(compare())


async def test_a_page_until_the_end_needs_no_farewell(
    certificates: Certificates, tls: Tls, version: ssl.TLSVersion
) -> None:
    """Many servers close without the alert that TLS wants; browsers show their pages."""
    secret, waiter = await asked(certificates, tls, version)
    secret.say(ANSWERS[2], [99])
    await secret.hear([99])
    await secret.close(in_order=False)
    exchange = await waiter
    assert (exchange.status, exchange.failure) == (200, None)
    assert exchange.content is not None
    assert exchange.content.ended is Ending.COMPLETE


@pytest.mark.parametrize("in_order", [True, False])
async def test_a_resting_connection_that_ends_is_let_go(
    certificates: Certificates, tls: Tls, version: ssl.TLSVersion, in_order: bool
) -> None:
    """A server may close what is not in use, politely or not."""
    secret, waiter = await asked(certificates, tls, version)
    secret.say(ANSWERS[0], [99])
    await secret.hear([99])
    assert (await waiter).status == 200
    assert secret.pool.resting == 1
    await secret.close(in_order=in_order)
    assert (secret.pool.resting, len(secret.pool)) == (0, 0)
    assert not secret.connection.is_open


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 No\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x28", b"\x16\x03\x03"])
async def test_a_handshake_that_fails_is_an_error_of_the_system(
    certificates: Certificates, tls: Tls, said: bytes
) -> None:
    """An end, clear text, an alert or half a record in place of a handshake: said to whoever waits, and closed."""
    secret = Secret(certificates, tls, ssl.TLSVersion.TLSv1_3)
    shaking = asyncio.create_task(secret.connection.shake(5.0))
    await _turns()
    secret._theirs.send(said)
    secret._theirs.close()
    with pytest.raises(OSError):
        await shaking
    assert len(secret.pool) == 0
    assert not secret.connection.is_open


async def test_a_strangers_certificate_is_refused(certificates: Certificates, tls: Tls) -> None:
    """Nothing is sent to it."""
    secret = Secret(certificates, tls, ssl.TLSVersion.TLSv1_3, "untrusted.example")
    with pytest.raises(ssl.SSLCertVerificationError):
        await secret.shake()
    assert not secret.connection.is_open
    assert len(secret.pool) == 0


@pytest.mark.parametrize("records", [[2**14], [len(ANSWERS[0]), 2**14]], ids=["in one record", "in its own"])
async def test_what_is_said_unasked_is_no_answer_to_who_waits(
    certificates: Certificates, tls: Tls, version: ssl.TLSVersion, records: list[int]
) -> None:
    """A second answer right behind the first ends the connection, though somebody waits for it."""
    secret = Secret(certificates, tls, version)
    await secret.shake()
    first = await secret.ask()
    waiter: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()
    dialled = list[Conversation]()
    waiting = Conversation(Request("GET", URL), secret.connection.key[0], b"head", dialled.append, waiter, spoken.NOON)
    secret.pool.wait(secret.connection.key, waiting)
    secret.say(ANSWERS[0] + ANSWERS[3], records)
    await secret.hear([2**16])
    assert (await first).status == 200
    assert not secret.connection.is_open
    assert waiting.is_waiting
    waiting.expire(waiting.until)
    assert (dialled, waiting.is_waiting, waiter.done()) == ([waiting], False, False)


async def test_a_connection_on_which_something_lies_is_not_asked(
    certificates: Certificates, tls: Tls, version: ssl.TLSVersion
) -> None:
    """What came since the last answer, though nobody has read it yet, would be taken for the next answer."""
    secret, waiter = await asked(certificates, tls, version)
    secret.say(ANSWERS[0], [99])
    await secret.hear([2**16])
    assert (await waiter).status == 200
    assert secret.connection.is_reusable
    secret.say(ANSWERS[3], [99])
    said = secret._said.read()
    secret._theirs.send(said)
    assert secret.pool.take(secret.connection.key) is None
    assert not secret.connection.is_open
