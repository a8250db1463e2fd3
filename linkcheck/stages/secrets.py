"""References → references that may be stored and shown; what was taken out is kept in this process alone.

Invariant: no userinfo, and no match of a configured pattern, reaches the store or a report.
"""

import re
from collections.abc import Iterable

from msgspec.structs import replace

from linkcheck import urls
from linkcheck.model import Reference, Target

MASK = "***"


class Secrets:
    """The secrets of one run: `patterns` are regular expressions, each match a secret."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._patterns = [re.compile(pattern) for pattern in patterns]
        self._real: dict[str, str] = {}

    def protect(self, reference: Reference) -> Reference:
        """The reference with every secret masked; its spans still hold for the file."""
        if "@" not in reference.raw and "@" not in (reference.url or "") and not self._patterns:
            return reference
        raw = self.mask(reference.raw)
        if raw == reference.raw and (reference.url is None or self.mask(reference.url) == reference.url):
            return reference
        url = self.mask(reference.url) if reference.url is not None else None
        return replace(reference, raw=raw, url=url, targets=tuple(map(self._target, reference.targets)))

    def mask(self, text: str) -> str:
        """Any text, masked."""
        text = urls.mask_userinfo(text)
        for pattern in self._patterns:
            text = pattern.sub(MASK, text)
        return text

    def reveal(self, target: Target) -> Target:
        """The target as the document writes it."""
        real = self._real.get(target.url) if self._real else None
        return target if real is None else replace(target, url=real)

    def _target(self, target: Target) -> Target:
        masked = self.mask(target.url)
        if masked == target.url:
            return target
        self._real[urls.without_fragment(masked)] = urls.without_fragment(target.url)
        return replace(
            target,
            url=masked,
            alternates=tuple(map(self.mask, target.alternates)),
            renditions=tuple(map(self.mask, target.renditions)),
        )
