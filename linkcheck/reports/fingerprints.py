"""Findings in document order → what each is known by from run to run.

Invariant: a moved line changes no fingerprint, nor does another reason: the reference is known by path, URL, kind and
the how-manieth of its like it is within its document.
"""

from collections import Counter
from hashlib import sha256

from linkcheck.model import Reference
from linkcheck.reports.grouping import address


class Fingerprints:
    """Feed it the references of a report in document order; memory holds one document's."""

    def __init__(self) -> None:
        self._path: str | None = None
        self._seen: Counter[tuple[str, str]] = Counter()

    def of(self, reference: Reference) -> str:
        """64 hexadecimal digits, unique within the report."""
        if reference.path != self._path:
            self._path = reference.path
            self._seen.clear()
        like = (address(reference), reference.kind.value)
        ordinal = self._seen[like]
        self._seen[like] += 1
        text = "\n".join((reference.path, *like, str(ordinal)))
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
