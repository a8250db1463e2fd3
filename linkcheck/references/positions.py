"""Offsets → `Span`s: lines end at LF, CRLF or a lone CR and nothing else; columns count code points from 1."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from linkcheck.model import Span
from linkcheck.patterns import lazily

_LINE_END = lazily(r"\r\n|\r|\n")
_MANY = 50
_and_its_end = (1).__add__


def line_starts(text: str) -> list[int]:
    """Offsets of the first character of each line, ascending; the first is 0."""
    if "\r" in text:
        return [0, *(match.end() for match in _LINE_END.finditer(text))]
    starts, place = [0], text.find("\n")
    while place >= 0:
        if len(starts) == _MANY:
            return [*starts, *_many_starts(text, place)]
        starts.append(place + 1)
        place = text.find("\n", place + 1)
    return starts


def _many_starts(text: str, place: int) -> Iterator[int]:
    """The rest, faster by the line but not for a few."""
    return accumulate(map(_and_its_end, map(len, text[place + 1 :].split("\n")[:-1])), initial=place + 1)


def span(starts: list[int], start: int, end: int) -> Span:
    """The place of `[start, end)` in a text with these line starts."""
    line = bisect_right(starts, start)
    last = line if line == len(starts) or end < starts[line] else bisect_right(starts, end)
    return Span(start, end, line, start - starts[line - 1] + 1, last, end - starts[last - 1] + 1)
