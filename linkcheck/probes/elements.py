"""The elements cut out of a page → what they say, read directly; pure.

What is not plainly written (tags in a title, quotes that do not match, rare entities) is left to BeautifulSoup, which
costs a hundred times as much. Invariant: both give the same; `tests/probes/test_elements.py` compares them.
"""

import re
from collections.abc import Callable, Sequence
from html import unescape

from msgspec import Struct

from linkcheck.patterns import lazily
from linkcheck.probes.cuttings import Snippet

HEADING_LIMIT = 8
_ATTRIBUTE = r"""\s+([^\s"'<>/=`]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+)))?"""
_ATTRIBUTES = lazily(_ATTRIBUTE)
_TAG = lazily(rf"<\w+(?:{_ATTRIBUTE})*+\s*/?>")
_TWO_ATTRIBUTES = lazily(r'<\w+ ([a-z:\-]+)="([^"]*)" ([a-z:\-]+)="([^"]*)"\s*/?>')
"""Nearly all are written so; the general way takes three times as long."""
_PLAIN_INLINE = lazily(
    r"</?(?:a|abbr|b|br|em|font|i|img|mark|q|s|small|span|strong|sub|sup|time|u|wbr)"
    r"(?:\s(?:[^<>\"']|\"[^\"<>]*\"|'[^'<>]*')*+)?/?>",
    re.IGNORECASE,
)
# Not only what entities mean, but also where each parser sees one differs: these are beyond doubt.
_ODD_REFERENCE = lazily(
    r"&(?!\s|(?:amp|lt|gt|quot|nbsp|ndash|mdash|hellip|[lr][sd]quo|[lr]aquo|middot|bull|[AOUaou]uml|szlig|eacute"
    r"|#0?3[2-9]|#x2[0-9a-fA-F]|#160|#171|#187|#82[0-3]\d);)"
)


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
                _plainly_tagged(decode(snippet.tag))
                title = title if title is not None else _text(decode(snippet.inside))
            case "h1":
                _plainly_tagged(decode(snippet.tag))
                headings.append(_text(_without_inline_tags(decode(snippet.inside))))
            case "link":
                links.append(_attributes(decode(snippet.tag)))
            case _:
                metas.append(_attributes(decode(snippet.tag)))
    return Elements(
        title or None,
        tuple(filter(None, headings[:HEADING_LIMIT])),
        _canonical(links, metas),
        _meta(metas, "og:title"),
        next((meta.get("content", "") for meta in metas if meta.get("http-equiv", "").lower() == "refresh"), None),
    )


def _plainly_tagged(tag: str) -> None:
    # Attributes of a title or heading say nothing, if only it is clear where they end.
    if tag not in ("<title>", "<h1>") and _TAG.fullmatch(tag) is None:
        raise _OddMarkup


def _text(inside: str) -> str:
    if "<" in inside:
        raise _OddMarkup
    return fold(_unescaped(inside))


def _without_inline_tags(inside: str) -> str:
    return _PLAIN_INLINE.sub("", inside) if "<" in inside else inside


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    if _ODD_REFERENCE.search(text):
        raise _OddMarkup
    return unescape(text)


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


def _meta(metas: Sequence[dict[str, str]], name: str) -> str | None:
    for attribute in ("property", "name"):
        content = next((meta.get("content") for meta in metas if meta.get(attribute) == name), None)
        if content:
            return content
    return None
