"""Markdown → references with the destination's exact place."""

import pytest

from linkcheck.model import Document, Format
from linkcheck.references import Extraction, references

ROWS = [
    ("[t](u)", ["link u"]),
    ("![t](i.png)", ["image i.png"]),
    ("[t](<u v> 'title')", ["link u v"]),
    ("[t]( u 'title' )", ["link u"]),
    ("[t](\nu\n'title')", ["link u"]),
    ("[t](a(b)c)", ["link a(b)c"]),
    ("[t](a\\)b)", ["link a\\)b"]),
    ("[t](a&amp;b)", ["link a&amp;b"]),
    ("[](u)", ["link u"]),
    ("[t]()", ["link "]),
    ("[t](<>)", ["link "]),
    ("[`](`](u)", ["link u"]),
    ("[a\\](x](u)", ["link u"]),
    ("[![i](a.png)](u)", ["image a.png", "link u"]),
    ("[a [b] c](u)", ["link u"]),
    ("[a](u)[b](v)", ["link u", "link v"]),
    ("<https://x.test/a>", ["link https://x.test/a"]),
    ("<me@x.test>", ["link me@x.test"]),
    ("> [a\n> b](\n> /u)", ["link /u"]),
    ("[d]: /u 'title'\n", ["link /u"]),
    ("[d]: <a b>\n", ["link a b"]),
    ("[d]:\n/u\n", ["link /u"]),
    ("[d]: /u\n[d]: /v\n\n[d]", ["link /u", "link /v"]),
    ("> - [d]: /u\n", ["link /u"]),
    ("![x][d]\n\n[d]: /i.png", ["image /i.png"]),
    ("![x][d] [d]\n\n[d]: /i.png", ["link /i.png"]),
    ("text\n[d]: /no", []),
    ("[d]: /no trailing words", []),
    ("```\n[d]: /no\n```", []),
    ("a[^n]\n\n[^n]: text [t](u)", ["link u"]),
    ("`[t](no)`", []),
    ("    [t](no)", []),
    ("~~~\n[t](no)\n~~~", []),
    ("\\[t](no)", []),
    ("<div>\n[t](no)\n</div>", []),
    ("<div>\n\n[t](u)\n\n</div>", ["link u"]),
    ("<div><a href=x>\n[t](no)</a>", ["link x"]),
    ("text <img src=a> `<img src=no>`", ["image a"]),
    ("text <a\nhref=x>t</a>", ["link x"]),
    ("> <div>\n> <a href='x'>\n", ["link x"]),
    ("| a | b |\n|--|--|\n| [t](u) | ![](v) |", ["link u", "image v"]),
    ("# [t](u)\n\n* [x](v)\n", ["link u", "link v"]),
    ("标题[文](链接.md)后", ["link 链接.md"]),
    ("😀[a](u)😀![b](v)", ["link u", "image v"]),
    ("a\r\n[t](u)\r\rb [t](v)", ["link u", "link v"]),
    ("<pre>\n\n<a href=x>\n\n</pre>", ["link x"]),
    ("<!--\n\n<a href=no>\n\n-->\n[t](u)", ["link u"]),
]


@pytest.mark.parametrize(("text", "expected"), ROWS, ids=[repr(text) for text, _ in ROWS])
def test_one_reference_for_each_destination(text: str, expected: list[str]) -> None:
    """Inline links, images, autolinks and definitions count; code and escaped syntax do not."""
    found = list(references(Document("a.md", text, Format.MARKDOWN)))
    assert [f"{r.kind} {r.raw}" for r in found] == expected
    assert all(text[r.span.start : r.span.end] == r.raw for r in found)
    assert all(r.element is None for r in found if r.attribute is None)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("[t](https://x.test/a\\_b)", "https://x.test/a_b"),
        ("[t](https://x.test/?a&amp;b)", "https://x.test/?a&b"),
        ("[t](<https://x.test/a b>)", "https://x.test/a%20b"),
        ("<me@x.test>", "mailto:me@x.test"),
        ("[d]: https://x.test/a\\_b", "https://x.test/a_b"),
    ],
)
def test_escapes_are_resolved(text: str, url: str) -> None:
    """`url` is what is asked for, `raw` what is written."""
    assert [r.url for r in references(Document("a.md", text, Format.MARKDOWN))] == [url]


def test_code_can_be_included() -> None:
    """Only on request, and only bare URLs."""
    text = "`https://x.test/a`\n\n```\nhttps://x.test/b\n```\n"
    document = Document("a.md", text, Format.MARKDOWN)
    assert [r.raw for r in references(document, Extraction(include_code=True))] == [
        "https://x.test/a",
        "https://x.test/b",
    ]
    assert list(references(document)) == []


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a\n[t](u)", [(2, 5, 2, 6)]),
        ("a\r\n\r\n[t](u)", [(3, 5, 3, 6)]),
        ("a\r[t](u)", [(2, 5, 2, 6)]),
        ("a\u2028b\x0bc\x0c[t](u)", [(1, 11, 1, 12)]),
        ("😀é[t](u)", [(1, 7, 1, 8)]),
        ("<a\nhref='x\ny'>", [(2, 7, 3, 2)]),
    ],
)
def test_lines_and_columns(text: str, places: list[tuple[int, int, int, int]]) -> None:
    """Lines end at LF, CRLF or a lone CR only; columns count code points from 1, the end is exclusive."""
    found = references(Document("a.md", text, Format.MARKDOWN))
    assert [(r.span.line, r.span.column, r.span.end_line, r.span.end_column) for r in found] == places
