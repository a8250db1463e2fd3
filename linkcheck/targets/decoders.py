"""A piece of a URL → the identifier it stands for; a closed set, named in configuration.

Invariant: a decoder returns None for text it cannot read and never raises.
"""

from collections.abc import Callable
from urllib.parse import unquote

Decoder = Callable[[str], str | None]

_DIGITS = "0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_UPPER = _LOWER.upper()


def _number_in(alphabet: str) -> Decoder:
    values = {letter: value for value, letter in enumerate(alphabet)}

    def decoded(text: str) -> str | None:
        number = 0
        for letter in text:
            if letter not in values:
                return None
            number = number * len(alphabet) + values[letter]
        return str(number) if text else None

    return decoded


def _percent_decoded(text: str) -> str | None:
    return unquote(text)


def _lower_cased(text: str) -> str | None:
    return text.lower()


DECODERS: dict[str, Decoder] = {
    "base62": _number_in(_DIGITS + _UPPER + _LOWER),
    "base62-lower-first": _number_in(_DIGITS + _LOWER + _UPPER),
    "base36": _number_in(_DIGITS + _LOWER),
    "hex": _number_in("0123456789abcdef"),
    "percent": _percent_decoded,
    "lower": _lower_cased,
}
