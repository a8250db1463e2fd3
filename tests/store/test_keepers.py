"""A run without news borrows the findings of an earlier one, and nobody can tell: they read like a copy of its own."""

import sqlite3
from collections.abc import Callable

import pytest
from store_made import NOW, Made, observe, planned, reference, targets

from linkcheck.model import Change, Kind, Outcome, Reason, Role, Target, Verdict
from linkcheck.reports import plain_json, record
from linkcheck.stages import judge, report
from linkcheck.store import comparison, findings, history, keepers, lifetimes, plan, runs
from linkcheck.store.connection import open_store, transaction
from linkcheck.store.retention import Retention, prune
from linkcheck.verdicts.policies import Policy

_FATES = {
    "fine": (Outcome.OK, Reason.AVAILABLE),
    "moved": (Outcome.REDIRECTED, Reason.MOVED_PERMANENTLY),
    "gone": (Outcome.BROKEN, Reason.GONE),
    "kept": (Outcome.AT_RISK, Reason.PROXY_CACHE_ONLY),
    "slow": (Outcome.UNCERTAIN, Reason.TIMED_OUT),
}
_REFERENCES = [
    reference("a.md", (Target(f"https://{fate}.example/{number}", Role.SELF),), kind)
    for number in range(4)
    for fate, kind in zip(_FATES, Kind, strict=False)
]
_ELSEWHERE = [reference("b.md", one.targets, one.kind) for one in _REFERENCES[:3]]
_FIRST, _SECOND, _THIRD, _LAST = range(1, 5)
_BORROWED = (_SECOND, _THIRD)


def _run(db: sqlite3.Connection, *, version: int = 1, gone: int = 0) -> int:
    """One more run: the first asks for everything, a later one for what is said to be `gone` by now."""
    run_id = planned(db, Made("a.md", _REFERENCES, version=version), Made("b.md", _ELSEWHERE))
    news = [
        (number, Target(url, Role.SELF), Verdict(*fate, f"{fate[1]} of {url}", 200, url, 1, 0.5, NOW))
        for number, url in targets(db)
        for fate in [_FATES["gone"] if number <= gone else _FATES[url.split("/")[2].partition(".")[0]]]
        if run_id == 1 or number <= gone
    ]
    observe(db, run_id, news)
    plan.forget(db)
    by = Policy(), NOW.date(), judge.NOT_DUE
    was_carried_over = judge.carry_over(db, run_id, *by)
    assert was_carried_over is (run_id in _BORROWED)
    if not was_carried_over:
        judge.judge(db, run_id, *by)
    runs.end(db, run_id, NOW, "finished")
    return run_id


def _store(*, copies: bool) -> sqlite3.Connection:
    """Four runs, of which the second and the third find nothing new; `copies`: they are given findings of their own."""
    db = open_store(None)
    for more in ({}, {}, {}, {"version": 2, "gone": 6}):
        run_id = _run(db, **more)
        if copies and run_id in _BORROWED:
            with transaction(db):
                keepers.own(db, run_id)
    kept = [keepers.keeper(db, run_id) for run_id in (_FIRST, *_BORROWED, _LAST)]
    assert kept == ([1, 2, 3, 4] if copies else [1, 1, 1, 4])
    return db


def _written(db: sqlite3.Connection, run_id: int) -> object:
    return [plain_json.encode(one) for one in record.of_rows(findings.rows(db, run_id))]


def _listed(db: sqlite3.Connection, run_id: int) -> object:
    wanted = (Outcome.BROKEN, Outcome.AT_RISK, Change.ABSENT), (Change.NEW,), (Change.UNCHANGED,), None
    return [
        [list(read(db, run_id, some)) for some in wanted] for read in (findings.findings, findings.findings_by_target)
    ]


def _counted(db: sqlite3.Connection, run_id: int) -> object:
    return findings.counts(db, run_id), findings.published(db, run_id), report.summary(db, run_id)


