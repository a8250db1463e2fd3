"""A proxied URL → the text of the URL inside; a closed set, named in configuration.

Invariant: query strings are cut by hand and decoded once (form parsers spoil `+`, raw `&` and repeated keys);
an extractor returns None where the URL is not of its proxy's shape, and never raises.
"""

import re
from base64 import urlsafe_b64decode
from binascii import Error as BadBase64
from collections.abc import Callable
from typing import Literal
from urllib.parse import unquote

from msgspec import Struct

from linkcheck.patterns import lazily
from linkcheck.targets.rulebook import ProxyRule, compiled

_INNER_SCHEME = lazily(r"https?(?::/|%(?:25)*3A)", re.IGNORECASE)
_LOST_BYTE = lazily("[\udc80-\udcff]")
_HTTP = lazily(r"https?:/", re.IGNORECASE)


class Outer(Struct, frozen=True):
    """A proxied URL taken apart; nothing decoded."""

    url: str
    """Without fragment."""
    site: str
    """Scheme and authority."""
    rest: str
    """What follows the match of the rule's pattern (else the first slash of the path), query included."""
    query: str


class Inner(Struct, frozen=True):
    """What an extractor found."""

    text: str
    """As the proxy reads it: decoded where the proxy decodes, scheme or not; empty for an opaque hop."""
    scheme: Literal["http", "https"] | None = None
    """The scheme that the proxy's notation states beside `text`; None: `text` has its own or none is known."""
    meant: str | None = None
    """`text` with what a raw `&` cut from its query."""
    query_lost: bool = False
    opaque: bool = False


Extractor = Callable[[Outer, ProxyRule, str], Inner | None]


def outer(url: str, rule: ProxyRule) -> Outer | None:
    """`url` taken apart for `rule`; None when the rule's pattern does not match."""
    bare = url.partition("#")[0]
    head, _, query = bare.partition("?")
    start = head.find("/", head.find("//") + 2)
    rest_at = start + 1 if start >= 0 else len(head)
    if rule.pattern:
        match = compiled(rule.pattern).match(bare)
        if match is None:
            return None
        rest_at = match.end()
    return Outer(url=bare, site=head[:start] if start >= 0 else head, rest=bare[rest_at:], query=query)


def decoded(text: str) -> str:
    """Percent-decoded once, as UTF-8; bytes that are not UTF-8 stay escaped."""
    if "%" not in text:
        return text
    plain = unquote(text, errors="surrogateescape")
    return _LOST_BYTE.sub(lambda byte: f"%{ord(byte.group()) - 0xDC00:02X}", plain)


def argument(query: str, name: str) -> str | None:
    """The raw value of the first argument of that name, whatever its case."""
    for piece in query.split("&"):
        found, _, value = piece.partition("=")
        if found == name or found.lower() == name:
            return value
    return None


