"""Runs: begun, ended, looked up."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from linkcheck.documents.walk import shown, shown_name
from linkcheck.model import Problem
from linkcheck.store.connection import transaction


class Run(Struct, frozen=True):
    """One run as stored."""

    id: int
    started_at: datetime
    finished_at: datetime | None
    status: str
    """`running`, `finished`, `interrupted` or `aborted`."""
    tool_version: str
    paths: tuple[str, ...]
    kept: "Kept"


class Kept(Struct, frozen=True, omit_defaults=True):
    """What is remembered of a run beside its findings (`run.summary`)."""

    since: str | None = None
    """What it was compared with, when that was no run of the store: `the baseline 'main.json'`."""
    removed: int = 0
    """Problems of that baseline whose reference is gone."""
    deleted: tuple[str, ...] | None = None
    """The run read changed documents only, and these had been deleted; None: it read all there were."""
    scope: str | None = None
    """A digest of which documents were to be read and by what rules: only what is equal can be gone on with."""
    fresh_from: str | None = None
    """All that the run wants of hosts was fine, and its oldest answer is of this time; None or empty: not so."""
    left_out: int = 0
    """How many files and folders the user's own globs took away, and the first of them."""
    left_out_paths: tuple[str, ...] = ()


def begin(
    db: sqlite3.Connection, started_at: datetime, tool_version: str, paths: Sequence[str], scope: str | None = None
) -> int:
    """Open a run and return its number; `paths` as typed."""
    names = msgspec.json.encode([shown_name(path) for path in paths]).decode()
    kept = msgspec.json.encode(Kept(scope=scope)).decode() if scope is not None else None
    cursor = db.execute(
        "INSERT INTO run (started_at, status, tool_version, paths, summary) VALUES (?, 'running', ?, ?, ?)",
        (started_at.isoformat(), tool_version, names, kept),
    )
    return cursor.lastrowid or 0


def unfinished(db: sqlite3.Connection) -> Run | None:
    """The last run of this store, when it was killed or interrupted; None when it came to its end.

    To be asked by who alone uses the store: the run of a living process looks like that of a killed one. What was
    aborted, or came from another store, is passed over.
    """
    row = db.execute(
        "SELECT id, status FROM run WHERE origin IS NULL AND status <> 'aborted' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return find(db, row[0]) if row is not None and row[1] in ("running", "interrupted") else None


def killed(db: sqlite3.Connection) -> list[int]:
    """The runs that nobody ended; to be asked as `unfinished`."""
    return [row[0] for row in db.execute("SELECT id FROM run WHERE status = 'running' ORDER BY id")]


def reopen(db: sqlite3.Connection, run_id: int) -> int:
    """Take back all that a run says beside what it observed, so that it can go on; how many observations it has."""
    with transaction(db):
        for table in ("finding", "tally", "revision", "run_document", "run_problem"):
            db.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))
        db.execute(
            "UPDATE run SET status = 'running', finished_at = NULL, findings_of = NULL,"
            " summary = json_remove(summary, '$.left_out', '$.left_out_paths'),"
            " judged_by = NULL, seen_until = NULL, targets = NULL WHERE id = ?",
            (run_id,),
        )
    row = db.execute("SELECT count(DISTINCT target_id) FROM observation WHERE run_id = ?", (run_id,)).fetchone()
    return int(row[0])


def abandon(db: sqlite3.Connection, run_id: int) -> None:
    """Close a run that was killed: it has no findings, what it observed stays, and it ended with the last of that."""
    with transaction(db):
        for table in ("finding", "tally"):
            db.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))
        db.execute(
            "UPDATE run SET status = 'aborted', findings_of = NULL, finished_at = max(started_at, coalesce("
            " (SELECT max(checked_at) FROM observation WHERE run_id = ?1), started_at)) WHERE id = ?1",
            (run_id,),
        )


def has_answers(db: sqlite3.Connection, run_id: int) -> bool:
    """Whether anything that a run observed is kept."""
    return bool(db.execute("SELECT EXISTS (SELECT 1 FROM observation WHERE run_id = ?)", (run_id,)).fetchone()[0])


