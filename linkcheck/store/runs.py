"""Runs: begun, ended, looked up."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from linkcheck.documents.walk import shown_name
from linkcheck.model import Problem


class Run(Struct, frozen=True):
    """One run as stored."""

    id: int
    started_at: datetime
    finished_at: datetime | None
    status: str
    """`running`, `finished`, `interrupted` or `aborted`."""
    tool_version: str
    paths: tuple[str, ...]


def begin(db: sqlite3.Connection, started_at: datetime, tool_version: str, paths: Sequence[str]) -> int:
    """Open a run and return its number; `paths` as typed."""
    cursor = db.execute(
        "INSERT INTO run (started_at, status, tool_version, paths) VALUES (?, 'running', ?, ?)",
        (started_at.isoformat(), tool_version, msgspec.json.encode([shown_name(path) for path in paths]).decode()),
    )
    return cursor.lastrowid or 0


def end(db: sqlite3.Connection, run_id: int, finished_at: datetime, status: str) -> None:
    """Close a run."""
    db.execute("UPDATE run SET finished_at = ?, status = ? WHERE id = ?", (finished_at.isoformat(), status, run_id))


def find(db: sqlite3.Connection, run_id: int | None = None) -> Run | None:
    """The run of that number, or the last one that ended; None when there is none."""
    where = "id = ?" if run_id is not None else "status IN ('finished', 'interrupted') AND ? IS NULL"
    row = db.execute(
        f"SELECT id, started_at, finished_at, status, tool_version, paths FROM run WHERE {where}"
        " ORDER BY id DESC LIMIT 1",
        (run_id,),
    ).fetchone()
    if row is None:
        return None
    finished = datetime.fromisoformat(row[2]) if row[2] else None
    paths = tuple(msgspec.json.decode(row[5]))
    return Run(row[0], datetime.fromisoformat(row[1]), finished, row[3], row[4], paths)


def baseline(db: sqlite3.Connection, run_id: int) -> int | None:
    """The number of the last finished run before `run_id`; None when there is none."""
    row = db.execute("SELECT max(id) FROM run WHERE id < ? AND status = 'finished'", (run_id,)).fetchone()
    return row[0] if row else None


def add_problem(db: sqlite3.Connection, run_id: int, problem: Problem) -> None:
    """Remember something about an input."""
    db.execute("INSERT INTO run_problem VALUES (?, ?, ?)", (run_id, problem.path, problem.message))


def problems(db: sqlite3.Connection, run_id: int) -> list[Problem]:
    """What was wrong with the inputs of a run, in the order met."""
    rows = db.execute("SELECT path, message FROM run_problem WHERE run_id = ? ORDER BY rowid", (run_id,))
    return [Problem(path, message) for path, message in rows]


def sizes(db: sqlite3.Connection, run_id: int) -> tuple[int, int]:
    """How many documents and distinct targets a run has."""
    documents = db.execute("SELECT count(*) FROM run_document WHERE run_id = ?", (run_id,)).fetchone()[0]
    targets = db.execute(
        "SELECT count(DISTINCT target_id) FROM run_document JOIN reference USING (document_id)"
        " JOIN reference_target ON reference_id = reference.id WHERE run_id = ?",
        (run_id,),
    ).fetchone()[0]
    return documents, targets
