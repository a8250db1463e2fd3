"""The elements cut out of a page, and whole pages for their anchors → what BeautifulSoup reads in them; pure.

Only for what is oddly written: it is imported when the first such page comes, and a page costs it some 0.3 ms.
Invariant: any text at all gives an answer, never an exception.
"""

import re
import warnings
from collections.abc import Callable, Sequence

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, Tag
from bs4.exceptions import ParserRejectedMarkup

from linkcheck.probes.cuttings import Snippet
from linkcheck.probes.elements import HEADING_LIMIT, Elements, fold

_REFRESH = re.compile(r"\Arefresh\Z", re.IGNORECASE)


def read(snippets: Sequence[Snippet], decode: Callable[[bytes], str]) -> Elements:
    """What the elements say; `decode` turns their bytes into text."""
    soup = _soup("".join(map(decode, map(_markup, snippets))))
    headings = tuple(text for heading in soup.find_all("h1", limit=HEADING_LIMIT) if (text := _text(heading)))
    refresh = soup.find("meta", attrs={"http-equiv": _REFRESH})
    return Elements(
        _text(soup.title),
        headings,
        _canonical(soup),
        _meta(soup, "og:title"),
        str(refresh.get("content") or "") if isinstance(refresh, Tag) else None,
    )


def anchors(html: str) -> tuple[str, ...]:
    """Every `id` and `name`, in order, each once; costs a whole parse."""
    named = _soup(html).find_all(lambda element: element.has_attr("id") or element.has_attr("name"))
    return tuple(dict.fromkeys(str(tag[key]) for tag in named for key in ("id", "name") if tag.get(key)))


def _markup(snippet: Snippet) -> bytes:
    closing = b"" if snippet.name in ("link", "meta") else b"</" + snippet.name.encode() + b">"
    return snippet.tag + snippet.inside + closing


def _soup(markup: str) -> BeautifulSoup:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        try:
            return BeautifulSoup(markup, "html.parser")
        except ParserRejectedMarkup:
            return BeautifulSoup("", "html.parser")


def _text(element: Tag | None) -> str | None:
    return (fold(element.get_text()) or None) if element is not None else None


def _meta(soup: BeautifulSoup, name: str) -> str | None:
    for attribute in ("property", "name"):
        element = soup.find("meta", attrs={attribute: name})
        if isinstance(element, Tag) and (content := element.get("content")):
            return str(content)
    return None


def _canonical(soup: BeautifulSoup) -> str | None:
    link = soup.find("link", rel="canonical", href=True)
    return str(link["href"]) if isinstance(link, Tag) else _meta(soup, "og:url")
