"""HTML → candidates, by the tree that a browser's parser builds of it (WHATWG HTML 13.2).

Invariant: each candidate's place lies inside the start tag (or style element) that the parser found it in.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import turbohtml

from linkcheck.references import css
from linkcheck.references.attributes import in_attribute
from linkcheck.references.candidate import Candidate
from linkcheck.references.positions import line_starts
from linkcheck.references.rules import Tag, attribute_names, rule, selector

_NAME = r"[ \t\n\f\r/]*+(?:=?[^ \t\n\f\r/>=]++|=)"
_EQUALS = r"[ \t\n\f\r]*+=[ \t\n\f\r]*+"
_TAG_SO_FAR = rf"<[^ \t\n\f\r/>]++(?>{_NAME}(?:{_EQUALS}(?:\"[^\"]*+\"|'[^']*+'|[^ \t\n\f\r>]*+))?)"
_VALUE = rf"(?:{_EQUALS}(?:\"([^\"]*+)\"|'([^']*+)'|([^ \t\n\f\r>]*+)))?"
_WHOLE_TAG = re.compile(rf"{_TAG_SO_FAR}*+[ \t\n\f\r/]*+>")
_STYLE_END = re.compile(r"</style(?=[ \t\n\f\r/>])|\Z", re.IGNORECASE)
_MERGED = frozenset({"html", "body"})


def candidates(text: str, source: str, lazy: tuple[str, ...]) -> list[Candidate]:
    """The candidates of every element outside `template`, in the tree's order.

    `source` is `text` without carriage returns, all that is no HTML blanked: offsets hold in both.
    """
    found: list[Candidate] = []
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
                found += in_attribute(text, tag, attribute, place, holds)
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


def _of_style_element(text: str, source: str, offset: int) -> Iterator[Candidate]:
    tag = _WHOLE_TAG.match(source, offset)
    if tag is None:
        return
    start = tag.end()
    end = _STYLE_END.search(source, start)
    if end is not None:
        for url in css.style_urls(text[start : end.start()]):
            yield Candidate(start + url.start, start + url.end, url.value, url.kind, "style")
