"""Whatever the text: no exception, exact slices, a fixed order, nothing twice."""

from time import process_time

import ada_url
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkcheck import urls
from linkcheck.documents import Source, read
from linkcheck.model import Document, Format, Problem
from linkcheck.references import references
from linkcheck.references.anchors import anchors
from linkcheck.references.block import is_one_html_block
from linkcheck.references.entities import decoded, unescaped
from linkcheck.references.events import PARSER, Reading
from linkcheck.references.positions import line_starts

PIECES = [
    *(
        "[a](",
        "![",
        "](",
        ")",
        "[x]: ",
        "<",
        ">",
        "<a href=",
        "<img src=",
        " srcset='",
        "'",
        '"',
        "</a>",
        "<!--",
        "-->",
    ),
    *(
        "`",
        "```\n",
        "    ",
        "> ",
        "- ",
        "# ",
        "\n",
        "\r\n",
        "\r",
        "\n\n",
        "\\",
        "&amp;",
        "&lt;",
        "&#0;",
        "\0",
        "\u2028",
    ),
    *(
        "https://x.test/a",
        "www.x.test",
        "http://",
        "//y",
        "中文",
        "，",
        "😀",
        "é",
        " ",
        "\t",
        "\x0c",
        "\x0b",
        "_",
        "*",
        "(",
        "|",
    ),
    *(
        "<style>",
        "</style>",
        "url(",
        "<div style=",
        "<template>",
        "</template>",
        "<base href=/b>",
        "<pre>",
        "<textarea>",
    ),
    *(
        "---\n",
        "+++\n",
        "key: ",
        "<!--1-->\n",
        "[t](https://o.test/)\n---\n",
        "<!-- linkcheck: off -->",
        "<p>",
        "</p>",
        ", 2x",
    ),
    *(
        "<meta http-equiv=refresh content='0;url=",
        "<svg><use href=",
        "<table background=",
        "<body background=",
        "=",
        "/",
    ),
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map("".join)
NAMES = st.sampled_from(["a.md", "d/a.html", "/x/a.txt", "../a.md", "-"])
HOSTS = r"(?:[a-z0-9.-]{1,12}|(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[a-z]{1,4}\.test)(?::[0-9]{1,5})?"


def check(document: Document) -> None:
    found = list(references(document))
    places = [(r.span.start, r.span.end) for r in found]
    assert places == sorted(places)
    assert len({(r.span, r.element, r.attribute) for r in found}) == len(found)
    lines = document.text.replace("\r\n", "\n\n").replace("\r", "\n")
    for reference in found:
        span = reference.span
        assert document.text[span.start : span.end] == reference.raw
        assert (reference.url is None) == (reference.problem is not None)
        before = lines[: span.start]
        crlf = document.text[: span.start].count("\r\n")
        assert span.line == before.count("\n") + 1 - crlf
        assert span.column == span.start - before.rfind("\n")
    anchors(document)


@given(TEXTS, NAMES, st.sampled_from(list(Format)), st.sampled_from([None, "https://o.test/a/"]))
@settings(max_examples=400, deadline=None)
def test_any_text(text: str, name: str, kind: Format, base: str | None) -> None:
    """Text of any shape, read as any format."""
    text = text.encode("utf-8", "replace").decode()
    check(Document(name, text, kind, url=base, base=base))


@given(st.binary(max_size=300) | TEXTS.map(lambda text: text.encode("utf-8", "replace")), NAMES)
@settings(max_examples=300, deadline=None)
def test_any_bytes(content: bytes, name: str) -> None:
    """A file of any bytes is a document or a problem, never an exception."""
    document = read(Source(name, name, "."), content)
    if not isinstance(document, Problem):
        document.text.encode()
        check(document)


@given(TEXTS | TEXTS.map(lambda text: f"<div>{text}"))
@settings(max_examples=400, deadline=None)
def test_the_short_way_for_one_html_block_is_the_parsers(text: str) -> None:
    """Only what the CommonMark parser sees as one block of HTML skips it."""
    text = text.encode("utf-8", "replace").decode()
    assert is_one_html_block(text, 0, line_starts(text)) == is_one_html_block(text)
    if is_one_html_block(text):
        starts = [event for event in PARSER.events(text) if isinstance(event, dict) and "Start" in event]
        assert starts == [{"Start": "HtmlBlock"}]
        assert Reading(text).is_html


@given(st.lists(st.sampled_from(["&", "&amp;", "&amp", "&#38;", "&copy", ";", "=", "a", "\r", "\r\n"])).map("".join))
@settings(deadline=None)
def test_a_value_is_the_same_with_and_without_its_places(raw: str) -> None:
    """Most values are wanted alone."""
    assert unescaped(raw) == decoded(raw)[0]


@given(st.from_regex(rf"https?://{HOSTS}/[\x21-\x7e]{{0,20}}", fullmatch=True) | TEXTS)
@settings(max_examples=800, deadline=None)
def test_what_is_called_plain_is_its_own_serialisation(text: str) -> None:
    """The short way around the URL parser changes nothing."""
    if urls.is_plain(text):
        assert ada_url.URL(text).href == text


@pytest.mark.parametrize(
    "text",
    [
        "https://1.2.3.0x4/",
        "https://x.test/a/../b",
        "https://x.test/%2e/",
        "https://x.test",
        "https://x.test:443/",
        "http://x.test:80/",
        "http://x.test:080/",
        "http://x.test:65536/",
        "http://127.0.0.1:/",
        "http://127.0.0.01/",
        "http://127.0.0.256/",
        "http://127.1/",
        "https://xn--a.test/",
    ],
)
def test_what_the_parser_would_change_is_not_plain(text: str) -> None:
    """Dots, default ports and odd addresses are the parser's."""
    assert not urls.is_plain(text)


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1/", "http://255.249.10.0:8080/a", "https://x.test:59999/", "http://x.test:8/?a#b"]
)
def test_addresses_and_ports_may_be_plain(text: str) -> None:
    """The short way serves a server of one's own, too."""
    assert urls.is_plain(text)


@pytest.mark.parametrize(
    "unit", ["[", "(", "[a](", "[a]: ", "- ", "=' ", ", ", "url(", ")", "www.", "&amp", "1", "<a ", "<!--"]
)
@pytest.mark.parametrize(
    "head", ["", "https://x.test/", "<a ", "<img srcset='", "<meta http-equiv=refresh content='", "---\n"]
)
def test_hostile_repetition_takes_no_time(head: str, unit: str) -> None:
    """A document of one thing a thousand times is read at once, whoever wrote it."""
    start = process_time()
    for kind in Format:
        list(references(Document("a", head + unit * 4000, kind)))
    assert process_time() - start < 2
