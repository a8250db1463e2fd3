"""The rules as values, and which of them concern a host; pure.

Invariant: for a host without rules the whole look-up is one dictionary access; patterns are compiled when first needed.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from msgspec import Struct, field

from linkcheck import urls
from linkcheck.model import Expects, Kind, Role

_REMEMBERED_HOSTS = 10_000
_SHORTEST_SITE = len("http://a")
_BESIDE_HOST = re.compile(r"[?#].*|\A.*@|:\d*\Z", re.DOTALL)

compiled = lru_cache(maxsize=None)(re.compile)
"""`re.compile`, once per pattern and not before its first use: start-up pays for no pattern that no URL needs."""


class ProxyExample(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A proxied URL and what its outermost hop must say."""

    url: str
    origin: str | None = None
    """The URL to ask first; None: there is none to be had."""
    fetches: str | None = None
    """What the proxy asks for, where that differs from `origin`."""
    meant: str | None = None
    """What the author meant, where a raw `&` cut the inner query."""


class ProxyRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to recognise one image proxy and to find the URL inside."""

    id: str
    extract: str
    """A name of `extractors.EXTRACTORS`, some with an argument: `query:url`."""
    hosts: tuple[str, ...] = ()
    """`name` or `*.suffix` (subdomains only)."""
    marks: tuple[str, ...] = ()
    """For proxies that stand on any host: the URL must hold one of these substrings."""
    pattern: str = ""
    """What the URL must match from its beginning; extractors that read a path start at the end of the match."""
    scheme: Literal["http", "https"] = "https"
    """What the proxy itself takes for a value without a scheme."""
    serves: Expects = Expects.IMAGE
    options: tuple[str, ...] = ()
    """Query parameters that are the proxy's own, never part of the inner URL."""
    defaults: tuple[str, ...] = ()
    """Query parameters that name a stand-in to redirect to on failure."""
    signed: str = ""
    """A pattern; where it is found the URL cannot be edited without breaking it."""
    source: str = ""
    note: str = ""
    examples: tuple[ProxyExample, ...] = ()
    misses: tuple[str, ...] = ()
    """URLs that this rule must leave alone."""


