"""A path → an open store, or one clear sentence why not."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from linkcheck.errors import StoreFault
from linkcheck.store.connection import open_existing, open_store, private_copy, transaction


def _text(path: Path) -> None:
    path.write_bytes(b"this is no database, and long enough to be one\n" * 100)


def _half(path: Path) -> None:
    open_store(path).close()
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 4096)


def _others(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE bookmark (url)")
    db.close()


def _later(path: Path) -> None:
    db = open_store(path)
    db.execute("PRAGMA user_version = 99")
    db.close()


UNUSABLE: dict[str, tuple[Callable[[Path], None], str]] = {
    "text": (_text, "the store '{path}' is unusable: file is not a database; move it away, or go on without it by "),
    "damaged": (_half, "the store '{path}' is unusable: "),
    "another program's": (_others, "'{path}' is a database of another program; name a different --store"),
    "of a later version": (_later, "'{path}' was written by a later version of linkcheck; update linkcheck or "),
    "a folder": (Path.mkdir, "the store '{path}' is unusable: unable to open database file; "),
}


@pytest.mark.parametrize(("spoil", "expected"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_store_is_one_sentence(spoil: Callable[[Path], None], expected: str, tmp_path: Path) -> None:
    """I learn which file, what is wrong and what to do; and the file stays as it was."""
    path = tmp_path / "store.db"
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StoreFault) as caught:
        open_store(path)
    assert str(caught.value).startswith(expected.format(path=path))
    assert "\n" not in str(caught.value)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file stands where the store's folder should be."""
    (tmp_path / "a.md").touch()
    with pytest.raises(StoreFault, match="cannot create the folder of the store"):
        open_store(tmp_path / "a.md" / "store.db")


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    """`touch store.db` does no harm."""
    path = tmp_path / "store.db"
    path.touch()
    open_store(path).close()
    assert open_existing(path).execute("SELECT count(*) FROM run").fetchone() == (0,)


def test_only_an_existing_store_is_read(tmp_path: Path) -> None:
    """To report makes no new file."""
    with pytest.raises(StoreFault, match="there is no store"):
        open_existing(tmp_path / "store.db")
    with pytest.raises(StoreFault, match="no store is kept here"):
        open_existing(None)
    assert list(tmp_path.iterdir()) == []


def test_a_transaction_is_whole_or_nothing() -> None:
    """Whatever ends it early takes everything back."""
    db = open_store(None)
    insert = "INSERT INTO run_problem VALUES (1, 'a', 'b')"
    db.execute("INSERT INTO run (started_at, status, tool_version, paths) VALUES ('', 'running', '', '')")

    def fail() -> None:
        with transaction(db):
            db.execute(insert)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    with transaction(db):
        db.execute(insert)
    assert db.execute("SELECT count(*) FROM run_problem").fetchone() == (1,)


def test_a_store_with_smaller_pages_stays_as_it_is(tmp_path: Path) -> None:
    """Earlier versions wrote pages of 4 KB: such a store is used, and copied, like any other."""
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA page_size = 4096")
        db.execute("VACUUM")
    with closing(open_store(path)) as db:
        db.execute("UPDATE identity SET id = 'kept'")
    sizes = []
    for copy in (open_store(path), private_copy(path), open_store(tmp_path / "new.db")):
        with closing(copy) as db:
            sizes.append(db.execute("PRAGMA page_size").fetchone()[0])
            assert (db.execute("SELECT id FROM identity").fetchone()[0] == "kept") is (len(sizes) < 3)
    assert (sizes[0], sizes[2]) == (4096, 8192)
