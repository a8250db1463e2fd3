"""Front matter → its entries with exact places, and where it ends.

YAML between `---`, TOML between `+++`; what does not parse is read line by line.
Invariant: `text[entry.start:entry.end]` is how the file writes `entry.value` (quotes left out).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from linkcheck.patterns import lazily

if TYPE_CHECKING:
    import yaml

_BLOCK = lazily(
    r"(?P<mark>---|\+\+\+)[ \t]*(?:\r\n|\r|\n)(?P<inner>(?:.*?(?:\r\n|\r|\n))??)"
    r"(?:(?P=mark)|(?<![^\r\n])\.\.\.)[ \t]*(?:\r\n|\r|\n|\Z)",
    re.DOTALL,
)
_KEY = lazily(r"[A-Za-z_][\w-]*", re.ASCII)
_QUIET_LINE = lazily(r"[ ]*-[ ]+\w[^:#\"']*|[ ]*(?:#.*)?|[A-Za-z_][\w-]*:[ ]+\[[^\[\]{}:#\"']*\][ ]*")
_INDICATORS = frozenset("[]{}&*!|>'\"%@`#,?:-~")
_LOOSE_LINE = lazily(r"\s*(?:-\s+)?(?P<key>[\w-]+)\s*[:=]\s*(?P<quote>[\"']?)(?P<value>.*?)(?P=quote)[ \t,]*$")
_WEB = lazily(r"https?://\S+", re.IGNORECASE)


class Entry(Struct, frozen=True, gc=False):
    """One scalar: its nearest key, value and place; `depth` 0 at the top."""

    key: str
    value: object
    start: int
    end: int
    depth: int = 0


@lru_cache(maxsize=1)
def read(text: str) -> tuple[tuple[Entry, ...], int]:
    """The entries in order, and the offset where the body starts; nothing and 0 without front matter.

    The last answer is kept: a document's head and its references ask for the same text in turn.
    """
    block = _BLOCK.match(text)
    if block is None or (block["mark"] == "---" and not block["inner"].strip()):
        return (), 0
    inner, start = block["inner"], block.start("inner")
    if block["mark"] == "+++":
        entries = _toml(inner, start)
    else:
        entries = _simple(inner, start)
        if entries is None:
            entries = _yaml(inner, start)
    if entries is None:
        entries = tuple(_line_by_line(inner, start))
    if block["mark"] == "---" and not entries and ":" not in inner:
        return (), 0  # a rule at the start of the text, and another one further down
    return entries, block.end()


def _lines(text: str, start: int) -> Iterator[tuple[int, str]]:
    for line in re.split(r"(?<=\n)|(?<=\r)(?!\n)", text):
        yield start, line.rstrip("\r\n")
        start += len(line)


def _simple(inner: str, start: int) -> tuple[Entry, ...] | None:
    """The usual front matter without a YAML parser (a tenth of its time); None when it is anything but plain."""
    entries: list[Entry] = []
    if "\r" in inner.replace("\r\n", "") or "\t" in inner:
        return None
    takes_items = False
    for line in inner.split("\n"):
        key, mark, rest = line.partition(":")
        value = rest.strip(" \r")
        is_key = bool(mark) and _KEY.fullmatch(key) is not None and rest[:1] in (" ", "\r", "")
        if is_key and value and value[0] != "[":
            quotes = _quotes(value)
            if quotes is None:
                return None
            place = start + len(key) + 1 + rest.index(value[0]) + quotes
            value = value[quotes : len(value) - quotes]
            entries.append(Entry(key, value, place, place + len(value)))
        elif not (is_key and not value) and not _is_quiet(line, takes_items=takes_items):
            return None
        takes_items = not value if is_key else takes_items
        start += len(line) + 1
    return tuple(entries)


def _is_quiet(line: str, *, takes_items: bool) -> bool:
    """Whether a line needs no parser: blank, a comment, a flat list, or an item where one may stand."""
    if "://" in line or not _QUIET_LINE.fullmatch(line.rstrip("\r")):
        return False
    return takes_items or not line.lstrip(" ").startswith("-")


def _quotes(value: str) -> int | None:
    """1 for a simple quoted scalar, 0 for a plain one, None for what only a parser can tell."""
    first = value[0]
    if first in "\"'":
        is_simple = len(value) > 1 and value[-1] == first and value.count(first) == 2 and "\\" not in value
        return 1 if is_simple else None
    if first in _INDICATORS or " #" in value or ": " in value or value[-1] == ":":
        return None
    return 0


def _yaml(inner: str, start: int) -> tuple[Entry, ...] | None:
    import yaml  # the parser is loaded only for what is not simple

    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(inner)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
        return tuple(_scalars(node, "", inner, start, -1, set())) if isinstance(node, yaml.MappingNode) else ()
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _scalars(node: "yaml.Node", key: str, inner: str, start: int, depth: int, seen: set[int]) -> Iterator[Entry]:
    import yaml

    if id(node) in seen:  # an alias: written once, reported once
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            text = name.value if isinstance(name, yaml.ScalarNode) else key
            yield from _scalars(value, str(text), inner, start, depth + 1, seen)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _scalars(value, key, inner, start, max(depth, 0) + 1, seen)
    elif isinstance(node, yaml.ScalarNode):
        first, last = node.start_mark.index, node.end_mark.index
        place = inner.find(node.value, first, last) if node.value else -1
        if place >= 0:
            first, last = place, place + len(node.value)
        elif node.style in ("'", '"'):
            first, last = first + 1, last - 1
        yield Entry(key, node.value, start + first, start + last, depth)


def _toml(inner: str, start: int) -> tuple[Entry, ...] | None:
    import tomllib

    try:
        parsed = tomllib.loads(inner.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    entries: list[Entry] = []
    place = 0
    for key, value, depth in _leaves(parsed, "", -1):
        # tomllib gives no places: keys come in the order of the text, so each is looked for after the last
        written = str(value) if isinstance(value, str | int | float) else ""
        found = inner.find(written, place) if written else -1
        if found < 0 and written:
            found = inner.find(written)
        if found >= 0 and isinstance(value, str):
            entries.append(Entry(key, value, start + found, start + found + len(written), depth))
            place = found + len(written)
        elif not isinstance(value, str):
            entries.append(Entry(key, value, start + place, start + place, depth))
        elif match := _escaped(inner, key, place):
            entries.append(Entry(key, value, start + match.start(1), start + match.end(1), depth))
            place = match.end()
    return tuple(entries)


def _escaped(inner: str, key: str, place: int) -> re.Match[str] | None:
    """A basic string of `key` that holds escapes."""
    return re.compile(re.escape(key) + r"[\"']?\s*=\s*\"((?:[^\"\\]|\\.)*)\"").search(inner, place)


def _leaves(value: object, key: str, depth: int) -> Iterator[tuple[str, object, int]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, name, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, key, max(depth, 0) + 1)
    else:
        yield key, value, depth


def _line_by_line(inner: str, start: int) -> Iterator[Entry]:
    for offset, line in _lines(inner, start):
        match = _LOOSE_LINE.match(line)
        if match and match["value"]:
            yield Entry(match["key"], match["value"], offset + match.start("value"), offset + match.end("value"))
        elif found := _WEB.search(line):
            yield Entry("", found.group(), offset + found.start(), offset + found.end(), 1)
