"""Observations → the life of each target, kept beside them; derived, so that better rules tell it again.

Invariant: lives that were kept up run by run are the lives that all observations make, in the order of time.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
from msgspec import Struct

from linkcheck.model import Outcome, Reason
from linkcheck.store.connection import transaction
from linkcheck.store.digests import blake2b
from linkcheck.store.observations import OUTCOMES, REASONS
from linkcheck.verdicts import death, recheck
from linkcheck.verdicts.death import NEWBORN, Life, Look, Rules, State, Streak
from linkcheck.verdicts.recheck import Intervals

OUTAGE = "outage"
"""The stage of a revision that says: most targets of the host failed alike."""
ALONE = "alone"
"""The stage of a revision that says: no server answered at all, so that our own network may be to blame."""
_BATCH = 1000
_VERSION = 1
"""To be counted up when the same looks and rules make other lives."""
_COLUMNS = """state, reason, last_at, alive_since, last_alive_at, failing_since, dead_since, died_after, died_before,
 streaks, recoveries, is_down"""
LIFE = ", ".join(f"life.{name.strip()}" for name in _COLUMNS.split(","))
"""The columns that make a life, in the order of `life`."""
_LOOK = f"""coalesce(again.outcome, seen.outcome), coalesce(again.reason, seen.reason), seen.checked_at, seen.run_id,
 CASE WHEN coalesce(again.reason, seen.reason) = '{Reason.IMAGE_TRUNCATED}' THEN seen.detail END, again.stage"""
_AGAIN = "LEFT JOIN revision AS again ON again.run_id = seen.run_id AND again.observation_id = seen.id"
_IS_FINE = "coalesce(again.outcome, seen.outcome) IN ('ok', 'redirected')"
_NEW = f"""
SELECT seen.id, target.id, target.key, EXISTS (SELECT 1 FROM observation AS past
  WHERE past.target_id = seen.target_id AND past.id < seen.id), {_LOOK}, {LIFE}
FROM observation AS seen INDEXED BY observation_by_run LEFT JOIN life ON life.target_id = seen.target_id {_AGAIN}
CROSS JOIN target ON target.id = seen.target_id
WHERE seen.run_id = ? AND seen.id > ? AND (life.target_id IS NOT NULL OR NOT {_IS_FINE}) AND seen.outcome <> 'skipped'
ORDER BY seen.id LIMIT ?
"""
_FINE = """
SELECT target.id, target.key, iif(last.outcome IN ('ok', 'redirected'), last.reason, 'available'),
 min(time.at), max(time.at)
FROM (SELECT seen.target_id, min(max(CAST(strftime('%s', seen.checked_at) AS INTEGER), bound.begin), bound.finish) AS at
  FROM observation AS seen INDEXED BY observation_by_target JOIN temp.bound ON bound.run_id = seen.run_id
  WHERE seen.outcome <> 'skipped' AND seen.checked_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM life WHERE life.target_id = seen.target_id)) AS time
JOIN target ON target.id = time.target_id LEFT JOIN observation AS last ON last.id = target.last_observation
WHERE {} GROUP BY time.target_id
"""
_ALL = f"""
SELECT target.id, target.key, seen.id, {_LOOK} FROM observation AS seen INDEXED BY observation_by_target
JOIN target ON target.id = seen.target_id {_AGAIN}
WHERE seen.outcome <> 'skipped' {{}} ORDER BY seen.target_id, seen.id
"""
_TOUCHED = """
SELECT DISTINCT target.id, target.key FROM observation AS seen INDEXED BY observation_by_run
JOIN target ON target.id = seen.target_id LEFT JOIN life ON life.target_id = seen.target_id
WHERE seen.run_id = ? AND seen.outcome <> 'skipped'
 AND (life.target_id IS NOT NULL OR seen.outcome NOT IN ('ok', 'redirected'))
