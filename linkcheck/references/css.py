"""CSS → its URLs with their places: `url()`, `@import`, strings of `image-set()` (CSS Syntax 3, CSS Images 4).

Invariant: nothing inside a comment or an ordinary string counts.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from linkcheck.model import Kind

_TOKEN = re.compile(
    r"""/\*.*?(?:\*/|\Z)
    |(?P<url>(?<![\w-])url\()[ \t\n\r\f]*(?:
        "(?P<double>(?:[^"\\\n\r\f]|\\.)*)"|'(?P<single>(?:[^'\\\n\r\f]|\\.)*)'
        |(?P<bare>(?:[^"'()\\\s]|\\[0-9a-fA-F]{1,6}[ \t\n\r\f]?|\\[^\n\r\f])+)
     )[ \t\n\r\f]*(?:\)|\Z)
    |(?P<open>(?:-webkit-)?image-set\()
    |(?P<rule>@import|@font-face|@namespace)
    |"(?P<text>(?:[^"\\\n\r\f]|\\.)*)"|'(?P<text1>(?:[^'\\\n\r\f]|\\.)*)'
    |(?P<end>[;}])|(?P<close>\))""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\n\r\f])?|(\r\n|[\n\r\f])|(.))", re.DOTALL)
_VALUES = ("double", "single", "bare", "text", "text1")


class Url(NamedTuple):
    """`text[start:end]` writes `value`."""

    start: int
    end: int
    value: str
    kind: Kind


def style_urls(text: str) -> Iterator[Url]:
    """The URLs of a style sheet or a style attribute, in order; `url(#x)` names an element and is left out."""
    rule, is_set = "", False
    for match in _TOKEN.finditer(text):
        if match["rule"]:
            rule = match["rule"].lower()
        elif match["open"]:
            is_set = True
        elif match["end"]:
            rule, is_set = "", False
        elif match["close"]:
            is_set = False
        else:
            name = next((name for name in _VALUES if match[name] is not None), None)
            counts = match["url"] or rule == "@import" or is_set
            if name is None or not counts or rule == "@namespace":
                continue
            found = _trimmed(match, name)
            if found.value and not found.value.startswith("#"):
                yield found._replace(kind=Kind.RESOURCE if rule else Kind.IMAGE)
                rule = "" if rule == "@import" else rule


def _trimmed(match: re.Match[str], name: str) -> Url:
    start, end = match.span(name)
    written = match[name]
    start += len(written) - len(written.lstrip(" \t\n\r\f"))
    end -= len(written) - len(written.rstrip(" \t\n\r\f"))
    return Url(start, end, unescape(written.strip(" \t\n\r\f")), Kind.IMAGE)


def unescape(text: str) -> str:
    """CSS escapes resolved (CSS Syntax 3, 4.3.7)."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    if match[1]:
        number = int(match[1], 16)
        return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    return match[3] or ""
