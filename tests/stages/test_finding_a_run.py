"""`--run` and `--since`: which runs can be reported, and which cannot."""

from pathlib import Path
from sqlite3 import connect

import pytest
from command import files, linkcheck

WORDS = ("report --run 1", "report --run 1 --format json", "report --since 1", "baseline --run 1")


@pytest.mark.parametrize("words", WORDS)
def test_a_run_whose_findings_were_pruned_is_none_without_problems(words: str, tmp_path: Path) -> None:
    """An empty report, or an empty baseline, would say that all was well."""
    files(tmp_path, {"a.md": "[x](nowhere.md)"})
    for _ in range(2):
        linkcheck(tmp_path, "run", ".", "--offline")
    assert linkcheck(tmp_path, *words.split()).code == 0
    linkcheck(tmp_path, "history", "--prune", "--keep-runs", "1")
    done = linkcheck(tmp_path, *words.split())
    assert (done.code, done.stdout) == (2, b"")
    assert done.stderr == "linkcheck: the findings of run 1 are kept no longer (history --prune took them out)\n"


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("status", ["running", "aborted"])
def test_a_run_that_did_not_end_is_none_without_problems(status: str, words: str, tmp_path: Path) -> None:
    """Killed half-way, it has found nothing: nobody shall take that for good news."""
    files(tmp_path, {"a.md": "[x](nowhere.md)"})
    for _ in range(2):
        linkcheck(tmp_path, "run", ".", "--offline")
    with connect(tmp_path / ".linkcheck/store.db") as db:
        db.execute("UPDATE run SET status = ? WHERE id = 1", (status,))
    db.close()
    done = linkcheck(tmp_path, *words.split())
    assert (done.code, done.stdout) == (2, b"")
    assert done.stderr == f"linkcheck: run 1 did not end ({status}), so it has no findings\n"
