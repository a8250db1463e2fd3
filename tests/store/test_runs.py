"""Runs: begun, ended, looked up."""

from datetime import UTC, datetime

import pytest

from linkcheck.model import Problem
from linkcheck.store import runs
from linkcheck.store.connection import open_store

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_last_run_is_the_last_one_that_ended() -> None:
    """An aborted run is no run to report, an interrupted one is; the baseline is a finished one."""
    db = open_store(None)
    ids = [runs.begin(db, NOW, "1", ["."]) for _ in range(4)]
    for run_id, status in zip(ids, ["finished", "interrupted", "aborted"], strict=False):
        runs.end(db, run_id, NOW, status)
    found = runs.find(db)
    assert found is not None
    assert (found.id, found.status, found.started_at) == (ids[1], "interrupted", NOW)
    assert runs.baseline(db, ids[3]) == ids[0]
    assert runs.baseline(db, ids[0]) is None
    assert runs.find(db, 99) is None


def test_paths_that_are_no_unicode_are_kept_readable() -> None:
    """An undecodable file name ends no run."""
    db = open_store(None)
    run_id = runs.begin(db, NOW, "1", ["a\udcff.md", "新聞"])
    found = runs.find(db, run_id)
    assert found is not None
    assert found.paths == ("a\\xff.md", "新聞")


def test_problems_keep_their_order() -> None:
    """What was wrong with the inputs is listed as it was met."""
    db = open_store(None)
    run_id = runs.begin(db, NOW, "1", ["."])
    met = [Problem("b", "cannot be read"), Problem("a", "is no text")]
    for problem in met:
        runs.add_problem(db, run_id, problem)
    assert runs.problems(db, run_id) == met


@pytest.mark.parametrize(
    ("paths", "expected"),
    [(["."], 1), (["news"], 2), (["news/a.md"], 2), (["blog"], 1), (["news", "blog"], 1), (["../else"], 3)],
)
def test_a_run_is_compared_with_the_last_one_that_read_as_much(paths: list[str], expected: int) -> None:
    """A look at one folder, or at changed documents, does not make all other problems new the next night."""
    db = open_store(None)
    for then in (["."], ["news"], ["blog/x.md"]):
        runs.end(db, runs.begin(db, NOW, "1", then), NOW, "finished")
    changed = runs.begin(db, NOW, "1", ["."])
    runs.keep(db, changed, runs.Kept(deleted=("gone.md",)))
    runs.keep(db, changed, runs.Kept(since="run 1", removed=2))
    runs.end(db, changed, NOW, "finished")
    kept = runs.find(db, changed)
    assert kept is not None
    assert kept.kept == runs.Kept(since="run 1", removed=2, deleted=("gone.md",))
    assert runs.baseline(db, runs.begin(db, NOW, "1", paths)) == expected
    assert runs.last_whole(db) == 3
