"""The elements cut out of a page → what they say, read directly; pure.

What is not plainly written (tags in a title, quotes that do not match, references without end) is left to
BeautifulSoup, which costs a hundred times as much. Invariant: both give the same; `tests/probes/test_elements.py`
compares them.
"""

import re
from collections.abc import Callable, Sequence
from html import unescape
from html.entities import html5

from msgspec import Struct

from linkcheck.patterns import lazily
from linkcheck.probes.cuttings import Snippet

HEADING_LIMIT = 8
_ATTRIBUTE = r"""\s+([^\s"'<>/=`]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+)))?"""
_ATTRIBUTES = lazily(_ATTRIBUTE)
_TAG = lazily(rf"<\w+(?:{_ATTRIBUTE})*+\s*/?>")
_TWO_ATTRIBUTES = lazily(r'<\w+ ([a-z:\-]+)="([^"]*)" ([a-z:\-]+)="([^"]*)"\s*/?>')
"""Nearly all are written so; the general way takes three times as long."""
_PLAINLY_INSIDE = re.compile(
    r"</?(?:a|abbr|b|bdi|big|br|center|cite|code|data|del|div|em|figure|font|header|hgroup|h[2-6]|i|img|ins|kbd|mark|p"
    r"|picture|q|ruby|s|section|small|source|span|strike|strong|sub|sup|time|tt|u|var|wbr)"
    r"(?:\s(?:[^<>\"']|\"[^\"<>]*\"|'[^'<>]*')*+)?/?>"
    r"|<!--[^<>\-]*-->",
    re.IGNORECASE,
)
"""What stands in a heading and says nothing."""
_REFERENCE = re.compile(r"&(?:#(?:[xX]([0-9a-fA-F]{1,5})|(\d{1,6}));|([A-Za-z][A-Za-z0-9]*;))?")


class Elements(Struct, frozen=True):
    """What the elements say, as written."""

    title: str | None = None
    headings: tuple[str, ...] = ()
    canonical: str | None = None
    """`href` of `<link rel=canonical>`, else `og:url`."""
    og_title: str | None = None
    refresh: str | None = None
    """`content` of `<meta http-equiv=refresh>`."""


class _OddMarkup(Exception):
    """Something that is better left to BeautifulSoup."""


def read(snippets: Sequence[Snippet], decode: Callable[[bytes], str]) -> Elements | None:
    """What the elements say, None when one is oddly written; `decode` turns their bytes into text."""
    try:
        return _read(snippets, decode)
    except _OddMarkup:
        return None


def fold(text: str) -> str:
    """White space of any kind and length as one blank."""
    return " ".join(text.split())


def _read(snippets: Sequence[Snippet], decode: Callable[[bytes], str]) -> Elements:
    title: str | None = None
    headings: list[str] = []
    links: list[dict[str, str]] = []
    metas: list[dict[str, str]] = []
    for snippet in snippets:
        match snippet.name:
            case "title":
                _plainly_tagged(snippet.tag, decode)
                title = title if title is not None else _text(decode(snippet.inside))
            case "h1":
                _plainly_tagged(snippet.tag, decode)
                headings.append(_text(_without_tags(decode(snippet.inside))))
            case "link":
                links.append(_attributes(decode(snippet.tag)))
            case _:
                metas.append(_attributes(decode(snippet.tag)))
    return Elements(
        title or None,
        tuple(filter(None, headings[:HEADING_LIMIT])),
        _canonical(links, metas) if links or metas else None,
        _meta(metas, "og:title") if metas else None,
        _refresh(metas) if metas else None,
    )


def _plainly_tagged(tag: bytes, decode: Callable[[bytes], str]) -> None:
    # Attributes of a title or heading say nothing, if only it is clear where they end, and the element goes on.
    if tag in (b"<title>", b"<h1>"):
        return
    if tag.endswith(b"/>") or _TAG.fullmatch(decode(tag)) is None:
        raise _OddMarkup


def _text(inside: str) -> str:
    if "<" in inside:
        raise _OddMarkup
    return fold(_unescaped(inside))


def _without_tags(inside: str) -> str:
    return _PLAINLY_INSIDE.sub("", inside) if "<" in inside else inside


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    if not all(map(_is_plain, _REFERENCE.finditer(text))):
        raise _OddMarkup
    return unescape(text)


def _is_plain(reference: re.Match[str]) -> bool:
    """Whether all parsers see the same in it: not only what references mean, but also where they end differs."""
    in_hex, in_decimal, name = reference.groups()
    if name is not None:
        return name in html5
    if in_hex is None and in_decimal is None:
        return reference.string[reference.end() : reference.end() + 1].isspace()
    number = int(in_hex, 16) if in_hex else int(in_decimal)
    return 0x20 <= number < 0x7F or 0xA0 <= number < 0xD800 or 0x1F000 <= number < 0x1FFFE


def _attributes(tag: str) -> dict[str, str]:
    """Names in lower case; of two with one name the last."""
    if two := _TWO_ATTRIBUTES.fullmatch(tag):
        first, its_value, second, value = two.groups()
        return {first: _unescaped(its_value), second: _unescaped(value)}
    if _TAG.fullmatch(tag) is None:
        raise _OddMarkup
    return {
        name.lower(): _unescaped(double or single or bare) for name, double, single, bare in _ATTRIBUTES.findall(tag)
    }


def _canonical(links: Sequence[dict[str, str]], metas: Sequence[dict[str, str]]) -> str | None:
    for link in links:
        if "href" in link and "canonical" in link.get("rel", "").split():
            return link["href"]
    return _meta(metas, "og:url")


def _refresh(metas: Sequence[dict[str, str]]) -> str | None:
    return next((meta.get("content", "") for meta in metas if meta.get("http-equiv", "").lower() == "refresh"), None)


def _meta(metas: Sequence[dict[str, str]], name: str) -> str | None:
    for attribute in ("property", "name"):
        content = next((meta.get("content") for meta in metas if meta.get(attribute) == name), None)
        if content:
            return content
    return None
