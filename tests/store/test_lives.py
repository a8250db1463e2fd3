"""Observations → lives, run by run and all at once; pruned, exported, imported."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_history import START, night, store, target_id, told

from linkcheck.errors import UserFault
from linkcheck.model import Reason
from linkcheck.store import lives, retention, sharing
from linkcheck.store.lives import Remembering
from linkcheck.store.retention import Retention
from linkcheck.verdicts.death import State

A, B, C = (f"https://{name}.example/" for name in "abc")
BY_DEFAULT = Remembering()
SEEN = st.sampled_from(
    "available moved-permanently not-found gone timed-out server-error host-down blocked dns-failure soft-not-found "
    "redirect-to-root image-truncated api-only robots".split()
)
NIGHTS = st.lists(
    st.tuples(st.floats(0.01, 8), st.dictionaries(st.sampled_from([A, B, C]), SEEN, max_size=3), st.booleans()),
    max_size=14,
)
"""(days since the night before, what was seen, whether the clock was wrong)."""


def _lived_through(nights: list[tuple[float, dict[str, str], bool]]) -> "object":
    db, day = store(), 0.0
    for gap, seen, is_wrong in nights:
        day += gap
        revised = {
            url: (word, "outage" if gap > 6 else "alone")
            for url, word in seen.items()
            if word == "server-error" and gap > 4
        }
        night(db, day, seen, revised=revised, stamp=-2000 + day if is_wrong else None)
    return db


@settings(max_examples=25, deadline=None)
@given(NIGHTS)
def test_a_rebuilt_store_tells_the_same_lives(nights: list[tuple[float, dict[str, str], bool]]) -> None:
    """Run by run or all at once: the same states, counts and due times."""
    db = _lived_through(nights)
    before = told(db)  # type: ignore[arg-type]  # a connection
    lives.rebuild(db, BY_DEFAULT)  # type: ignore[arg-type]
    assert told(db) == before  # type: ignore[arg-type]


@settings(max_examples=25, deadline=None)
@given(NIGHTS, st.integers(1, 3))
def test_pruning_changes_no_life(nights: list[tuple[float, dict[str, str], bool]], looks: int) -> None:
    """What is taken out told nothing: the lives that the rest makes are the same."""
    db = _lived_through(nights)
    before = told(db)  # type: ignore[arg-type]
    retention.prune(db, Retention(runs=1, looks=looks))  # type: ignore[arg-type]
    lives.rebuild(db, BY_DEFAULT)  # type: ignore[arg-type]
    assert told(db) == before  # type: ignore[arg-type]


def test_pruning_keeps_what_counts_and_drops_the_rest() -> None:
    """Of thirty fine nights the ends are left, of failures that count each one, of a wall's nights the ends."""
    db = store()
    for day in range(30):
        night(db, day, {A: "available", C: "blocked"} | ({B: "timed-out"} if day % 7 == 0 else {}))
    before = told(db)
    assert retention.prune(db, Retention(runs=1, looks=1)).observations == 2 * 28
    left = db.execute(
        "SELECT key, count(*) FROM observation JOIN target ON target.id = target_id GROUP BY 1"
    ).fetchall()
    assert left == [(A, 2), (B, 5), (C, 2)]
    lives.rebuild(db, BY_DEFAULT)
    assert told(db) == before


def test_a_dead_link_after_three_nights_a_week() -> None:
    """The state is kept in the store, with since when, and when it is due again."""
    db = store()
    for day in (0, 3, 6):
        night(db, day, {A: "not-found", B: "available"})
    life = lives.of_target(db, target_id(db, A), BY_DEFAULT)
    assert (life.state, life.failing_since, life.dead_since) == (
        State.DEAD,
        int(START.timestamp()) + 5,
        int(START.timestamp()) + 5 + 6 * 86_400,
    )
    assert lives.of_target(db, target_id(db, B), BY_DEFAULT).state is State.ALIVE
    assert lives.of_target(db, target_id(db, C), BY_DEFAULT).state is State.UNKNOWN
    lives.complete(db, BY_DEFAULT)
    due = dict(db.execute("SELECT target_id, next_due_at FROM temp.lived"))
    assert due[target_id(db, A)] - due[target_id(db, B)] > 50 * 86_400


def test_remembering_twice_counts_once() -> None:
    """A run that is gone on with remembers what it had remembered: nothing is counted again."""
    db = store()
    for day in (0, 3):
        run_id = night(db, day, {A: "not-found", B: "timed-out"})
    before = told(db)
    lives.remember(db, run_id, BY_DEFAULT, START.replace(year=2027))
    assert told(db) == before


