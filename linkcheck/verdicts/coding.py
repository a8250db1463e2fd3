"""A response's body → its bytes without content codings (RFC 9110, 8.4.1); pure.

Invariant: any bytes give an answer, never an exception, and never more than a limit.
"""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

_MOST_CODINGS = 3
_LIMIT_BYTES = 1 << 20


class Plain(NamedTuple):
    """What a body says once its codings are undone."""

    body: bytes
    is_whole: bool
    """False: the coded bytes broke off, or hold more than the limit."""


def codings(value: str | None) -> list[str]:
    """The codings that a Content-Encoding names, in lower case, the last applied first."""
    return [word.strip().lower() for word in value.split(",")][::-1] if value else []


def plain(body: bytes, applied: Sequence[str], limit_bytes: int = _LIMIT_BYTES) -> Plain | None:
    """The body with its codings undone, the first of them first; None for one that is unknown, or not there."""
    is_whole = True
    for coding in applied[:_MOST_CODINGS]:
        match coding:
            case "identity" | "":
                continue
            case "gzip" | "x-gzip" | "deflate":
                inflated = _inflated(body, limit_bytes)
            case _:
                return None
        if inflated is None:
            return None
        body, is_whole = inflated.body, is_whole and inflated.is_whole
    return Plain(body, is_whole)


def _inflated(body: bytes, limit_bytes: int) -> Plain | None:
    """Gzip or zlib by their own headers, else a raw stream, which many servers call deflate."""
    for window_bits in (47, -15):
        stream = zlib.decompressobj(window_bits)
        try:
            return Plain(stream.decompress(body, limit_bytes), stream.eof)
        except zlib.error:
            continue
    return None
