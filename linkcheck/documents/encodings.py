"""Bytes → (text, encoding), or None when they are no text.

Invariant: the text has no byte order mark and no lone surrogate; line ends stay as they are.
"""

import codecs
import re

from linkcheck.patterns import lazily

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ANY_MARK = tuple(mark for mark, _ in _MARKS)
_META = lazily(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML = lazily(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_DECLARED_WITHIN_BYTES = 1024
# What browsers read under these names (WHATWG Encoding, 4.2); Python's own are narrower.
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "iso-8859-9": "cp1254",
}
_CONTROL = lazily(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_DAMAGE = 0.02
"""Share of undecodable places among the non-ASCII characters up to which a file still counts as damaged UTF-8."""


def decode(content: bytes, *, is_html: bool) -> tuple[str, str] | None:
    """Byte order mark, then valid UTF-8, then a declaration, then detection.

    Valid UTF-8 with characters beyond ASCII wins over another declaration: saved pages keep stale ones.
    """
    if content.startswith(_ANY_MARK):
        mark, encoding = next(pair for pair in _MARKS if content.startswith(pair[0]))
        return content[len(mark) :].decode(encoding, "replace").removeprefix("\ufeff"), encoding
    if b"\0" in content:
        return _unmarked_utf16(content)
    declared = _declared(content) if is_html or content.startswith(b"<?xml") else None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return _legacy(content, declared)
    if declared and b"\x1b" in content and declared.startswith("iso-2022"):
        return content.decode(declared, "replace"), declared
    return text, "utf-8"


def _declared(content: bytes) -> str | None:
    """The Python name of the encoding that the file says it has; None when it says none that is known."""
    head = content[:_DECLARED_WITHIN_BYTES]
    match = _XML.search(head) or _META.search(head)
    if match is None:
        return None
    label = match.group(1).decode("ascii", "replace").lower()
    if label.startswith("utf-16"):  # its declaration was read as ASCII: it is UTF-8 (WHATWG HTML, 13.2.3.2)
        return "utf-8"
    return _python_name(label)


def _python_name(label: str) -> str | None:
    try:
        name = codecs.lookup(_WIDER.get(label.lower(), label)).name
        "".encode(name)
        b"".decode(name)
    except (LookupError, AssertionError, UnicodeError):
        return None
    return name


def _legacy(content: bytes, declared: str | None) -> tuple[str, str] | None:
    if _is_binary(content):
        return None
    if declared and declared != "utf-8":
        return _clean(content.decode(declared, "replace")), declared
    damaged = content.decode("utf-8", "replace")
    beyond = sum(1 for character in damaged if character > "\x7f")
    if damaged.count("\ufffd") <= max(1 if beyond > 1 else 0, beyond * _MOST_DAMAGE):
        return damaged, "utf-8"
    from turbohtml.detect import detect  # loaded only for what is no UTF-8

    found = _python_name(detect(content).encoding or "") or "cp1252"
    return _clean(content.decode(found, "replace")), found


def _is_binary(content: bytes) -> bool:
    """Whether control characters that no text holds are frequent."""
    return len(_CONTROL.findall(content[:65_536])) > min(len(content), 65_536) // 100


def _unmarked_utf16(content: bytes) -> tuple[str, str] | None:
    """UTF-16 without a mark has its NULs at every other byte of its ASCII; anything else with a NUL is binary."""
    head = content[: _DECLARED_WITHIN_BYTES * 4]
    if len(content) % 2 or len(head) < 4:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half // 3 and even == 0:
        encoding = "utf-16-le"
    elif even > half // 3 and odd == 0:
        encoding = "utf-16-be"
    else:
        return None
    return content.decode(encoding, "replace"), encoding


def _clean(text: str) -> str:
    """Some of Python's legacy decoders can pass surrogates on."""
    return text.encode("utf-8", "replace").decode() if not text.isprintable() else text