def test_better_rules_judge_old_evidence_again() -> None:
    """What never counted is made to count, and the past is told by the new rules."""
    db = store()
    for day in (0, 100, 200):
        night(db, day, {A: "blocked"})
    assert lives.of_target(db, target_id(db, A), BY_DEFAULT).state is State.UNKNOWN
    from linkcheck.verdicts.death import Rule, Rules

    stricter = Remembering(Rules({Reason.BLOCKED: Rule(3, 180.0)}))
    lives.rebuild(db, stricter)
    assert db.execute("SELECT state FROM life").fetchall() == [("dead",)]
    night(db, 201, {A: "blocked"}, remembering=BY_DEFAULT)
    assert db.execute("SELECT state FROM life").fetchall() == [("unknown",)]


def test_a_wrong_clock_within_a_run_confirms_nothing() -> None:
    """Stamps from before or after the run are held to its own time, now and when the lives are told again."""
    db = store()
    night(db, 0, {A: "not-found"}, stamp=-4000)
    night(db, 0.1, {A: "not-found"}, stamp=4000)
    night(db, 0.2, {A: "not-found"})
    night(db, 0.3, {A: "not-found"}, stamp=8000)
    before = told(db)
    life = lives.of_target(db, target_id(db, A), BY_DEFAULT)
    assert (life.state, life.streaks[0].count) == (State.FAILING, 1)
    lives.rebuild(db, BY_DEFAULT)
    assert told(db) == before


def test_an_outage_of_the_host_does_not_advance_its_targets() -> None:
    """What was revised as an outage counts for the host alone, what was our own trouble for nothing."""
    db = store()
    for day in range(0, 40, 8):
        revised = {A: ("server-error", "outage"), C: ("server-error", "alone")} if day in (8, 16) else {}
        night(db, day, {A: "server-error", B: "server-error", C: "server-error"}, revised=revised)
    found = [lives.of_target(db, target_id(db, url), BY_DEFAULT) for url in (A, B, C)]
    assert [life.state for life in found] == [State.FAILING, State.DEAD, State.FAILING]
    assert [sum(streak.count for streak in life.streaks) for life in found] == [5, 5, 3]


def _exported(db: object, folder: Path, name: str) -> Path:
    sharing.export(db, folder / name, START)  # type: ignore[arg-type]
    return folder / name


def test_stores_are_merged_without_double_counting(tmp_path: Path) -> None:
    """Two runners and their files, in any order and as often as one likes: every look counts once."""
    ours, theirs = store(), store()
    night(ours, 0, {A: "not-found", B: "available"})
    night(ours, 6, {A: "not-found"})
    night(theirs, 3, {A: "not-found", C: "timed-out"})
    mine, yours = _exported(ours, tmp_path, "ours.gz"), _exported(theirs, tmp_path, "theirs.gz")
    assert sharing.merge(theirs, mine, BY_DEFAULT) == sharing.Shared(2, 3, 0)
    assert sharing.merge(ours, yours, BY_DEFAULT) == sharing.Shared(2, 2, 0)
    assert lives.of_target(ours, target_id(ours, A), BY_DEFAULT).state is State.DEAD
    assert told(ours) == told(theirs)
    for db in (ours, theirs):
        before = told(db)
        for name in (mine, yours, _exported(ours, tmp_path, "again"), _exported(theirs, tmp_path, "back")):
            assert sharing.merge(db, name, BY_DEFAULT).observations == 0
        lives.rebuild(db, BY_DEFAULT)
        assert told(db) == before
        assert db.execute("SELECT count(*) FROM observation").fetchone() == (5,)


def test_a_copied_store_is_another_store(tmp_path: Path) -> None:
    """Two branches go on from one cached store: what either saw afterwards is told apart, there and back."""
    first = store(tmp_path / "one.db")
    night(first, 0, {A: "not-found"})
    first.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (tmp_path / "two.db").write_bytes((tmp_path / "one.db").read_bytes())
    second = store(tmp_path / "two.db")
    night(first, 3, {A: "not-found"})
    night(second, 6, {A: "not-found"})
    sharing.merge(second, _exported(first, tmp_path, "1"), BY_DEFAULT)
    sharing.merge(first, _exported(second, tmp_path, "2"), BY_DEFAULT)
    assert told(first) == told(second)
    assert lives.of_target(first, target_id(first, A), BY_DEFAULT).state is State.DEAD
    assert first.execute("SELECT count(*) FROM observation").fetchone() == (3,)


