"""A run → the run that keeps its findings: those of an unchanged archive are an earlier run's, and are not copied.

Invariant: a keeper has findings of its own. What is borrowed differs from it in nothing but the change, which is
`unchanged`.
"""

import sqlite3

KEEPER = "coalesce(run.findings_of, run.id)"
"""Of a row of `run`: the number under which its findings stand."""
_COPY = """
INSERT INTO finding SELECT ?1, position, identity, reference_id, outcome, reason, detail, 'unchanged', confirmed,
 failing_since, checked_at, observations FROM finding WHERE run_id = ?2
"""
_LAST = f"""
SELECT {KEEPER} FROM run WHERE findings_of IS NOT NULL OR EXISTS (SELECT 1 FROM finding WHERE run_id = run.id)
ORDER BY id DESC LIMIT 1
"""


def keeper(db: sqlite3.Connection, run_id: int) -> int:
    """The run under whose number the findings stand; mostly the run itself."""
    row = db.execute(f"SELECT {KEEPER} FROM run WHERE id = ?", (run_id,)).fetchone()
    return int(row[0]) if row is not None else run_id


def shown(db: sqlite3.Connection, run_id: int) -> int:
    """The same where a temporary table may hide the stored one (`comparison.recompare`): there the run has its own."""
    hidden = db.execute("SELECT 1 FROM sqlite_temp_schema WHERE name = 'finding'").fetchone()
    return run_id if hidden is not None else keeper(db, run_id)


def last(db: sqlite3.Connection) -> int | None:
    """The keeper of the last run that has findings; None when none has."""
    row = db.execute(_LAST).fetchone()
    return int(row[0]) if row is not None else None


def borrow(db: sqlite3.Connection, run_id: int, other: int) -> None:
    """Let a run without findings have those of another."""
    db.execute("UPDATE run SET findings_of = ? WHERE id = ?", (keeper(db, other), run_id))


def own(db: sqlite3.Connection, run_id: int) -> None:
    """Give a run its findings as its own, so that they can be changed; within a transaction of the caller."""
    of = keeper(db, run_id)
    if of != run_id:
        db.execute(_COPY, (run_id, of))
        give_up(db, run_id)


def give_up(db: sqlite3.Connection, run_id: int) -> None:
    """Let a run borrow no findings any more."""
    db.execute("UPDATE run SET findings_of = NULL WHERE id = ?", (run_id,))


def hand_on(db: sqlite3.Connection, old: str, number: int) -> None:
    """Before the findings of old runs are dropped: of those that still borrow from them, the first becomes the keeper.

    `old`: a query for their numbers, with one parameter, `number`. Within a transaction of the caller.
    """
    heirs = db.execute(
        f"SELECT findings_of, min(id) FROM run WHERE findings_of IN ({old}) AND id NOT IN ({old}) GROUP BY findings_of",
        (number, number),
    ).fetchall()
    db.execute(f"UPDATE run SET findings_of = NULL WHERE id IN ({old})", (number,))
    for of, heir in heirs:
        own(db, heir)
        db.execute("UPDATE run SET findings_of = ? WHERE findings_of = ?", (heir, of))
