"""Baseline files: what is accepted, and what is refused with one sentence."""

import json
from pathlib import Path

import pytest
from command import files, linkcheck

from linkcheck.errors import UserFault
from linkcheck.model import Outcome
from linkcheck.store.baselines import read
from linkcheck.store.collected import identity_of

FINDINGS = [
    {"path": "a.md", "url": "https://x.example/", "raw": "https://x.example", "kind": "link", "outcome": "broken"},
    {"path": "a.md", "url": "https://x.example/", "raw": "https://x.example", "kind": "link", "outcome": "ok"},
    {"path": "b.md", "url": "https://x.example/", "raw": "https://x.example", "kind": "link", "outcome": "broken"},
    {"path": "b.md", "url": None, "raw": "http://:9", "kind": "link", "outcome": "broken"},
]
REPORT = {
    "schema_version": 1,
    "tool": {"name": "linkcheck", "version": "9.9"},
    "findings": [{**finding, "reason": "gone", "line": 3, "confirmed": True} for finding in FINDINGS],
}
HEAD = '{"schema_version":1,"tool":{"name":"linkcheck"},"baseline":"problems"}\n'
ROW = '{"path":"a.md","url":"https://x.example/","kind":"link","outcome":"broken","reason":"gone"}\n'


def _laid_out() -> str:
    """As `--format json` writes it: a finding a line."""
    head = json.dumps({name: value for name, value in REPORT.items() if name != "findings"}, indent=1)
    rows = ",\n".join(json.dumps(finding) for finding in REPORT["findings"])
    return head.removesuffix("\n}") + f',\n "findings": [\n{rows}\n ]\n}}\n'


LAYOUTS = {
    "ours": _laid_out(),
    "compact": json.dumps(REPORT),
    "pretty": json.dumps(REPORT, indent=2),
    "keys sorted": json.dumps(REPORT, indent=1, sort_keys=True),
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_a_report_in_any_layout(text: str, tmp_path: Path) -> None:
    """As we wrote it, or after `jq`: references are known by path, URL, kind, and which of several alike they are."""
    (tmp_path / "r").write_text(text)
    baseline = read(str(tmp_path / "r"))
    known = {identity: (state.outcome, path) for identity, state, path in baseline.known()}
    assert baseline.is_whole
    assert known == {
        identity_of("a.md", "https://x.example/", "link", 0): (Outcome.BROKEN, "a.md"),
        identity_of("a.md", "https://x.example/", "link", 1): (Outcome.OK, None),
        identity_of("b.md", "https://x.example/", "link", 0): (Outcome.BROKEN, "b.md"),
        identity_of("b.md", "http://:9", "link", 0): (Outcome.BROKEN, "b.md"),
    }


def test_an_empty_report_is_one(tmp_path: Path) -> None:
    """An archive without references has a report, too."""
    for text in (json.dumps({**REPORT, "findings": []}), _laid_out().partition("[\n")[0] + "[\n ]\n}\n", HEAD):
        (tmp_path / "r").write_text(text)
        assert list(read(str(tmp_path / "r")).known()) == []


BAD = {
    "nothing": ("", "is empty"),
    "no JSON": ("hello\n", "is no report of linkcheck: JSON is malformed"),
    "another tool's": ('{"total": 5, "fail_map": {}}', "is no report of linkcheck: Object missing required field"),
    "another tool's with our shape": (
        json.dumps({**REPORT, "tool": {"name": "other"}}),
        "was written by 'other', not by",
    ),
    "JSON Lines": (
        json.dumps(REPORT["findings"][0]) + "\n",
        "is no report of linkcheck: Object missing required field",
    ),
    "no findings": (json.dumps({"schema_version": 1, "tool": {"name": "linkcheck"}}), "is no report of linkcheck: "),
    "a later schema": (json.dumps({**REPORT, "schema_version": 2}), "has schema version 2, this is for 1"),
    "a later baseline": (HEAD.replace(":1,", ":2,") + ROW, "has schema version 2, this is for 1"),
    "an unknown outcome": (
        json.dumps(REPORT).replace('"ok"', '"fine"'),
        "is no report of linkcheck: Invalid enum value",
    ),
    "cut within a finding": (_laid_out()[:-80], "is damaged or cut off at line"),
    "cut between findings": (_laid_out().removesuffix(" ]\n}\n"), "is cut off after line"),
    "cut after the findings": (_laid_out().removesuffix("}\n"), "is cut off after line"),
    "cut in its head": (_laid_out()[:40], "is no report of linkcheck: Input data was truncated"),
    "compact and cut": (json.dumps(REPORT)[:-9], "is no report of linkcheck: Input data was truncated"),
    "a bad line": (HEAD + ROW + ROW[:50] + "\n", "is damaged at line 3: "),
    "a merge conflict": (f"{HEAD}<<<<<<< HEAD\n{ROW}", "holds a merge conflict at line 2; settle it"),
    "no text": (b"\xff\xfe\x00", "is no report of linkcheck: "),
    "no text inside": (HEAD.encode() + b'{"path":"\xff"}\n', "is damaged at line 2: "),
}


@pytest.mark.parametrize(("content", "sentence"), BAD.values(), ids=BAD)
def test_what_is_no_baseline_is_one_sentence(content: str | bytes, sentence: str, tmp_path: Path) -> None:
    """Exit 2 before anything is asked or stored."""
    files(tmp_path, {"r": content, "a.md": "[x](https://a.example/)"})
    done = linkcheck(tmp_path, "run", "a.md", "--baseline", "r")
    assert (done.code, done.stdout) == (2, b"")
    assert done.stderr.startswith(f"linkcheck: the baseline 'r' {sentence}"), done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / ".linkcheck").exists()


def test_lines_may_be_edited_by_hand(tmp_path: Path) -> None:
    """Blank lines, another order and a lost line end at the end are no mistakes."""
    (tmp_path / "r").write_text(HEAD + "\n" + ROW.replace("a.md", "b.md") + ROW.strip())
    assert len(list(read(str(tmp_path / "r")).known())) == 2


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserFault, match=r"cannot read the baseline '.*nope': No such file or directory"):
        read(str(tmp_path / "nope"))
    with pytest.raises(UserFault, match=r"cannot read the baseline '.*': Is a directory"):
        read(str(tmp_path))


def test_a_baseline_of_somewhere_else_is_said(tmp_path: Path) -> None:
    """If not one reference is the same, the file was made in another working directory."""
    files(tmp_path, {"known": HEAD + ROW.replace("a.md", "elsewhere/a.md"), "a.md": "[x](https://x.example/)"})
    done = linkcheck(tmp_path, "run", "a.md", "--offline", "--no-store", "--baseline", "known")
    assert "the baseline 'known' and this run have no reference in common: was it made somewhere else?" in done.stderr


def test_redirects_are_not_in_a_list_of_problems(tmp_path: Path) -> None:
    """What a file cannot tell is not asked of it."""
    files(tmp_path, {"known": HEAD, "a.md": "[x](https://x.example/)"})
    done = linkcheck(tmp_path, "run", "a.md", "--offline", "--baseline", "known", "--fail-on", "new,redirected")
    assert (done.code, "lists problems only" in done.stderr) == (2, True)
