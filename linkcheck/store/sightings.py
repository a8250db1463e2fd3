"""A run's observations → groups of those that have something in common; and back: what the groups showed.

Each kind of group costs one pass over the run, however many groups there are.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby

from linkcheck.store import observations
from linkcheck.verdicts.context import Sighting
from linkcheck.verdicts.judgement import Judgement

_VERDICT = ", ".join("seen." + name for name in observations.COLUMNS.split(", "))
_SIGHTING = f"seen.id, target.url, {_VERDICT}, coalesce(seen.text_length, 0)"
_OF_THE_RUN = """
FROM temp.asked JOIN target ON target.id = asked.id JOIN observation AS seen ON seen.id = target.last_observation
WHERE target.host <> ''
"""


def grouped(db: sqlite3.Connection, column: str, condition: str, fewest: int) -> Iterator[list[Sighting]]:
    """Groups of at least `fewest` sightings that agree in a column of `seen` and fulfil a condition."""
    rows = db.execute(
        f"SELECT {column} AS shared, {_SIGHTING} {_OF_THE_RUN} AND {condition} AND {column} IN"
        f" (SELECT {column} {_OF_THE_RUN} AND {condition} AND {column} IS NOT NULL GROUP BY 1 HAVING count(*) >= ?)"
        " ORDER BY shared, seen.id",
        (fewest,),
    )
    for _, group in groupby(rows.fetchall(), key=lambda row: row[0]):
        yield [_sighting(row[1:]) for row in group]


def by_host(db: sqlite3.Connection, condition: str, fewest: int) -> Iterator[tuple[list[Sighting], int]]:
    """(the sightings under a condition, targets asked in all) of each host with at least `fewest` of them."""
    rows = db.execute(
        f"WITH counted AS (SELECT target.host AS host, count(*) AS number {_OF_THE_RUN} GROUP BY 1"
        f" HAVING sum({condition}) >= ?)"
        f" SELECT counted.host, counted.number, {_SIGHTING} {_OF_THE_RUN.replace('WHERE', ', counted WHERE')}"
        f" AND counted.host = target.host AND {condition} ORDER BY counted.host, seen.id",
        (fewest,),
    )
    for (_, number), group in groupby(rows.fetchall(), key=lambda row: row[:2]):
        yield [_sighting(row[2:]) for row in group], number


def others(db: sqlite3.Connection, host: str, condition: str, sha256: str | None) -> int:
    """How many sightings of a host fulfil a condition and have another body."""
    row = db.execute(
        f"SELECT count(*) {_OF_THE_RUN} AND target.host = ? AND {condition} AND seen.sha256 IS NOT ?", (host, sha256)
    )
    return int(row.fetchone()[0])


def _sighting(row: tuple[object, ...]) -> Sighting:
    number, url, *columns, text_length = row
    verdict = observations.verdict(tuple(columns))
    return Sighting(
        number if isinstance(number, int) else 0,
        str(url),
        str(url),
        verdict,
        text_length if isinstance(text_length, int) else 0,
    )


def revise(db: sqlite3.Connection, run_id: int, stage: str, revised: Iterable[tuple[int, Judgement]]) -> None:
    """Store what the whole run shows of single observations; the first word on one stands."""
    db.executemany(
        "INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(run_id, number, one.outcome.value, one.reason.value, one.detail, stage) for number, one in revised],
    )


def revise_as_before(db: sqlite3.Connection, run_id: int, stage: str, numbers: Iterable[int]) -> None:
    """Say of these observations what the same stage said in the run that made them."""
    db.executemany(
        "INSERT INTO revision SELECT ?1, observation_id, outcome, reason, detail, stage FROM revision"
        " WHERE observation_id = ?2 AND stage = ?3 AND run_id = (SELECT run_id FROM observation WHERE id = ?2)"
        " ON CONFLICT DO NOTHING",
        [(run_id, number, stage) for number in numbers],
    )
