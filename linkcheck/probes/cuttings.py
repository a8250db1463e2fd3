"""The text of an HTML page → the few elements that say what it is, and its first visible part; pure.

Invariant: one pass from start to end; what is never closed ends the pass instead of being searched for again.
"""

import re
from functools import cache

from msgspec import Struct

# The look ahead at the first letter halves the time: alternatives without regard to case are slow.
_OPENING = re.compile(
    r"<(?=[!stnhlmbi])(!--|(?:script|style|noscript|template|svg|nav|select|textarea|iframe|title|h1|link|meta|body)(?=[\s/>]))",
    re.IGNORECASE,
)
_HEADING = re.compile(r"<h1(?=[\s>])", re.IGNORECASE)
_REST_OF_TAG = re.compile(r"(?:[^\"'>]|\"[^\"]*\"|'[^']*')*+>")
_TELLING = re.compile(r"canonical|og:title|og:url|refresh", re.IGNORECASE)
_BANNER_START = "<!-- BEGIN WAYBACK TOOLBAR INSERT -->"
_BANNER_END = "<!-- END WAYBACK TOOLBAR INSERT -->"
_LONGEST_TAG = 4096
_LONGEST_ELEMENT = 8192
_MOST_SNIPPETS = 24
_MOST_UNCLOSED = 64
_VISIBLE_MARKUP = 16_000


class Cuttings(Struct, frozen=True):
    """What was cut out."""

    snippets: list[str]
    """Whole elements: `title`, `h1`, and the `link` and `meta` that name the page or lead away from it."""
    visible: list[str]
    """The first pieces of markup that a reader sees; scripts, styles and navigation left out."""


class _Scissors:
    """One pass over the page."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.snippets: list[str] = []
        self.visible: list[str] = []
        self.room = _VISIBLE_MARKUP
        self.patience = _MOST_UNCLOSED

    def pass_over(self) -> None:
        at = 0
        while at >= 0 and self.room > 0 and self.patience > 0 and len(self.snippets) < _MOST_SNIPPETS:
            opening = _OPENING.search(self.html, at)
            self._see(at, opening.start() if opening else len(self.html))
            if opening is None:
                return
            at = self._take(opening[1].lower(), opening.start(), opening.end())
        self._late_heading(at)

    def _see(self, start: int, end: int) -> None:
        piece = self.html[start : min(end, start + self.room)]
        if piece and not piece.isspace():
            self.visible.append(piece)
            self.room -= len(piece)

    def _take(self, name: str, start: int, end: int) -> int:
        """Deal with an element that opens at `start`; where to go on, -1 for nowhere."""
        match name:
            case "!--":
                return _after(self.html, "-->", end)
            case "h1":
                self._keep_element(name, start, end)
                return self._tag_end(end)
            case "title":
                return self._keep_element(name, start, end)
            case "link" | "meta":
                return self._keep_tag(start, end)
            case "body":
                self.visible.clear()
                self.room = _VISIBLE_MARKUP
                return self._tag_end(end)
            case _:
                closing = _closing(name).search(self.html, end)
                return closing.end() if closing else -1

    def _keep_element(self, name: str, start: int, end: int) -> int:
        closing = _closing(name).search(self.html, end, end + _LONGEST_ELEMENT)
        if closing is None:
            self.patience -= 1
            return end
        self.snippets.append(f"{self.html[start : closing.start()]}</{name}>")
        return closing.end()

    def _keep_tag(self, start: int, end: int) -> int:
        after = self._tag_end(end)
        if _TELLING.search(self.html, end, after):
            self.snippets.append(self.html[start:after])
        return after

    def _tag_end(self, start: int) -> int:
        """Where the tag has ended; a `>` inside a quoted value is none. A tag without end is taken for text."""
        rest = _REST_OF_TAG.match(self.html, start, start + _LONGEST_TAG)
        if rest is None:
            self.patience -= 1
            return start
        return rest.end()

    def _late_heading(self, at: int) -> None:
        """The first heading of a page whose visible part was full before it."""
        if at >= 0 and not any(snippet[:3].lower() == "<h1" for snippet in self.snippets):
            opening = _HEADING.search(self.html, at)
            if opening is not None:
                self._keep_element("h1", opening.start(), opening.end())


def cut(html: str) -> Cuttings:
    """The telling elements and the first visible markup of a page that may break off anywhere."""
    scissors = _Scissors(html)
    scissors.pass_over()
    return Cuttings(scissors.snippets, scissors.visible)


def without_banner(html: str) -> str:
    """The page without what a web archive's replay puts in front of it."""
    start = html.find(_BANNER_START)
    end = html.find(_BANNER_END, start) if start >= 0 else -1
    return html[:start] + html[end + len(_BANNER_END) :] if end >= 0 else html


def _after(html: str, mark: str, start: int) -> int:
    found = html.find(mark, start)
    return found + len(mark) if found >= 0 else -1


@cache
def _closing(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}(?=[\s/>])[^>]*>?", re.IGNORECASE)
