"""Bytes → text: whatever an archive's files are written in."""

from pathlib import Path

import pytest

from linkcheck.documents import Source, load, read
from linkcheck.documents.encodings import decode
from linkcheck.model import Document, Problem

CHINESE = "这是一篇关于编码的中文文章，里面有很多常用的汉字。" * 3
TRADITIONAL = "這是一篇關於編碼的中文文章，裡面有很多常用的漢字。" * 3


@pytest.mark.parametrize(
    ("content", "text", "encoding"),
    [
        (b"", "", "utf-8"),
        (b"abc", "abc", "utf-8"),
        ("中".encode(), "中", "utf-8"),
        (b"\xef\xbb\xbf" + "中".encode(), "中", "utf-8"),
        (b"\xff\xfe" + "a中\r\n".encode("utf-16-le"), "a中\r\n", "utf-16-le"),
        (b"\xfe\xff" + "a中".encode("utf-16-be"), "a中", "utf-16-be"),
        ("<a href=x>text\n".encode("utf-16-le"), "<a href=x>text\n", "utf-16-le"),
        (CHINESE.encode("gb18030"), CHINESE, "gb18030"),
        (TRADITIONAL.encode("big5"), TRADITIONAL, "big5hkscs"),
        ("Un café très naïve à la crème, déjà vu".encode("cp1252"), "Un café très naïve à la crème, déjà vu", "cp1252"),
        (("好" * 100).encode() + b"\xff", "好" * 100 + "\ufffd", "utf-8"),
        (("好" * 100).encode()[:-1], "好" * 99 + "\ufffd", "utf-8"),
        (b"\xed\xa0\x80" + ("好" * 300).encode(), "\ufffd" * 3 + "好" * 300, "utf-8"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_the_bytes_say(content: bytes, text: str, encoding: str) -> None:
    """A mark, valid UTF-8 or, failing that, detection; the mark is no text."""
    assert decode(content, is_html=False) == (text, encoding)


@pytest.mark.parametrize(
    ("declaration", "name", "encoding"),
    [
        ('<meta charset="gb2312">', "gb18030", "gb18030"),
        ("<meta http-equiv=content-type content='text/html; charset=big5'>", "big5", "big5hkscs"),
        ('<meta charset="iso-8859-1">', "cp1252", "cp1252"),
        ('<?xml version="1.0" encoding="windows-1251"?>', "cp1251", "cp1251"),
    ],
)
def test_what_a_page_declares(declaration: str, name: str, encoding: str) -> None:
    """A declaration decides what valid UTF-8 cannot be."""
    letters = {"cp1252": "é“", "cp1251": "Привет", "gb18030": "中文", "big5": "中文"}[name]
    text = declaration + letters
    assert decode(text.encode(name), is_html=True) == (text, encoding)


def test_a_stale_declaration_does_not_spoil_utf8() -> None:
    """Saved pages are often converted while their declaration is not."""
    text = '<meta charset="gb2312">' + CHINESE
    assert decode(text.encode(), is_html=True) == (text, "utf-8")


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"a\0b",
        b"\0" * 100,
        b"\xff\xd8\xff\xe0\0\x10JFIF",
        bytes(range(1, 32)) * 20 + b"\xff",
    ],
)
def test_what_is_no_text_is_a_problem(content: bytes) -> None:
    """Said once, with the file's name; not a crash, and no garbage references."""
    found = read(Source("x.md", "x.md", "."), content)
    assert isinstance(found, Problem)
    assert found.path == "x.md"


def test_columns_count_characters_of_the_decoded_text(tmp_path: Path) -> None:
    """A mark takes no column."""
    file = tmp_path / "a.md"
    file.write_bytes(b"\xef\xbb\xbf" + "中[t](u)".encode())
    source = Source("a.md", str(file), ".")
    content = load(source)
    assert isinstance(content, bytes)
    document = read(source, content)
    assert isinstance(document, Document)
    assert document.text == "中[t](u)"


def test_a_file_that_vanished_or_is_too_large_is_a_problem(tmp_path: Path) -> None:
    """Between the walk and the reading anything may happen."""
    file = tmp_path / "a.md"
    assert isinstance(load(Source("a.md", str(file), ".")), Problem)
    file.write_bytes(b"12345")
    assert isinstance(load(Source("a.md", str(file), "."), largest_bytes=4), Problem)
    assert load(Source("a.md", str(file), "."), largest_bytes=5) == b"12345"