def end(db: sqlite3.Connection, run_id: int, finished_at: datetime, status: str) -> None:
    """Close a run."""
    db.execute("UPDATE run SET finished_at = ?, status = ? WHERE id = ?", (finished_at.isoformat(), status, run_id))


def find(db: sqlite3.Connection, run_id: int | None = None) -> Run | None:
    """The run of that number, or the last one that ended; None when there is none."""
    where = "id = ?" if run_id is not None else "status IN ('finished', 'interrupted') AND ? IS NULL"
    row = db.execute(
        f"SELECT id, started_at, finished_at, status, tool_version, paths, summary FROM run WHERE {where}"
        " ORDER BY id DESC LIMIT 1",
        (run_id,),
    ).fetchone()
    if row is None:
        return None
    finished = datetime.fromisoformat(row[2]) if row[2] else None
    paths = tuple(msgspec.json.decode(row[5]))
    kept = msgspec.json.decode(row[6], type=Kept) if row[6] else Kept()
    return Run(row[0], datetime.fromisoformat(row[1]), finished, row[3], row[4], paths, kept)


def last_whole(db: sqlite3.Connection) -> int | None:
    """The number of the last finished run that read all there was, not changed documents only; None without."""
    row = db.execute(f"SELECT max(id) FROM run WHERE {_IS_WHOLE}").fetchone()
    return row[0] if row else None


_IS_WHOLE = "status = 'finished' AND json_extract(coalesce(summary, '{}'), '$.deleted') IS NULL"


def keep(db: sqlite3.Connection, run_id: int, kept: Kept) -> None:
    """Remember something of a run; what is remembered already stays."""
    db.execute(
        "UPDATE run SET summary = json_patch(coalesce(summary, '{}'), ?) WHERE id = ?",
        (msgspec.json.encode(kept).decode(), run_id),
    )


def baseline(db: sqlite3.Connection, run_id: int) -> int | None:
    """The number of the run that `run_id` is compared with: a finished one before it that read all there was.

    The last one that read every path of this run, else the last one; None when there is none.
    """
    own = db.execute("SELECT paths FROM run WHERE id = ?", (run_id,)).fetchone()
    wanted = msgspec.json.decode(own[0]) if own else ()
    rows = db.execute(f"SELECT id, paths FROM run WHERE id < ? AND {_IS_WHOLE} ORDER BY id DESC", (run_id,))
    last = None
    for number, paths in rows:
        if all(covers(msgspec.json.decode(paths), path) for path in wanted):
            return int(number)
        last = last or int(number)
    return last


def covers(paths: Sequence[str], path: str) -> bool:
    """Whether `path` is one of the paths of a run, as typed, or below one."""
    name = shown(path)
    return any(_is_below(name, shown(folder)) for folder in paths)


def _is_below(path: str, folder: str) -> bool:
    if folder == ".":
        return not path.startswith(("../", "/"))
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def add_problem(db: sqlite3.Connection, run_id: int, problem: Problem) -> None:
    """Remember something about an input."""
    db.execute("INSERT INTO run_problem VALUES (?, ?, ?)", (run_id, problem.path, problem.message))


def problems(db: sqlite3.Connection, run_id: int) -> list[Problem]:
    """What was wrong with the inputs of a run, in the order met."""
    rows = db.execute("SELECT path, message FROM run_problem WHERE run_id = ? ORDER BY rowid", (run_id,))
    return [Problem(path, message) for path, message in rows]


_TARGETS = """
UPDATE run SET targets = (SELECT count(DISTINCT target_id) FROM run_document
 CROSS JOIN reference ON reference.document_id = run_document.document_id
 CROSS JOIN reference_target ON reference_id = reference.id WHERE run_id = ?1)
WHERE id = ?1
"""


def measure(db: sqlite3.Connection, run_id: int) -> None:
    """Note how many distinct targets a run has; counting them takes a walk through all its references."""
    db.execute(_TARGETS, (run_id,))


def sizes(db: sqlite3.Connection, run_id: int) -> tuple[int, int]:
    """How many documents and distinct targets a run has."""
    documents = db.execute("SELECT count(*) FROM run_document WHERE run_id = ?", (run_id,)).fetchone()[0]
    targets = db.execute("SELECT coalesce(targets, 0) FROM run WHERE id = ?", (run_id,)).fetchone()[0]
    return documents, targets
