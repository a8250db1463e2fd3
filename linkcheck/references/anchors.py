"""A document → the names that a fragment may point at.

GitHub's rules for headings (duplicates get `-1`, `-2`), and every `id` and `a name` of HTML, also inside Markdown.
"""

import re
from collections.abc import Iterator

import turbohtml

from linkcheck.model import Document, Format
from linkcheck.references.events import PARSER, Reading
from linkcheck.references.html import parseable
from linkcheck.references.markdown import mask

_DROPPED = re.compile(r"[^\w\- ]")
_PREFIX = "user-content-"


def anchors(document: Document) -> frozenset[str]:
    """Names, decoded and as written; each also with GitHub's prefix `user-content-`, and without it."""
    body = document.text[document.body_start :]
    if document.format is Format.TEXT:
        return frozenset()
    if document.format is Format.HTML:
        names = list(_explicit(body))
    else:
        names = [*_slugs(body), *_explicit(mask(body, Reading(body), 0))]
    bare = {name.removeprefix(_PREFIX) for name in names}
    return frozenset(bare | {_PREFIX + name for name in bare} | set(names))


def slug(heading: str) -> str:
    """A heading's text as GitHub writes it into an id, before duplicates are numbered."""
    return _DROPPED.sub("", heading.strip().lower()).replace(" ", "-")


def _slugs(body: str) -> Iterator[str]:
    seen: dict[str, int] = {}
    for heading in _headings(body):
        name = base = slug(heading)
        while name in seen:
            seen[base] += 1
            name = f"{base}-{seen[base]}"
        seen[name] = 0
        yield name


def _headings(body: str) -> Iterator[str]:
    """The text of each heading, without markup; an image counts as nothing."""
    parts: list[str] | None = None
    images = 0
    for event in PARSER.events(body):
        if isinstance(event, str):
            if parts is not None:
                parts.append(" ")
            continue
        match event:
            case {"Start": {"Heading": _}}:
                parts = []
            case {"End": {"Heading": _}}:
                yield "".join(parts or ())
                parts = None
            case {"Start": {"Image": _}}:
                images += 1
            case {"End": "Image"}:
                images -= 1
            case {"Text": str(text)} | {"Code": str(text)} if parts is not None and not images:
                parts.append(text)


def _explicit(source: str) -> Iterator[str]:
    if "<" not in source:
        return
    for element in turbohtml.parse(parseable(source)).select("[id],a[name]"):
        for attribute in ("id", "name"):
            value = element.attrs.get(attribute)
            if isinstance(value, str) and value and (attribute == "id" or element.tag == "a"):
                yield value
