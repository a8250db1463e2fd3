"""A run's references → which targets are due, a lane a host.

Invariant: a target is due at most once a run, however many references lead to it.
"""

import sqlite3
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from linkcheck.model import Expects, Role, Target
from linkcheck.store.collected import Extra

_PAGE_ROWS = 256

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
_DUE = """
INSERT INTO due (target_id, host)
SELECT target.id, target.host FROM asked JOIN target ON target.id = asked.id
LEFT JOIN observation AS last ON last.id = target.last_observation
WHERE target.host <> ''
  AND NOT coalesce(last.outcome = 'ok' AND last.checked_at >= ?1 AND last.expects = target.expects, 0)
"""


def draw_up(db: sqlite3.Connection, run_id: int, fresh_since: str) -> int:
    """Decide what is due in this run and return how many targets; an `ok` not older than `fresh_since` is reused.

    References to articles that the run's own documents hold lead to no request.
    """
    for table in ("asked", "held"):
        db.execute(f"DROP TABLE IF EXISTS temp.{table}")
    db.execute("DELETE FROM due")
    db.execute(_HELD, (run_id,))
    db.execute("CREATE UNIQUE INDEX temp.held_by_key ON held (key)")
    db.execute("CREATE TEMP TABLE asked (id INTEGER PRIMARY KEY)")
    db.execute(_ASKED_FOR, (run_id,))
    return db.execute(_DUE, (fresh_since,)).rowcount


def without_network(db: sqlite3.Connection) -> Iterator[tuple[int, Target]]:
    """The targets of the run that no host answers for: local files and `data:`."""
    rows = db.execute(
        "SELECT target.id, key, url, expects FROM asked JOIN target ON target.id = asked.id WHERE host = ''"
    )
    for number, key, url, expects in rows.fetchall():
        role = Role.LOCAL if key.startswith("local:") else Role.SELF
        yield number, Target(url, role, Expects(expects))


def lanes(db: sqlite3.Connection) -> list[tuple[str, int]]:
    """Hosts with how many targets are due there, the most first."""
    return db.execute("SELECT host, count(*) FROM due GROUP BY host ORDER BY 2 DESC, 1").fetchall()


def inquiries(db: sqlite3.Connection, host: str) -> Iterator[tuple[int, Target]]:
    """What is due at one host, in order; read a page at a time, so that memory stays flat."""
    after = 0
    while True:
        rows = db.execute(
            "SELECT target.id, url, target.expects, extra, last.etag, last.last_modified"
            " FROM due JOIN target ON target.id = due.target_id"
            " LEFT JOIN observation AS last ON last.id = target.last_observation AND last.outcome = 'ok'"
            " WHERE due.host = ? AND due.target_id > ? ORDER BY due.target_id LIMIT ?",
            (host, after, _PAGE_ROWS),
        ).fetchall()
        for number, url, expects, extra, etag, last_modified in rows:
            target = _target(url, expects, extra)
            yield number, replace(target, etag=etag, last_modified=last_modified) if etag or last_modified else target
        if len(rows) < _PAGE_ROWS:
            return
        after = rows[-1][0]


def _target(url: str, expects: str, extra: bytes | None) -> Target:
    if extra is None:
        return Target(url, Role.SELF, Expects(expects))
    parts = msgspec.json.decode(extra, type=Extra)
    return Target(
        url,
        Role.SELF,
        Expects(expects),
        alternates=parts.alternates,
        renditions=parts.renditions,
        substitutes=parts.substitutes,
        referer=parts.referer,
        fallbacks=parts.fallbacks,
        title=parts.title,
    )


def forget(db: sqlite3.Connection) -> None:
    """Nothing is due: what the store knows is used, however old."""
    db.execute("DELETE FROM due")
