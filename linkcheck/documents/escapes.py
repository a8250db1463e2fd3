"""Markdown text → what it stands for: backslash escapes and character references (CommonMark 2.4, 2.5)."""

import html

from linkcheck.patterns import lazily

_ESCAPE = lazily(r"\\([!-/:-@\[-`{-~])|&(?:#[xX][0-9a-fA-F]{1,6}|#\d{1,7}|[A-Za-z][A-Za-z0-9]*);")


def unescape(text: str) -> str:
    """The text with escapes resolved; a character reference needs its semicolon here, unlike in HTML."""
    if "\\" not in text and "&" not in text:
        return text
    return _ESCAPE.sub(lambda match: match[1] or html.unescape(match.group()), text)
