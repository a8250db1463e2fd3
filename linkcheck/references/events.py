"""Markdown → where its links, text runs, code and raw HTML stand: one pass over the CommonMark parser's events.

CommonMark with GFM's tables, strike-through, task lists and footnotes. Invariant: text, code and raw HTML are told
apart by the parser alone.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple, cast

from pyromark import Markdown, Options

from linkcheck.references.block import is_one_html_block

PARSER = Markdown(
    options=Options.ENABLE_TABLES | Options.ENABLE_FOOTNOTES | Options.ENABLE_STRIKETHROUGH | Options.ENABLE_TASKLISTS
)
_BLOCKS = frozenset({"Paragraph", "HtmlBlock", "Heading", "CodeBlock", "Table"})
_ANCHOR = re.compile(r"<(/?)a(?=[\s/>])", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_BACKSLASH = 0x5C


class Link(NamedTuple):
    """A link or image with its own destination; byte offsets, `label_end` before the `]`."""

    is_image: bool
    type: str
    destination: str
    start: int
    label_end: int
    end: int


class Reading:
    """What one pass over a body found; offsets are in bytes, `at` turns those that were met into code points."""

    def __init__(self, body: str, *, with_code: bool = False) -> None:
        self.html: list[tuple[int, int]] = []
        self.runs: list[tuple[int, int]] = []
        self.code: list[tuple[int, int]] = []
        self.blocks: list[tuple[int, int]] = []
        self.links: list[Link] = []
        self.used: dict[str, set[bool]] = {}
        """Folded label → whether it is used by images, by links."""
        self.is_html = is_one_html_block(body)
        self._offsets: dict[int, int] | None = None
        if self.is_html:
            return
        self._with_text = "://" in body or "www." in body.lower()
        self._with_code = with_code
        self._data = body.encode()
        self._stack: list[list[Any]] = []
        self._anchors = 0
        self._is_code = False
        self._run = (-1, -1)
        self._read(body)
        if len(self._data) != len(body):
            self._offsets = self._converted()

    def at(self, byte: int) -> int:
        """The code point offset of a byte offset that was met."""
        return byte if self._offsets is None else self._offsets[byte]

    def _read(self, body: str) -> None:
        stack = self._stack
        events = cast("Iterable[tuple[Any, dict[str, int]]]", PARSER.events_with_range(body))
        for event, place in events:
            if type(event) is str:
                continue
            ((name, value),) = event.items()
            start, end = place["start"], place["end"]
            if name == "Start":
                self._open(value, start, end)
                continue
            if name == "Text":
                if self._with_text and not (stack or self._anchors or self._is_code):
                    self._extend(start, end)
            elif name == "Html" or name == "InlineHtml":
                self._raw(name, value, start, end)
            elif name == "End":
                if value == "Link" or value == "Image":
                    self._shut(end)
                elif value == "CodeBlock":
                    self._is_code = False
            elif name == "Code" and self._with_code:
                self.code.append((start, end))
            if stack:
                stack[-1][1] = end
        self._extend(-1, -1)

    def _open(self, value: Any, start: int, end: int) -> None:
        kind = value if type(value) is str else next(iter(value))
        if kind == "Link" or kind == "Image":
            self._stack.append([value[kind], start + (1 if kind == "Link" else 2), start, kind == "Image"])
        elif kind in _BLOCKS:
            self._anchors = 0
            self.blocks.append((start, end))
            if kind == "CodeBlock":
                self._is_code = True
                if self._with_code:
                    self.code.append((start, end))

    def _shut(self, end: int) -> None:
        link, label_end, start, is_image = self._stack.pop()
        kind = link["link_type"]
        if kind == "Inline" or kind == "Autolink" or kind == "Email":
            self.links.append(Link(is_image, kind, link["dest_url"], start, label_end, end))
        else:
            self.used.setdefault(folded(link["id"]), set()).add(is_image)

    def _raw(self, name: str, value: str, start: int, end: int) -> None:
        self.html.append((start, end))
        if name == "InlineHtml" and (match := _ANCHOR.match(value)):
            self._anchors = max(0, self._anchors + (-1 if match[1] else 1))

    def _extend(self, start: int, end: int) -> None:
        """Text that goes on, perhaps after a backslash, is one run; only runs that may hold a URL are kept."""
        first, last = self._run
        if last >= 0 and (start == last or (start == last + 1 and self._data[last] == _BACKSLASH)):
            self._run = (first, end)
            return
        if first >= 0:
            run = self._data[first:last]
            if b"://" in run or b"www." in run.lower():
                self.runs.append((first, last))
        self._run = (start, end)

    def _converted(self) -> dict[int, int]:
        wanted = {offset for pair in (*self.html, *self.runs, *self.code, *self.blocks) for offset in pair}
        for link in self.links:
            wanted.update(link[3:])
        converted: dict[int, int] = {}
        byte = count = 0
        for offset in sorted(wanted):
            count += len(self._data[byte:offset].decode("utf-8", "replace"))
            converted[offset] = count
            byte = offset
        return converted


def folded(label: str) -> str:
    """A link label as it is compared (CommonMark 6.3, matches)."""
    return _SPACE.sub(" ", label.strip()).casefold()
