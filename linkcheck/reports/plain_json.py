"""Plain values → JSON text that stays well-formed, on one line, and unobeyed wherever it is printed.

Invariant: any JSON parser reads back the value that was given, except that lone surrogates have become escapes.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import msgspec

from linkcheck.patterns import lazily

_UNSAFE = lazily(
    "#(?=#[0-9A-Za-z_]*\\[)|[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]"
)
"""What a CI runner obeys in the middle of a line (`##[error]`), line ends by Unicode, bidirectional controls."""
_HARMLESS = bytes(range(0x7F))
_SIGNS = ("\ufffc", "\ufffd")
"""Of what is unsafe, all that Python takes for printable."""
_ENCODER = msgspec.json.Encoder()
_BATCH = 128


def encode(value: Any) -> str:
    """`value` in one line of JSON."""
    try:
        encoded = _ENCODER.encode(value)
    except UnicodeEncodeError:
        encoded = _ENCODER.encode(_without_surrogates(msgspec.to_builtins(value)))
    return _safe(encoded)


def lines(values: Iterable[Any]) -> Iterator[str]:
    """What `encode` makes of each value, a line each, many lines at a time."""
    remaining = iter(values)
    while batch := list(islice(remaining, _BATCH)):
        try:
            yield _safe(_ENCODER.encode_lines(batch))
        except UnicodeEncodeError:
            yield "".join(f"{encode(value)}\n" for value in batch)


def _safe(encoded: bytes) -> str:
    text = encoded.decode()
    is_plain = text.isascii() and "\x7f" not in text
    if "##" not in text and (is_plain or _is_harmless(encoded.translate(None, _HARMLESS).decode())):
        return text
    return _UNSAFE.sub(lambda character: f"\\u{ord(character.group()):04x}", text)


def _is_harmless(beyond_ascii: str) -> bool:
    """Asked of the few characters of a text that are not ASCII; the pattern takes ten times as long to say so."""
    return beyond_ascii.isprintable() and not any(sign in beyond_ascii for sign in _SIGNS)


def _without_surrogates(value: Any) -> Any:
    """A tree of plain values whose texts can be encoded."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_without_surrogates(name): _without_surrogates(part) for name, part in value.items()}
    return [_without_surrogates(part) for part in value] if isinstance(value, list | tuple) else value
