"""Targets that wait for their second look → their evidence so far, beside what is due, for a run that goes on.

Not an observation: it settles nothing, and no verdict is made of it.
"""

import sqlite3
from contextlib import suppress

import msgspec

from linkcheck.model import Exchange, Probe
from linkcheck.store.connection import transaction
from linkcheck.store.observations import essential

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(tuple[Exchange, ...])
_PUT_BACK = """
UPDATE due SET reason = ?1, note = waiting.note FROM temp.waiting WHERE waiting.target_id = due.target_id
"""


class Waiting:
    """Collects what one run has put off; `settle` writes it."""

    def __init__(self, db: sqlite3.Connection, run_id: int) -> None:
        self._db = db
        self._run_id = str(run_id)
        self._rows: list[tuple[str, str, int]] = []

    def add(self, target_id: int, probe: Probe) -> None:
        """Remember the evidence on a target so far."""
        evidence = _ENCODER.encode([essential(exchange) for exchange in probe.exchanges])
        self._rows.append((self._run_id, evidence.decode(), target_id))

    def settle(self) -> None:
        """Write what was added; what cannot be written is asked anew, should the run be interrupted."""
        if self._rows:
            with suppress(sqlite3.Error), transaction(self._db):
                self._db.executemany("UPDATE due SET reason = ?, note = ? WHERE target_id = ?", self._rows)
            self._rows.clear()


def set_aside(db: sqlite3.Connection, run_id: int) -> None:
    """Save what a run has put off, until its plan is drawn up again."""
    db.execute("DROP TABLE IF EXISTS temp.waiting")
    db.execute("CREATE TEMP TABLE waiting (target_id INTEGER PRIMARY KEY, note TEXT)")
    of_run = "SELECT target_id, note FROM due WHERE reason = ? AND note IS NOT NULL"
    db.execute(f"INSERT INTO temp.waiting {of_run}", (str(run_id),))


def put_back(db: sqlite3.Connection, run_id: int) -> None:
    """Give what was set aside, if anything was, to the targets that are still due."""
    if _is_set_aside(db):
        db.execute(_PUT_BACK, (str(run_id),))


def _is_set_aside(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM sqlite_temp_schema WHERE name = 'waiting'").fetchone() is not None


def is_any(db: sqlite3.Connection) -> bool:
    """Whether something that is due was asked before in the same run."""
    return _is_set_aside(db) and bool(db.execute("SELECT EXISTS (SELECT 1 FROM temp.waiting)").fetchone()[0])


def known(db: sqlite3.Connection, target_id: int) -> tuple[Exchange, ...]:
    """The evidence on a target that waited for its second look; () when it did not."""
    row = db.execute("SELECT note FROM due WHERE target_id = ?", (target_id,)).fetchone()
    return _DECODER.decode(row[0]) if row is not None and row[0] is not None else ()
