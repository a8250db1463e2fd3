"""A value that a setting cannot take → what is wrong with it, in the words of a user; pure.

msgspec speaks of its own types (`Invalid enum value 'x' - at '$[0]'`), which nobody typed.
"""

import re
import types
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Union, get_args, get_origin

import msgspec

from linkcheck.config.settings import suggestion
from linkcheck.patterns import lazily

_TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}
_QUOTED = lazily(r"['`](\w+(?: \| \w+)*)['`]")
_PLACE = lazily(r" - at ['`]\$[^'`]*['`]")
_ENUM = lazily(r"Invalid enum value ['`]([^'`]*)['`]")


def plainly(error: msgspec.ValidationError, wanted: Any, value: Any) -> str:
    """`unknown 'imag'; did you mean 'image'?`, `expected a whole number, got text`."""
    known = [word.value for enum in _enums(wanted) for word in enum]
    given = value if isinstance(value, list | tuple) else [value]
    unknown = next((word for word in given if isinstance(word, str) and word not in known), None)
    if known and unknown is not None:
        return f"unknown '{unknown}'{suggestion(unknown, known) or '; known are ' + ', '.join(known)}"
    said = _ENUM.sub(r"unknown '\1'", _PLACE.sub("", str(error)))
    return _QUOTED.sub(_named, said).replace("Expected", "expected", 1).replace("`", "'")


def _enums(wanted: Any) -> Iterator[type[StrEnum]]:
    """The lists of words among the types that a value, or each value of a list, may have."""
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        yield wanted
    elif get_origin(wanted) in (tuple, Union, types.UnionType):
        for part in get_args(wanted):
            yield from _enums(part)


def _named(found: re.Match[str]) -> str:
    parts = found.group(1).split(" | ")
    if not set(parts) <= _TYPES.keys():
        return f"'{found.group(1)}'"
    return " or ".join(_TYPES[part] for part in parts if part != "null" or len(parts) == 1)
