"""A file's bytes → its `Document`; loaded when the first file is read.

Invariant: the text is valid Unicode without byte order mark; pure.
"""

import re

from linkcheck.documents.encodings import decode
from linkcheck.documents.head import Head, html_base, read_head
from linkcheck.documents.walk import Source
from linkcheck.model import Document, Format, Problem

_HTML = frozenset({".html", ".htm", ".xhtml"})
_XML_START = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype|html)\b", re.IGNORECASE | re.DOTALL)


def read(source: Source, content: bytes) -> Document | Problem:
    """The document that `content` is; a Problem when it is no text. Pure."""
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
