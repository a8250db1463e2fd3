"""Bare URLs in text: GFM's rules, and the ones for Chinese prose."""

import pytest

from linkcheck.model import Document, Format
from linkcheck.references import references

ROWS = [
    ("see https://x.test/a.", ["https://x.test/a"]),
    ("see www.x.test/a, and", ["www.x.test/a"]),
    ("(https://x.test/a(b))", ["https://x.test/a(b)"]),
    ("https://x.test/a(b)", ["https://x.test/a(b)"]),
    ("https://x.test/?q=1&amp;", ["https://x.test/?q=1"]),
    ("https://x.test/?a=1&amp;b=2", ["https://x.test/?a=1&amp;b=2"]),
    ("https://x.test/a_b_c*", ["https://x.test/a_b_c"]),
    ("**https://x.test/a**", ["https://x.test/a"]),
    ("ahttps://x.test/", []),
    ("看https://x.test/a，谢谢", ["https://x.test/a"]),
    ("看http://x.test/cjk。", ["http://x.test/cjk"]),
    ("见https://x.test/a（图）", ["https://x.test/a"]),
    ("https://x.test/a谢谢", ["https://x.test/a"]),
    ("https://x.test/中文/页", ["https://x.test/中文/页"]),
    ("https://x.test/?q=中文词&p=1", ["https://x.test/?q=中文词&p=1"]),
    ("https://x.test/a-中文_字 x", ["https://x.test/a-中文_字"]),
    ("https://x.test/中文，后", ["https://x.test/中文"]),
    ("https://x.test/é/ü", ["https://x.test/é/ü"]),
    ("https://x.test/a\u200bb", ["https://x.test/a"]),
    ("https://x.test/a\u00a0b", ["https://x.test/a"]),
    ("https://x.test/a\u3000b", ["https://x.test/a"]),
    ("“https://x.test/a”", ["https://x.test/a"]),
    ("http://", []),
    ("https://。", []),
    ("www.", []),
    ("`https://no.test/`", []),
    ("    https://no.test/\n", []),
    ("```\nhttps://no.test/\n```\n", []),
    ('[t](https://x.test/u "https://no.test/")', ["https://x.test/u"]),
    ("[https://no.test/](https://x.test/)", ["https://x.test/"]),
    ("x <a href='https://x.test/1'>https://no.test/</a> https://x.test/2", ["https://x.test/1", "https://x.test/2"]),
    ("<div>\nhttps://no.test/\n</div>\n\nhttps://x.test/", ["https://x.test/"]),
    ("<!-- https://no.test/ -->\n", []),
    ("https://x.test/a\\_b", ["https://x.test/a\\_b"]),
    ("| a |\n|---|\n| https://x.test/t |\n", ["https://x.test/t"]),
]


@pytest.mark.parametrize(("text", "expected"), ROWS, ids=[repr(text) for text, _ in ROWS])
def test_where_a_bare_url_begins_and_ends(text: str, expected: list[str]) -> None:
    """The punctuation of the sentence is no part of it, in either script."""
    found = list(references(Document("a.md", text, Format.MARKDOWN)))
    assert [r.raw for r in found] == expected
    assert all(text[r.span.start : r.span.end] == r.raw for r in found)


def test_www_is_http_and_escapes_are_resolved() -> None:
    """As GFM has it."""
    text = "www.x.test/a\\_b and https://x.test/?a&amp;b"
    found = references(Document("a.md", text, Format.MARKDOWN))
    assert [r.url for r in found] == ["http://www.x.test/a_b", "https://x.test/?a&b"]


def test_a_plain_text_file_has_bare_urls_and_nothing_else() -> None:
    """Markdown and HTML in it are text."""
    text = "[t](u) <a href='v'>\r\n<https://x.test/a> \"https://x.test/b\"\rftp://x.test/c"
    found = references(Document("a.txt", text, Format.TEXT))
    assert [(r.raw, r.span.line) for r in found] == [
        ("https://x.test/a", 2),
        ("https://x.test/b", 2),
        ("ftp://x.test/c", 3),
    ]
