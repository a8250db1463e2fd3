"""The reference transport: `Request` → `Exchange` through httpx's transports, HTTP/2 and everything odd included.

One small pool a host, connected to addresses the guard has checked, or to the one forward proxy that it is built for.
Invariant: the request target, the headers and their order are the request's own, after Host; nothing is followed,
decoded, stored or taken from the environment.
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
from linkcheck.errors import NetworkFault
from linkcheck.model import Exchange, Failure, Purpose, Request
from linkcheck.probes.dialling import in_turn
from linkcheck.probes.guard import Address, Guard, Refusal
from linkcheck.probes.httpx_pool import Pool, Pools
from linkcheck.probes.origins import PORTS
from linkcheck.probes.tls import Tls, expires_at
from linkcheck.probes.transport import Body, chain, content_length, described, failure_of, first, has_body, target

_DRAIN_S = 1.0
_NO_BODY = httpx.ByteStream(b"")
# ValueError: httpcore reads an HTTP/2 status with int(); ssl refuses host names that no certificate can have
# httpcore lets the errors of its HTTP/2 parser through when data arrives after the server has said goodbye.
_BREAKS = (httpx.TransportError, httpx.InvalidURL, OSError, ValueError, H2Error)
_SENDS = frozenset({"http11.send_request_headers.started", "http2.send_request_headers.started"})
_PROXY_TRIES = 3
_PROXY_RESTS_S = 1.0
_WANTS_CREDENTIALS = 407

Links = tuple[BaseException, ...]


class _Conversation:
    """What is known so far of one exchange; also httpcore's `trace`, told of each new connection."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.authority = urls.authority(request.url)
        self.scheme = urls.scheme(request.url) or ""
        self.pool: Pool | None = None
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
        self.target = b""
        """As it is sent."""
        self.by_proxy = False
        self.tunnelled = False

    async def __call__(self, event: str, details: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.started":
            self.dialled = True
        elif event == "connection.connect_tcp.complete":
            self.connected = True
            self.peer = str(self.address)
            self.handshaking = details["return_value"] if self.scheme == "https" else None
        elif self.by_proxy and event in _SENDS and details["request"].method != b"CONNECT":
            # not by the extension `target`, which httpcore would take for that of the CONNECT too
            details["request"].url.target = self.target
        elif event == "proxy.start_tls.started":
            self.tunnelled = True
        elif self.by_proxy and event == "connection.start_tls.failed":
            # the proxy's own handshake
            self.connected = False
        elif event == self._encrypted and self.pool is not None:
            self.handshaking = None
            tls = details["return_value"].get_extra_info("ssl_object")
            self.pool.certificate_expires_at = expires_at(tls)
            self.pool.speaks_http2 = tls.selected_alpn_protocol() == "h2"

    @property
    def _encrypted(self) -> str:
        """The event that ends the handshake with the host itself, not one with its proxy."""
        return "connection.start_tls.complete" if not self.by_proxy else "proxy.start_tls.complete"

    @property
    def lacks_tunnel(self) -> bool:
        """Whether a proxy that let us connect still owes the way to the host."""
        return self.by_proxy and self.scheme == "https" and self.connected and not self.tunnelled

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
        proxy: str | None = None,
    ) -> None:
        """`proxy`: the URL of a forward proxy that everything is asked through."""
        self._guard = guard
        self._tls = tls
        self._now = now
        self._http2 = http2
        self._proxy = proxy
        self._pools = Pools(self._built)

    def _built(self, origin: str, verify: bool) -> Pool:
        proxy = None
        if self._proxy is not None:
            secure = self._proxy.startswith("https:")
            proxy = httpx.Proxy(
                self._proxy, ssl_context=self._tls.context(verify=True, http2=False) if secure else None
            )
        if origin.startswith("https:"):
            return Pool(self._tls.context(verify=verify, http2=self._http2), http2=self._http2, proxy=proxy)
        return Pool(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), http2=False, proxy=proxy)

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
            if conversation.lacks_tunnel:
                said = f"the proxy {conversation.address} broke the tunnel off: no answer within {total_s:g} s"
                conversation.failed(Failure.TUNNEL_REFUSED, (said,))
                return
            looking_up = conversation.address is None
            failure, what = (Failure.DNS_FAILURE, "lookup") if looking_up else (Failure.TIMED_OUT, "exchange")
            conversation.failed(failure, (f"TimeoutError: {what} not done within {total_s:g} s",))

    async def _converse(self, conversation: _Conversation) -> None:
        if self._proxy is not None:
            await self._converse_by_proxy(conversation, self._proxy)
            return
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

    async def _converse_by_proxy(self, conversation: _Conversation, proxy: str) -> None:
        """The proxy looks the name up; where we can too, none of its addresses may be private.

        Raises NetworkFault for trouble with the proxy itself, of which no URL is guilty.
        """
        conversation.by_proxy = True
        refusal = await self._guard.leads_inside(urls.host(conversation.request.url))
        if refusal is not None:
            conversation.failed(refusal.failure, (refusal.sentence,))
            return
        links = await self._visit_by_proxy(conversation, Address(urls.host(proxy), urls.port(proxy)))
        if links and conversation.lacks_tunnel:
            said = _why_no_tunnel(links, conversation.request.timeouts.read_s)
            conversation.failed(Failure.TUNNEL_REFUSED, (f"the proxy {conversation.address} {said}",))
        elif links:
            conversation.failed(_failure(links), described(links))

    async def _visit_by_proxy(self, conversation: _Conversation, proxy: Address) -> Links:
        for _ in range(_PROXY_TRIES):
            links = await self._visit(conversation, (proxy,))
            if _is_stale(conversation, links):
                links = await self._visit(conversation, (proxy,))
            if _wants_credentials(conversation, links):
                raise NetworkFault(f"the proxy {proxy} refuses our credentials, or wants some (407)")
            if not links or conversation.connected or not conversation.dialled:
                return links
            await asyncio.sleep(_PROXY_RESTS_S)
        raise NetworkFault(f"the proxy {proxy} cannot be reached: {described(links)[-1]}")

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

    async def _try_each(self, conversation: _Conversation, pool: Pool, addresses: Sequence[Address]) -> Links:
        """The addresses in turn, until one lets us connect."""
        links: Links = ()
        tried = in_turn(addresses, pool.preferred)
        for address in tried:
            links = await self._ask(conversation, pool, address, conversation.request.timeouts.connect_s / len(tried))
            if not links or conversation.connected or not conversation.dialled:
                pool.preferred = address
                break
        return links

    async def _ask(self, conversation: _Conversation, pool: Pool, address: Address, connect_s: float) -> Links:
        """One request to one address; what it broke on, outermost first, empty when all is well."""
        conversation.address = address
        conversation.dialled = conversation.connected = conversation.tunnelled = False
        try:
            conversation.target = _target(conversation)
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


