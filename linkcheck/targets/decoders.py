"""A piece of a URL → the identifier it stands for; a closed set, named in configuration.

Invariant: a decoder returns None for text it cannot read and never raises.
"""

from collections.abc import Callable
from string import ascii_lowercase, ascii_uppercase, digits
from urllib.parse import unquote

Decoder = Callable[[str], str | None]


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
    "base62": _number_in(digits + ascii_uppercase + ascii_lowercase),
    "base62-lower-first": _number_in(digits + ascii_lowercase + ascii_uppercase),
    "base36": _number_in(digits + ascii_lowercase),
    "hex": _number_in("0123456789abcdef"),
    "percent": _percent_decoded,
    "lower": _lower_cased,
}
