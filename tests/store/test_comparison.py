"""How a run compares with what was known, in the store's words and in the stages'."""

import itertools
import sqlite3
from array import array

import pytest

from linkcheck.model import Change, Outcome, Reason
from linkcheck.stages.failing import fails
from linkcheck.stages.judge import change
from linkcheck.store import comparison
from linkcheck.store.baselines import Baseline, State

REASONS = {
    Outcome.OK: Reason.AVAILABLE,
    Outcome.REDIRECTED: Reason.MOVED_PERMANENTLY,
    Outcome.AT_RISK: Reason.PROXY_CACHE_ONLY,
    Outcome.BROKEN: Reason.GONE,
    Outcome.UNCERTAIN: Reason.TIMED_OUT,
    Outcome.SKIPPED: Reason.EXCLUDED,
}
OTHER = Reason.NOT_FOUND
RUN = 7


def store(rows: list[tuple[int, Outcome, Reason, bool]]) -> sqlite3.Connection:
    """A store with as much of a run as is compared: (identity, outcome, reason, confirmed)."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute(
        "CREATE TABLE finding (run_id, position, identity, outcome, reason, change, confirmed,"
        " PRIMARY KEY (run_id, position)) WITHOUT ROWID"
    )
    db.execute("CREATE TABLE run (id INTEGER PRIMARY KEY, findings_of INTEGER)")
    db.execute("CREATE INDEX finding_by_identity ON finding (run_id, identity)")
    db.executemany(
        "INSERT INTO finding VALUES (?, ?, ?, ?, ?, '', ?)",
        [(RUN, place, identity, *told) for place, (identity, *told) in enumerate(rows)],
    )
    return db


def baseline(known: list[tuple[int, Outcome, Reason, bool]], *, is_whole: bool = True) -> Baseline:
    states = tuple(State(outcome, reason.value, confirmed) for _, outcome, reason, confirmed in known)
    identities = array("q", [identity for identity, *_ in known])
    return Baseline("x", is_whole, identities, array("H", range(len(known))), states, {})


def test_the_store_and_the_stage_agree_on_every_change() -> None:
    """Whether the last run or a file is compared with makes no difference to what is new."""
    before = [None, *itertools.product(Outcome, (None, OTHER))]
    now = [(outcome, REASONS[outcome]) for outcome in Outcome]
    rows, known, expected = [], [], []
    for identity, (was, (outcome, reason)) in enumerate(itertools.product(before, now)):
        rows.append((identity, outcome, reason, False))
        then = None if was is None else (was[0], was[1] or REASONS[was[0]])
        if then is not None:
            known.append((identity, *then, False))
        expected.append(change(then, (outcome, reason)))
    db = store(rows)
    comparison.settle(db, RUN, comparison.against_file(db, baseline(known)))
    assert [Change(row[0]) for row in db.execute("SELECT change FROM finding ORDER BY position")] == expected


def test_a_list_of_problems_knows_nothing_of_what_is_fine() -> None:
    """What it lacks was fine, so only a problem is new."""
    db = store([(number, outcome, REASONS[outcome], False) for number, outcome in enumerate(Outcome)])
    comparison.settle(db, RUN, comparison.against_file(db, baseline([], is_whole=False)))
    told = dict(db.execute("SELECT outcome, change FROM finding"))
    assert {outcome for outcome, word in told.items() if word == "new"} == {"broken", "at-risk", "uncertain"}
    assert set(told.values()) == {"new", "unchanged"}


B, A, U, R, K = Outcome.BROKEN, Outcome.AT_RISK, Outcome.UNCERTAIN, Outcome.REDIRECTED, Outcome.OK


@pytest.mark.parametrize(
    ("was", "now", "words", "fails_"),
    [
        (None, (B, False), "new", True),
        ((K, False), (B, False), "new", True),
        ((U, False), (B, False), "new", True),
        ((A, False), (B, False), "broken,new", True),
        ((B, False), (B, False), "new", False),
        ((B, False), (U, False), "uncertain,new", False),
        ((B, False), (A, False), "at-risk,new", False),
        ((U, False), (A, False), "at-risk,new", True),
        ((K, False), (U, False), "uncertain,new", True),
        ((U, False), (U, False), "uncertain,new", False),
        ((K, False), (U, False), "new", False),
        ((K, False), (R, False), "redirected,new", True),
        ((R, False), (R, False), "redirected,new", False),
        ((B, False), (R, False), "redirected,new", False),
        (None, (B, False), "confirmed,new", False),
        (None, (B, True), "confirmed,new", True),
        ((B, False), (B, True), "confirmed,new", True),
        ((U, True), (B, True), "confirmed,new", True),
        ((B, True), (B, True), "confirmed,new", False),
        ((B, False), (B, True), "new", False),
        ((B, False), (B, True), "broken,confirmed,new", False),
        ((K, False), (A, False), "confirmed,at-risk,new", True),
    ],
)
def test_new_narrows_the_others(
    was: tuple[Outcome, bool] | None, now: tuple[Outcome, bool], words: str, fails_: bool
) -> None:
    """What fails is worse than it was: weather that shifts between two reasons is known, and a death that gets
    confirmed tonight is new to whoever asked for confirmed ones.
    """
    db = store([(1, now[0], Reason.GONE, now[1])])
    known = [] if was is None else [(1, was[0], Reason.NOT_FOUND, was[1])]
    comparison.against_file(db, baseline(known))
    assert bool(fails(comparison.worse(db, RUN), words.split(","))) is fails_


def test_another_look_at_a_run_leaves_the_store_alone() -> None:
    """A comparison of two runs is seen by this connection only."""
    db = store([(1, B, Reason.GONE, False)])
    db.execute("UPDATE finding SET change = 'new'")
    comparison.recompare(db, RUN, comparison.against_file(db, baseline([(1, B, Reason.GONE, False)])))
    assert db.execute("SELECT change FROM finding").fetchall() == [("unchanged",)]
    assert db.execute("SELECT change FROM main.finding").fetchall() == [("new",)]
    comparison.recompare(db, RUN, comparison.against_file(db, baseline([])))
    assert db.execute("SELECT change FROM finding").fetchall() == [("new",)]