def _target(conversation: _Conversation) -> bytes:
    """As it is sent: the whole URL to a proxy that is to fetch it. Raises ValueError for what is not ASCII."""
    url = conversation.request.url
    whole = conversation.by_proxy and conversation.scheme == "http"
    return (urls.without_fragment(url) if whole else target(url)).encode("ascii")


def _built_request(conversation: _Conversation, address: Address, connect_s: float) -> httpx.Request:
    """The URL leads to the checked address; target, Host and SNI keep what the document says.

    To a proxy it leads to the host itself, by name.
    """
    request = conversation.request
    read_s = request.timeouts.read_s
    host = [(b"Host", conversation.authority.encode("ascii"))]
    name, port = urls.split_authority(conversation.authority)
    extensions = {
        "timeout": {"connect": connect_s, "read": read_s, "write": read_s, "pool": None},
        "trace": conversation,
    }
    if conversation.by_proxy:
        place = str(Address(name.rstrip("."), port or PORTS[conversation.scheme]))
    else:
        place = str(address)
        extensions |= {"target": conversation.target, "sni_hostname": name.rstrip(".")}
    return httpx.Request(
        request.method,
        f"{conversation.scheme}://{place}/",
        headers=host + [(name.encode("ascii"), value.encode()) for name, value in request.headers],
        stream=_NO_BODY,
        extensions=extensions,
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


def _wants_credentials(conversation: _Conversation, links: Links) -> bool:
    """Whether the proxy said so, to a CONNECT, of which httpcore tells the status line, or to a request.

    Hosts send a 407 too: within a tunnel it is theirs, and without Proxy-Authenticate no proxy's (RFC 9110, 15.5.8).
    """
    if conversation.scheme == "https":
        refused = _refusal_of_tunnel(links)
        return refused is not None and str(refused).startswith(str(_WANTS_CREDENTIALS))
    response = conversation.response
    return (
        response is not None
        and response.status_code == _WANTS_CREDENTIALS
        and first(conversation.headers, "proxy-authenticate") is not None
    )


def _refusal_of_tunnel(links: Links) -> httpcore.ProxyError | None:
    return next((link for link in links if isinstance(link, httpcore.ProxyError)), None)


def _why_no_tunnel(links: Links, silence_s: float) -> str:
    """What the proxy did instead of leading us to the host; `silence_s`: how long it may say nothing."""
    refused = _refusal_of_tunnel(links)
    if refused is not None:
        return f"refused to connect to it: {refused}"
    silent = isinstance(links[0], httpx.TimeoutException)
    return f"broke the tunnel off: {f'no answer within {silence_s:g} s' if silent else described(links)[-1]}"


def _failure(links: Links) -> Failure:
    """httpcore says that the peer hung up by a RemoteProtocolError of its own, with no parser's error inside."""
    if isinstance(links[-1], httpcore.RemoteProtocolError | httpcore.ReadError | httpcore.WriteError):
        return Failure.CONNECTION_RESET
    return failure_of(links)
