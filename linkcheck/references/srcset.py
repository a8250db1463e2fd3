"""srcset → its candidates with their places, by the algorithm of WHATWG HTML 4.8.4.3.10."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_SPACE = " \t\n\f\r"
_LEAD = re.compile(r"[ \t\n\f\r,]*")
_URL = re.compile(r"[^ \t\n\f\r]+")
_FLOAT = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?")


class Image(NamedTuple):
    """One candidate: its URL is `text[start:end]`; browsers ignore it when its descriptors are not valid."""

    start: int
    end: int
    is_valid: bool


def images(text: str) -> Iterator[Image]:
    """The candidates in order."""
    place = 0
    while True:
        lead = _LEAD.match(text, place)
        match = _URL.match(text, lead.end()) if lead else None
        if match is None:
            return
        start, end = match.span()
        place = end
        while text[end - 1] == ",":
            end -= 1
        if end < place:
            yield Image(start, end, True)
            continue
        descriptors, place = _descriptors(text, place)
        yield Image(start, end, _are_valid(descriptors))


def _descriptors(text: str, place: int) -> tuple[list[str], int]:
    """The descriptors from `place` up to a comma outside parentheses, and the offset after it."""
    found, start, is_inside = [], place, False
    for index in range(place, len(text)):
        character = text[index]
        if is_inside:
            is_inside = character != ")"
        elif character == "(":
            is_inside = True
        elif character == "," or character in _SPACE:
            if start < index:
                found.append(text[start:index])
            start = index + 1
            if character == ",":
                return found, index + 1
    if start < len(text):
        found.append(text[start:])
    return found, len(text)


def _are_valid(descriptors: list[str]) -> bool:
    """At most one width (with an optional height) or one density, each well written."""
    marks = ""
    for descriptor in descriptors:
        mark, number = descriptor[-1], descriptor[:-1]
        if mark in marks or mark not in "wxh":
            return False
        if mark == "x":
            is_good = _FLOAT.fullmatch(number) is not None and float(number) >= 0
        else:
            is_good = number.isascii() and number.isdigit() and int(number[:20]) > 0
        if not is_good:
            return False
        marks += mark
    return not ("x" in marks and len(marks) > 1) and not ("h" in marks and "w" not in marks)
