"""A URL → the chain of image proxies around it, outermost first, and the origin inside; pure.

Invariant: it ends (at most `DEPTH` hops, no URL twice) and never raises, whatever the text. A web archive's replay
URL is no proxy.
"""

import re

from msgspec import Struct

from linkcheck import urls
from linkcheck.model import Expects
from linkcheck.patterns import lazily
from linkcheck.targets.extractors import EXTRACTORS, argument, decoded, outer
from linkcheck.targets.rulebook import ProxyRule, Rules, compiled, has_mark

DEPTH = 5
_EXPLICIT = lazily(r"(https?):/*", re.IGNORECASE)
_SECURE = lazily(r"ssl:/*|//+", re.IGNORECASE)
_FOREIGN = lazily(r"[a-z][a-z0-9+.\-]*:(?!\d)", re.IGNORECASE)

_DOTTED = lazily(r"[^/?]+[.。．｡][^/?]")


class Hop(Struct, frozen=True):
    """One proxy and what it hands on."""

    url: str
    """The proxied URL."""
    rule: str
    """Id of the rule that recognised it."""
    origin: str | None
    """The URL inside, absolute, without fragment, https where none is stated; None when it cannot be read."""
    fetches: str | None
    """What the proxy itself asks for: `origin`, or the same with the scheme it takes by default."""
    meant: str | None = None
    """The URL its author meant, when a raw `&` gave the end of its query to the proxy."""
    scheme_assumed: bool = False
    query_lost: bool = False
    """The original's query may have been dropped before this URL was written."""
    signed: bool = False
    """Editing the URL breaks its signature."""
    opaque: bool = False
    """The proxy keeps what it fetches to itself."""
    default_url: str | None = None
    """Where the proxy redirects instead of reporting a failure."""
    serves: Expects = Expects.IMAGE


class Unwrapped(Struct, frozen=True):
    """The hops of a proxied URL, outermost first; at least one."""

    hops: tuple[Hop, ...]

    @property
    def origin(self) -> str | None:
        """The innermost URL that can be asked; None when the only hop does not tell what it fetches."""
        last = self.hops[-1]
        return last.origin or (last.url if len(self.hops) > 1 else None)

    @property
    def alternates(self) -> tuple[str, ...]:
        """Other candidates for the origin, in the order to ask: the other scheme, then what the author meant."""
        last = self.hops[-1]
        if last.origin is None:
            last = next((hop for hop in reversed(self.hops) if hop.origin == self.origin), last)
        if last.meant is None:
            return () if last.fetches is None or last.fetches == last.origin else (last.fetches,)
        candidates = [last.fetches, last.meant]
        if last.meant and last.scheme_assumed:
            candidates.append(last.meant.replace("https:", "http:", 1))
        return tuple(dict.fromkeys(url for url in candidates if url and url != last.origin))

    @property
    def opaque(self) -> bool:
        """Whether the proxied answer alone can decide."""
        return self.hops[0].opaque


def unwrap(url: str, rules: Rules) -> Unwrapped | None:
    """The proxies around the serialised web URL `url`; None when it is not proxied."""
    hop = _hop(url, rules)
    if hop is None:
        return None
    hops, seen = [hop], {url}
    while len(hops) < DEPTH and hop.origin is not None and hop.origin not in seen:
        seen.add(hop.origin)
        hop = _hop(hop.origin, rules)
        if hop is None:
            break
        hops.append(hop)
    return Unwrapped(tuple(hops))


def _hop(url: str, rules: Rules) -> Hop | None:
    for rule in rules.at(url).proxies:
        hop = _hop_by(url, rule)
        if hop is not None:
            return hop
    if not has_mark(url, rules):
        return None
    for mark, rule in rules.anywhere:
        if mark in url:
            hop = _hop_by(url, rule)
            if hop is not None and (hop.origin or hop.opaque):
                return hop
    return None


def _hop_by(url: str, rule: ProxyRule) -> Hop | None:
    proxied = outer(url, rule)
    if proxied is None:
        return None
    name, _, of_name = rule.extract.partition(":")
    inner = EXTRACTORS[name](proxied, rule, of_name)
    if inner is None:
        return None
    origin, assumed = absolute(inner.text, inner.scheme)
    fetches = origin.replace("https:", f"{rule.scheme}:", 1) if origin and assumed else origin
    return Hop(
        url=url,
        rule=rule.id,
        origin=origin,
        fetches=fetches,
        meant=absolute(inner.meant, inner.scheme)[0] if inner.meant else None,
        scheme_assumed=assumed,
        query_lost=inner.query_lost,
        signed=bool(rule.signed and compiled(rule.signed).search(proxied.url)),
        opaque=inner.opaque,
        default_url=_default_url(proxied.query, rule, fetches),
        serves=rule.serves,
    )


def absolute(text: str, scheme: str | None = None) -> tuple[str | None, bool]:
    """The URL that a proxied value stands for, and whether its scheme is assumed (https).

    Without `scheme` the value may state one: `http://`, `https://` (slashes may be collapsed), `ssl:` or `//` for
    https. (None, False) when it cannot be a web URL.
    """
    if ":" in text or text.startswith("//"):
        if explicit := _EXPLICIT.match(text):
            return _serialised(explicit[1].lower(), text[explicit.end() :]), False
        if scheme is None and (secure := _SECURE.match(text)):
            return _serialised("https", text[secure.end() :]), False
        if _FOREIGN.match(text):
            return None, False
    url = _serialised(scheme or "https", text)
    return url, url is not None and scheme is None


def _serialised(scheme: str, text: str) -> str | None:
    bare = text.partition("#")[0].lstrip("/")
    url = f"{scheme}://{bare}"
    if urls.is_plain(url):  # whose host has a dot
        return url
    return urls.resolve(url) if _DOTTED.match(bare) else None


def _default_url(query: str, rule: ProxyRule, fetches: str | None) -> str | None:
    """The stand-in's URL; `1` stands for the origin itself."""
    if "&" not in query:
        return None
    for name in rule.defaults:
        value = decoded(argument(query, name) or "")
        if value == "1":
            return fetches
        if value:
            url, assumed = absolute(value)
            return url.replace("https:", f"{rule.scheme}:", 1) if url and assumed else url
    return None