def _query(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    raw = argument(proxied.query, name)
    if not raw:
        return None
    text = decoded(raw)
    lost = "?" not in text and not _HTTP.match(text)
    return Inner(text, meant=_meant(proxied.query, name, rule) if "?" in raw else None, query_lost=lost)


def _meant(query: str, name: str, rule: ProxyRule) -> str | None:
    """The inner URL with the arguments that the proxy does not know, in order; None when there are none."""
    if not rule.options:
        return None
    pieces = query.split("&")
    first = next(at for at, piece in enumerate(pieces) if piece.partition("=")[0].lower() == name)
    strays = [piece for piece in pieces[first + 1 :] if piece and piece.partition("=")[0].lower() not in rule.options]
    value = pieces[first].partition("=")[2]
    return decoded("&".join([value, *strays])) if strays else None


def _query_rest(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    found = re.search(rf"(?:\A|&){re.escape(name)}=(.+)", proxied.query, re.IGNORECASE)
    if found is None:
        return None
    value = found[1]
    return Inner(value) if _HTTP.match(value) else Inner(decoded(value.partition("&")[0]))


def _site_query(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    text = decoded(argument(proxied.query, name) or "")
    if text.startswith("/"):
        return None if text.startswith("//") else Inner(proxied.site + text)
    return Inner(text) if _HTTP.match(text) else None


def _path(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    text = decoded(proxied.rest.partition("?")[0])
    return Inner(text) if _HTTP.match(text) else None


def _after_scheme(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    found = _INNER_SCHEME.search(proxied.rest)
    return _written(proxied.rest[found.start() :]) if found else None


def _written(text: str) -> Inner:
    """A URL written plainly, to the end, or percent-encoded once or more often, up to the outer query."""
    if _HTTP.match(text):
        return Inner(text)
    plain = decoded(text.partition("?")[0])
    return Inner(plain if _HTTP.match(plain) else decoded(plain))


def _photon(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    text = proxied.rest.partition("?")[0]
    query = argument(proxied.query, "q")
    is_secure = argument(proxied.query, "ssl") not in (None, "", "0", "false")
    if "." not in text.partition("/")[0]:
        return None
    return Inner(
        f"{text}?{decoded(query)}" if query else text, scheme="https" if is_secure else "http", query_lost=not query
    )


def _statically(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    host, _, path = proxied.rest.partition("?")[0].partition("/")
    options, slash, below = path.partition("/")
    if slash and re.fullmatch(r"[a-z]+=[^/,]+(?:,[a-z]+=[^/,]+)*,?", options):
        path = below
    return Inner(f"{host}/{path}", scheme="https", query_lost=True) if "." in host else None


def _amp_cache(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    secure = proxied.rest.startswith("s/")
    text = proxied.rest[2:] if secure else proxied.rest
    return Inner(text, scheme="https" if secure else "http") if "." in text.partition("/")[0] else None


def _scheme_segment(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    found = re.match(r"(?:%3F(?P<query>[^/]*)/)?(?P<scheme>https?)/(?P<place>[^?]+)", proxied.rest, re.IGNORECASE)
    if found is None:
        return None
    query = "?" + decoded(found["query"]) if found["query"] else ""
    return Inner(f"{found['scheme']}://{found['place']}{query}")


def _camo_hex(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    asked = argument(proxied.query, "url")
    if asked:
        return Inner(decoded(asked))
    digits = proxied.rest.partition("?")[0].rpartition("/")[2]
    try:
        return Inner(bytes.fromhex(digits).decode())
    except ValueError:
        return None


def _imageproxy(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    if _INNER_SCHEME.match(proxied.rest):
        return _written(proxied.rest)
    text = _base64(proxied.rest.partition("?")[0])
    return Inner(text) if text and _HTTP.match(text) else None


_THUMBOR_OPTIONS = lazily(
    r"""(?:debug/)?(?:meta/)?(?:trim(?::[a-z-]+)?(?::\d+)?/)?(?:\d+x\d+:\d+x\d+/)?(?:(?:adaptive-)?(?:full-)?fit-in/)?
    (?:-?(?:\d*|orig)x-?(?:\d*|orig)/)?(?:(?:left|right|center)/)?(?:(?:top|bottom|middle)/)?(?:smart/)?
    (?:filters:(?:[a-z_]+\((?:[^()]|\([^()]*\))*\):?)+/)?""",
    re.VERBOSE,
)


def _thumbor(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    options = _THUMBOR_OPTIONS.match(proxied.rest)
    text = proxied.rest[options.end() :] if options else proxied.rest
    if _INNER_SCHEME.match(text):
        return _written(text)
    return Inner(text) if "." in text.partition("/")[0] and "/" in text else None


def _imgproxy(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    options = re.match(r"(?:[a-z_]+:[^/]*/)*", proxied.rest)
    text = proxied.rest[options.end() :] if options else proxied.rest
    if text.startswith("plain/"):
        plain = decoded(re.sub(r"@[a-z0-9]+\Z", "", text.removeprefix("plain/").partition("?")[0]))
        return Inner(plain) if _HTTP.match(plain) else None
    if text.startswith("enc/"):
        return Inner("", opaque=True)
    joined = text.partition("?")[0].replace("/", "")
    source = _base64(joined.rpartition(".")[0] or joined)
    return Inner(source) if source and _HTTP.match(source) else None


def _base64(text: str) -> str | None:
    try:
        return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)).decode()
    except (BadBase64, ValueError):
        return None


def _cloudflare(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    if _INNER_SCHEME.match(proxied.rest):
        return _written(proxied.rest)
    return Inner(f"{proxied.site}/{proxied.rest.lstrip('/')}") if proxied.rest else None


def _without_options(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    pieces = proxied.query.split("&")
    kept = [piece for piece in pieces if piece.partition("=")[0].lower() not in rule.options]
    if len(kept) == len(pieces):
        return None
    return Inner("?".join([proxied.url.partition("?")[0], *filter(None, ["&".join(kept)])]))


def _opaque(proxied: Outer, rule: ProxyRule, name: str) -> Inner | None:
    return Inner("", opaque=True)


EXTRACTORS: dict[str, Extractor] = {
    "query": _query,
    "query-rest": _query_rest,
    "site-query": _site_query,
    "path": _path,
    "after-scheme": _after_scheme,
    "photon": _photon,
    "statically": _statically,
    "amp-cache": _amp_cache,
    "scheme-segment": _scheme_segment,
    "camo-hex": _camo_hex,
    "imageproxy": _imageproxy,
    "thumbor": _thumbor,
    "imgproxy": _imgproxy,
    "cloudflare": _cloudflare,
    "without-options": _without_options,
    "opaque": _opaque,
}
NEED_ARGUMENT = frozenset({"query", "query-rest", "site-query"})
"""Extractors written as `name:argument`."""