class KeyExample(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A URL and its key; None: it has none."""

    url: str
    key: str | None = None


class SitePattern(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One spelling of an article's URL."""

    re: str
    role: Role = Role.PAGE
    key: str = ""
    """Template over the named groups; empty: the site's."""
    decode: Mapping[str, str] = field(default_factory=dict)
    """Group → decoder (`decoders.DECODERS`): `{ id = "base62:code" }` puts group `code`, decoded, into `id`."""
    ask_also: tuple[Role, ...] = ()
    """Roles of the candidates that are asked beside this spelling."""
    json_ok: str = ""
    """Dotted path that a good JSON answer holds."""


class SiteCandidate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an article with a key may be found."""

    url: str
    """Template over the groups, `{lang|en}` with a default."""
    role: Role = Role.PAGE
    ask: Literal["reference", "fallback"] = "reference"
    """`fallback`: only after the page was not found."""


class SiteImage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A site's images: one key for all sizes of one picture."""

    re: str
    key: str
    template: str = ""
    """URL of a rendition over the groups; `{fmt}` is the rendition's name."""
    renditions: tuple[str, ...] = ()
    """Largest first."""
    expect: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Rendition → width and height in pixels."""


class SiteRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of one site's URLs."""

    id: str
    hosts: tuple[str, ...]
    key: str = ""
    match: tuple[SitePattern, ...] = ()
    candidates: tuple[SiteCandidate, ...] = ()
    image: tuple[SiteImage, ...] = ()
    soft404_title: str = ""
    """Pattern over the title, or a whole piece of it, of a page that says 'not found' with status 200."""
    source: str = ""
    note: str = ""
    examples: tuple[KeyExample, ...] = ()


class ExclusionRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is never asked, and why."""

    id: str
    reason: str
    """A clause for people: `… is not asked: {reason}`."""
    hosts: tuple[str, ...] = ()
    pattern: str = ""
    """What the URL must hold somewhere."""
    kinds: tuple[Kind, ...] = ()
    rel: tuple[str, ...] = ()
    source: str = ""
    examples: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()


class HostRules(Struct, frozen=True):
    """The rules that name one host."""

    proxies: tuple[ProxyRule, ...] = ()
    sites: tuple[SiteRule, ...] = ()
    exclusions: tuple[ExclusionRule, ...] = ()


NOTHING = HostRules()


class Rules(Struct, frozen=True):
    """All rules, in order of precedence: the user's before the shipped ones."""

    proxies: tuple[ProxyRule, ...] = ()
    sites: tuple[SiteRule, ...] = ()
    exclusions: tuple[ExclusionRule, ...] = ()
    named: frozenset[str] = frozenset()
    """Every host pattern (`name` or `*.suffix`) of any rule."""
    anywhere: tuple[tuple[str, ProxyRule], ...] = ()
    """(mark, rule) of the proxies that stand on any host."""
    marks: re.Pattern[str] | None = None
    """Finds a mark of any of them; None: there are none."""
    exclusions_anywhere: tuple[ExclusionRule, ...] = ()
    memory: dict[str, HostRules] = field(default_factory=dict)
    """Sites (scheme, host and port, as serialised) already looked up; bounded."""
    articles: dict[str, Any] = field(default_factory=dict)
    """Documents' own URLs already looked up, and what they are (`sites.SiteMatch` or None); bounded."""

    def at(self, url: str) -> HostRules:
        """The rules that name the host of a serialised web URL."""
        # up to the first slash after its host: a slice, where the host alone must be searched for
        end = url.find("/", _SHORTEST_SITE)
        site = url[:end] if end > 0 else url
        found = self.memory.get(site)
        return self._look_up(site) if found is None else found

    def _look_up(self, site: str) -> HostRules:
        names = host_patterns(_BESIDE_HOST.sub("", authority_of(site)))
        found = NOTHING
        if not self.named.isdisjoint(names):
            found = HostRules(
                proxies=tuple(rule for rule in self.proxies if not names.isdisjoint(rule.hosts)),
                sites=tuple(rule for rule in self.sites if not names.isdisjoint(rule.hosts)),
                exclusions=tuple(rule for rule in self.exclusions if not names.isdisjoint(rule.hosts)),
            )
        if len(self.memory) >= _REMEMBERED_HOSTS:
            self.memory.clear()
        self.memory[site] = found
        return found


def host_patterns(host: str) -> frozenset[str]:
    """Every pattern that names `host`: itself, and `*.` before each of its suffixes."""
    return frozenset(urls.patterns(host))


def bind(proxies: tuple[ProxyRule, ...], sites: tuple[SiteRule, ...], exclusions: tuple[ExclusionRule, ...]) -> Rules:
    """`Rules` with the index of hosts built."""
    every: tuple[ProxyRule | SiteRule | ExclusionRule, ...] = (*proxies, *sites, *exclusions)
    return Rules(
        proxies=proxies,
        sites=sites,
        exclusions=exclusions,
        named=frozenset(host for rule in every for host in rule.hosts),
        anywhere=tuple((mark, rule) for rule in proxies for mark in rule.marks),
        marks=_any_of(sorted({mark for rule in proxies for mark in rule.marks})),
        exclusions_anywhere=tuple(rule for rule in exclusions if not rule.hosts),
    )


def _any_of(marks: list[str]) -> re.Pattern[str] | None:
    return compiled("|".join(map(re.escape, marks))) if marks else None


def has_mark(url: str, rules: Rules) -> bool:
    """Whether a URL holds a substring of a proxy that may stand on any host; rarely."""
    return rules.marks is not None and rules.marks.search(url) is not None


def authority_of(url: str) -> str:
    """What stands between `//` and the next slash of a serialised web URL; any text is borne."""
    start = url.find("//") + 2
    end = url.find("/", start)
    return url[start:end] if end > 0 else url[start:]
