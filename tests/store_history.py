"""A store with looks that never took place: runs at given days, each with what it saw."""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from linkcheck import urls
from linkcheck.model import Reason
from linkcheck.store import lives, runs
from linkcheck.store.connection import open_store, transaction
from linkcheck.store.lives import Remembering
from linkcheck.verdicts.catalogue import USUAL_OUTCOME

BY_DEFAULT = Remembering()
START = datetime(2026, 5, 28, 1, 0, tzinfo=UTC)


def store(path: Path | None = None) -> sqlite3.Connection:
    """A new store."""
    return open_store(path)


def night(
    db: sqlite3.Connection,
    day: float,
    seen: Mapping[str, str | Reason],
    *,
    remembers: bool = True,
    remembering: Remembering = BY_DEFAULT,
    details: Mapping[str, str] | None = None,
    revised: Mapping[str, tuple[str, str]] | None = None,
    stamp: float | None = None,
) -> int:
    """One run on a day after START; `seen`: URL → reason; `revised`: URL → (reason, stage); `stamp`: a wrong clock."""
    start = START + timedelta(days=day)
    run_id = runs.begin(db, start, "1", ["."])
    at = (START + timedelta(days=stamp) if stamp is not None else start) + timedelta(seconds=5)
    with transaction(db):
        for url, word in seen.items():
            reason = Reason(word)
            number = _observe(db, run_id, url, reason, (details or {}).get(url, f"said {reason}"), at)
            if revised is not None and url in revised:
                word, stage = revised[url]
                outcome = USUAL_OUTCOME[Reason(word)].value
                db.execute(
                    "INSERT INTO revision (run_id, observation_id, outcome, reason, detail, stage)"
                    " VALUES (?, ?, ?, ?, 'said', ?)",
                    (run_id, number, outcome, word, stage),
                )
    if remembers:
        lives.remember(db, run_id, remembering, start + timedelta(minutes=10))
    runs.end(db, run_id, start + timedelta(minutes=10), "finished")
    return run_id


def _observe(db: sqlite3.Connection, run_id: int, url: str, reason: Reason, detail: str, at: datetime) -> int:
    target = target_id(db, url)
    cursor = db.execute(
        "INSERT INTO observation (run_id, target_id, expects, outcome, reason, detail, attempts, elapsed_s, checked_at,"
        " evidence) VALUES (?, ?, 'page', ?, ?, ?, 1, 0.1, ?, ?)",
        (run_id, target, USUAL_OUTCOME[reason].value, reason.value, detail, at.isoformat(), b"[]"),
    )
    db.execute("UPDATE target SET last_observation = ? WHERE id = ?", (cursor.lastrowid, target))
    return cursor.lastrowid or 0


def target_id(db: sqlite3.Connection, url: str) -> int:
    """The number of a target, which is made when it is new."""
    db.execute(
        "INSERT INTO target (key, url, host, expects) VALUES (?, ?, ?, 'page') ON CONFLICT DO NOTHING",
        (urls.key(url), url, urls.authority(url)),
    )
    return int(db.execute("SELECT id FROM target WHERE key = ?", (urls.key(url),)).fetchone()[0])


def told(db: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Every life, by the target's key: what a history amounts to, whatever the numbers in the store."""
    names = [row[1] for row in db.execute("PRAGMA table_info(life)") if row[1] != "target_id"]
    columns = ", ".join(f"life.{name}" for name in names)
    return db.execute(
        f"SELECT target.key, {columns} FROM life JOIN target ON target.id = target_id ORDER BY 1"
    ).fetchall()
