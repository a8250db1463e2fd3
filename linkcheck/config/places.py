"""The text of a TOML file → the line where each of its settings stands, from 1.

A file is read line by line, so what looks like a setting within a string of several lines counts too: a line given
with a mistake is a help to the reader, and the sentence names the setting anyway.
"""

import re
import tomllib
from collections import Counter
from typing import Any

from linkcheck.config.checks import Place

_HEADER = re.compile(r"\s*(\[\[?)[^=]+\]")
_SETTING = re.compile(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")


def places(text: str) -> dict[Place, int]:
    """Every table and setting with its line; the first one counts."""
    found: dict[Place, int] = {}
    numbers: Counter[Place] = Counter()
    table: Place = ()
    for line, content in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(content):
            table = _names(content)
            if header[1] == "[[":
                numbers[table] += 1
                table = (*table, str(numbers[table]))
            found.setdefault(table, line)
            found.setdefault(table[:1], line)
        elif setting := _SETTING.match(content):
            place = (*table, *_names(f"{setting[1]} = 0"))
            found.setdefault(place, line)
            found.setdefault(place[:1], line)
    return found


def line_of(place: Place, known: dict[Place, int]) -> int:
    """The line of a place, else of the nearest table around it; 1 when there is none."""
    while place:
        if place in known:
            return known[place]
        place = place[:-1]
    return 1


def _names(content: str) -> Place:
    """`[hosts."a.example"]` → `("hosts", "a.example")`, as TOML reads it; () when it does not."""
    try:
        value: Any = tomllib.loads(content)
    except tomllib.TOMLDecodeError:
        return ()
    names: list[str] = []
    while isinstance(value, dict | list) and value:
        if isinstance(value, list):
            value = value[0]
            continue
        name, value = next(iter(value.items()))
        names.append(name)
    return tuple(names)
