"""The first bytes of a body → what kind of thing they are; pure.

Invariant: any bytes at all give an answer, never an exception; the declared media type is never asked, for it lies.
"""

import re

from linkcheck.patterns import lazily

_BLANKS = b"\t\n\x0c\r "
_BINARY = lazily(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_JSON = lazily(rb'\{\s*(?:"|\}|\Z)|\[\s*(?:[{\["\]\d\-tfn]|\Z)')
_PROLOGUE = lazily(rb"<\?.*?\?>|<!--.*?-->|<!DOCTYPE\b[^>\[]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ROOT = lazily(rb"<(?:[a-z][\w.\-]*:)?([a-z][\w.\-]*)", re.IGNORECASE)
_HTML_ELEMENTS = frozenset(
    b"html head script iframe h1 h2 div font table a style title b body br p meta link img span center".split()
)
_AVIF = frozenset({b"avif", b"avis"})
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_RARER = (
    ((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "tiff"),
    ((b"\0\0\1\0", b"\0\0\2\0"), "ico"),
    ((b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"), "jxl"),
)

NOT_IMAGES = frozenset({"html", "json", "xml", "text"})


def sniff(head: bytes) -> str | None:
    """What the first bytes (64 suffice for images, 2,048 for text) show; None when they show nothing known.

    An image format (`jpeg png gif webp avif heic bmp tiff ico jxl svg`), or what is no image (`NOT_IMAGES`).
    Signatures as in the WHATWG MIME Sniffing standard, 6.1 and 7.1, and of the newer formats.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"RIFF"):
        return "webp" if head[8:12] == b"WEBP" else None
    if head.startswith((b"GIF89a", b"GIF87a")):
        return "gif"
    return _rarer_image(head) or _text(head)


def _rarer_image(head: bytes) -> str | None:
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0":
        return "bmp"
    return next((kind for marks, kind in _RARER if head.startswith(marks)), None)


def _brand(head: bytes) -> str | None:
    """The container's format by its major and compatible brands: a major `mif1` may be either (ISO/IEC 23000-22)."""
    end = min(int.from_bytes(head[:4], "big"), len(head), 256)
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}
    if not _AVIF.isdisjoint(brands):
        return "avif"
    return None if _HEIC.isdisjoint(brands) else "heic"


def _text(head: bytes) -> str | None:
    text = head[:2048].removeprefix(b"\xef\xbb\xbf").lstrip(_BLANKS)
    if text.startswith(b"<"):
        return _markup(text)
    if _JSON.match(text):
        return "json"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    return "text" if head and not _BINARY.search(head, 0, 512) else None


def _markup(text: bytes) -> str:
    """The root element decides, after XML declaration, comments and doctype."""
    start = 0
    while part := _PROLOGUE.match(text, start):
        if part.group()[:14].lower() == b"<!doctype html":
            return "html"
        start = len(text) - len(text[part.end() :].lstrip(_BLANKS))
    root = _ROOT.match(text, start)
    name = root[1].lower() if root else b""
    if name == b"svg":
        return "svg"
    if name in _HTML_ELEMENTS or not (root or text.startswith(b"<?xml")):
        return "html"
    return "xml"
