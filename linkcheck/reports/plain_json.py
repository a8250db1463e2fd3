"""Plain values → JSON text that stays well-formed, on one line, and unobeyed wherever it is printed.

Invariant: any JSON parser reads back the value that was given, except that lone surrogates have become escapes.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from linkcheck.patterns import lazily

_UNSAFE = lazily(
    "#(?=#[0-9A-Za-z_]*\\[)|[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]"
)
"""What a CI runner obeys in the middle of a line (`##[error]`), line ends by Unicode, bidirectional controls."""


def encode(value: Any) -> str:
    """`value` in one line of JSON."""
    try:
        text = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        text = msgspec.json.encode(_without_surrogates(msgspec.to_builtins(value))).decode()
    if text.isascii() and "##" not in text and "\x7f" not in text:
        return text
    return _UNSAFE.sub(lambda character: f"\\u{ord(character.group()):04x}", text)


def _without_surrogates(value: Any) -> Any:
    """A tree of plain values whose texts can be encoded."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_without_surrogates(name): _without_surrogates(part) for name, part in value.items()}
    return [_without_surrogates(part) for part in value] if isinstance(value, list | tuple) else value
