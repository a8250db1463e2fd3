"""Stores that something happened to: never a traceback, never a wrong verdict, one sentence."""

import random
from pathlib import Path

import pytest
from command import files, linkcheck
from store_history import night, store

from linkcheck.errors import StoreFault
from linkcheck.store.connection import faults, open_existing

A, B = "https://a.example/", "https://b.example/"


def _filled(folder: Path) -> Path:
    path = folder / "store.db"
    db = store(path)
    for day in range(30):
        night(db, day, {f"{url}{n}": "not-found" if n % 3 else "available" for url in (A, B) for n in range(10)})
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return path


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.9])
def test_a_truncated_store_is_one_sentence(share: float, tmp_path: Path) -> None:
    """A disk that was full, a copy that broke off."""
    path = _filled(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    done = linkcheck(tmp_path, "history", f"{A}1", "--store", path)
    assert done.code == (3 if share else 2)
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("linkcheck: the store ")


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_are_no_fault_of_ours(seed: int, tmp_path: Path) -> None:
    """Bits that rotted: every command that reads works, or says in a sentence that the store is damaged."""
    files(tmp_path, {"a.md": f"<{A}1>"})
    path = _filled(tmp_path)
    content = bytearray(path.read_bytes())
    generator = random.Random(seed)
    for _ in range(200):
        content[generator.randrange(100, len(content))] ^= 1 << generator.randrange(8)
    for words in (["history"], ["history", f"{A}1"], ["history", "--rebuild"], ["history", "--survival"], ["report"]):
        for left in tmp_path.glob("store.db*"):
            left.unlink()
        path.write_bytes(content)
        done = linkcheck(tmp_path, *words, "--store", path)
        assert "Traceback" not in done.stderr
        assert done.code in (0, 2, 3)
        assert done.stderr.count("\n") <= 1


def test_a_word_that_nobody_wrote_is_damage(tmp_path: Path) -> None:
    """The database is whole, its content is not."""
    path = _filled(tmp_path)
    db = open_existing(path)
    db.execute("UPDATE observation SET reason = 'not-fownd' WHERE id = 7")
    db.close()
    done = linkcheck(tmp_path, "history", "--rebuild", "--store", path)
    assert done.code == 3
    assert "is damaged (a word that no version has written)" in done.stderr


def test_a_fault_of_ours_stays_one(tmp_path: Path) -> None:
    """A sound store is not blamed for a bug."""
    path = _filled(tmp_path)
    with pytest.raises(KeyError), faults(path):
        {}["x"]
    with pytest.raises(ValueError), faults(None):
        int("x")
    (tmp_path / "x").write_bytes(b"x" * 5000)
    with pytest.raises(StoreFault, match="not a database"), faults(tmp_path / "x"):
        int("x")