def _compared(db: sqlite3.Connection, run_id: int) -> object:
    """Every run with every other one, as `report --since` does it and `--fail-on new` counts it."""
    run = runs.find(db, run_id)
    assert run is not None
    against = [comparison.against_run(db, other, "x") for other in (_FIRST, *_BORROWED, _LAST)]
    told: list[object] = []
    for one in against:
        assert one.run_id is not None
        comparison.against_run(db, one.run_id, "x")
        told += [comparison.worse(db, run_id), comparison.removed(db, run, one), comparison.knows_nothing(db, run_id)]
        comparison.recompare(db, run_id, one)
        findings.tally_hidden(db, run_id)
        told += [_written(db, run_id), _listed(db, run_id), _counted(db, run_id), comparison.worse(db, run_id)]
        for table in ("finding", "tally"):
            db.execute(f"DROP TABLE temp.{table}")
    return told


def _remembered(db: sqlite3.Connection, run_id: int) -> object:
    asked = db.execute("SELECT identity FROM reference ORDER BY id").fetchall()
    places = [history.places(db, number) for number, _ in targets(db)]
    return (
        [findings.last_asked(db, run_id, identity) for (identity,) in asked],
        places,
        history.runs(db, 9),
        lifetimes.by_a_thread(db),
    )


READERS: list[Callable[[sqlite3.Connection, int], object]] = [_written, _listed, _counted, _compared, _remembered]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("run_id", [_FIRST, *_BORROWED, _LAST])
def test_what_is_borrowed_reads_like_a_copy(read: Callable[[sqlite3.Connection, int], object], run_id: int) -> None:
    """Reports, comparisons and memory say the same of each run, be its findings its own or another's."""
    told = read(_store(copies=False), run_id)
    assert told == read(_store(copies=True), run_id)
    assert told


def test_what_is_borrowed_is_unchanged() -> None:
    """The first run's findings were new; in the next they are not."""
    db = _store(copies=False)
    assert {finding.change for finding in findings.findings(db, _FIRST)} == {Change.NEW}
    for run_id in _BORROWED:
        assert {finding.change for finding in findings.findings(db, run_id)} == {Change.UNCHANGED}


@pytest.mark.parametrize("kept", [1, 2, 3, 4])
def test_pruning_hands_on_what_is_still_borrowed(kept: int) -> None:
    """The runs that are kept can still be reported, the others are gone; as many of them are counted."""
    borrowed, copied = _store(copies=False), _store(copies=True)
    assert prune(borrowed, Retention(runs=kept)) == prune(copied, Retention(runs=kept))
    for run_id in (_FIRST, *_BORROWED, _LAST):
        assert _written(borrowed, run_id) == _written(copied, run_id)
        assert bool(_written(borrowed, run_id)) is (run_id > 4 - kept)
        assert findings.published(borrowed, run_id) == findings.published(copied, run_id)
    (rows,) = borrowed.execute("SELECT count(DISTINCT run_id) FROM finding").fetchone()
    assert rows == min(kept, 2)


def test_a_baseline_changes_the_findings_of_the_run_alone() -> None:
    """What is told against a file is written into findings of its own; the keeper's stay as they were."""
    db = _store(copies=False)
    before = _written(db, _FIRST), _written(db, _THIRD)
    comparison.settle(db, _SECOND, comparison.against_run(db, _LAST, "x"))
    assert keepers.keeper(db, _SECOND) == _SECOND
    assert (_written(db, _FIRST), _written(db, _THIRD)) == before
    assert {finding.change for finding in findings.findings(db, _SECOND)} != {Change.UNCHANGED}


@pytest.mark.parametrize("end", [runs.reopen, runs.abandon])
def test_a_run_that_did_not_end_borrows_nothing(end: Callable[[sqlite3.Connection, int], object]) -> None:
    """Killed after it had borrowed: it has no findings, and the keeper has its own."""
    db = _store(copies=False)
    before = _written(db, _FIRST)
    end(db, _THIRD)
    assert keepers.keeper(db, _THIRD) == _THIRD
    assert _written(db, _THIRD) == []
    assert _written(db, _FIRST) == before != []
