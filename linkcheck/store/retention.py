"""Observations that no longer tell anything → gone; what is left makes the same lives.

Kept are: the last few of each target, the first and the last of everything that it was for a while, every failure that
counts toward a death, and all that the findings of the kept runs rest on.
"""

import sqlite3
from collections.abc import Iterator, Sequence

from msgspec import Struct

from linkcheck.model import Outcome
from linkcheck.store import keepers, lives
from linkcheck.store.connection import transaction
from linkcheck.verdicts.death import NEWBORN, Look, Rules, live

_BATCH = 1000
_FINDS = "SELECT DISTINCT value FROM finding, json_each(finding.observations) WHERE value IS NOT NULL"


class Retention(Struct, frozen=True):
    """How much is kept."""

    runs: int = 10
    """The last runs that can still be reported."""
    looks: int = 5
    """The last observations of each target, whatever they say; at least 1."""
    rules: Rules = Rules()


class Pruned(Struct, frozen=True):
    """What was taken out."""

    runs: int
    observations: int
    kept: int


def prune(db: sqlite3.Connection, retention: Retention) -> Pruned:
    """Take out what tells nothing any more, and give the room back to the disk."""
    with transaction(db):
        runs = _forget_runs(db, retention.runs)
        before = db.execute("SELECT count(*) FROM observation").fetchone()[0]
        db.execute("DROP TABLE IF EXISTS temp.dull")
        db.execute("CREATE TEMP TABLE dull (id INTEGER PRIMARY KEY)")
        batch: list[tuple[int]] = []
        for number in _dull(db, retention):
            batch.append((number,))
            if len(batch) >= _BATCH:
                db.executemany("INSERT OR IGNORE INTO temp.dull VALUES (?)", batch)
                batch = []
        db.executemany("INSERT OR IGNORE INTO temp.dull VALUES (?)", batch)
        db.execute(f"DELETE FROM temp.dull WHERE id IN ({_FINDS})")
        db.execute("DELETE FROM temp.dull WHERE id IN (SELECT last_observation FROM target)")
        db.execute("DELETE FROM revision WHERE observation_id IN (SELECT id FROM temp.dull)")
        gone = db.execute("DELETE FROM observation WHERE id IN (SELECT id FROM temp.dull)").rowcount
        db.execute("DROP TABLE temp.dull")
        # The numbers of the last ones that are gone will be given out again, to what no team knows yet.
        db.execute("UPDATE shared SET pushed_until = min(pushed_until, (SELECT coalesce(max(id), 0) FROM observation))")
    db.execute("VACUUM")
    return Pruned(runs, gone, before - gone)


def _forget_runs(db: sqlite3.Connection, number: int) -> int:
    """Drop the findings of all but the last runs; the runs themselves stay, since observations belong to them.

    What a run revised of its own observations stays too: it is part of what was seen.
    """
    old = "SELECT id FROM run WHERE id NOT IN (SELECT id FROM run WHERE origin IS NULL ORDER BY id DESC LIMIT ?)"
    named = f"run_id IN ({old})"
    runs = db.execute(
        f"SELECT count(*) FROM run WHERE id IN ({old})"
        " AND (findings_of IS NOT NULL OR id IN (SELECT DISTINCT run_id FROM finding))",
        (number,),
    ).fetchone()[0]
    keepers.hand_on(db, old, number)
    for table in ("finding", "run_document", "run_problem"):
        db.execute(f"DELETE FROM {table} WHERE {named}", (number,))
    db.execute(
        f"DELETE FROM revision WHERE {named}"
        " AND run_id <> (SELECT observation.run_id FROM observation WHERE observation.id = observation_id)",
        (number,),
    )
    # The last version of a document says when it was published, whichever run read it.
    db.execute(
        "DELETE FROM document WHERE id NOT IN (SELECT document_id FROM run_document)"
        " AND id NOT IN (SELECT max(id) FROM document GROUP BY path)"
    )
    return int(runs)


def _dull(db: sqlite3.Connection, retention: Retention) -> Iterator[int]:
    """The numbers of observations without which a target's life is the same."""
    for _, _, numbers, looks in lives.numbered_histories(db):
        if len(looks) > retention.looks:
            yield from (numbers[place] for place in _dull_places(looks, retention))


def _dull_places(looks: Sequence[Look], retention: Retention) -> Iterator[int]:
    life = NEWBORN
    for place, look in enumerate(looks[: len(looks) - retention.looks]):
        was_dead, life = life.dead_since is not None, live(life, look, retention.rules)
        if place == 0 or not _is_between(looks, place):
            continue
        counts = look.outcome not in (Outcome.OK, Outcome.REDIRECTED) and look.reason in retention.rules.of
        if was_dead or not counts:
            yield place


def _is_between(looks: Sequence[Look], place: int) -> bool:
    """Whether the looks before and after say the same."""
    before, now, after = (look._replace(at=0, mark="") for look in looks[place - 1 : place + 2])
    return before == now == after
