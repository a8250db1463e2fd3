"""The reference transport: `Request` → `Exchange` through httpx's transports, HTTP/2 and everything odd included.

One small pool a host, connected to addresses the guard has checked. Invariant: the request target, the headers and
their order are the request's own, after Host; nothing is followed, decoded, stored or taken from the environment.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import httpcore
import httpx
from h2.exceptions import H2Error

from linkcheck import urls
from linkcheck.model import Exchange, Failure, Purpose, Request
from linkcheck.probes.dialling import in_turn
from linkcheck.probes.guard import Address, Guard, Refusal
from linkcheck.probes.origins import PORTS
from linkcheck.probes.tls import Tls, expires_at
from linkcheck.probes.transport import Body, chain, content_length, described, failure_of, has_body, target

# httpcore walks all of a pool's connections at every request and close: many small pools, not one large one
_LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=20, keepalive_expiry=30.0)
_POOLS_KEPT = 256
_POOL_RESTS_S = 60.0
_DRAIN_S = 1.0
_NO_BODY = httpx.ByteStream(b"")
# ValueError: httpcore reads an HTTP/2 status with int(); ssl refuses host names that no certificate can have
# httpcore lets the errors of its HTTP/2 parser through when data arrives after the server has said goodbye.
_BREAKS = (httpx.TransportError, OSError, ValueError, H2Error)

Links = tuple[BaseException, ...]


class _Pool:
    """The connections to one scheme, host and port."""

    def __init__(self, context: ssl.SSLContext, *, http2: bool) -> None:
        self.transport = httpx.AsyncHTTPTransport(verify=context, http2=http2, limits=_LIMITS, trust_env=False)
        self.active = 0
        self.retired = False
        self.used_at = 0.0
        self.speaks_http2 = False
        self.preferred: Address | None = None
        self.certificate_expires_at: datetime | None = None


class _Pools:
    """Pools by origin: the least recently used go first, but none with a request under way."""

    def __init__(self, build: Callable[[str, bool], _Pool]) -> None:
        self._build = build
        self._pools: dict[tuple[str, bool], _Pool] = {}

    async def take(self, origin: str, verify: bool) -> _Pool:
        """The origin's pool, counted as in use until it is given back."""
        # first, as it may be cancelled: nothing is counted yet
        await self._close_rested()
        key = (origin, verify)
        pool = self._pools.pop(key, None) or self._build(origin, verify)
        self._pools[key] = pool
        pool.active += 1
        pool.used_at = time.monotonic()
        return pool

    async def give_back(self, pool: _Pool) -> None:
        """The request is over; a retired pool is closed with its last one."""
        pool.active -= 1
        if pool.retired and pool.active == 0:
            await pool.transport.aclose()

    def retire(self, origin: str, verify: bool, pool: _Pool) -> None:
        """Let later requests open connections of their own."""
        pool.retired = True
        if self._pools.get((origin, verify)) is pool:
            del self._pools[origin, verify]

    async def _close_rested(self) -> None:
        long_ago = time.monotonic() - _POOL_RESTS_S
        while self._pools:
            key, oldest = next(iter(self._pools.items()))
            if oldest.active or (len(self._pools) < _POOLS_KEPT and oldest.used_at > long_ago):
                return
            del self._pools[key]
            await oldest.transport.aclose()

    async def aclose(self) -> None:
        pools = list(self._pools.values())
        self._pools.clear()
        for pool in pools:
            await pool.transport.aclose()


