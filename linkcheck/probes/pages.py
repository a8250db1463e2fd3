"""The body of a fetched HTML page → what the page says of itself; pure.

A single pass cuts out the few elements that matter, because a whole page of 44 KB takes BeautifulSoup 11 ms, and reads
them directly (`elements`). Invariant: any bytes at all give an answer, never an exception, and the time grows with
their length only.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from html import unescape

from msgspec import Struct

from linkcheck import urls
from linkcheck.model import PageFacts
from linkcheck.patterns import lazily
from linkcheck.probes import charsets, cuttings, elements
from linkcheck.probes.elements import fold
from linkcheck.probes.signatures import sniff
from linkcheck.verdicts.coding import codings, plain
from linkcheck.verdicts.signs import body_signs, header_signs

__all__ = ["facts", "header_signs"]

TEXT_CHARACTERS = 4000
BEGINNING_CHARACTERS = 240
"""What is read of the text when it is not going to be compared: enough to tell a page from an empty one."""
_BEGINNING_BYTES = 2_500
_LONGEST_REFERENCE = 33
"""Characters of a character reference: what of one was cut off may read otherwise."""
_LONGEST_REFRESH_S = 5.0
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_LENGTH_OF_TYPE = len("content-type")
_LENGTH_OF_ENCODING = len("content-encoding")
_CHARSET = lazily(r"charset\s*=\s*[\"']?([\w.:\-]+)", re.IGNORECASE)
_REFRESH = lazily(r"\s*(\d{0,6}(?:\.\d*)?)\s*[;,\s]\s*(?:url\s*=\s*)?(['\"]?)(.*)", re.IGNORECASE | re.DOTALL)
_REPLAYED = lazily(r"https?://[^/]+/(?:web/)?\d{4,14}(?:[a-z]{2}_)?/(https?://.*)", re.DOTALL)
_INLINE_TAG = re.compile(
    r"</?(?:[aA]|[aA][bB][bB][rR]|[bBiIqQsSuU]|[bB][dD][iI]|[eE][mM]|[fF][oO][nN][tT]|[mM][aA][rR][kK]"
    r"|[sS](?:[mM][aA][lL][lL]|[pP][aA][nN]|[tT][rR][oO][nN][gG]|[uU][bBpP])|[wW][bB][rR])\b[^<>]*>"
)
_TAG = re.compile(r"<[^<>]*(?:>|\Z)")

Headers = Iterable[tuple[str, str]]
Decode = Callable[[bytes], str]


class Description(Struct, frozen=True, gc=False):
    """What a response's headers say of its body."""

    media_type: str
    """Lower case, without parameters; empty when none is named."""
    charset: str | None
    """As written."""
    encodings: tuple[str, ...]
    """Content encodings in lower case, the last applied first."""


def described(headers: Headers) -> Description:
    """What the headers say of the body."""
    content_type = content_encoding = ""
    for name, value in headers:
        length = len(name)
        if length == _LENGTH_OF_TYPE and name.lower() == "content-type":
            content_type = value
        elif length == _LENGTH_OF_ENCODING and name.lower() == "content-encoding":
            content_encoding = f"{content_encoding},{value}" if content_encoding else value
    return _description(content_type, content_encoding)


@lru_cache(maxsize=64)
def _description(content_type: str, content_encoding: str) -> Description:
    media_type, _, parameters = content_type.partition(";")
    charset = _CHARSET.search(parameters)
    return Description(media_type.strip().lower(), charset[1] if charset else None, tuple(codings(content_encoding)))


