"""`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` → which URL is asked through which forward proxy.

Not the image proxies that documents name: these are the ones that a company's network lets requests out through.
Invariant: what leads to this machine, and what `--connect-to` names, is never handed to one.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from linkcheck import urls
from linkcheck.errors import UserFault
from linkcheck.model import Exchange, Request
from linkcheck.probes.addresses import IpAddress, address
from linkcheck.probes.guard import Guard
from linkcheck.probes.transport import Transport

_SCHEMES = ("http", "https")
_SEPARATOR = re.compile(r"[,\s]+")
_PORT = re.compile(r":(\d{1,5})\Z")
_NO_NAME = re.compile(r"[/\\?#@:]")
_MAPPED_BITS = 96

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class _Spared(Struct, frozen=True):
    """One word of `NO_PROXY`: a name and all below it, or a network; the port may be given."""

    name: str = ""
    network: Network | None = None
    port: int | None = None

    def holds(self, host: str, literal: IpAddress | None, port: int) -> bool:
        if self.port is not None and self.port != port:
            return False
        if self.network is not None:
            return literal is not None and literal in self.network
        return self.name in ("*", host) or host.endswith("." + self.name)


class ForwardProxies:
    """What the environment says."""

    def __init__(self, by_scheme: Mapping[str, str], spared: tuple[_Spared, ...]) -> None:
        self._by_scheme = by_scheme
        self._spared = spared

    def of(self, url: str) -> str | None:
        """The proxy's URL for a serialised web URL; None: it is asked directly."""
        proxy = self._by_scheme.get(urls.scheme(url) or "")
        if proxy is None:
            return None
        host = urls.host(url).rstrip(".").lower()
        literal = _literal(host)
        if _is_this_machine(host, literal):
            return None
        port = urls.port(url)
        return None if any(spared.holds(host, literal, port) for spared in self._spared) else proxy


def _literal(text: str) -> IpAddress | None:
    """`text` (without brackets) as an address, IPv4 for one that is mapped into IPv6; None for a name."""
    literal = address(text)
    mapped = literal.ipv4_mapped if isinstance(literal, ipaddress.IPv6Address) else None
    return mapped or literal


def _is_this_machine(host: str, literal: IpAddress | None) -> bool:
    """Connecting to the unspecified address leads here, too."""
    if literal is not None:
        return literal.is_loopback or literal.is_unspecified
    return host == "localhost" or host.endswith(".localhost")


def from_environment(environment: Mapping[str, str]) -> ForwardProxies | None:
    """The proxies that the environment names, in capitals or not; None: none. Raises UserFault for unusable ones.

    As with curl, `http_proxy` counts in small letters only where a web server may have set the other one.
    """
    by_scheme = {}
    for scheme in _SCHEMES:
        name, value = _first(environment, f"{scheme}_proxy", "all_proxy")
        if value:
            by_scheme[scheme] = _usable(name, value)
    if not by_scheme:
        return None
    words = _SEPARATOR.split(_first(environment, "no_proxy")[1])
    return ForwardProxies(by_scheme, tuple(_spared(word) for word in words if word))


def _first(environment: Mapping[str, str], *names: str) -> tuple[str, str]:
    """The first of the variables that is there and not empty, with its value; small letters go before capitals."""
    for name in names:
        for spelling in (name, name.upper()):
            if spelling == "HTTP_PROXY" and "REQUEST_METHOD" in environment:
                continue
            if value := environment.get(spelling, "").strip():
                return spelling, value
    return names[0], ""


def _usable(name: str, value: str) -> str:
    url = value if "://" in value else f"http://{value}"
    scheme = url.partition("://")[0].lower()
    if scheme not in _SCHEMES:
        raise UserFault(f"{name}: {scheme} proxies are not supported; http and https are")
    resolved = urls.resolve(url)
    if resolved is None or not urls.host(resolved):
        # The value may hold a password.
        raise UserFault(f"{name} is no URL of a proxy; write for example http://proxy.example.org:3128")
    return resolved


def _spared(word: str) -> _Spared:
    try:
        return _Spared(network=_network(word.strip("[]")))
    except ValueError:
        pass
    port = _PORT.search(word)
    bare = word[: port.start()] if port else word
    number = int(port[1]) if port else None
    literal = _literal(bare.strip("[]"))
    if literal is not None:
        return _Spared(network=ipaddress.ip_network(literal), port=number)
    return _Spared("*" if bare == "*" else _name(bare.removeprefix("*").strip(".")), port=number)


def _network(text: str) -> Network:
    """Raises ValueError."""
    network = ipaddress.ip_network(text, strict=False)
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    if mapped is None or network.prefixlen < _MAPPED_BITS:
        return network
    return ipaddress.IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))


def _name(text: str) -> str:
    """As hosts are serialised, in punycode; what cannot be one in small letters."""
    resolved = urls.resolve(f"http://{text}/") if _NO_NAME.search(text) is None else None
    return (urls.host(resolved).rstrip(".") if resolved is not None else "") or text.lower()


class Forwarding:
    """Asks what has a forward proxy through it, by a transport that is built for that proxy, and all else directly."""

    def __init__(
        self, direct: Transport, through: Callable[[str], Transport], proxies: ForwardProxies, guard: Guard
    ) -> None:
        self._direct = direct
        self._through = through
        self._proxies = proxies
        self._guard = guard
        self._built: dict[str, Transport] = {}

    async def send(self, request: Request) -> Exchange:
        """Ask once (see `Transport`)."""
        proxy = self._proxies.of(request.url)
        if proxy is None or self._guard.is_led_elsewhere(request.url):
            return await self._direct.send(request)
        transport = self._built.get(proxy)
        if transport is None:
            transport = self._built[proxy] = self._through(proxy)
        return await transport.send(request)

    async def aclose(self) -> None:
        """Close all that was built."""
        await self._direct.aclose()
        for transport in self._built.values():
            await transport.aclose()
