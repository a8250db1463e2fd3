"""The rules files: what is kept of them beside Python's bytecode says what they say."""

import os
import sys
import tomllib
from pathlib import Path

import pytest

from linkcheck import shipped as module
from linkcheck.shipped import shipped

_FILES = sorted(path.name for path in (Path(__file__).parent.parent / "config").glob("*.toml"))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of rules files in which Python may keep what it has read."""
    monkeypatch.setattr(module, "_PLACES", (tmp_path,))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    return tmp_path


@pytest.mark.parametrize("name", _FILES)
def test_a_file_says_the_same_read_or_kept(name: str, place: Path) -> None:
    """The first time it is read, the second time it comes from what was kept."""
    text = (Path(__file__).parent.parent / "config" / name).read_text("utf-8")
    (place / name).write_text(text, "utf-8")
    assert shipped(name) == tomllib.loads(text)
    assert len(list((place / "__pycache__").iterdir())) == 1
    assert shipped(name) == tomllib.loads(text)


def test_what_is_kept_is_used(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that has not changed is not read again."""
    (place / "a.toml").write_text("one = [1, 'zwei', { drei = 3.5 }]\n")
    first = shipped("a.toml")
    monkeypatch.setattr(tomllib, "loads", None)
    assert shipped("a.toml") == first == {"one": [1, "zwei", {"drei": 3.5}]}


@pytest.mark.parametrize("text", ["one = 2\n", "one = 10\n"])
def test_a_changed_file_is_read_again(text: str, place: Path) -> None:
    """Whoever edits a rule need not know where Python keeps things, even when the length stays."""
    (place / "a.toml").write_text("one = 1\n")
    os.utime(place / "a.toml", (1_700_000_000, 1_700_000_000))
    assert shipped("a.toml") == {"one": 1}
    (place / "a.toml").write_text(text)
    assert shipped("a.toml") == tomllib.loads(text)


def test_two_readers_share_nothing(place: Path) -> None:
    """What one of them changes, the other does not see."""
    (place / "a.toml").write_text("one = [1]\n")
    shipped("a.toml")["one"].append(2)
    assert shipped("a.toml") == {"one": [1]}


def test_an_unknown_file_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        shipped("unknown.toml")
