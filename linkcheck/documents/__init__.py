"""Paths → files → `Document`s: what is read, as which encoding, and what each file's head says.

Invariant: a document's text is valid Unicode without byte order mark, and `read` is pure.
"""

import os
import sys
from collections.abc import Callable
from functools import cache

from linkcheck.documents.walk import DEFAULT_EXTENSIONS, LeftOut, Source, Walk, sources
from linkcheck.model import Document, Problem

__all__ = ["DEFAULT_EXTENSIONS", "LeftOut", "Source", "Walk", "load", "read", "sources"]

_PART_BYTES = 1 << 20
_READING = os.O_RDONLY | getattr(os, "O_BINARY", 0)


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
    number = os.open(source.file, _READING)
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
    return _reader()(source, content)


@cache
def _reader() -> Callable[[Source, bytes], Document | Problem]:
    # Loaded now: a run over unchanged files walks them without reading one.
    from linkcheck.documents import content

    return content.read
