"""The store itself: told again, thinned out, given away and taken in; what was done, as a sentence."""

import sqlite3
from datetime import datetime
from pathlib import Path

from linkcheck.reports.printable import count, printable
from linkcheck.store import lives, retention, sharing
from linkcheck.store.lives import Remembering
from linkcheck.store.retention import Retention


def rebuild(db: sqlite3.Connection, remembering: Remembering) -> str:
    """Tell every life again by the present rules."""
    return f"told {_lives(lives.rebuild(db, remembering))} again from all observations"


def prune(db: sqlite3.Connection, keep: Retention) -> str:
    """Take out what tells nothing."""
    pruned = retention.prune(db, keep)
    gone, runs = count(pruned.observations, "observation"), count(pruned.runs, "run")
    return f"took out {gone} that told nothing and the findings of {runs}; kept {count(pruned.kept, 'observation')}"


def export(db: sqlite3.Connection, file: str, now: datetime) -> str:
    """Write all observations of the web."""
    shared = sharing.export(db, Path(file), now)
    return (
        f"wrote {count(shared.observations, 'observation')} of {count(shared.targets, 'target')} to {printable(file)}"
    )


def merge(db: sqlite3.Connection, file: str, remembering: Remembering) -> str:
    """Take in what another store observed."""
    shared = sharing.merge(db, Path(file), remembering)
    known = f"; {shared.known:,} were known" if shared.known else ""
    return f"took in {count(shared.observations, 'observation')} of {count(shared.targets, 'target')}{known}"


def _lives(number: int) -> str:
    return "1 life" if number == 1 else f"{number:,} lives"
