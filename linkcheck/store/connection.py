"""A path → an open store, or one clear sentence why not.

WAL, so that a reader never waits for the run that writes; `synchronous=NORMAL`, which in WAL mode can lose the last
transactions after a power cut but never corrupts; everything that was delivered survives the death of the process.
"""

import fcntl
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import MsgspecError

from linkcheck.errors import StoreFault
from linkcheck.model import Outcome, Reason
from linkcheck.store.schema import APPLICATION_ID, MIGRATIONS, migrate


def open_store(path: Path | None) -> sqlite3.Connection:
    """Open or create the store; None: a private one on disk that vanishes with the process.

    Raises StoreFault when the file is no store, is damaged, is of a later version, or cannot be written.
    """
    with faults(path):
        if path is not None:
            _make_folder(path)
        # An empty name is SQLite's temporary database: in memory while small, on disk when it grows.
        # The API may run in a thread of its own and be read in the caller's: never both at once.
        db = sqlite3.connect(path or "", isolation_level=None, cached_statements=256, check_same_thread=False)
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA busy_timeout = 5000")
        _recognise(db, path)
        if path is not None:
            db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = " + ("NORMAL" if path else "OFF"))
        db.execute("PRAGMA cache_size = -32768")
        migrate(db)
    return db


@contextmanager
def held(path: Path | None) -> Iterator[None]:
    """Keep the store to this run: two at once would take each other's plan. Raises StoreFault when another has it."""
    if path is None or path.is_dir():
        # A folder is refused when it is opened.
        yield
        return
    _make_folder(path)
    try:
        lock = path.with_name(path.name + ".lock").open("w")
    except OSError as error:
        raise StoreFault(f"the store '{path}' is unusable: {error.strerror}; name another by --store") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreFault(
                f"another run is using the store '{path}'; wait for it, or name another by --store"
            ) from error
        yield


@contextmanager
def faults(path: Path | None = None) -> Iterator[None]:
    """Turn SQLite's errors into a StoreFault with one sentence; and what a damaged store makes us stumble over."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _unusable(path, str(error)) from error
    except (ValueError, KeyError, MsgspecError) as error:
        damage = _damage(path)
        if damage is None:
            raise
        raise _unusable(path, damage) from error


def _unusable(path: Path | None, why: str) -> StoreFault:
    name = f"the store '{path}'" if path else "the store"
    # SQLite may quote whole statements.
    why = " ".join(why.split())[:200]
    return StoreFault(f"{name} is unusable: {why}; move it away, or go on without it by --no-store")


def _damage(path: Path | None) -> str | None:
    """What is wrong with the file, looked at only when something went wrong: it takes a second a gigabyte."""
    if path is None or not path.is_file():
        return None
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        try:
            found = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
            if found != "ok":
                return f"it is damaged ({found.splitlines()[-1]})"
            return "it is damaged (a word that no version has written)" if _has_strange_words(db) else None
        except sqlite3.DatabaseError as error:
            return str(error)


def _has_strange_words(db: sqlite3.Connection) -> bool:
    """Flipped bits within a text leave the database whole."""
    outcomes, reasons = (json.dumps([word.value for word in words]) for words in (Outcome, Reason))
    return any(
        db.execute(
            f"SELECT EXISTS (SELECT 1 FROM {table} WHERE outcome NOT IN (SELECT value FROM json_each(?))"
            " OR reason NOT IN (SELECT value FROM json_each(?)))",
            (outcomes, reasons),
        ).fetchone()[0]
        for table in ("observation", "revision", "finding")
    )


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Everything inside, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreFault(f"cannot create the folder of the store '{path}': {error.strerror}") from error


def _recognise(db: sqlite3.Connection, path: Path | None) -> None:
    application = int(db.execute("PRAGMA application_id").fetchone()[0])
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    is_empty = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if is_empty and version == 0:
        return
    if application != APPLICATION_ID:
        raise StoreFault(f"'{path}' is a database of another program; name a different --store")
    if version > len(MIGRATIONS):
        raise StoreFault(
            f"'{path}' was written by a later version of linkcheck; update linkcheck or move the store away"
        )


def open_existing(path: Path | None) -> sqlite3.Connection:
    """Open a store that must be there already."""
    if path is None:
        raise StoreFault("no store is kept here: a replay writes none unless --store names one")
    if not path.is_file():
        raise StoreFault(f"there is no store '{path}'; it is written by 'linkcheck run'")
    return open_store(path)