def facts(
    body: bytes,
    description: Description,
    url: str,
    *,
    anchors: bool = False,
    archived: bool = False,
    whole_text: bool = True,
) -> PageFacts | None:
    """What the page at `url` says, None when the body is no HTML that can be read.

    `body` is raw (the content encodings of its `description` are undone) and may break off anywhere. With `anchors`
    every `id` and `name` is listed, which costs a whole parse. `archived`: a replay of a web archive; its banner is no
    part of the page, and its rewritten URLs are shown as they were. Without `whole_text` only the text's beginning is
    read.
    """
    if description.encodings:
        undone = plain(body, description.encodings)
        if undone is None:
            return None
        body = undone.body
    if not _is_html(description.media_type, body):
        return None
    page, encoding = charsets.readable(body, description.charset)
    if archived:
        page = cuttings.without_banner(page)

    def decode(some: bytes) -> str:
        return some.decode(encoding, "replace")

    cut, text = _whole(page, decode) if whole_text else _beginning(page, decode)
    said = elements.read(cut.snippets, decode) or _by_soup(cut.snippets, decode)
    return PageFacts(
        title=said.title,
        headings=said.headings,
        canonical=_original(_resolved(said.canonical, url), archived) if said.canonical else None,
        og_title=(fold(said.og_title) or None) if said.og_title else None,
        text=text,
        anchors=_anchors(decode(page)) if anchors else (),
        refresh=_original(_refresh(said.refresh, url), archived) if said.refresh else None,
        signs=body_signs(body, said.title),
    )


def _is_html(media_type: str, body: bytes) -> bool:
    return media_type in _HTML_TYPES or (not media_type and sniff(body) == "html")


def _whole(page: bytes, decode: Decode) -> tuple[cuttings.Cuttings, str]:
    """The cuttings, and the text of all that is visible in them."""
    cut = cuttings.cut(page)
    return cut, _start_of(_visible, decode(b" ".join(cut.visible)), TEXT_CHARACTERS)


def _beginning(page: bytes, decode: Decode) -> tuple[cuttings.Cuttings, str]:
    """The cuttings, and the beginning of the text; a page whose first part is nearly empty is looked through."""
    cut = cuttings.cut(page, _BEGINNING_BYTES)
    markup = b" ".join(cut.visible)
    text = _start_of(_unmarked, decode(markup), BEGINNING_CHARACTERS)
    if len(text) < BEGINNING_CHARACTERS and len(markup) >= _BEGINNING_BYTES:
        cut, text = _whole(page, decode)
    return cut, text[:BEGINNING_CHARACTERS]


def _start_of(text_of: Callable[[str], str], markup: str, length: int) -> str:
    """The first `length` characters of a text, from as little of the markup as will do: tags cost 0.2 us each."""
    for enough in (2 * length, 6 * length):
        text = text_of(markup[:enough])
        if len(text) >= length + _LONGEST_REFERENCE or len(markup) <= enough:
            return text[:length]
    return text_of(markup)[:length]


def _resolved(written: str, url: str) -> str | None:
    return urls.resolve(written.strip(), url) if written.strip() else None


def _refresh(content: str, url: str) -> str | None:
    """Where `<meta http-equiv=refresh>` leads within 5 s (WHATWG HTML, 4.2.5.3)."""
    match = _REFRESH.match(content)
    if match is None or not match[1].strip(".") or float(match[1]) > _LONGEST_REFRESH_S:
        return None
    target = match[3].partition(match[2])[0] if match[2] else match[3]
    return _resolved(target, url)


def _original(url: str | None, archived: bool) -> str | None:
    replayed = _REPLAYED.match(url) if url and archived else None
    return replayed[1] if replayed else url


def _visible(markup: str) -> str:
    """The text as it is read: tags within a line leave no gap."""
    return _unmarked(_INLINE_TAG.sub("", markup))


def _unmarked(markup: str) -> str:
    text = _TAG.sub(" ", markup) if "<" in markup else markup
    return fold(unescape(text) if "&" in text else text)


def _by_soup(snippets: Sequence[cuttings.Snippet], decode: Decode) -> elements.Elements:
    from linkcheck.probes import soup

    return soup.read(snippets, decode)


def _anchors(html: str) -> tuple[str, ...]:
    from linkcheck.probes import soup

    return soup.anchors(html)
