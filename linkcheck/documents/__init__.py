"""Paths → files → `Document`s: what is read, as which encoding, and what each file's head says.

Invariant: a document's text is valid Unicode without byte order mark, and `read` is pure.
"""

import os
import re
import sys
from typing import TYPE_CHECKING

from linkcheck.documents.walk import DEFAULT_EXTENSIONS, Source, Walk, sources
from linkcheck.model import Document, Format, Problem
from linkcheck.patterns import lazily

if TYPE_CHECKING:
    from linkcheck.documents.head import Head

__all__ = ["DEFAULT_EXTENSIONS", "Source", "Walk", "load", "read", "sources"]

_PART_BYTES = 1 << 20
_HTML = frozenset({".html", ".htm", ".xhtml"})
_XML_START = lazily(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype|html)\b", re.IGNORECASE | re.DOTALL)


def load(source: Source, largest_bytes: int = Walk().largest_bytes) -> bytes | Problem:
    """The file's bytes (standard input for `-`), or why they cannot be had."""
    try:
        if source.path == "-":
            content = sys.stdin.buffer.read(largest_bytes + 1)
        else:
            content = _bytes_of(source, largest_bytes + 1)
    except OSError as error:
        return Problem(source.path, f"cannot be read: {error.strerror or error}")
    if len(content) > largest_bytes:
        return Problem(source.path, f"is larger than {largest_bytes} bytes and was not read")
    return content


def _bytes_of(source: Source, most_bytes: int) -> bytes:
    """The file's bytes without a stream's buffers: twice as fast for a small file."""
    number = os.open(source.file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        # one byte more than the file is said to have: a shorter answer is its end
        content = part = os.read(number, min(source.size_bytes + 1, most_bytes))
        while part and source.size_bytes < len(content) < most_bytes:
            part = os.read(number, min(most_bytes - len(content), _PART_BYTES))
            content += part
    finally:
        os.close(number)
    return content


def read(source: Source, content: bytes) -> Document | Problem:
    """The document that `content` is; a Problem when it is no text. Pure."""
    # Loaded now: a run over unchanged files walks them without reading one.
    from linkcheck.documents.encodings import decode
    from linkcheck.documents.head import html_base, read_head

    suffix = _suffix(source.path)
    decoded = decode(content, is_html=suffix in _HTML)
    if decoded is None:
        return Problem(source.path, "is no text: it holds binary data")
    text, encoding = decoded
    head = read_head(text)
    kind = _format(suffix, text, head)
    base = html_base(text, head.url) if kind is Format.HTML else None
    return Document(
        path=source.path,
        text=text,
        format=kind,
        encoding=encoding,
        root=source.root,
        title=head.title,
        url=head.url,
        base=base or head.url,
        published_at=head.published_at,
        archived_at=head.archived_at,
        body_start=head.body_start,
    )


def _suffix(path: str) -> str:
    """In lower case with its dot; `` for `.name` and `name.`."""
    name = path[path.rfind("/") + 1 :]
    dot = name.rfind(".")
    return name[dot:].lower() if 0 < dot < len(name) - 1 else ""


def _format(suffix: str, text: str, head: "Head") -> Format:
    """By suffix, but the archive's header makes any file Markdown."""
    if head.has_title_line:
        return Format.MARKDOWN
    if suffix in _HTML:
        return Format.HTML
    if suffix == ".txt":
        return Format.TEXT
    if not suffix and _XML_START.match(text, head.body_start):
        return Format.HTML
    return Format.MARKDOWN