class _Conversation:
    """What is known so far of one exchange; also httpcore's `trace`, told of each new connection."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.authority = urls.authority(request.url)
        self.scheme = urls.scheme(request.url) or ""
        self.pool: _Pool | None = None
        self.response: httpx.Response | None = None
        self.headers: tuple[tuple[str, str], ...] = ()
        self.body = Body(request.read_limit_bytes, None)
        self.address: Address | None = None
        self.peer: str | None = None
        self.failure: Failure | None = None
        self.error: tuple[str, ...] = ()
        self.dialled = False
        self.connected = False
        self.finished = False
        self.handshaking: httpcore.AsyncNetworkStream | None = None

    async def __call__(self, event: str, details: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.started":
            self.dialled = True
        elif event == "connection.connect_tcp.complete":
            self.connected = True
            self.peer = str(self.address)
            self.handshaking = details["return_value"] if self.scheme == "https" else None
        elif event == "connection.start_tls.complete" and self.pool is not None:
            self.handshaking = None
            tls = details["return_value"].get_extra_info("ssl_object")
            self.pool.certificate_expires_at = expires_at(tls)
            self.pool.speaks_http2 = tls.selected_alpn_protocol() == "h2"

    def answered(self, response: httpx.Response) -> None:
        self.response = response
        self.peer = str(self.address)
        self.headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw)
        self.body = Body(self.request.read_limit_bytes, content_length(self.headers))

    def failed(self, failure: Failure, error: tuple[str, ...]) -> None:
        """Note a failure, unless all that was wanted had come before it."""
        if not self.body.over:
            self.failure, self.error = failure, error

    def exchange(self, started_at: datetime, elapsed_s: float) -> Exchange:
        bare = Exchange(self.request, started_at, elapsed_s, failure=self.failure, error=self.error, peer=self.peer)
        if self.response is None:
            return bare
        status, extensions = self.response.status_code, self.response.extensions
        bodiless = not has_body(self.request.method, status)
        return Exchange(
            request=self.request,
            started_at=started_at,
            elapsed_s=elapsed_s,
            status=status,
            reason_phrase=extensions.get("reason_phrase", b"").decode("latin-1"),
            http_version=extensions["http_version"].decode("ascii"),
            headers=self.headers,
            content=self.body.content(status, self.headers, cut=self.failure is not None, bodiless=bodiless),
            failure=self.failure,
            error=self.error,
            peer=self.peer,
            certificate_expires_at=self.pool.certificate_expires_at if self.pool is not None else None,
        )


class HttpxTransport:
    """Sends through httpx. The guard and the contexts are shared with others, and theirs to close."""

    def __init__(
        self,
        guard: Guard,
        tls: Tls,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        http2: bool = True,
    ) -> None:
        self._guard = guard
        self._tls = tls
        self._now = now
        self._http2 = http2
        self._pools = _Pools(self._built)

    def _built(self, origin: str, verify: bool) -> _Pool:
        if origin.startswith("https:"):
            return _Pool(self._tls.context(verify=verify, http2=self._http2), http2=self._http2)
        return _Pool(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), http2=False)

    async def send(self, request: Request) -> Exchange:
        """Ask once (see `Transport`); a dead kept-alive connection is replaced without a word."""
        started_at, began = self._now(), time.perf_counter()
        conversation = _Conversation(request)
        refusal = self._guard.refusal(request.url)
        if refusal is not None:
            conversation.failed(refusal.failure, (refusal.sentence,))
        else:
            if request.purpose is Purpose.SECOND_LOOK:
                self._guard.look_up_again(urls.host(request.url))
            await self._hold(conversation)
        return conversation.exchange(started_at, time.perf_counter() - began)

    async def _hold(self, conversation: _Conversation) -> None:
        total_s = conversation.request.timeouts.total_s
        try:
            async with asyncio.timeout(total_s):
                await self._converse(conversation)
        except TimeoutError:
            looking_up = conversation.address is None
            failure, what = (Failure.DNS_FAILURE, "lookup") if looking_up else (Failure.TIMED_OUT, "exchange")
            conversation.failed(failure, (f"TimeoutError: {what} not done within {total_s:g} s",))

    async def _converse(self, conversation: _Conversation) -> None:
        host, port = urls.split_authority(conversation.authority)
        addresses = await self._guard.addresses(host, port or PORTS[conversation.scheme])
        if isinstance(addresses, Refusal):
            conversation.failed(addresses.failure, (addresses.sentence,))
            return
        links = await self._visit(conversation, addresses)
        if _is_stale(conversation, links):
            links = await self._visit(conversation, addresses)
        if links:
            conversation.failed(_failure(links), described(links))

    async def _visit(self, conversation: _Conversation, addresses: Sequence[Address]) -> Links:
        """Ask through the origin's pool; what broke, outermost first, empty when all is well."""
        origin, verify = f"{conversation.scheme}://{conversation.authority}", conversation.request.verify
        pool = conversation.pool = await self._pools.take(origin, verify)
        links: Links = ()
        try:
            links = await self._try_each(conversation, pool, addresses)
            return links
        finally:
            # what is left unread on HTTP/2 fills the connection's window and delays all that follows: httpcore neither
            # resets the stream nor gives the window back, and does not notice a connection that died silently
            if _is_stale(conversation, links) or (pool.speaks_http2 and not conversation.finished):
                self._pools.retire(origin, verify, pool)
            await self._pools.give_back(pool)

    async def _try_each(self, conversation: _Conversation, pool: _Pool, addresses: Sequence[Address]) -> Links:
        """The addresses in turn, until one lets us connect."""
        links: Links = ()
        tried = in_turn(addresses, pool.preferred)
        for address in tried:
            links = await self._ask(conversation, pool, address, conversation.request.timeouts.connect_s / len(tried))
            if not links or conversation.connected or not conversation.dialled:
                pool.preferred = address
                break
        return links

    async def _ask(self, conversation: _Conversation, pool: _Pool, address: Address, connect_s: float) -> Links:
        """One request to one address; what it broke on, outermost first, empty when all is well."""
        conversation.address = address
        conversation.dialled = conversation.connected = False
        try:
            conversation.answered(
                await pool.transport.handle_async_request(_built_request(conversation, address, connect_s))
            )
            conversation.finished = await _read(conversation)
        except _BREAKS as error:
            return chain(error)
        finally:
            # httpcore leaves the socket open when it is cancelled within a handshake
            if conversation.handshaking is not None:
                await conversation.handshaking.aclose()
        return ()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pools.aclose()


