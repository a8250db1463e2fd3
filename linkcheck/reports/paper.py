"""Lines of styled parts → a terminal, by rich; anywhere else their text alone, without loading rich (some 60 ms)."""

import os
from collections.abc import Callable
from typing import TextIO

Paper = Callable[..., None]
"""Writes one line; each argument is a part: (text, style as rich spells it, `` for none)."""
_FORCING = ("FORCE_COLOR", "TTY_COMPATIBLE")
"""Variables that make rich take anything for a terminal."""


def paper(out: TextIO) -> Paper:
    """What suits where the lines go."""
    if out.isatty() or any(name in os.environ for name in _FORCING):
        return _styled(out)

    def write(*parts: tuple[str, str]) -> None:
        out.write("".join([text for text, _ in parts]) + "\n")

    return write


def _styled(out: TextIO) -> Paper:
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, highlight=False, soft_wrap=True, emoji=False)

    def write(*parts: tuple[str, str]) -> None:
        console.print(Text.assemble(*parts))

    return write
