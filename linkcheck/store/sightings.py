"""A run's observations → groups of those that have something in common; and back: what the groups showed."""

import sqlite3
from collections.abc import Iterable, Iterator

from linkcheck.store import observations
from linkcheck.verdicts.context import Sighting
from linkcheck.verdicts.judgement import Judgement

_VERDICT = ", ".join("seen." + name for name in observations.COLUMNS.split(", "))
_SEEN = f"""
SELECT seen.id, target.url, {_VERDICT}, coalesce(seen.text_length, 0)
FROM temp.asked JOIN target ON target.id = asked.id JOIN observation AS seen ON seen.id = target.last_observation
WHERE target.host <> '' AND {{condition}}
"""


def of(db: sqlite3.Connection, condition: str, *parameters: object) -> list[Sighting]:
    """The run's sightings for which an SQL condition over `seen` and `target` holds."""
    rows = db.execute(_SEEN.format(condition=condition), parameters)
    return [Sighting(row[0], row[1], row[1], observations.verdict(row[2:-1]), row[-1]) for row in rows]


def grouped(db: sqlite3.Connection, column: str, condition: str, fewest: int) -> Iterator[list[Sighting]]:
    """Groups of at least `fewest` sightings that agree in a column of `seen` and fulfil a condition."""
    values = db.execute(
        f"SELECT {column} FROM temp.asked JOIN target ON target.id = asked.id"
        " JOIN observation AS seen ON seen.id = target.last_observation"
        f" WHERE target.host <> '' AND {column} IS NOT NULL AND {condition} GROUP BY 1 HAVING count(*) >= ?",
        (fewest,),
    ).fetchall()
    for (value,) in values:
        yield of(db, f"{column} = ? AND {condition}", value)


def hosts(db: sqlite3.Connection, condition: str, fewest: int) -> list[tuple[str, int]]:
    """(host, targets asked there in all) of the hosts with at least `fewest` sightings under a condition."""
    return db.execute(
        f"SELECT target.host, count(*) FROM temp.asked JOIN target ON target.id = asked.id"
        " JOIN observation AS seen ON seen.id = target.last_observation"
        f" WHERE target.host <> '' GROUP BY 1 HAVING sum({condition}) >= ?",
        (fewest,),
    ).fetchall()


def revise(db: sqlite3.Connection, run_id: int, revised: Iterable[tuple[int, Judgement]]) -> None:
    """Store what the whole run shows of single observations; the first word on one stands."""
    db.executemany(
        "INSERT INTO revision VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(run_id, number, one.outcome.value, one.reason.value, one.detail) for number, one in revised],
    )
