"""A run's references → which targets are due, a lane a host.

Invariant: a target is due at most once a run, however many references lead to it.
"""

import sqlite3
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from linkcheck.model import Expects, Role, Target
from linkcheck.store import lives, runs, waiting
from linkcheck.store.collected import Extra
from linkcheck.store.connection import of_checked_rows
from linkcheck.store.lives import Remembering

_PAGE_ROWS = 256
_EXPECTS = {expects.value: expects for expects in Expects}
_EXTRA = msgspec.json.Decoder(Extra)

_ASKED_FOR = """
INSERT OR IGNORE INTO temp.asked
SELECT link.target_id AS id
FROM run_document JOIN reference ON reference.document_id = run_document.document_id
JOIN reference_target AS link ON link.reference_id = reference.id
WHERE run_document.run_id = ?1 AND reference.ignored_by IS NULL
  AND (reference.key IS NULL OR NOT EXISTS (SELECT 1 FROM held WHERE held.key = reference.key))
"""
_HELD = """
CREATE TEMP TABLE held AS
SELECT document.key AS key, group_concat(document.path, char(10)) AS paths
FROM run_document JOIN document ON document.id = run_document.document_id
WHERE run_document.run_id = ?1 AND document.key IS NOT NULL GROUP BY document.key
"""
_HELD_ELSEWHERE = """
INSERT OR IGNORE INTO temp.held
SELECT document.key, group_concat(document.path, char(10))
FROM run_document JOIN document ON document.id = run_document.document_id
WHERE run_document.run_id = ?2 AND document.key IS NOT NULL
  AND document.path NOT IN (SELECT value FROM json_each(?3))
  AND document.path NOT IN (SELECT path FROM run_document JOIN document ON document.id = document_id WHERE run_id = ?1)
GROUP BY document.key
"""
"""A run over changed documents alone: the others are where the last whole run found them."""
_OVERDUE = """
INSERT INTO due (target_id, host, rank)
SELECT target.id, target.host, target.id FROM asked JOIN target ON target.id = asked.id
LEFT JOIN life ON life.target_id = target.id
LEFT JOIN observation AS last INDEXED BY observation_freshness ON last.id = target.last_observation
WHERE target.host <> '' AND NOT coalesce(life.next_due_at > ?1 AND last.expects = target.expects, 0)
"""
_TURNS = """
CREATE TEMP TABLE turn AS
SELECT due.target_id, coalesce(life.next_due_at, 0) AS due_at,
 row_number() OVER (PARTITION BY due.host ORDER BY coalesce(life.next_due_at, 0), due.target_id) AS rank
FROM due LEFT JOIN life ON life.target_id = due.target_id
"""
_LEAVE = """
UPDATE due SET is_left = 1 WHERE target_id NOT IN
 (SELECT target_id FROM temp.turn ORDER BY rank, due_at, target_id LIMIT ?)
"""
_DUE = """
INSERT INTO due (target_id, host, rank)
SELECT target.id, target.host, target.id FROM asked JOIN target ON target.id = asked.id
LEFT JOIN observation AS last INDEXED BY observation_freshness ON last.id = target.last_observation
WHERE target.host <> ''
  AND NOT coalesce(last.outcome = 'ok' AND last.checked_at >= ?1 AND last.expects = target.expects, 0)
"""

_ANSWERED = """
DELETE FROM due WHERE target_id IN (
 SELECT target.id FROM observation AS seen INDEXED BY observation_by_run
 JOIN target ON target.id = seen.target_id AND target.last_observation = seen.id
 WHERE seen.run_id = ? AND seen.expects = target.expects)
"""
"""What a run that goes on has asked before. A page that is wanted as an image by now is asked again."""


def draw_up(
    db: sqlite3.Connection,
    run_id: int,
    fresh_since: str,
    *,
    due_by: int | None = None,
    budget: int | None = None,
    in_haste: bool = False,
    remembering: Remembering | None = None,
) -> int:
    """Decide what is due in this run and return how many targets; an `ok` not older than `fresh_since` is reused.

    `due_by` (seconds since 1970): the due times decide instead. `budget`: only so many are asked, what was never asked
    first, then the most overdue, one host after the other. `in_haste`: all, in that order, since time may run out. Each
    of these needs `remembering`, by whose rules the due times are told.

    References to articles that the run's own documents hold lead to no request, and nothing is due that this run has
    asked already: it may have been interrupted.
    """
    _gather(db, run_id)
    if remembering is not None:
        # the order and the due times stand in the lives
        lives.fill(db, remembering)
    with of_checked_rows(db):
        db.execute("DELETE FROM due")
        query, value = (_DUE, fresh_since) if due_by is None else (_OVERDUE, due_by)
        number = db.execute(query, (value,)).rowcount - db.execute(_ANSWERED, (run_id,)).rowcount
        waiting.put_back(db, run_id)
        most = number if budget is None else min(number, budget)
        if in_haste or most < number:
            _put_in_order(db)
        if most < number:
            db.execute(_LEAVE, (most,))
    return most


