"""Text from documents and the web → a Markdown code span, which shows it and obeys nothing of it (CommonMark 6.1)."""

import re

from linkcheck import urls
from linkcheck.reports.printable import clipped, printable

_LONGEST = 300
_BACKTICKS = re.compile("`+")


def code(text: str) -> str:
    """`text` on one line, percent-escapes of letters decoded, its middle left out when it is long."""
    shown = clipped(printable(urls.readable(text)), _LONGEST) or "(empty)"
    fence = "`" * (max((len(run) for run in _BACKTICKS.findall(shown)), default=0) + 1)
    # One space at each end is taken off again; without it the fence would grow, or lose a space of the text.
    pad = " " if {shown[0], shown[-1]} & {"`", " "} and not shown.isspace() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
