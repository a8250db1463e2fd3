"""What a company's network demands: requests through the forward proxy that the environment names."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from command import files, linkcheck
from forwarding import ForwardProxy
from hypothesis import given
from hypothesis import strategies as st
from servers import Certificates, Server, after, answer, redirect, unused_port

from linkcheck import urls
from linkcheck.config import engine
from linkcheck.config.settings import Settings
from linkcheck.errors import NetworkFault, UserFault
from linkcheck.model import Exchange, Failure, Reason, Request, Timeouts
from linkcheck.probes.dns import Resolver, table_resolver
from linkcheck.probes.forward_proxies import Forwarding, from_environment
from linkcheck.probes.guard import Guard, parse_connect_to
from linkcheck.probes.httpx_transport import HttpxTransport
from linkcheck.probes.tls import Tls
from linkcheck.probes.transport import Transport
from linkcheck.verdicts.death import DEFAULT_RULES
from linkcheck.verdicts.failures import by_failure

ROUTES = {
    ("*", "/"): answer(body=b"root"),
    ("*", "/odd"): answer(body=b"odd"),
    ("*", "/away"): redirect("https://b.example/"),
    ("*", "/late"): after(1.0, answer()),
    ("*", "/407"): answer(407),
}
NAMES = table_resolver(
    {
        "a.example": ("93.184.215.14",),
        "inside.example": ("10.0.0.1",),
        "both.example": ("93.184.215.14", "10.0.0.1"),
    }
)


@pytest.fixture(scope="module")
def server(certificates: Certificates) -> Iterator[Server]:
    with Server(ROUTES, certificates) as running:
        yield running


@pytest.fixture
def proxy(server: Server) -> Iterator[ForwardProxy]:
    with ForwardProxy(server.port) as running:
        yield running


@asynccontextmanager
async def opened(proxy: str, tls: Tls, *, names: Resolver = NAMES, allow_private: bool = False) -> Iterator[Transport]:
    guard = Guard(resolver=names, allow_private=allow_private)
    transport = HttpxTransport(guard, tls, proxy=proxy)
    try:
        yield transport
    finally:
        await transport.aclose()
        guard.close()


async def asked(proxy: str, tls: Tls, url: str, **options: object) -> Exchange:
    async with opened(proxy, tls) as transport:
        return await transport.send(Request("GET", url, **options))


ODD = "/odd?q=a|b{c}^`'[x]&ü=%zz"


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_what_is_asked_is_asked_byte_for_byte(server: Server, proxy: ForwardProxy, tls: Tls, scheme: str) -> None:
    """The server sees the target, the name and the headers as without a proxy; the proxy looks the name up."""
    target = ODD.replace("ü", "%C3%BC")
    url = f"{scheme}://unknown.example{target}"
    exchange = await asked(f"http://127.0.0.1:{proxy.port}", tls, url, headers=(("X-Own", "1"),))
    assert (exchange.status, exchange.failure, exchange.error) == (200, None, ())
    assert exchange.peer == f"127.0.0.1:{proxy.port}"
    seen = server.log[-1]
    assert (seen.host, seen.target, seen.scheme, seen.header("X-Own")) == ("unknown.example", target, scheme, "1")
    line = f"GET {url} HTTP/1.1" if scheme == "http" else "CONNECT unknown.example:443 HTTP/1.1"
    assert proxy.seen == [line]
    assert (exchange.certificate_expires_at is not None) == (scheme == "https")


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_connection_through_a_proxy_is_used_again(
    server: Server, proxy: ForwardProxy, tls: Tls, scheme: str
) -> None:
    """One tunnel carries all that is asked of a host."""
    before = server.connections
    async with opened(f"http://127.0.0.1:{proxy.port}", tls) as transport:
        for _ in range(3):
            assert (await transport.send(Request("GET", f"{scheme}://a.example/"))).status == 200
    assert len(proxy.seen) == (3 if scheme == "http" else 1)
    if scheme == "https":
        assert server.connections - before == 1


@pytest.mark.parametrize("name", ["inside.example", "both.example"])
async def test_a_name_that_leads_inside_is_refused(proxy: ForwardProxy, tls: Tls, name: str) -> None:
    """What we can look up must be public, whoever would connect; which of the addresses it takes we cannot say."""
    exchange = await asked(f"http://127.0.0.1:{proxy.port}", tls, f"http://{name}/")
    assert exchange.failure is Failure.PRIVATE_ADDRESS
    assert exchange.error == (f"{name} leads to 10.0.0.1, which is not a public address",)
    assert proxy.seen == []
    async with opened(f"http://127.0.0.1:{proxy.port}", tls, allow_private=True) as transport:
        assert (await transport.send(Request("GET", f"http://{name}/"))).status == 200


async def test_a_slow_look_up_is_waited_for(proxy: ForwardProxy, tls: Tls) -> None:
    """A name server that takes its time lets nobody in."""
    over = threading.Event()

    def names(name: str) -> Sequence[str]:
        over.wait(10)
        return ("10.0.0.1",)

    try:
        async with opened(f"http://127.0.0.1:{proxy.port}", tls, names=names) as transport:
            exchange = await transport.send(Request("GET", "http://a.example/", timeouts=Timeouts(0.2, 0.2, 0.3)))
    finally:
        over.set()
    assert (exchange.failure, exchange.error) == (
        Failure.DNS_FAILURE,
        ("TimeoutError: lookup not done within 0.3 s",),
    )
    assert proxy.seen == []


async def test_without_a_name_server_the_proxy_looks_names_up(proxy: ForwardProxy, tls: Tls) -> None:
    """Inside a company's network there is often none that knows the world."""

    def names(name: str) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    async with opened(f"http://127.0.0.1:{proxy.port}", tls, names=names) as transport:
        assert (await transport.send(Request("GET", "http://a.example/"))).status == 200


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_407_of_the_host_is_an_answer(proxy: ForwardProxy, tls: Tls, scheme: str) -> None:
    """Only the proxy's own ends the run."""
    exchange = await asked(f"http://127.0.0.1:{proxy.port}", tls, f"{scheme}://a.example/407")
    assert (exchange.status, exchange.failure) == (407, None)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_what_is_no_url_is_a_value(proxy: ForwardProxy, tls: Tls, scheme: str) -> None:
    """Nothing is raised for it, with a proxy or without."""
    request = Request("GET", f"{scheme}://a.example/\xe9")
    async with opened(f"http://127.0.0.1:{proxy.port}", tls) as transport:
        assert (await transport.send(request)).failure is Failure.PROTOCOL_ERROR
    guard = Guard(connect_to=[parse_connect_to(f"::127.0.0.1:{unused_port()}")])
    transport = HttpxTransport(guard, tls)
    assert (await transport.send(request)).failure is Failure.PROTOCOL_ERROR
    await transport.aclose()
    guard.close()
    assert proxy.seen == []


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_credentials_go_to_the_proxy_alone(server: Server, tls: Tls, scheme: str) -> None:
    """A proxy that wants a password gets it; the server never sees it."""
    with ForwardProxy(server.port, credentials="me:s3:cret") as proxy:
        exchange = await asked(f"http://me:s3%3Acret@127.0.0.1:{proxy.port}", tls, f"{scheme}://a.example/")
        assert exchange.status == 200
        with pytest.raises(NetworkFault, match=r"^the proxy 127\.0\.0\.1:\d+ refuses our credentials"):
            await asked(f"http://me:wrong@127.0.0.1:{proxy.port}", tls, f"{scheme}://a.example/")
    assert b"Proxy-Authorization" not in server.log[-1].head


