"""Comments `<!-- linkcheck: off -->`, `on`, `ignore-next-line` → the regions that are not checked."""

from bisect import bisect_right
from typing import NamedTuple

from linkcheck.patterns import lazily
from linkcheck.references.positions import line_starts

_COMMENT = lazily(r"<!--\s*(?i:linkcheck:\s*(?P<word>off|on|ignore-next-line))\b[^>]*?-->")


class Region(NamedTuple):
    """Offsets, the end exclusive, and the sentence that says why."""

    start: int
    end: int
    rule: str


def regions(mask: str, starts: list[int] | None = None, start: int = 0) -> list[Region]:
    """The regions of a document whose HTML (and nothing else) is in `mask` from offset `start` on, in order."""
    if mask.find("<!--", start) < 0:
        return []
    lines = starts or line_starts(mask)
    found: list[Region] = []
    off: tuple[int, int] | None = None
    for match in _COMMENT.finditer(mask, start):
        word, line = match["word"].lower(), bisect_right(lines, match.start())
        last = bisect_right(lines, match.end() - 1)
        if word == "off" and off is None:
            off = (match.end(), line)
        elif word == "on" and off is not None:
            found.append(Region(off[0], match.start(), f"the comment 'linkcheck: off' in line {off[1]}"))
            off = None
        elif word == "ignore-next-line" and last < len(lines):
            end = lines[last + 1] if last + 1 < len(lines) else len(mask) + 1
            found.append(Region(lines[last], end, f"the comment 'linkcheck: ignore-next-line' in line {line}"))
    if off is not None:
        found.append(Region(off[0], len(mask) + 1, f"the comment 'linkcheck: off' in line {off[1]}"))
    return found


def rule_at(found: list[Region], offset: int) -> str | None:
    """The sentence of the first region that holds the offset."""
    return next((region.rule for region in found if region.start <= offset < region.end), None)