"""
TimeOf = Callable[[int, str | None], int]
"""(run, what an observation says) → when it was made, seconds since 1970."""
FINE = (Outcome.OK, Outcome.REDIRECTED)
_STREAKS = msgspec.json.Decoder(tuple[Streak, ...])
_TIMES = msgspec.json.Decoder(tuple[int, ...])
_N_LOOK = 6
_STATES = {state.value: state for state in State}


class Remembering(Struct, frozen=True):
    """By which rules lives are told."""

    rules: Rules = Rules()
    intervals: Intervals = Intervals()
    holds_to_run: bool = True
    """An observation was made within its run, whatever it says; False for a replay, which tells of another time."""

    def digest(self) -> str:
        """Equal for equal rules, told by the same version of the fold."""
        text = f"{_VERSION} {dict(self.rules.of)} {self.rules.apart_s} {dict(self.intervals.of)} {self.intervals}"
        return blake2b(text.encode(), digest_size=12).hexdigest()


def remember(db: sqlite3.Connection, run_id: int, remembering: Remembering, now: datetime) -> int:
    """Add what the run observed until now to the lives of its targets, and return how many looks mattered.

    A target that was fine whenever it was looked at has no row: its life follows from its observations (`complete`). A
    second call changes nothing. A target whose looks do not come in the order of time is told again from all of them,
    and so is every target when the rules have changed.
    """
    if _rules_have_changed(db, remembering, run_id):
        rebuild(db, remembering)
    time_of = _times(db, now) if remembering.holds_to_run else _as_stamped(now)
    number = after = 0
    with transaction(db):
        while rows := db.execute(_NEW, (run_id, after, _BATCH)).fetchall():
            number, after = number + len(rows), rows[-1][0]
            _write(db, _went_on(db, rows, time_of, remembering))
    return number


def _went_on(
    db: sqlite3.Connection, rows: list[tuple[Any, ...]], time_of: TimeOf, remembering: Remembering
) -> Iterable[tuple[object, ...]]:
    lives: dict[int, Life] = {}
    written: dict[int, tuple[object, ...]] = {}
    for _, target_id, key, has_past, *columns in rows:
        look = _look(columns[:_N_LOOK], time_of)
        before = lives.get(target_id) or life(columns[_N_LOOK:])
        if target_id in written and target_id not in lives:
            continue
        if look.at < before.last_at if before.last_at is not None else has_past:
            written[target_id] = next(_told(db, time_of, remembering, target_id))[0]
            continue
        lives[target_id] = after = death.live(before, look, remembering.rules)
        written[target_id] = _row(target_id, key, after, remembering.intervals)
    return written.values()


def rebuild(db: sqlite3.Connection, remembering: Remembering) -> int:
    """Tell every life again from all observations, and return how many; the next run judges everything anew."""
    time_of = _times(db)
    number = 0
    with transaction(db):
        batch: list[tuple[object, ...]] = []
        known = {target_id for (target_id,) in db.execute("SELECT target_id FROM life")}
        db.execute("DELETE FROM life")
        for row, was_always_fine in _told(db, time_of, remembering):
            number += 1
            if row[0] in known or not was_always_fine:
                batch.append(row)
            if len(batch) >= _BATCH:
                _write(db, batch)
                batch = []
        _write(db, batch)
        db.execute("UPDATE run SET judged_by = NULL WHERE judged_by IS NOT NULL")
        db.execute("UPDATE identity SET lives_by = ?", (remembering.digest(),))
    return number


def complete(db: sqlite3.Connection, remembering: Remembering) -> None:
    """Make `temp.lived`: the life of every target that was ever looked at."""
    _keep_up(db, remembering)
    gather(db)


def gather(db: sqlite3.Connection) -> None:
    """The same by the rules that the lives were told by last: a report writes nothing into the store."""
    db.execute("DROP TABLE IF EXISTS temp.lived")
    db.execute("CREATE TEMP TABLE lived AS SELECT * FROM life")
    # When they are due next is of no interest here.
    _tell_fine(db, Remembering(), "temp.lived", "1")
    db.execute("CREATE UNIQUE INDEX temp.lived_by_target ON lived (target_id)")


def fill(db: sqlite3.Connection, remembering: Remembering) -> None:
    """Give each target that the run asks for the row that its due time stands in."""
    _keep_up(db, remembering)
    _tell_fine(db, remembering, "life", "target.id IN (SELECT id FROM temp.asked)")


def _keep_up(db: sqlite3.Connection, remembering: Remembering) -> None:
    if _rules_have_changed(db, remembering):
        rebuild(db, remembering)


def _tell_fine(db: sqlite3.Connection, remembering: Remembering, table: str, condition: str) -> None:
    _bound(db)
    with transaction(db):
        rows = db.execute(_FINE.format(condition)).fetchall()
        _write(db, (_fine_row(row, remembering.intervals) for row in rows), table)


def _fine_row(row: tuple[Any, ...], intervals: Intervals) -> tuple[object, ...]:
    target_id, key, reason, first, last = row
    return _row(target_id, key, Life(State.ALIVE, REASONS[reason], last, first, last), intervals)


def _bound(db: sqlite3.Connection) -> None:
    db.execute("DROP TABLE IF EXISTS temp.bound")
    db.execute("CREATE TEMP TABLE bound (run_id INTEGER PRIMARY KEY, begin INTEGER NOT NULL, finish INTEGER NOT NULL)")
    db.executemany("INSERT INTO temp.bound VALUES (?, ?, ?)", ((n, *ends) for n, ends in _bounds(db, _FAR).items()))


def _rules_have_changed(db: sqlite3.Connection, remembering: Remembering, run_id: int = 0) -> bool:
    """Whether the lives were told by other rules; also after a migration, when there are none of earlier runs yet."""
    row = db.execute(
        "SELECT lives_by, EXISTS (SELECT 1 FROM observation WHERE run_id <> ?) FROM identity", (run_id,)
    ).fetchone()
    if row[0] is None and not row[1]:
        db.execute("UPDATE identity SET lives_by = ?", (remembering.digest(),))
        return False
    return bool(row[0] != remembering.digest())


def retell(db: sqlite3.Connection, remembering: Remembering, target_ids: Iterable[int]) -> None:
    """Tell the lives of some targets again, inside the caller's transaction."""
    time_of = _times(db)
    for target_id in target_ids:
        for row, was_always_fine in _told(db, time_of, remembering, target_id):
            if was_always_fine:
                db.execute("DELETE FROM life WHERE target_id = ?", (target_id,))
            else:
                _write(db, [row])
    db.execute("UPDATE run SET judged_by = NULL WHERE judged_by IS NOT NULL")


