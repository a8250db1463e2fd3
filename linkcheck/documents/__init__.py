"""Paths → files → `Document`s: what is read, as which encoding, and what each file's head says.

Invariant: a document's text is valid Unicode without byte order mark, and `read` is pure.
"""

import re
import sys
from pathlib import PurePosixPath

from linkcheck.documents.encodings import decode
from linkcheck.documents.head import Head, html_base, read_head
from linkcheck.documents.walk import DEFAULT_EXTENSIONS, Source, Walk, sources
from linkcheck.model import Document, Format, Problem

__all__ = ["DEFAULT_EXTENSIONS", "Source", "Walk", "load", "read", "sources"]

_HTML = frozenset({".html", ".htm", ".xhtml"})
_XML_START = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype|html)\b", re.IGNORECASE | re.DOTALL)


def load(source: Source, largest_bytes: int = Walk().largest_bytes) -> bytes | Problem:
    """The file's bytes (standard input for `-`), or why they cannot be had."""
    try:
        if source.path == "-":
            content = sys.stdin.buffer.read(largest_bytes + 1)
        else:
            with source.file.open("rb") as stream:
                content = stream.read(largest_bytes + 1)
    except OSError as error:
        return Problem(source.path, f"cannot be read: {error.strerror or error}")
    if len(content) > largest_bytes:
        return Problem(source.path, f"is larger than {largest_bytes} bytes and was not read")
    return content


def read(source: Source, content: bytes) -> Document | Problem:
    """The document that `content` is; a Problem when it is no text. Pure."""
    suffix = PurePosixPath(source.path).suffix.lower()
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


def _format(suffix: str, text: str, head: Head) -> Format:
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
