"""Where words go: a report's file, standard output, and what is said on standard error; whoever reads may leave."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Literal, TextIO

import click

from linkcheck.errors import OurFault, UserFault

INTERRUPTED = 130
"""The exit code of whoever was interrupted, or lost his reader."""


@contextmanager
def writing(file: str | None, mode: Literal["w", "a"] = "w") -> Iterator[TextIO]:
    """A report's file, or standard output; raises OurFault when it cannot be written to the end."""
    name = f"the report '{file}'" if file is not None else "to standard output"
    try:
        if file is None:
            yield _standard_output()
            sys.stdout.flush()
        else:
            with Path(file).open(mode, encoding="utf-8", errors="backslashreplace", newline="\n") as out:
                yield out
    except BrokenPipeError:
        # Whoever read our output has gone; click would make a 1 of it.
        silence()
        sys.exit(INTERRUPTED)
    except OSError as error:
        if file is None:
            silence()
        raise OurFault(f"cannot write {name}: {error.strerror}") from error


def _standard_output() -> TextIO:
    if sys.stdout is None:
        from linkcheck.config.outputs import CLOSED

        raise UserFault(CLOSED)
    # Names of files may hold anything; what cannot be printed must not end the report.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    return sys.stdout


def silence() -> None:
    """Let nobody flush standard output at exit, where Python would complain once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(message: str) -> None:
    """One line on standard error, with nothing in it that a terminal would obey."""
    from linkcheck.reports.printable import printable

    click.echo(f"linkcheck: {printable(message)}", err=True)