def forget(db: sqlite3.Connection, run_id: int, remembering: Remembering) -> None:
    """Tell the lives of what a run observed as if it had not: it goes on, and is remembered at its end."""
    time_of = _times(db)
    with transaction(db):
        for target_id, key in db.execute(_TOUCHED, (run_id,)).fetchall():
            looks = next((looks for _, _, _, looks in _histories(db, time_of, target_id, without=run_id)), [])
            # a row even for the newborn: without one a target is taken for one that was always fine
            _write(db, [_row(target_id, key, death.lived(looks, remembering.rules), remembering.intervals)])


def numbered_histories(db: sqlite3.Connection) -> Iterator[tuple[int, str, list[int], list[Look]]]:
    """(number, key, numbers of its observations, its looks) of every target, in the order of time."""
    yield from _histories(db, _times(db))


def _histories(
    db: sqlite3.Connection, time_of: TimeOf, target_id: int | None = None, without: int | None = None
) -> Iterator[tuple[int, str, list[int], list[Look]]]:
    condition = f"AND seen.target_id = {int(target_id)}" if target_id is not None else ""
    if without is not None:
        condition += f" AND seen.run_id <> {int(without)}"
    for (number, key), rows in groupby(db.execute(_ALL.format(condition)), key=itemgetter(0, 1)):
        looks = sorted(((_look(row[3:], time_of), row[2]) for row in rows), key=_at)
        yield number, key, [number for _, number in looks], [look for look, _ in looks]


def _at(pair: tuple[Look, int]) -> int:
    return pair[0].at


def _told(
    db: sqlite3.Connection, time_of: TimeOf, remembering: Remembering, target_id: int | None = None
) -> Iterator[tuple[tuple[object, ...], bool]]:
    """(the row of each life, whether the target was fine whenever it was looked at)."""
    for number, key, _, looks in _histories(db, time_of, target_id):
        row = _row(number, key, death.lived(looks, remembering.rules), remembering.intervals)
        yield row, all(look.outcome in FINE for look in looks)


