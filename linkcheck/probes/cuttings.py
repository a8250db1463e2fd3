"""The bytes of an HTML page → the few elements that say what it is, and its first visible part; pure.

The bytes are of an encoding in which ASCII stands for itself in markup, so that nothing has to be decoded that nobody
reads. One automaton finds all that matters, a window at a time. Invariant: one pass from start to end; what is never
closed ends the pass instead of being searched for again.
"""

import re
from collections.abc import Callable
from functools import cache

from msgspec import Struct

_REST = rb"[^\"'>]{0,4096}+(?:(?:\"[^\"]{0,4096}\"|'[^']{0,4096}')[^\"'>]{0,4096}+){0,64}+>"
"""The rest of a tag; a `>` inside a quoted value does not end it."""
_REST_OF_TAG = re.compile(_REST)
_LINK_OR_META = rb"<(?i:link|meta)(?=[\s/>])" + _REST
_ONE_TAG = re.compile(rb"\s*(" + _LINK_OR_META + b")")
_ROW_OF_TAGS = re.compile(rb"(?:\s*" + _LINK_OR_META + b")++")
_HEADING = re.compile(rb"<[hH]1(?=[\s>])")
_CLOSES = ord(">")
_ENDS_NAME = frozenset(b"\t\n\x0b\x0c\r />")
_BANNER_START = b"<!-- BEGIN WAYBACK TOOLBAR INSERT -->"
_BANNER_END = b"<!-- END WAYBACK TOOLBAR INSERT -->"
_LONGEST_TAG = 4096
_LONGEST_ELEMENT = 8192
_MOST_SNIPPETS = 24
_MOST_UNCLOSED = 64
VISIBLE_BYTES = 24_000
"""Of the markup that a reader sees at most so much is cut out."""

_TAGS = (b"link", b"meta")
_WORDS = (b"canonical", b"og:title", b"og:url", b"refresh")
"""What the few of them that tell hold."""
_TELLING = re.compile(b"|".join(_WORDS), re.IGNORECASE)
_SKIPPED = tuple(b"script style svg select template textarea noscript nav iframe".split())
_NAMES = (b"!--", b"/script", b"title", b"h1", b"body", *_SKIPPED)
_TOKENS = (*(b"<" + name for name in _TAGS), *_WORDS, *(b"<" + name for name in _NAMES))
"""In the order of their numbers: tags, words, names."""
_FIRST_WORD = len(_TAGS)
_FIRST_NAME = len(_TAGS + _WORDS)
_COMMENT, _END_OF_SCRIPT = _FIRST_NAME, _FIRST_NAME + 1
_CLOSING = {name: re.compile(rb"</(?i:" + name + rb")(?=[\s/>])[^>]*>?") for name in _NAMES[2:]}
_WINDOW = 8192
"""Bytes that are searched for tokens at once: of most pages the first few thousand are enough."""
_OVERLAP = max(map(len, _TOKENS)) - 1


class Snippet(Struct, frozen=True):
    """One element."""

    name: str
    """`title`, `h1`, `link` or `meta`."""
    tag: bytes
    """Its start tag."""
    inside: bytes = b""
    """What stands between its tags; nothing for `link` and `meta`."""


class Cuttings(Struct, frozen=True):
    """What was cut out."""

    snippets: list[Snippet]
    """Whole elements: `title`, `h1`, and the `link` and `meta` that name the page or lead away from it."""
    visible: list[bytes]
    """The first pieces of markup that a reader sees; scripts, styles and navigation left out."""