def _gather(db: sqlite3.Connection, run_id: int) -> None:
    """Make `temp.held`, the articles that documents hold, and `temp.asked`, the targets that the run asks for."""
    for table in ("asked", "held"):
        db.execute(f"DROP TABLE IF EXISTS temp.{table}")
    db.execute(_HELD, (run_id,))
    db.execute("CREATE UNIQUE INDEX temp.held_by_key ON held (key)")
    _hold_elsewhere(db, run_id)
    db.execute("CREATE TEMP TABLE asked (id INTEGER PRIMARY KEY)")
    db.execute(_ASKED_FOR, (run_id,))


def _put_in_order(db: sqlite3.Connection) -> None:
    db.execute("DROP TABLE IF EXISTS temp.turn")
    db.execute(_TURNS)
    db.execute("UPDATE due SET rank = turn.rank FROM temp.turn WHERE turn.target_id = due.target_id")


def _hold_elsewhere(db: sqlite3.Connection, run_id: int) -> None:
    run = runs.find(db, run_id)
    if run is not None and run.kept.deleted is not None:
        db.execute(_HELD_ELSEWHERE, (run_id, runs.baseline(db, run_id), msgspec.json.encode(run.kept.deleted).decode()))


def without_network(db: sqlite3.Connection) -> Iterator[tuple[int, Target]]:
    """The targets of the run that no host answers for: local files and `data:`."""
    rows = db.execute(
        "SELECT target.id, key, url, expects FROM asked JOIN target ON target.id = asked.id WHERE host = ''"
    )
    for number, key, url, expects in rows.fetchall():
        role = Role.LOCAL if key.startswith("local:") else Role.SELF
        yield number, Target(url, role, _EXPECTS[expects])


def lanes(db: sqlite3.Connection) -> list[tuple[str, int]]:
    """Hosts with how many targets are due there, the most first."""
    return db.execute("SELECT host, count(*) FROM due WHERE NOT is_left GROUP BY host ORDER BY 2 DESC, 1").fetchall()


def inquiries(db: sqlite3.Connection, host: str, *, is_conditional: bool = True) -> Iterator[tuple[int, Target]]:
    """What is due at one host, in order; read a page at a time, so that memory stays flat.

    `is_conditional`: with the validators of the last good answer, where it had some.
    """
    after = -1
    while True:
        rows = db.execute(
            "SELECT target.id, url, target.expects, extra, last.etag, last.last_modified, due.rank"
            " FROM due JOIN target ON target.id = due.target_id"
            " LEFT JOIN observation AS last ON last.id = target.last_observation AND last.outcome = 'ok'"
            " WHERE due.host = ? AND due.rank > ? AND NOT due.is_left ORDER BY due.rank LIMIT ?",
            (host, after, _PAGE_ROWS),
        ).fetchall()
        for number, url, word, extra, etag, last_modified, _ in rows:
            expects = _EXPECTS[word]
            target = Target(url, Role.SELF, expects) if extra is None else _with_extra(url, expects, extra)
            is_known = is_conditional and (etag or last_modified)
            yield number, replace(target, etag=etag, last_modified=last_modified) if is_known else target
        if len(rows) < _PAGE_ROWS:
            return
        after = rows[-1][-1]


def _with_extra(url: str, expects: Expects, extra: bytes) -> Target:
    parts = _EXTRA.decode(extra)
    return Target(
        url,
        Role.SELF,
        expects,
        parts.alternates,
        parts.renditions,
        parts.fallbacks,
        parts.substitutes,
        parts.referer,
        title=parts.title,
    )


def forget(db: sqlite3.Connection) -> None:
    """Nothing is due: what the store knows is used, however old."""
    db.execute("DELETE FROM due")