async def test_a_tunnel_that_is_refused_tells_by_whom(server: Server, tls: Tls) -> None:
    """It says nothing of the host; the proxy's words and its name are told."""
    with ForwardProxy(server.port, refuses="a.example") as proxy:
        exchange = await asked(f"http://127.0.0.1:{proxy.port}", tls, "https://a.example/")
    assert exchange.failure is Failure.TUNNEL_REFUSED
    assert exchange.error == (f"the proxy 127.0.0.1:{proxy.port} refused to connect to it: 403 Not from here",)
    judged = by_failure(exchange, Failure.TUNNEL_REFUSED)
    assert (judged.reason, judged.detail) == (Reason.BLOCKED, f"a.example was not reached: {exchange.error[0]}")
    assert Reason.BLOCKED not in DEFAULT_RULES


BROKEN_TUNNELS: dict[str, tuple[Callable[[socket.socket], object], Timeouts, str]] = {
    "hang-up": (
        lambda client: None,
        Timeouts(),
        "RemoteProtocolError: Server disconnected without sending a response.",
    ),
    "garbage": (
        lambda client: client.sendall(b"garbage\r\n\r\n"),
        Timeouts(),
        "RemoteProtocolError: illegal status line: bytearray(b'garbage')",
    ),
    "silence": (lambda client: client.recv(1), Timeouts(2.0, 0.2, 5.0), "no answer within 0.2 s"),
    "silence to the end": (lambda client: client.recv(1), Timeouts(2.0, 5.0, 0.4), "no answer within 0.4 s"),
}


