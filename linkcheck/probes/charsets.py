"""The bytes of a page → the encoding that it names or shows, and bytes whose markup is ASCII; pure, never raises."""

import codecs
import re
from functools import lru_cache

from linkcheck.patterns import lazily

_DECLARED = re.compile(
    rb"<(?:meta\b[^>]{0,300}?\bcharset|\?xml\b[^>]{0,200}?\bencoding)\s*=\s*[\"']?\s*([\w.:\-]+)", re.IGNORECASE
)
_EAST_ASIAN_RUN = lazily(rb"[\x80-\xff]{4}")
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "utf-16": "utf-16-le",
}
"""Labels that browsers read as a larger encoding (WHATWG Encoding, 4.2)."""
# Python knows codecs that are no charsets (`undefined`, `unicode_escape`): only what browsers know is taken.
_OF_THE_WEB = re.compile(
    r"utf-8|utf-16-[lb]e|gb18030|big5hkscs|euc_jp|iso2022_jp|koi8-[ru]|mac-roman"
    r"|cp(?:932|949|866|874|125\d)|iso8859-\d{1,2}"
)
_UNLIKE_ASCII = frozenset({"utf-16-le", "utf-16-be", "iso2022_jp"})
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def readable(body: bytes, charset: str | None = None) -> tuple[bytes, str]:
    """(the bytes of a text in which markup is ASCII, their encoding); `charset` is what the headers say.

    `body` may break off inside a character. A byte order mark wins, then the headers, then the page's own declaration,
    then what the bytes look like. Bytes of an encoding that hides ASCII in other characters come back as UTF-8.
    """
    encoding, start = _encoding(body, charset)
    if encoding in _UNLIKE_ASCII:
        return body[start:].decode(encoding, "replace").encode("utf-8"), "utf-8"
    return body[start:] if start else body, encoding


def _encoding(body: bytes, charset: str | None) -> tuple[str, int]:
    """The encoding, and how many bytes its mark takes."""
    if body[:1] > b"\x7f":
        for mark, encoding in _MARKS:
            if body.startswith(mark):
                return encoding, len(mark)
    if charset is not None and (known := _known(charset)):
        return known, 0
    declared = _DECLARED.search(body, 0, 2048)
    if declared and (known := _known(declared[1].decode("ascii", "replace"))):
        return known, 0
    return _guess(body), 0


@lru_cache(maxsize=64)
def _known(label: str) -> str | None:
    name = _WIDER.get(label.lower(), label.lower())
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    return codec.name if _OF_THE_WEB.fullmatch(codec.name) else None


def _guess(body: bytes) -> str:
    if _decodes(body, "utf-8"):
        return "utf-8"
    if not _EAST_ASIAN_RUN.search(body):
        return "cp1252"
    return next((name for name in ("gb18030", "big5hkscs", "cp932") if _decodes(body, name)), "utf-8")


def _decodes(body: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(body)
    except UnicodeDecodeError:
        return False
    return True
