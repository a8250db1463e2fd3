"""What the processes run that are killed; imported by each of them, so it imports little itself."""

import itertools
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from linkcheck.cli import main
from linkcheck.store.connection import open_store


def dying_at(fatal: int) -> Iterator[int]:
    """Let this process die when it begins to execute its SQL statement number `fatal`; how many it has executed."""
    connect, numbers = sqlite3.connect, itertools.count()

    def count(statement: str) -> None:
        if next(numbers) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def connected(*words: Any, **options: Any) -> sqlite3.Connection:
        db = connect(*words, **options)
        db.set_trace_callback(count)
        return db

    sqlite3.connect = connected  # type: ignore[assignment]  # in a process of its own
    return numbers


def run(folder: Path, words: list[str], fatal: int) -> None:
    """The command, in `folder`; what it says goes to `said.log`."""
    numbers = dying_at(fatal)
    os.chdir(folder)
    said = os.open("said.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115 - until the end
    try:
        main(words)
    finally:
        Path("statements.log").write_text(str(next(numbers)))


def open_it(path: Path, fatal: int) -> None:
    """Make a store, or bring it up to this version."""
    dying_at(fatal)
    open_store(path).close()
