"""Front matter → candidates: every string that as a whole is an absolute web URL."""

import re
from collections.abc import Iterator

from linkcheck.documents import front_matter
from linkcheck.documents.head import OWN_URL_KEYS
from linkcheck.model import Kind
from linkcheck.patterns import lazily
from linkcheck.references.candidate import Candidate

_WEB = lazily(r"https?://\S+", re.IGNORECASE)
# Feeds write raw spaces into an article's own URL; in any other value a space begins a sentence.
_OWN = lazily(r"https?://\S[^\r\n]*", re.IGNORECASE)
_IMAGE_KEY = lazily(
    r"(?:.*[_-])?(?:image|images|img|cover|thumbnail|thumb|banner|poster|avatar|photo|picture|logo)(?:[_-]?url)?",
    re.IGNORECASE,
)
_IMAGE_NAME = lazily(r"[^?#]*\.(?:jpe?g|png|gif|webp|avif|svg|bmp|ico)(?:[?#].*)?", re.IGNORECASE)


def candidates(text: str) -> Iterator[Candidate]:
    """In order; `attribute` is the nearest key."""
    for entry in front_matter.read(text)[0]:
        value = entry.value
        if not isinstance(value, str):
            continue
        whole = _OWN if entry.depth == 0 and entry.key in OWN_URL_KEYS else _WEB
        if not whole.fullmatch(value.strip()):
            continue
        raw = text[entry.start : entry.end]
        start = entry.start + len(raw) - len(raw.lstrip())
        is_image = _IMAGE_KEY.fullmatch(entry.key) or _IMAGE_NAME.fullmatch(value)
        kind = Kind.IMAGE if is_image else Kind.LINK
        yield Candidate(start, start + len(raw.strip()), value.strip(), kind, None, entry.key or None)
