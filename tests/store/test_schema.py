"""A store of any earlier version becomes one of this version, with all that is in it."""

import sqlite3
from pathlib import Path

import pytest
from store_history import BY_DEFAULT, START, night, store, target_id, told

from linkcheck.store import lives
from linkcheck.store.connection import open_store
from linkcheck.store.schema import APPLICATION_ID, MIGRATIONS
from linkcheck.verdicts.death import State

A, B = "https://a.example/", "https://b.example/"


def _written_by(version: int, path: Path) -> None:
    """A store as that version left it, with three nights in it."""
    db = sqlite3.connect(path, isolation_level=None)
    for script in MIGRATIONS[:version]:
        db.executescript(script)
    db.execute(f"PRAGMA user_version = {version}")
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    for day in (0, 3, 6):
        night(db, day, {A: "not-found", B: "available"}, remembers=False)
    db.close()


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_a_store_of_an_earlier_version_is_brought_up(version: int, tmp_path: Path) -> None:
    """Nothing is lost, the tables are those of a new store, and what is derived is told from what was seen then."""
    path = tmp_path / "store.db"
    _written_by(version, path)
    db = open_store(path)
    new = open_store(tmp_path / "new.db")
    tables = "SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2"
    assert db.execute(tables).fetchall() == new.execute(tables).fetchall()
    assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert db.execute("SELECT count(*) FROM observation").fetchone() == (6,)
    night(db, 9, {B: "not-found"})
    assert lives.of_target(db, target_id(db, A), BY_DEFAULT).state is State.DEAD
    assert db.execute("SELECT state, dead_since FROM life ORDER BY target_id").fetchall() == [
        ("dead", int(START.timestamp()) + 5 + 6 * 86_400),
        ("failing", None),
    ]


def test_every_store_has_a_name_of_its_own() -> None:
    """By which its observations are known when they travel."""
    names = {store().execute("SELECT id FROM identity").fetchone()[0] for _ in range(5)}
    assert len(names) == 5
    assert told(store()) == []
