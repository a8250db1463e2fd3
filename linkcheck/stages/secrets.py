"""What documents and the web say → what may be stored and shown; what was taken out is kept in this process alone.

Invariant: no userinfo, and no match of a configured pattern, reaches the store or a report.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from linkcheck import urls
from linkcheck.model import Document, Exchange, Probe, Reference, Target
from linkcheck.patterns import lazily

MASK = "***"
_INNER = lazily(
    r"([/\\]{2}|%2F%2F)(?!\*\*\*@)((?:(?!%2F|%3F|%23|%26)[^/?#&\s\\])+)(@|%40)",
    re.IGNORECASE,
)
"""Userinfo of a URL anywhere in a text, percent-encoded ones (a proxy's query) too; up to the last `@`."""


class Secrets:
    """The secrets of one run: `patterns` are regular expressions, each match a secret."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._patterns = [re.compile(pattern) for pattern in patterns]
        self._real: dict[str, str] = {}

    def protect(self, reference: Reference) -> Reference:
        """The reference with every secret masked; its spans still hold for the file."""
        if not self._patterns and not _may_hold_an_at(reference):
            return reference
        return replace(
            reference,
            raw=self._written(reference.raw),
            url=self.mask(reference.url) if reference.url is not None else None,
            problem=self.mask(reference.problem) if reference.problem is not None else None,
            targets=tuple(self._target(target, self._hidden) for target in reference.targets),
        )

    def protect_document(self, document: Document) -> Document:
        """What its head says, masked; the text stays and is not to be stored."""
        title, url = document.title or "", document.url or ""
        if not self._is_suspicious(title, url):
            return document
        return replace(document, title=self.mask(title) or None, url=self.mask(url) or None)

    def protect_probe(self, probe: Probe) -> Probe:
        """Evidence with every secret masked, whoever uttered it: redirects, pages, causes of a failure.

        To be judged afterwards, so that no verdict can quote one.
        """
        if not self._patterns and not _may_hold_userinfo(probe):
            return probe
        exchanges = self._tree(msgspec.to_builtins(probe.exchanges))
        return Probe(
            self._target(probe.target, self._hidden),
            msgspec.convert(exchanges, tuple[Exchange, ...]),
            probe.skipped,
            self.mask(probe.note) if probe.note is not None else None,
        )

    def _written(self, raw: str) -> str:
        """A raw value, masked; one that hides its secret in character references or escapes loses those too."""
        masked = self.mask(raw)
        if masked != raw or ("&" not in raw and "\\" not in raw):
            return masked
        import html  # few references hold an `@`

        from linkcheck.documents.escapes import unescape

        bare = unescape(html.unescape(raw))
        shown = self.mask(bare)
        return raw if shown == bare else shown

    def mask(self, text: str) -> str:
        """Any text, masked."""
        if "@" in text or "%40" in text:
            text = _INNER.sub(rf"\1{MASK}\3", urls.mask_userinfo(text))
        for pattern in self._patterns:
            text = pattern.sub(MASK, text)
        return text

    def reveal(self, target: Target) -> Target:
        """The target as the document writes it."""
        return self._target(target, lambda url: self._real.get(url, url)) if self._real else target

    def _is_suspicious(self, *texts: str) -> bool:
        return bool(self._patterns) or any(map(_has_at, texts))

    def _hidden(self, url: str) -> str:
        """The URL masked, in a way that leads back to it alone: two secrets at one place stay two targets."""
        masked = self.mask(url)
        if masked == url:
            return url
        real, number, candidate = urls.without_fragment(url), 1, masked
        while self._real.setdefault(urls.without_fragment(candidate), real) != real:
            number += 1
            candidate = masked.replace(MASK, f"{MASK}{number}", 1)
        return candidate

    def _target(self, target: Target, change: Any) -> Target:
        return replace(
            target,
            url=change(target.url),
            alternates=tuple(map(change, target.alternates)),
            renditions=tuple(map(change, target.renditions)),
            fallbacks=tuple(map(change, target.fallbacks)),
            substitutes=tuple(map(change, target.substitutes)),
            referer=change(target.referer) if target.referer is not None else None,
        )

    def _tree(self, value: Any) -> Any:
        """Every text in a tree of plain values, masked."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, Mapping):
            return {name: self._tree(part) for name, part in value.items()}
        return [self._tree(part) for part in value] if isinstance(value, list | tuple) else value


_WITH_ADDRESSES = frozenset({"location", "content-location", "link"})
_LENGTHS = frozenset(map(len, _WITH_ADDRESSES))


def _may_hold_an_at(reference: Reference) -> bool:
    """Whether an `@` stands in anything of a reference: userinfo has no other place. Asked of each."""
    raw, url = reference.raw, reference.url
    if _has_at(raw) or (url is not None and url != raw and _has_at(url)):
        return True
    return any(target.referer is not None and _has_at(target.referer) for target in reference.targets)


def _may_hold_userinfo(probe: Probe) -> bool:
    """Whether an `@` stands in any address of the evidence: userinfo has no other place. Asked of each."""
    url = probe.target.url
    if "@" in url or "%40" in url:
        return True
    for exchange in probe.exchanges:
        asked = exchange.request.url
        if (asked != url and _has_at(asked)) or (exchange.error and any(map(_has_at, exchange.error))):
            return True
        for name, value in exchange.headers:
            if len(name) in _LENGTHS and _has_at(value) and name.lower() in _WITH_ADDRESSES:
                return True
        page = exchange.content.page if exchange.content is not None else None
        if page is not None and (_has_at(page.canonical or "") or _has_at(page.refresh or "")):
            return True
    return False


def _has_at(text: str) -> bool:
    return "@" in text or "%40" in text
