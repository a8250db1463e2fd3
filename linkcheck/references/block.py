"""A Markdown body → whether it is nothing but one HTML block, told without a parser.

Four in five of an archive's bodies are. Invariant: where it says so, the CommonMark parser would say so too.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence

from linkcheck.patterns import lazily

# CommonMark 4.6, start condition 6: such a block ends at a blank line and at nothing else.
_BLOCK_START = re.compile(
    r"(?:[ \t]*(?:\r\n|\r|\n))*[ ]{0,3}</?(?:address|article|aside|blockquote|body|center|dd|details|dialog|dir|div"
    r"|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|html|li|main|nav|ol|p|section|summary|table|tbody|td"
    r"|tfoot|th|thead|tr|ul)(?=[ \t\r\n]|/?>)",
    re.IGNORECASE,
)
_BLANK_LINE = lazily(r"\n[ \t]*\n")
_BLANKS = " \t\r\n"


def is_one_html_block(text: str, start: int = 0, lines: Sequence[int] = ()) -> bool:
    """Whether the parser would find nothing but one HTML block in `text` from offset `start` on.

    `lines` are the offsets where its lines start, if they are known.
    """
    opening = _BLOCK_START.match(text, start)
    if opening is None:
        return False
    place, end = opening.end(), len(text)
    while text[end - 1] in _BLANKS:
        end -= 1
    if lines and bisect_right(lines, place) == bisect_right(lines, end):
        return True
    if "\r" in text:
        text = text.replace("\r\n", " \n").replace("\r", "\n")
    return text.find("\n", place, end) < 0 or _BLANK_LINE.search(text, place, end) is None
