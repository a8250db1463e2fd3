"""HTML → candidates with exact places, as a browser's parser sees the elements (WHATWG HTML 13.2).

The text may be a mask: everything that is no HTML blanked, so that offsets hold in the document. `srcdoc` is not looked
into. Invariant: each candidate's place lies inside the start tag (or style element) that the parser found it in.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import turbohtml

from linkcheck.model import Kind
from linkcheck.references import css, srcset
from linkcheck.references.candidate import Candidate, Extraction
from linkcheck.references.entities import decoded
from linkcheck.references.positions import line_starts
from linkcheck.references.rules import Rule, Shape, Tag, attribute_names, rule, selector

_SPACE = " \t\n\f\r"
_NAME = r"[ \t\n\f\r/]*+(?:=?[^ \t\n\f\r/>=]++|=)"
_EQUALS = r"[ \t\n\f\r]*+=[ \t\n\f\r]*+"
_TAG_SO_FAR = rf"<[^ \t\n\f\r/>]++(?>{_NAME}(?:{_EQUALS}(?:\"[^\"]*+\"|'[^']*+'|[^ \t\n\f\r>]*+))?)"
_VALUE = rf"(?:{_EQUALS}(?:\"([^\"]*+)\"|'([^']*+)'|([^ \t\n\f\r>]*+)))?"
_WHOLE_TAG = re.compile(rf"{_TAG_SO_FAR}*+[ \t\n\f\r/]*+>")
_STYLE_END = re.compile(r"</style(?=[ \t\n\f\r/>])|\Z", re.IGNORECASE)
_REFRESH = re.compile(
    r"[ \t\n\f\r]*[\d.][\d.]*+(?:[ \t\n\f\r]*[;,][ \t\n\f\r]*|[ \t\n\f\r]+)"
    r"(?:url[ \t\n\f\r]*=[ \t\n\f\r]*)?(?:\"(?P<double>[^\"]*)|'(?P<single>[^']*)|(?P<bare>.+))",
    re.IGNORECASE | re.DOTALL,
)
_MERGED = frozenset({"html", "body"})
_IGNORED_DESCRIPTOR = "a srcset candidate whose descriptors are not valid: browsers ignore it"


def parseable(text: str) -> str:
    """The text with line ends as the parser's preprocessing leaves them, but of the same length."""
    return text.replace("\r\n", " \n").replace("\r", "\n") if "\r" in text else text


def candidates(text: str, mask: str, extraction: Extraction) -> list[Candidate]:
    """The candidates of every element outside `template`, in the tree's order; `mask` is as long as `text`."""
    found: list[Candidate] = []
    if "<" not in mask:
        return found
    source, lazy = parseable(mask), extraction.lazy_attributes
    names, lines = attribute_names(lazy), line_starts(source)
    has_templates = False
    for element in turbohtml.parse(source).select(selector(lazy)):
        line, name = element.source_line, element.tag
        has_templates = has_templates or name == "template"
        if (line is None and name not in _MERGED) or (has_templates and _is_inert(element)):
            continue
        offset = lines[line - 1] + (element.source_col or 0) if line else len(source)
        attributes = element.attrs
        tag = Tag(name, attributes, element)
        for attribute in attributes:
            if attribute not in names or (holds := rule(tag, attribute, lazy)) is None:
                continue
            place = attribute_place(source, offset, attribute)
            if place is None and name in _MERGED:
                place = _later_place(source, name, attribute)
            if place is not None:
                found += _of_attribute(text, tag, attribute, place, holds)
        if name == "style":
            found += _of_style_element(text, source, offset)
    return found


def _is_inert(element: turbohtml.Element) -> bool:
    """Whether the element stands in a template's content, which no browser shows."""
    top: turbohtml.Node = element
    for top in element.ancestors:
        if isinstance(top, turbohtml.Element) and top.tag == "template":
            return True
    return not isinstance(top, turbohtml.Document)


@lru_cache(maxsize=256)
def _finder(attribute: str) -> re.Pattern[str]:
    """Matches a start tag up to its first `attribute`; every attribute before it is taken whole."""
    return re.compile(rf"{_TAG_SO_FAR}*?[ \t\n\f\r/]*+{re.escape(attribute)}(?=[ \t\n\f\r/>=]){_VALUE}", re.IGNORECASE)


def attribute_place(source: str, offset: int, attribute: str) -> tuple[int, int] | None:
    """The place of the value of `attribute` in the start tag at `offset`; the first of two equal names counts."""
    match = _finder(attribute).match(source, offset)
    if match is None:
        return None
    return match.span(match.lastindex) if match.lastindex else (match.end(), match.end())


def _later_place(source: str, name: str, attribute: str) -> tuple[int, int] | None:
    """The parser gives the attributes of a second `<body>` or `<html>` to the first."""
    for match in re.finditer(rf"<{name}(?=[ \t\n\f\r/])", source, re.IGNORECASE):
        if place := attribute_place(source, match.start(), attribute):
            return place
    return None


def _of_attribute(
    text: str, tag: Tag, attribute: str, place: tuple[int, int], holds: Rule
) -> Iterator[Candidate] | tuple[Candidate]:
    start, end = place
    raw = text[start:end]
    if holds.shape is not Shape.URL:
        return _inside(raw, start, tag, attribute, holds)
    trimmed = raw.strip(_SPACE)
    if len(trimmed) != len(raw) and trimmed:
        start += raw.index(trimmed[0])
    value = trimmed if "&" not in trimmed and "\0" not in trimmed and "\r" not in trimmed else decoded(trimmed)[0]
    return (Candidate(start, start + len(trimmed), value.strip(_SPACE), holds.kind, tag.name, attribute, tag.rel()),)


def _inside(raw: str, start: int, tag: Tag, attribute: str, holds: Rule) -> Iterator[Candidate]:
    """The URLs inside one attribute that holds more than a URL."""
    value, places = decoded(raw) if "&" in raw or "\r" in raw else (raw, None)
    for first, last, written, kind, problem in _shaped(value, holds):
        begin, end = (places[first], places[last]) if places else (first, last)
        yield Candidate(start + begin, start + end, written, kind, tag.name, attribute, tag.rel(), problem)


def _shaped(value: str, holds: Rule) -> Iterator[tuple[int, int, str, Kind, str | None]]:
    """Offsets in the value, URL, kind and problem."""
    if holds.shape is Shape.SRCSET:
        for image in srcset.images(value):
            problem = None if image.is_valid else _IGNORED_DESCRIPTOR
            yield image.start, image.end, value[image.start : image.end], holds.kind, problem
    elif holds.shape is Shape.REFRESH:
        match = _REFRESH.match(value)
        if match and match.lastgroup and (url := match[match.lastgroup].strip(_SPACE)):
            start = value.index(url, match.start(match.lastgroup))
            yield start, start + len(url), url, holds.kind, None
    else:
        for found in css.style_urls(value):
            yield *found, None


def _of_style_element(text: str, source: str, offset: int) -> Iterator[Candidate]:
    tag = _WHOLE_TAG.match(source, offset)
    if tag is None:
        return
    start = tag.end()
    end = _STYLE_END.search(source, start)
    if end is not None:
        for url in css.style_urls(text[start : end.start()]):
            yield Candidate(start + url.start, start + url.end, url.value, url.kind, "style")