def test_the_latest_look_is_the_present_one(tmp_path: Path) -> None:
    """What another runner saw later is what is known now."""
    ours, theirs = store(), store()
    night(ours, 5, {A: "not-found", B: "available"})
    night(theirs, 3, {A: "available"})
    night(theirs, 9, {B: "gone"})
    sharing.merge(ours, _exported(theirs, tmp_path, "x"), BY_DEFAULT)
    reasons = ours.execute(
        "SELECT reason FROM target JOIN observation ON observation.id = last_observation ORDER BY key"
    ).fetchall()
    assert reasons == [("not-found",), ("gone",)]


HEAD = b'{"type":"linkcheck-history","format":1,"store":"x","exported_at":"2026-01-01T00:00:00Z"}\n'
RUN = (
    b'{"type":"run","store":"x","number":1,"started_at":"2026-01-01T00:00:00Z","finished_at":null,"tool_version":"1"}\n'
)
TARGET = b'{"type":"target","url":"https://a.example/","expects":"page"}\n'
LOOK = (
    b'{"type":"look","store":"x","run":1,"expects":"page","outcome":"ok","reason":"available","detail":"d",'
    b'"checked_at":"2026-01-01T00:00:00Z","attempts":1,"elapsed_s":0.1}\n'
)
BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "line 1: this is no exported history"),
    "another JSON": (b'{"a": 1}\n', "line 1: this is no exported history"),
    "a report": (b'{"path": "a.md", "line": 1}\n', "line 1: this is no exported history"),
    "no beginning": (RUN, "line 1: this is no exported history"),
    "from the future": (
        HEAD.replace(b'"format":1', b'"format":2'),
        "line 1: written in format 2, this version reads 1",
    ),
    "a second beginning": (HEAD + HEAD, "line 2: a second beginning"),
    "half a line": (HEAD + RUN + TARGET + LOOK[:80], "line 4: "),
    "an unknown reason": (HEAD + RUN + TARGET + LOOK.replace(b"available", b"perhaps"), "line 4: Invalid enum value"),
    "no run": (HEAD + TARGET + LOOK, "line 3: an observation without its run or target"),
    "no target": (HEAD + RUN + LOOK, "line 3: an observation without its run or target"),
    "a local file": (HEAD + RUN + TARGET.replace(b"https://a.example/", b"a.md"), "line 3: 'a.md' is no target"),
    "a header to smuggle in": (
        HEAD + RUN + TARGET + LOOK.replace(b'"attempts"', b'"etag":"a\\r\\nX: y","attempts"'),
        "line 4: a validator that cannot stand in a header",
    ),
    "evidence that is none": (
        HEAD + RUN + TARGET + LOOK.replace(b'"attempts"', b'"evidence":"[1]","attempts"'),
        "line 4: ",
    ),
    "a number beyond all": (
        HEAD + RUN + TARGET + LOOK.replace(b'"attempts":1', b'"attempts":' + b"9" * 19),
        "line 4: ",
    ),
    "half a gzip": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"\x00" * 4, "is damaged or not whole"),
}


@pytest.mark.parametrize(("content", "expected"), BAD.values(), ids=BAD)
def test_a_file_that_is_no_history_changes_nothing(content: bytes, expected: str, tmp_path: Path) -> None:
    """One sentence with the line, and the store is as it was."""
    db = store()
    night(db, 0, {A: "available"})
    path = tmp_path / "x"
    path.write_bytes(content)
    before = list(db.iterdump())
    with pytest.raises(UserFault) as caught:
        sharing.merge(db, path, BY_DEFAULT)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(db.iterdump()) == before


def test_a_truncated_export_is_refused(tmp_path: Path) -> None:
    """A download that broke off is not half taken over."""
    db, other = store(), store()
    for day in range(20):
        night(db, day, {A: "available", B: "not-found"})
    path = _exported(db, tmp_path, "x.gz")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UserFault, match="is damaged or not whole"):
        sharing.merge(other, path, BY_DEFAULT)
    assert told(other) == []
    with pytest.raises(UserFault, match="cannot read the history"):
        sharing.merge(other, tmp_path / "none", BY_DEFAULT)


def test_an_import_may_be_unpacked_by_hand(tmp_path: Path) -> None:
    """Plain JSON Lines do as well, and show what is in them."""
    db = store()
    (tmp_path / "x.jsonl").write_bytes(HEAD + RUN + TARGET + LOOK)
    assert sharing.merge(db, tmp_path / "x.jsonl", BY_DEFAULT) == sharing.Shared(1, 1, 0)
    assert lives.of_target(db, target_id(db, A), BY_DEFAULT).state is State.ALIVE
