"""HTML → candidates with exact places, as a browser's parser sees the elements (WHATWG HTML 13.2).

The text may be a mask: everything that is no HTML blanked, so that offsets hold in the document. `srcdoc` is not looked
into. Invariant: whether a text is read plainly or by its tree, the candidates are the same.
"""

from collections.abc import Iterator

from linkcheck.references.attributes import in_attribute, url
from linkcheck.references.candidate import Candidate, Extraction, place
from linkcheck.references.entities import unescaped
from linkcheck.references.plain import COMMENT, SINGLE, UNCLEAR, attribute_places, start_tags
from linkcheck.references.rules import WHOLE, Tag, attribute_names, rule


def parseable(text: str) -> str:
    """The text with line ends as the parser's preprocessing leaves them, but of the same length."""
    return text.replace("\r\n", " \n").replace("\r", "\n") if "\r" in text else text


def candidates(text: str, mask: str, extraction: Extraction, start: int = 0) -> tuple[list[Candidate], bool]:
    """The candidates of every element outside `template`, in order, and whether there may be comments.

    `mask` is as long as `text`; what stands before offset `start` is no HTML.
    """
    if mask.find("<", start) < 0:
        return [], False
    source = parseable(mask)
    found = plainly(text, source, start, extraction.lazy_attributes)
    if found is not None:
        return found
    from linkcheck.references import tree  # the parser is loaded only where a text needs it

    return sorted(tree.candidates(text, " " * start + source[start:], extraction.lazy_attributes), key=place), True


def plainly(text: str, source: str, start: int, lazy: tuple[str, ...]) -> tuple[list[Candidate], bool] | None:
    """As `tree.candidates` finds them, without a tree, and whether there are comments; None where only a tree tells."""
    names = attribute_names(lazy)
    has_comments, is_as_written = False, source is text
    found: list[Candidate] = []
    for match in start_tags(names).finditer(source, start):
        group = match.lastindex
        if group == SINGLE:
            name, attribute = match.group(1, 2)
            kind = WHOLE.get((name, attribute))
            if kind is not None:
                span, value = match.span(SINGLE), match[SINGLE]
                if is_as_written and "&" not in value and value.strip() == value:
                    found.append(Candidate(*span, value, kind, name, attribute))
                else:
                    found.append(url(text, span, name, attribute, kind, ()))
                continue
        elif group == COMMENT:
            has_comments = True
            continue
        elif group == UNCLEAR:
            return None
        elif group is None:
            continue
        else:
            name = match[group]
        places = attribute_places(source, match)
        if name == "source" and "src" in places:  # an image's or a film's, by what stands around it
            return None
        found += _of_tag(text, source, name, places, lazy)
    return found, has_comments


def _of_tag(
    text: str, source: str, name: str, places: dict[str, tuple[int, int]], lazy: tuple[str, ...]
) -> Iterator[Candidate]:
    tag = Tag(name, {key: _value(source, *span) for key, span in places.items()}, None)
    for attribute, span in places.items():
        if attribute in attribute_names(lazy) and (holds := rule(tag, attribute, lazy)) is not None:
            yield from in_attribute(text, tag, attribute, span, holds)


def _value(source: str, start: int, end: int) -> str:
    raw = source[start:end].replace("\0", "\ufffd")
    return raw if "&" not in raw else unescaped(raw)
