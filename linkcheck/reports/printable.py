"""Text from documents and the web → text that a terminal shows and does not obey."""

import unicodedata

_DANGEROUS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_HARMLESS_FORMATS = frozenset("\u200c\u200d")
"""Joiners that scripts and emoji need."""


def printable(text: str) -> str:
    """`text` with control, bidirectional-override and unassigned characters shown as escapes (`\\x1b`)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if unicodedata.category(character) in _DANGEROUS and character not in _HARMLESS_FORMATS:
        return character.encode("unicode_escape", "backslashreplace").decode("ascii")
    return character


def count(number: int, noun: str) -> str:
    """`1 place`, `1,200 places`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