@pytest.mark.parametrize(("tunnels", "timeouts", "cause"), BROKEN_TUNNELS.values(), ids=BROKEN_TUNNELS)
async def test_a_tunnel_that_never_stands_is_the_proxys(
    server: Server, tls: Tls, tunnels: Callable[[socket.socket], object], timeouts: Timeouts, cause: str
) -> None:
    """The host has not been asked: none of it is its doing."""
    with ForwardProxy(server.port, tunnels=tunnels) as proxy:
        exchange = await asked(f"http://127.0.0.1:{proxy.port}", tls, "https://a.example/", timeouts=timeouts)
    assert exchange.failure is Failure.TUNNEL_REFUSED
    assert exchange.error == (f"the proxy 127.0.0.1:{proxy.port} broke the tunnel off: {cause}",)


async def test_what_breaks_within_a_tunnel_is_the_hosts(server: Server, tls: Tls) -> None:
    """Once it stands, failures are told as without a proxy."""

    def tunnels(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 Go ahead\r\n\r\n")
        client.recv(65_536)

    with ForwardProxy(server.port, tunnels=tunnels) as proxy:
        exchange = await asked(f"http://127.0.0.1:{proxy.port}", tls, "https://a.example/")
    assert exchange.failure is Failure.CONNECTION_RESET


async def test_a_proxy_that_is_down_condemns_nobody(tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own way out is missing: that is no refusal by any host."""
    monkeypatch.setattr("linkcheck.probes.httpx_transport._PROXY_RESTS_S", 0.01)
    with pytest.raises(NetworkFault, match=r"^the proxy 127\.0\.0\.1:\d+ cannot be reached: "):
        await asked(f"http://127.0.0.1:{unused_port()}", tls, "https://a.example/")


async def test_a_slow_answer_is_the_hosts(proxy: ForwardProxy, tls: Tls) -> None:
    """A time that is up is told as ever."""
    timeouts = Timeouts(0.5, 0.2, 0.4)
    exchange = await asked(f"http://127.0.0.1:{proxy.port}", tls, "http://a.example/late", timeouts=timeouts)
    assert exchange.failure is Failure.TIMED_OUT


class _Direct:
    """Tells that nothing but itself was asked."""

    async def send(self, request: Request) -> Exchange:
        raise LookupError

    async def aclose(self) -> None:
        """Nothing to close."""


BY_ENVIRONMENT: dict[str, tuple[dict[str, str], str, str | None]] = {
    "http": ({"http_proxy": "http://p:1"}, "http://a.example/", "http://p:1/"),
    "not for https": ({"http_proxy": "http://p:1"}, "https://a.example/", None),
    "in capitals": ({"HTTPS_PROXY": "p:1"}, "https://a.example/", "http://p:1/"),
    "small letters first": ({"HTTPS_PROXY": "p:1", "https_proxy": "p:2"}, "https://a.example/", "http://p:2/"),
    "for all": ({"ALL_PROXY": "https://p"}, "http://a.example/", "https://p/"),
    "its own before all": ({"ALL_PROXY": "p:1", "http_proxy": "p:2"}, "http://a.example/", "http://p:2/"),
    "empty": ({"http_proxy": "", "ALL_PROXY": " "}, "http://a.example/", None),
    "a header of CGI": ({"HTTP_PROXY": "p:1", "REQUEST_METHOD": "GET"}, "http://a.example/", None),
    "this machine": ({"ALL_PROXY": "p:1"}, "http://127.8.0.1:8080/", None),
    "this machine, IPv6": ({"ALL_PROXY": "p:1"}, "http://[::1]/", None),
    "this machine, mapped": ({"ALL_PROXY": "p:1"}, "http://[::ffff:127.0.0.1]/", None),
    "this machine, unspecified": ({"ALL_PROXY": "p:1"}, "http://0.0.0.0/", None),
    "this machine, unspecified IPv6": ({"ALL_PROXY": "p:1"}, "http://[::]/", None),
    "this machine, unspecified mapped": ({"ALL_PROXY": "p:1"}, "http://[::ffff:0.0.0.0]/", None),
    "this machine by name": ({"ALL_PROXY": "p:1"}, "http://x.localhost/", None),
    "spared": ({"ALL_PROXY": "p:1", "NO_PROXY": "b.example, a.example"}, "http://a.example/", None),
    "spared below": ({"ALL_PROXY": "p:1", "NO_PROXY": ".a.example"}, "http://x.A.example./", None),
    "spared by star": ({"ALL_PROXY": "p:1", "NO_PROXY": "*.a.example"}, "http://x.a.example/", None),
    "another name": ({"ALL_PROXY": "p:1", "NO_PROXY": "a.example"}, "http://aa.example/", "http://p:1/"),
    "all spared": ({"ALL_PROXY": "p:1", "no_proxy": "*"}, "http://a.example/", None),
    "a network": ({"ALL_PROXY": "p:1", "NO_PROXY": "10.0.0.0/8"}, "http://10.2.3.4/", None),
    "another network": ({"ALL_PROXY": "p:1", "NO_PROXY": "10.0.0.0/8"}, "http://11.2.3.4/", "http://p:1/"),
    "a network, mapped": ({"ALL_PROXY": "p:1", "NO_PROXY": "10.0.0.0/8"}, "http://[::ffff:10.2.3.4]/", None),
    "a mapped network": ({"ALL_PROXY": "p:1", "NO_PROXY": "::ffff:10.0.0.0/104"}, "http://10.2.3.4/", None),
    "a mapped address": ({"ALL_PROXY": "p:1", "NO_PROXY": "[::ffff:10.2.3.4]:80"}, "http://10.2.3.4/", None),
    "a name in Unicode": ({"ALL_PROXY": "p:1", "NO_PROXY": "BÜCHER.example"}, "http://xn--bcher-kva.example/", None),
    "below it, a port": ({"ALL_PROXY": "p:1", "NO_PROXY": "*.bücher.example:80"}, "http://x.bücher.example/", None),
    "no name": ({"ALL_PROXY": "p:1", "NO_PROXY": "a.example/x x@a.example"}, "http://a.example/", "http://p:1/"),
    "IPv6": ({"ALL_PROXY": "p:1", "NO_PROXY": "[2001:db8::1]"}, "http://[2001:db8::1]/", None),
    "a port": ({"ALL_PROXY": "p:1", "NO_PROXY": "a.example:8080"}, "http://a.example:8080/", None),
    "another port": ({"ALL_PROXY": "p:1", "NO_PROXY": "a.example:8080"}, "http://a.example/", "http://p:1/"),
}


@pytest.mark.parametrize(("environment", "url", "expected"), BY_ENVIRONMENT.values(), ids=BY_ENVIRONMENT)
def test_the_environment_says_which(environment: dict[str, str], url: str, expected: str | None) -> None:
    """As curl reads it."""
    proxies = from_environment(environment)
    url = urls.resolve(url) or url
    assert (proxies.of(url) if proxies is not None else None) == expected


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_environment_is_a_proxy_or_one_sentence(value: str, spared: str) -> None:
    """Never a traceback."""
    with suppress(UserFault):
        proxies = from_environment({"ALL_PROXY": value, "NO_PROXY": spared})
        assert proxies is None or proxies.of("http://a.example/") is None or "://" in proxies.of("http://a.example/")


async def test_what_connect_to_names_is_asked_directly(tls: Tls) -> None:
    """Whoever types a connection means it."""
    proxies = from_environment({"ALL_PROXY": "p:1"})
    assert proxies is not None
    guard = Guard(connect_to=[parse_connect_to("a.example::127.0.0.1:1")], resolver=NAMES)
    forwarding = Forwarding(_Direct(), lambda proxy: HttpxTransport(guard, tls, proxy=proxy), proxies, guard)
    with pytest.raises(LookupError):
        await forwarding.send(Request("GET", "https://a.example/"))
    await forwarding.aclose()
    guard.close()


def test_a_run_goes_through_the_proxy(
    proxy: ForwardProxy, tmp_path: Path, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command, redirects and all."""
    monkeypatch.setattr(engine, "guard", lambda settings: Guard(resolver=NAMES))
    there = files(tmp_path, {"a.md": "[x](http://a.example/away) [y](https://a.example/gone)\n"})
    words = ("run", ".", "--format", "jsonl", "--ca-file", ca_file, "--retries", 0)
    done = linkcheck(
        there, *words, environment={"https_proxy": f"127.0.0.1:{proxy.port}", "http_proxy": f"127.0.0.1:{proxy.port}"}
    )
    assert [row["reason"] for row in done.rows] == ["redirect-to-root", "not-found"]
    assert sorted({line.split(" ")[0] for line in proxy.seen}) == ["CONNECT", "GET"]


def test_an_unusable_proxy_is_one_sentence(tmp_path: Path) -> None:
    """A mistake of mine, told without the password in it."""
    there = files(tmp_path, {"a.md": "[x](http://a.example/)\n"})
    for value, sentence in {
        "socks5://me:secret@p": "ALL_PROXY: socks5 proxies are not supported; http and https are",
        "http://me:secret@p:99999": "ALL_PROXY is no URL of a proxy; write for example http://proxy.example.org:3128",
    }.items():
        done = linkcheck(there, "run", ".", environment={"ALL_PROXY": value})
        assert (done.code, done.stderr.count("\n")) == (2, 1), done.stderr
        assert done.stderr.startswith(f"linkcheck: {sentence}")


def test_no_proxy_no_detour() -> None:
    """Without such a variable nothing is built for it."""
    assert from_environment({"PATH": "/bin", "NO_PROXY": "*"}) is None
    assert Settings().transport is not None
