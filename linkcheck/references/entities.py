"""An attribute's text as written → its value, with the place of each character (WHATWG HTML 13.2.5.72–80)."""

import html
import re

from linkcheck.patterns import lazily

_REFERENCE = lazily(r"&(?:#[xX][0-9a-fA-F]+;?|#\d+;?|[A-Za-z][A-Za-z0-9]*;?)|\r\n?")


def decoded(raw: str) -> tuple[str, list[int]]:
    """The value, and for each of its characters (and its end) the offset in `raw`; line ends become LF."""
    parts: list[str] = []
    places: list[int] = []
    last = 0
    for match in _REFERENCE.finditer(raw):
        text = _replacement(match)
        if text == match.group():
            continue
        parts += (raw[last : match.start()], text)
        places.extend(range(last, match.start()))
        places.extend([match.start()] * len(text))
        last = match.end()
    parts.append(raw[last:])
    places.extend(range(last, len(raw) + 1))
    return "".join(parts), places


def unescaped(raw: str) -> str:
    """The value alone; an ampersand that is written as one must be is the usual case."""
    if raw.count("&") == raw.count("&amp;") and "\r" not in raw:
        return raw.replace("&amp;", "&")
    return _REFERENCE.sub(_replacement, raw)


def _replacement(match: re.Match[str]) -> str:
    written, end = match.group(), match.end()
    return "\n" if written[0] == "\r" else _stands_for(written, match.string[end : end + 1])


def _stands_for(written: str, following: str) -> str:
    """In attributes a name without semicolon is literal before `=` or a letter, for old query strings."""
    if written[1] == "#" or written[-1] == ";":
        return html.unescape(written)
    text = html.unescape(written)
    is_whole = len(text) == 1
    return text if is_whole and following != "=" else written
