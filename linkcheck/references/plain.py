"""HTML that is plainly written → its start tags that may hold a reference, without building a tree.

Plain are quoted or simple attributes of elements that a browser's parser always inserts where they stand: for them tree
and text agree (WHATWG HTML 13.2.6.4.7, "in body"). Four fifths of an archive's articles are, for a third of the time.
Invariant: it says None rather than guess, and then the tree is asked.
"""

import re
from functools import lru_cache

from linkcheck.patterns import lazily

_SPACE = r"[ \t\n\f\r]"
_NAME = r"[a-z][a-z0-9:_-]*+"
_VALUE = r"""(?:="[^"]*+"|='[^']*+'|=[^ \t\n\f\r"'=<>`]++)?+"""
# No svg, math, template, select, raw text or what a table or a head may drop: there the tree decides.
_INSERTED = (
    "p|a|img|br|div|span|strong|b|em|i|li|ul|ol|figure|figcaption|h[1-6]|section|blockquote|hr|small|font|u|s|sub|sup|big"
    "|center|code|pre|dl|dt|dd|article|header|footer|main|aside|nav|address|cite|del|ins|q|mark|abbr|time|kbd|samp|var|tt"
    "|strike|video|audio|embed|wbr|picture|source|link|o:p"
)
# These may be dropped where they stand; without a reference of their own that is no matter.
_EMPTY_HANDED = "td|tr|th|table|tbody|thead|tfoot|caption|noscript|button|input|label|details|summary"
_COMMENT = r"!--(?!-?>)[^-]*+(?:-(?!-!?>)[^-]*+)*+--"
_ATTRIBUTE = lazily(rf"""{_SPACE}++({_NAME})(?:="([^"]*+)"|='([^']*+)'|=([^ \t\n\f\r"'=<>`]++))?+""")

SINGLE = 3
"""The last group where one attribute alone may hold a reference, the usual link or picture: name, attribute, value."""
COMMENT = 7
"""The last group of a comment."""
UNCLEAR = 8
"""The last group where only a tree can tell what follows."""


def attribute_places(source: str, tag: re.Match[str]) -> dict[str, tuple[int, int]]:
    """The place of each attribute's value in a start tag; an empty value stands behind its name."""
    places: dict[str, tuple[int, int]] = {}
    name = 1 if tag.lastindex == SINGLE else tag.lastindex or 0
    for match in _ATTRIBUTE.finditer(source, tag.end(name), tag.end()):
        group = match.lastindex
        # the first of two attributes with one name counts
        places.setdefault(match[1], match.span(group) if group and group > 1 else (match.end(), match.end()))
    return places


@lru_cache(maxsize=8)
def start_tags(holding: frozenset[str]) -> re.Pattern[str]:
    """Finds, one after the other and without a gap, the start tags that may have an attribute of `holding`.

    Each match is all up to such a tag, and the tag (its name the last group, but for `SINGLE`); or a `COMMENT`; or up
    to what is `UNCLEAR`; or, without a group, up to the end. The text may have no carriage returns.
    """
    names = "|".join(sorted(map(re.escape, holding - {"style"})))
    # a style without parenthesis has no URL; a character reference may hide one
    style = r"""style=(?:"[^"(&]*+[(&]|'[^'(&]*+[(&]|[^"'])"""
    idle = rf"(?:{_SPACE}++(?!(?:{names})[ \t\n\f\r=/>]|{style}){_NAME}{_VALUE})*+"
    idle_without_rel = idle.replace("(?!", "(?!rel[ \\t\\n\\f\\r=/>]|")
    single = rf"""({_INSERTED}){idle_without_rel}{_SPACE}++({names})="([^"]*+)"{idle_without_rel}{_SPACE}*+/?>"""
    several = rf"(?:{_SPACE}++{_NAME}{_VALUE})++{_SPACE}*+/?>"
    skipped = rf"[^<]*+<(?:/[a-z][a-z0-9:-]*+>|(?:{_INSERTED}|{_EMPTY_HANDED})(?:>|{idle}{_SPACE}*+/?>))"
    tags = rf"{single}|({_INSERTED}){several}|(iframe){several}</iframe>|(script){several}[^<]*+</script>|({_COMMENT})>"
    return re.compile(rf"(?:{skipped})*+[^<]*+(?:<(?:{tags})|\Z|(<))")
