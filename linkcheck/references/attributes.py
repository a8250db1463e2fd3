"""An attribute's value and its place → the candidates in it: a URL, a srcset, CSS or a refresh.

Invariant: each candidate's place lies inside the attribute's.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from linkcheck.model import Kind
from linkcheck.references.candidate import Candidate
from linkcheck.references.entities import decoded, unescaped
from linkcheck.references.rules import Rule, Shape, Tag

_SPACE = " \t\n\f\r"
_URL = Shape.URL
_IGNORED_DESCRIPTOR = "a srcset candidate whose descriptors are not valid: browsers ignore it"


def in_attribute(
    text: str, tag: Tag, attribute: str, place: tuple[int, int], holds: Rule
) -> Iterator[Candidate] | tuple[Candidate]:
    """What `attribute` of a tag holds, in order; `text[slice(*place)]` is its value as written."""
    if holds.shape is not _URL:
        return _inside(text[place[0] : place[1]], place[0], tag, attribute, holds)
    return (url(text, place, tag.name, attribute, holds.kind, tag.rel()),)


def url(text: str, place: tuple[int, int], name: str, attribute: str, kind: Kind, rel: tuple[str, ...]) -> Candidate:
    """The candidate that an attribute is as a whole; blanks around it are not part of it."""
    start, end = place
    value = text[start:end]
    if len(value.strip()) != end - start:
        raw, value = value, value.strip(_SPACE)
        start += raw.index(value[0]) if value else 0
        end = start + len(value)
    if "&" in value or "\r" in value:
        value = unescaped(value).strip(_SPACE)
    return Candidate(start, end, value, kind, name, attribute, rel)


def _inside(raw: str, start: int, tag: Tag, attribute: str, holds: Rule) -> Iterator[Candidate]:
    """The URLs inside one attribute that holds more than a URL."""
    value, places = decoded(raw) if "&" in raw or "\r" in raw else (raw, None)
    for first, last, written, kind, problem in _shaped(value, holds):
        begin, end = (places[first], places[last]) if places else (first, last)
        yield Candidate(start + begin, start + end, written, kind, tag.name, attribute, tag.rel(), problem)


def _shaped(value: str, holds: Rule) -> Iterator[tuple[int, int, str, Kind, str | None]]:
    """Offsets in the value, URL, kind and problem."""
    if holds.shape is Shape.SRCSET:
        from linkcheck.references import srcset

        for image in srcset.images(value):
            problem = None if image.is_valid else _IGNORED_DESCRIPTOR
            yield image.start, image.end, value[image.start : image.end], holds.kind, problem
    elif holds.shape is Shape.REFRESH:
        match = _refresh().match(value)
        if match and match.lastgroup and (written := match[match.lastgroup].strip(_SPACE)):
            start = value.index(written, match.start(match.lastgroup))
            yield start, start + len(written), written, holds.kind, None
    else:
        from linkcheck.references import css

        for found in css.style_urls(value):
            yield *found, None


@lru_cache(maxsize=1)
def _refresh() -> re.Pattern[str]:
    return re.compile(
        r"[ \t\n\f\r]*[\d.][\d.]*+(?:[ \t\n\f\r]*[;,][ \t\n\f\r]*|[ \t\n\f\r]+)"
        r"(?:url[ \t\n\f\r]*=[ \t\n\f\r]*)?(?:\"(?P<double>[^\"]*)|'(?P<single>[^']*)|(?P<bare>.+))",
        re.IGNORECASE | re.DOTALL,
    )