def _built_request(conversation: _Conversation, address: Address, connect_s: float) -> httpx.Request:
    """The URL leads to the checked address; target, Host and SNI keep what the document says."""
    request = conversation.request
    read_s = request.timeouts.read_s
    host = [(b"Host", conversation.authority.encode("ascii"))]
    return httpx.Request(
        request.method,
        f"{conversation.scheme}://{address}/",
        headers=host + [(name.encode("ascii"), value.encode()) for name, value in request.headers],
        stream=_NO_BODY,
        extensions={
            "target": target(request.url).encode("ascii"),
            "sni_hostname": urls.split_authority(conversation.authority)[0].rstrip("."),
            "timeout": {"connect": connect_s, "read": read_s, "write": read_s, "pool": None},
            "trace": conversation,
        },
    )


async def _read(conversation: _Conversation) -> bool:
    """Read the body as far as it is wanted; whether its end was reached, so that the connection can be used again."""
    assert conversation.response is not None
    stream, body = conversation.response.stream, conversation.body
    assert isinstance(stream, httpx.AsyncByteStream)
    try:
        parts = aiter(stream)
        async for part in parts:
            if not body.add(part):
                return False
            if body.over:
                return await _drain(parts, body)
        return True
    finally:
        await stream.aclose()


async def _drain(parts: AsyncIterator[bytes], body: Body) -> bool:
    """Drop the rest if it is short and comes at once; whether the end was reached."""
    try:
        async with asyncio.timeout(_DRAIN_S):
            async for part in parts:
                if not body.add(part):
                    return False
    except TimeoutError:
        return False
    return True


def _is_stale(conversation: _Conversation, links: Links) -> bool:
    """Whether the failure may be that of a kept-alive connection alone, which the server had given up."""
    if any(isinstance(link, H2Error) for link in links):
        return True
    if not links or conversation.response is not None or conversation.dialled:
        return False
    return _failure(links) in (Failure.CONNECTION_RESET, Failure.PROTOCOL_ERROR)


def _failure(links: Links) -> Failure:
    """httpcore says that the peer hung up by a RemoteProtocolError of its own, with no parser's error inside."""
    if isinstance(links[-1], httpcore.RemoteProtocolError | httpcore.ReadError | httpcore.WriteError):
        return Failure.CONNECTION_RESET
    return failure_of(links)
