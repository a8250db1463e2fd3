"""Front matter → candidates: every string that as a whole is an absolute web URL."""

import re
from collections.abc import Iterator

from linkcheck.documents import front_matter
from linkcheck.model import Kind
from linkcheck.references.candidate import Candidate

_WEB = re.compile(r"https?://\S.*", re.IGNORECASE)
_IMAGE_KEY = re.compile(
    r"(?:.*[_-])?(?:image|images|img|cover|thumbnail|thumb|banner|poster|avatar|photo|picture|logo)(?:[_-]?url)?",
    re.IGNORECASE,
)
_IMAGE_NAME = re.compile(r"[^?#]*\.(?:jpe?g|png|gif|webp|avif|svg|bmp|ico)(?:[?#].*)?", re.IGNORECASE)


def candidates(text: str) -> Iterator[Candidate]:
    """In order; `attribute` is the nearest key."""
    for entry in front_matter.read(text)[0]:
        value = entry.value
        if not isinstance(value, str) or not _WEB.fullmatch(value.strip()):
            continue
        raw = text[entry.start : entry.end]
        start = entry.start + len(raw) - len(raw.lstrip())
        is_image = _IMAGE_KEY.fullmatch(entry.key) or _IMAGE_NAME.fullmatch(value)
        kind = Kind.IMAGE if is_image else Kind.LINK
        yield Candidate(start, start + len(raw.strip()), value.strip(), kind, None, entry.key or None)
