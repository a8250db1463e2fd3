"""A path → an open store, or one clear sentence why not.

WAL, so that a reader never waits for the run that writes. `synchronous=NORMAL`: a transaction that was committed is
with the operating system, so that it survives the death of the process at any instant; a power cut can take the last
ones but never corrupts. FULL would wait for the disk ten times a second (`engines.lanes.SETTLED_EVERY_S`), only to keep
what can be asked again.
"""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
from msgspec import MsgspecError

from linkcheck.errors import StoreFault, StoreLoss
from linkcheck.model import Outcome, Reason
from linkcheck.store.schema import APPLICATION_ID, MIGRATIONS, migrate

_PAGE_BYTES = 8192
_UNWRITABLE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})


def open_store(path: Path | None) -> sqlite3.Connection:
    """Open or create the store; None: a private one on disk that vanishes with the process.

    Raises StoreFault when the file is no store, is damaged, is of a later version, or cannot be written.
    """
    with faults(path):
        if path is not None:
            _make_folder(path)
        # An empty name is SQLite's temporary database: in memory while small, on disk when it grows.
        db = _connected(path or "")
        try:
            _recognise(db, path)
            if path is not None:
                db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = " + ("NORMAL" if path else "OFF"))
            migrate(db)
        except BaseException:
            # Half a migration would hold the file as long as somebody remembers this fault.
            db.close()
            raise
    return db


def private_copy(path: Path, db: sqlite3.Connection | None = None) -> sqlite3.Connection:
    """All that a store holds, in a private one that vanishes with the process; raises StoreFault when it is unreadable.

    `db` is the store when it is open already.
    """
    with faults(path):
        copy = _connected("")
        if db is not None:
            db.backup(copy)
        else:
            # Not even the marks of a reader can be left in a folder that may not be written.
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as source:
                source.backup(copy)
        _recognise(copy, path)
        copy.execute("PRAGMA synchronous = OFF")
        migrate(copy)
    return copy


def _connected(path: Path | str) -> sqlite3.Connection:
    # The API may run in a thread of its own and be read in the caller's: never both at once.
    db = sqlite3.connect(path, isolation_level=None, cached_statements=256, check_same_thread=False)
    # Of pages of 4 KB, the default, observations fill three quarters; of a store that is there the size stays.
    for pragma in (f"page_size = {_PAGE_BYTES}", "foreign_keys = ON", "busy_timeout = 5000", "cache_size = -32768"):
        db.execute(f"PRAGMA {pragma}")
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
        raise StoreLoss(f"the store '{path}' is unusable: {error.strerror}; name another by --store") from error
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
        raise _unusable(path, error) from error
    except (ValueError, KeyError, MsgspecError) as error:
        damage = _damage(path)
        if damage is None and path is not None and isinstance(error, MsgspecError | UnicodeDecodeError):
            # Flipped bits within what only we can read.
            damage = f"it is damaged ({error})"
        if damage is None:
            raise
        raise _unusable(path, damage) from error


def _unusable(path: Path | None, why: str | sqlite3.Error) -> StoreFault:
    name = f"the store '{path}'" if path else "the store"
    code = getattr(why, "sqlite_errorcode", 0) & 0xFF
    remedy = "move it away, or go on without it by --no-store"
    if code == sqlite3.SQLITE_BUSY:
        remedy = "another command writes to it: wait until that has ended"
    elif code in _UNWRITABLE:
        remedy = "make room for it and let it be written, or name another by --store"
    # What is no database at all was hardly meant.
    is_mistaken = code == sqlite3.SQLITE_NOTADB or (path is not None and path.is_dir())
    kind = StoreFault if is_mistaken else StoreLoss
    # SQLite may quote whole statements.
    return kind(f"{name} is unusable: {' '.join(str(why).split())[:200]}; {remedy}")


def _damage(path: Path | None) -> str | None:
    """What is wrong with the file, looked at only when something went wrong: it takes a second a gigabyte."""
    if path is None or not path.is_file():
        return None
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        # it may quote what is no text
        db.text_factory = lambda content: content.decode(errors="replace")
        try:
            found = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
            if found != "ok":
                return f"it is damaged ({found.splitlines()[-1]})"
            return "it is damaged (a word that no version has written)" if _has_strange_words(db) else None
        except sqlite3.DatabaseError as error:
            return str(error)
        except UnicodeDecodeError:
            # SQLite's own sentence quotes what it stumbled over.
            return "it is damaged (its schema is no text)"


def _has_strange_words(db: sqlite3.Connection) -> bool:
    """Flipped bits within a text leave the database whole."""
    outcomes, reasons = (msgspec.json.encode([word.value for word in words]).decode() for words in (Outcome, Reason))
    return any(
        db.execute(
            f"SELECT EXISTS (SELECT 1 FROM {table} WHERE outcome NOT IN (SELECT value FROM json_each(?))"
            " OR reason NOT IN (SELECT value FROM json_each(?)))",
            (outcomes, reasons),
        ).fetchone()[0]
        for table in ("observation", "revision", "finding")
    )


@contextmanager
def transaction(db: sqlite3.Connection, *, writes: bool = True) -> Iterator[None]:
    """Everything inside, or nothing; without `writes` nothing but temporary tables, whoever else writes meanwhile."""
    db.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


@contextmanager
def of_checked_rows(db: sqlite3.Connection) -> Iterator[None]:
    """A transaction of rows that refer to what is surely there: it is not looked up, a quarter of a copy's time."""
    db.execute("PRAGMA foreign_keys = OFF")
    try:
        with transaction(db):
            yield
    finally:
        db.execute("PRAGMA foreign_keys = ON")


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreLoss(f"cannot create the folder of the store '{path}': {error.strerror}") from error


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
