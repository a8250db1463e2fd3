"""Markdown → candidates of its own syntax, and the mask that holds its HTML at the same offsets.

Invariant: Markdown syntax inside raw HTML is text, as CommonMark has it; so are bare URLs there.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from linkcheck.documents.escapes import unescape
from linkcheck.model import Kind
from linkcheck.references import bare
from linkcheck.references.candidate import Candidate
from linkcheck.references.events import Link, Reading, folded

_DEFINITION = re.compile(
    r"^[ \t>*+\-\d.)]*\[(?P<label>(?!\^)(?:[^\[\]\\]|\\.){1,999})\]:[ \t]*(?:(?:\r\n|\r|\n)[ \t>]*)?"
    r"(?:<(?P<angle>(?:[^<>\\\r\n]|\\.)*)>|(?P<plain>[^\s<]\S*))",
    re.MULTILINE,
)
_DESTINATION = re.compile(
    r"\]\([ \t]*(?:(?:\r\n|\r|\n)[ \t]*(?:>[ \t]*)*)?(?:<(?P<angle>(?:[^<>\\\r\n]|\\.)*)>|(?P<plain>[^ \t\r\n]*))"
)


def candidates(body: str, reading: Reading, start: int) -> Iterator[Candidate]:
    """Links, images, autolinks, definitions and bare URLs of the body, which begins at offset `start`; unordered."""
    for link in reading.links:
        begin, end = _destination(body, link, reading)
        address = link.destination
        if link.type == "Email" and not address.lower().startswith("mailto:"):
            address = f"mailto:{address}"
        yield Candidate(start + begin, start + end, address, Kind.IMAGE if link.is_image else Kind.LINK)
    for first, last in reading.runs:
        for url in bare.urls_in(body, reading.at(first), reading.at(last), is_markdown=True):
            value = bare.absolute(unescape(body[url.start : url.end]))
            yield Candidate(start + url.start, start + url.end, value, Kind.LINK)
    for first, last in reading.code:
        for url in bare.urls_in(body, reading.at(first), reading.at(last), is_markdown=False):
            yield Candidate(start + url.start, start + url.end, bare.absolute(body[url.start : url.end]), Kind.LINK)
    if "]:" in body and not reading.is_html:
        yield from _definitions(body, reading, start)


def _destination(body: str, link: Link, reading: Reading) -> tuple[int, int]:
    """The place of a link's destination, without angle brackets."""
    end = reading.at(link.end)
    if link.type != "Inline":
        return reading.at(link.start) + 1, end - 1
    match = _DESTINATION.search(body, reading.at(link.label_end), end)
    if match is None:
        return end - 1, end - 1
    if match["angle"] is not None:
        return match.span("angle")
    first, last = match.span("plain")
    return first, last - 1 if last == end else last


def _definitions(body: str, reading: Reading, start: int) -> Iterator[Candidate]:
    """Every definition, used or not, repeated or not: where the pattern fits and no block has the text."""
    blocks = sorted((reading.at(first), reading.at(last)) for first, last in reading.blocks)
    starts = [first for first, _ in blocks]
    for match in _DEFINITION.finditer(body):
        label = match.start("label")
        index = bisect_right(starts, label) - 1
        if index >= 0 and label < blocks[index][1]:
            continue
        group = "angle" if match["angle"] is not None else "plain"
        kind = Kind.IMAGE if reading.used.get(folded(match["label"])) == {True} else Kind.LINK
        first, last = match.span(group)
        yield Candidate(start + first, start + last, unescape(match[group]), kind)


def mask(body: str, reading: Reading, start: int) -> str:
    """A text as long as `start` and the body together, blank but for the raw HTML."""
    if reading.is_html:
        return " " * start + body
    if not reading.html:
        return ""
    parts, place = [" " * start], 0
    for first, last in reading.html:
        begin, end = reading.at(first), reading.at(last)
        parts += (" " * (begin - place), body[begin:end])
        place = end
    parts.append(" " * (len(body) - place))
    return "".join(parts)
