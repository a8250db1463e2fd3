"""`linkcheck history`, run by run."""

from pathlib import Path

from command import files, linkcheck


def test_a_pruned_run_shows_no_numbers(tmp_path: Path) -> None:
    """What is kept no longer is no zero: nobody shall read that nothing was broken then."""
    files(tmp_path, {"a.md": "[x](nowhere.md) [y](a.md)"})
    for _ in range(2):
        linkcheck(tmp_path, "run", ".", "--offline")
    assert linkcheck(tmp_path, "history", "--prune", "--keep-runs", "1").code == 0
    _, pruned, kept = (line.split() for line in linkcheck(tmp_path, "history").out.splitlines())
    assert pruned[4:7] == ["–", "–", "–"]
    assert kept[4:7] == ["1", "1", "0"]
