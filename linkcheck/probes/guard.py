"""A URL, then its host and port → the addresses that may be connected to, or a refusal with its sentence.

Invariant: nothing is sent to an address that this module has not named; every address of an answer is checked.
"""

import socket
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from linkcheck import urls
from linkcheck.errors import UserFault
from linkcheck.model import Failure
from linkcheck.probes.addresses import BROWSERS_REFUSE, DATABASES, address, is_private_name, is_public
from linkcheck.probes.dns import Answer, Names, Resolver, system_resolver
from linkcheck.probes.transport import described, failure_of


class Refusal(NamedTuple):
    """Why nothing is sent."""

    failure: Failure
    sentence: str


class Address(NamedTuple):
    """A literal address (IPv6 without brackets) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class ConnectTo(Struct, frozen=True):
    """Connect elsewhere, keep the name: curl's `--connect-to`. None matches, or keeps, whatever is there."""

    host: str | None
    port: int | None
    to_host: str | None
    to_port: int | None

    def matches(self, host: str, port: int) -> bool:
        """Whether the rule is for this host (without brackets) and port."""
        return self.host in (None, host) and self.port in (None, port)


def parse_connect_to(text: str) -> ConnectTo:
    """`HOST1:PORT1:HOST2:PORT2` → a rule; each part may be empty, IPv6 stands in brackets. Raises UserFault."""
    parts = _split(text)
    if len(parts) != 4:
        raise UserFault(f"--connect-to wants HOST1:PORT1:HOST2:PORT2 (any of them may be empty), not {text!r}")
    return ConnectTo(
        _host_in(parts[0], text), _port_in(parts[1], text), _host_in(parts[2], text), _port_in(parts[3], text)
    )


def _split(text: str) -> list[str]:
    """At colons outside of brackets."""
    parts = [""]
    within = False
    for character in text:
        within = character == "[" or (within and character != "]")
        if character == ":" and not within:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _host_in(part: str, text: str) -> str | None:
    if not part:
        return None
    if part.startswith("["):
        literal = address(part[1:-1]) if part.endswith("]") else None
        if literal is None:
            raise UserFault(f"--connect-to {text!r}: {part!r} is no address in brackets")
        return str(literal)
    parsed = urls.resolve(f"http://{part}/")
    if parsed is None or not urls.host(parsed) or "/" in part:
        raise UserFault(f"--connect-to {text!r}: {part!r} is no host name")
    return _canonical(urls.host(parsed))


def _port_in(part: str, text: str) -> int | None:
    if not part:
        return None
    if not (part.isascii() and part.isdigit() and len(part) < 6 and 0 < int(part) < 65_536):
        raise UserFault(f"--connect-to {text!r}: {part!r} is no port (1 to 65535)")
    return int(part)


@lru_cache(maxsize=1024)
def _canonical(host: str) -> str:
    """A host for comparing: lower case, no trailing dot, addresses in their one spelling."""
    bare = host.rstrip(".").lower()
    literal = address(bare)
    return str(literal) if literal is not None else bare


class Guard:
    """The gate of one run; close it at the end."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        connect_to: Iterable[ConnectTo] = (),
        resolver: Resolver = system_resolver,
    ) -> None:
        self._allow_private = allow_private
        self._rules = tuple(connect_to)
        self._names = Names(resolver)
        self._looked_up_again: set[str] = set()

    def refusal(self, url: str) -> Refusal | None:
        """Why a serialised web URL is not asked at all, judged on its text alone, before any `--connect-to`."""
        host, port = urls.host(url), urls.port(url)
        if port in DATABASES:
            return Refusal(Failure.BLOCKED_PORT, f"port {port} is a database's")
        if port in BROWSERS_REFUSE:
            return Refusal(Failure.BLOCKED_PORT, f"port {port} is one that browsers refuse")
        if self._allow_private:
            return None
        literal = address(host.rstrip("."))
        if literal is None and is_private_name(host):
            return Refusal(Failure.PRIVATE_ADDRESS, f"the name {host!r} is private by definition")
        if literal is not None and not is_public(literal):
            return Refusal(Failure.PRIVATE_ADDRESS, f"{host} is not a public address")
        return None

    def is_led_elsewhere(self, url: str) -> bool:
        """Whether a `--connect-to` is for this URL."""
        return bool(self._rules) and self._rule(_canonical(urls.host(url)), urls.port(url)) is not None

    async def addresses(self, host: str, port: int) -> tuple[Address, ...] | Refusal:
        """Where to connect for `host` (without brackets) and `port`, in the order to try; never empty.

        What a `--connect-to` names is not checked: the user typed it.
        """
        name = _canonical(host)
        rule = self._rule(name, port)
        exempt = self._allow_private or (rule is not None and rule.to_host is not None)
        if rule is not None:
            name, port = rule.to_host or name, rule.to_port or port
        found = await self._literals(name)
        if isinstance(found, socket.gaierror):
            return Refusal(failure_of((found,)), described((found,))[0])
        allowed = found if exempt else tuple(text for text in found if _is_public_text(text))
        if not allowed:
            return _leads_to(host, found[0])
        return tuple(Address(text, port) for text in allowed)

    async def leads_inside(self, host: str) -> Refusal | None:
        """Why nobody who looks `host` up himself, and may take any of its addresses, is sent there.

        None: each address that is found here is public, or there is none. `--connect-to` does not count.
        """
        if self._allow_private:
            return None
        found = await self._literals(_canonical(host))
        if isinstance(found, socket.gaierror):
            return None
        return next((_leads_to(host, text) for text in found if not _is_public_text(text)), None)

    def _rule(self, name: str, port: int) -> ConnectTo | None:
        return next((rule for rule in self._rules if rule.matches(name, port)), None)

    async def _literals(self, name: str) -> Answer:
        return (name,) if _is_address(name) else await self._names.addresses(name)

    def forget(self, host: str) -> None:
        """Look `host` up anew the next time: before a confirming look at a name that was not found."""
        name = _canonical(host)
        for rule in self._rules:
            if rule.host in (None, name) and rule.to_host is not None:
                self._names.forget(rule.to_host)
        self._names.forget(name)

    def look_up_again(self, host: str) -> None:
        """Forget `host` for its second look: once a run, however many URLs want it."""
        if host not in self._looked_up_again:
            self._looked_up_again.add(host)
            self.forget(host)

    def close(self) -> None:
        """Let go of the lookups' threads."""
        self._names.close()


def _leads_to(host: str, text: str) -> Refusal:
    return Refusal(Failure.PRIVATE_ADDRESS, f"{host} leads to {text}, which is not a public address")


@lru_cache(maxsize=1024)
def _is_address(name: str) -> bool:
    return address(name) is not None


@lru_cache(maxsize=1024)
def _is_public_text(text: str) -> bool:
    literal = address(text)
    return literal is not None and is_public(literal)