def _times(db: sqlite3.Connection, now: datetime | None = None) -> TimeOf:
    """When an observation of a run was made: as it says, but never outside its run, nor after a later run began.

    A clock that jumps within a run would otherwise make one night look like years.
    """
    bounds = _bounds(db, _seconds(now.isoformat()) if now is not None else _FAR)

    def time_of(run_id: int, checked_at: str | None) -> int:
        start, end = bounds[run_id]
        return min(max(_seconds(checked_at), start), end) if checked_at is not None else start

    return time_of


def _bounds(db: sqlite3.Connection, latest: int) -> dict[int, tuple[int, int]]:
    """Between which times each run observed; `latest`: of one that goes on."""
    bounds: dict[int, tuple[int, int]] = {}
    next_start: dict[str | None, int] = {}
    rows = db.execute(
        "SELECT id, origin, started_at, finished_at FROM run ORDER BY coalesce(origin_run, id) DESC, id DESC"
    )
    for number, origin, started_at, finished_at in rows.fetchall():
        start = _seconds(started_at)
        end = min(_seconds(finished_at) if finished_at else latest, next_start.get(origin, _FAR))
        bounds[number] = (start, max(start, end))
        next_start[origin] = start
    return bounds


def _as_stamped(now: datetime) -> TimeOf:
    return lambda run_id, checked_at: _seconds(checked_at) if checked_at is not None else int(now.timestamp())


_FAR = 2**40


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def _look(columns: list[object] | tuple[object, ...], time_of: TimeOf) -> Look:
    outcome, reason, checked_at, run_id, mark, stage = columns
    return Look(
        OUTCOMES[outcome],  # type: ignore[index]  # STRICT tables hold what was written
        REASONS[reason],  # type: ignore[index]
        time_of(run_id, checked_at),  # type: ignore[arg-type]
        mark or "",  # type: ignore[arg-type]
        stage == OUTAGE,
        stage == ALONE,
    )


def life(columns: list[object] | tuple[object, ...]) -> Life:
    """The life in a row of the columns `LIFE`; a newborn one when they are empty."""
    state, reason, *times, streaks, recoveries, is_down = columns
    if state is None:
        return NEWBORN
    return Life(  # type: ignore[call-arg]  # as many times as there are columns
        _STATES[state],  # type: ignore[index]  # STRICT tables hold what was written
        REASONS[reason] if reason is not None else None,  # type: ignore[index]
        *times,  # type: ignore[arg-type]
        _STREAKS.decode(streaks) if streaks is not None else (),  # type: ignore[arg-type]
        _TIMES.decode(recoveries) if recoveries is not None else (),  # type: ignore[arg-type]
        bool(is_down),
    )


def _row(target_id: int, key: str, life: Life, intervals: Intervals) -> tuple[object, ...]:
    return (
        target_id,
        life.state.value,
        life.reason.value if life.reason is not None else None,
        life.last_at,
        life.alive_since,
        life.last_alive_at,
        life.failing_since,
        life.dead_since,
        life.died_after,
        life.died_before,
        msgspec.json.encode(life.streaks) if life.streaks else None,
        msgspec.json.encode(life.recoveries) if life.recoveries else None,
        int(life.is_down),
        recheck.next_due_at(key, life, intervals),
    )


def _write(db: sqlite3.Connection, rows: Iterable[tuple[object, ...]], table: str = "life") -> None:
    db.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * 14)})", rows)


def of_target(db: sqlite3.Connection, target_id: int, remembering: Remembering) -> Life:
    """The life of a target, told from its observations; a newborn one when it was never looked at."""
    looks = next((looks for _, _, _, looks in _histories(db, _times(db), target_id)), [])
    return death.lived(looks, remembering.rules)


def of_observation(db: sqlite3.Connection, observation_id: int) -> Life:
    """The life of the target that an observation was made of; a newborn one when it was always fine."""
    row = db.execute(
        f"SELECT {LIFE} FROM observation JOIN life ON life.target_id = observation.target_id WHERE observation.id = ?",
        (observation_id,),
    ).fetchone()
    return life(row) if row is not None else NEWBORN
