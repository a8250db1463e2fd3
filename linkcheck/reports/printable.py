"""Text from documents and the web → text that a terminal or the log of a CI job shows and does not obey."""

import re
import unicodedata

from linkcheck.patterns import lazily

_DANGEROUS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_HARMLESS_FORMATS = frozenset("\u200c\u200d")
"""Joiners that scripts and emoji need."""
_COMMAND = lazily(r"\A(\s*):(?=:)|#(?=#\w*\[)")
"""CI runners obey a line that begins with `::error` (blanks before it do not matter), or that holds `##[error]`,
`##vso[…]` or `##teamcity[…]` anywhere."""
_ELLIPSIS = " … "


def printable(text: str) -> str:
    """`text` with control, bidirectional-override and unassigned characters shown as escapes (`\\x1b`).

    So is the first character of what a CI runner would take as a command.
    """
    if not text.isprintable():
        text = "".join(map(_shown, text))
    return _COMMAND.sub(_disarmed, text) if "##" in text or "::" in text else text


def _disarmed(command: re.Match[str]) -> str:
    return r"\x23" if command.group() == "#" else rf"{command[1]}\x3a"


def _shown(character: str) -> str:
    if unicodedata.category(character) in _DANGEROUS and character not in _HARMLESS_FORMATS:
        return character.encode("unicode_escape", "backslashreplace").decode("ascii")
    return character


def clipped(text: str, length: int) -> str:
    """At most `length` characters of it, the middle left out: the ends of a URL tell most."""
    if len(text) <= length:
        return text
    head = (length - len(_ELLIPSIS)) * 2 // 3
    return text[:head] + _ELLIPSIS + text[len(text) - (length - len(_ELLIPSIS) - head) :]


def count(number: int, noun: str) -> str:
    """`1 place`, `1,200 places`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
