"""The committed baseline: the same problems give the same bytes, whatever else happens to the documents."""

import json
from pathlib import Path

import pytest
from command import files, linkcheck

OFFLINE = ("--offline", "--fail-on", "never", "--no-store")


def written(folder: Path, *paths: str) -> str:
    done = linkcheck(folder, "run", *(paths or (".",)), *OFFLINE, "--format", "baseline")
    assert done.code == 0, done.stderr
    return done.out


def test_its_shape(tmp_path: Path) -> None:
    """A head, then one problem a line; equal ones of a document are counted, what is fine is left out."""
    files(
        tmp_path,
        {"b.md": "[x](gone.md) [y](b.md)\n[z](gone.md) ![i](gone.md)", "a/文.md": "[x](http://:9)\n[y](没有.md)"},
    )
    head, *rows = [json.loads(line) for line in written(tmp_path).splitlines()]
    assert head == {"schema_version": 1, "tool": {"name": "linkcheck"}, "baseline": "problems"}
    gone = {"path": "b.md", "url": "gone.md", "outcome": "broken", "reason": "file-not-found"}
    assert rows == [
        {
            "path": "a/文.md",
            "url": "a/%E6%B2%A1%E6%9C%89.md",
            "kind": "link",
            "outcome": "broken",
            "reason": "file-not-found",
        },
        {
            "path": "a/文.md",
            "url": None,
            "raw": "http://:9",
            "kind": "link",
            "outcome": "broken",
            "reason": "invalid-url",
        },
        {**gone, "kind": "image"},
        {**gone, "kind": "link"},
        {**gone, "kind": "link", "ordinal": 1},
    ]


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"b.md": "More.\n\n[y](b.md)\n\n[c](c.md) [x](gone.md)\n"}, ()),
        ({"new.md": "[fine](b.md)"}, ()),
        ({}, ("b.md", "a.md")),
    ],
)
def test_what_does_not_touch_a_problem_changes_no_byte(
    change: dict[str, str], paths: tuple[str, ...], tmp_path: Path
) -> None:
    """Lines that move, documents that come, another order of the paths."""
    files(tmp_path, {"a.md": "[1](no.md) [2](no.md)", "b.md": "[x](gone.md) [c](c.md)"})
    before = written(tmp_path)
    assert written(files(tmp_path, change), *paths) == before
    assert len(before.splitlines()) == 5


def test_it_is_read_back(tmp_path: Path) -> None:
    """Of several equal references each is known by itself."""
    files(tmp_path, {"a.md": "[1](no.md) [2](no.md)"})
    (tmp_path / "known").write_text(written(tmp_path), encoding="utf-8")
    files(tmp_path, {"a.md": "[1](no.md) [2](no.md) [3](no.md)"})
    done = linkcheck(tmp_path, "run", ".", *OFFLINE, "--baseline", "known")
    assert "since the baseline 'known': 1 new, 0 fixed, 2 known" in done.out


def test_no_line_is_a_command(tmp_path: Path) -> None:
    """A runner obeys `##[` wherever it stands in a line, and a baseline may be printed in its log."""
    text = written(files(tmp_path, {"a.md": "[x](<##[group]b.md>)"}))
    assert "##[" not in text
    assert json.loads(text.splitlines()[1])["url"] == "a.md##[group]b.md"