class _Scissors:
    """One pass over the page."""

    __slots__ = (
        "at",
        "in_script",
        "page",
        "patience",
        "room",
        "row_at",
        "row_end",
        "snippets",
        "visible",
        "whole_room",
    )

    def __init__(self, page: bytes, visible_bytes: int) -> None:
        self.page = page
        self.snippets: list[Snippet] = []
        self.visible: list[bytes] = []
        self.whole_room = self.room = visible_bytes
        self.patience = _MOST_UNCLOSED
        self.at = 0
        """Where the pass is; what begins before has been dealt with."""
        self.in_script = False
        """Then the pass is at the end, until the script's end is found."""
        self.row_at = self.row_end = 0
        """What of the last row of `link` and `meta` was not yet looked at."""

    def pass_over(self) -> None:
        """Cut the page up, as far as there is room for what is seen."""
        for start in range(0, len(self.page), _WINDOW):
            has_news = self.at < start + _WINDOW or self.row_end > start or self.in_script
            if has_news and not self._pass_over_window(start):
                self._late_heading()
                return
        self._see(len(self.page))

    def _pass_over_window(self, base: int) -> bool:
        """Whether to go on after a window that begins at `base`."""
        page = self.page
        length = len(page)
        for token, start, end in _tokens()(page[base : base + _WINDOW + _OVERLAP].lower()):
            if start >= _WINDOW:
                break
            start += base
            if _FIRST_WORD <= token < _FIRST_NAME:
                if not self.row_at <= start < self.row_end:
                    continue
                self._keep_tag(start)
            else:
                if start < self.at and token != _END_OF_SCRIPT:
                    continue
                end += base
                if token != _COMMENT and (end == length or page[end] not in _ENDS_NAME):
                    continue
                if token < _FIRST_WORD:
                    self._pass_tags(start)
                else:
                    self._take(_NAMES[token - _FIRST_NAME], start, end)
            if (self.room <= 0 or self.patience <= 0 or len(self.snippets) >= _MOST_SNIPPETS) and not self.in_script:
                return False
        return True

    def _see(self, end: int) -> None:
        """What stands before `end` is seen."""
        if end > self.at:
            piece = self.page[self.at : end]
            if not piece.isspace():
                self.visible.append(piece[: self.room])
                self.room -= len(piece)

    def _pass_tags(self, start: int) -> None:
        """Go past a row of `link` and `meta`: what looks like markup in their values is none."""
        row = _ROW_OF_TAGS.match(self.page, start)
        if row is None:
            self.patience -= 1
            return
        self._see(start)
        self.row_at = start
        self.at = self.row_end = row.end()
        if self.room <= 0 and (tag := _ONE_TAG.match(self.page, start)) and _TELLING.search(tag[1]):
            self._keep_tag(start)

    def _keep_tag(self, word: int) -> None:
        """Keep the one in the row that holds a word of the few that tell."""
        tag = None
        while self.row_at <= word and (tag := _ONE_TAG.match(self.page, self.row_at)):
            self.row_at = tag.end()
        if tag is not None:
            self.snippets.append(Snippet(tag[1][1:5].lower().decode(), tag[1]))

    def _take(self, name: bytes, start: int, end: int) -> None:
        """Deal with an element that opens at `start`, and whose name ends at `end`."""
        if name == b"/script":
            if self.in_script:
                self.in_script = False
                self.at = _after(self.page, b">", end)
            return
        self._see(start)
        match name:
            case b"script":
                self.in_script = True
                self.at = len(self.page)
            case b"!--":
                self.at = _after(self.page, b"-->", end)
            case b"title":
                _, self.at = self._keep_element(name, start, end)
            case b"h1":
                inside, _ = self._keep_element(name, start, end)
                self.at = inside or self._tag_end(end)
            case b"body":
                self.visible.clear()
                self.room = self.whole_room
                self.at = self._tag_end(end)
            case _:
                closing = _CLOSING[name].search(self.page, end)
                self.at = closing.end() if closing else len(self.page)

    def _keep_element(self, name: bytes, start: int, end: int) -> tuple[int | None, int]:
        """Where its start tag and the whole element, kept if it is closed, have ended."""
        closing = _CLOSING[name].search(self.page, end, end + _LONGEST_ELEMENT)
        if closing is None:
            self.patience -= 1
            return None, end
        closes = closing.start()
        inside = _end_of_tag(self.page, end, closes)
        self.snippets.append(
            Snippet(name.decode(), self.page[start : inside or closes], self.page[inside or closes : closes])
        )
        return inside, closing.end()

    def _tag_end(self, start: int) -> int:
        """Where the tag has ended. A tag without end is taken for text."""
        end = _end_of_tag(self.page, start, start + _LONGEST_TAG)
        if end is None:
            self.patience -= 1
            return start
        return end

    def _late_heading(self) -> None:
        """The first heading of a page whose visible part was full before it."""
        if not any(snippet.name == "h1" for snippet in self.snippets):
            opening = _HEADING.search(self.page, self.at)
            if opening is not None:
                self._keep_element(b"h1", opening.start(), opening.end())


@cache
def _tokens() -> Callable[[bytes], list[tuple[int, int, int]]]:
    """Bytes in lower case → (number of the token, start, end) of all tokens in them, in order.

    Of the ways of matching only this one compares many bytes at once: 1 µs for 2 KB, where a regular expression takes
    ten (2026).
    """
    from ahocorasick_rs import BytesAhoCorasick, MatchKind

    return BytesAhoCorasick(_TOKENS, matchkind=MatchKind.LeftmostFirst).find_matches_as_indexes


def cut(page: bytes, visible_bytes: int = VISIBLE_BYTES) -> Cuttings:
    """The telling elements and the first visible markup of a page that may break off anywhere."""
    scissors = _Scissors(page, visible_bytes)
    scissors.pass_over()
    return Cuttings(scissors.snippets, scissors.visible)


def without_banner(page: bytes) -> bytes:
    """The page without what a web archive's replay puts in front of it."""
    start = page.find(_BANNER_START)
    end = page.find(_BANNER_END, start) if start >= 0 else -1
    return page[:start] + page[end + len(_BANNER_END) :] if end >= 0 else page


def _end_of_tag(page: bytes, start: int, limit: int) -> int | None:
    """Where the tag has ended whose name ends at `start`; a `>` inside a quoted value is none."""
    if page[start] == _CLOSES:
        return start + 1
    rest = _REST_OF_TAG.match(page, start, limit)
    return rest.end() if rest else None


def _after(page: bytes, mark: bytes, start: int) -> int:
    """Where the next such mark ends; without one, the page's end."""
    found = page.find(mark, start)
    return found + len(mark) if found >= 0 else len(page)
