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
_SIGHTED = """
CREATE TEMP TABLE sighted AS
SELECT seen.id, target.host, seen.outcome, seen.reason, seen.status, seen.expects, seen.sha256, seen.redirected_by,
 nullif(seen.final_url, target.url) AS moved_to, coalesce(seen.text_length, 0) AS text_length
FROM temp.asked CROSS JOIN target ON target.id = asked.id
CROSS JOIN observation AS seen ON seen.id = target.last_observation
WHERE target.host <> ''
"""
"""Observations are wide, with the evidence in them: their few columns that are compared are read once."""
_WHOLE = """
FROM {alike} CROSS JOIN observation AS seen ON seen.id = alike.id CROSS JOIN target ON target.id = seen.target_id
ORDER BY alike.shared, seen.id
"""


def sight(db: sqlite3.Connection) -> None:
    """Gather what the other functions look through: the last observation of everything that the run asks for."""
    db.execute("DROP TABLE IF EXISTS temp.sighted")
    db.execute(_SIGHTED)


def grouped(db: sqlite3.Connection, column: str, condition: str, fewest: int) -> Iterator[list[Sighting]]:
    """Groups of at least `fewest` sightings that agree in a column of `sighted` and fulfil a condition."""
    alike = (
        f"(SELECT id, {column} AS shared FROM temp.sighted WHERE {condition} AND shared IN"
        f" (SELECT {column} FROM temp.sighted WHERE {condition} AND {column} IS NOT NULL"
        " GROUP BY 1 HAVING count(*) >= ?)) AS alike"
    )
    rows = db.execute(f"SELECT alike.shared, {_SIGHTING} {_WHOLE.format(alike=alike)}", (fewest,))
    for _, group in groupby(rows, key=lambda row: row[0]):
        yield [_sighting(row[1:]) for row in group]


def by_host(db: sqlite3.Connection, condition: str, fewest: int) -> Iterator[tuple[list[Sighting], int]]:
    """(the sightings under a condition, targets asked in all) of each host with at least `fewest` of them."""
    alike = (
        f"(SELECT id, sighted.host AS shared, number FROM temp.sighted JOIN (SELECT host, count(*) AS number"
        f" FROM temp.sighted GROUP BY host HAVING sum({condition}) >= ?) AS counted USING (host)"
        f" WHERE {condition}) AS alike"
    )
    rows = db.execute(f"SELECT alike.shared, alike.number, {_SIGHTING} {_WHOLE.format(alike=alike)}", (fewest,))
    for (_, number), group in groupby(rows, key=lambda row: row[:2]):
        yield [_sighting(row[2:]) for row in group], number


def of_one_body(
    db: sqlite3.Connection, condition: str, fewest: int, least_text: int
) -> Iterator[tuple[list[Sighting], int]]:
    """(sightings under a condition with the same body, how many of their host have another one), for each host.

    At least `fewest` of them, with `least_text` characters; hosts that show one body alone are left out.
    """
    alike = (
        "(SELECT sighted.id, body.host || ' ' || body.sha256 AS shared, of_host - number AS others FROM"
        " (SELECT host, sha256, count(*) AS number, max(text_length) AS longest,"
        f" sum(count(*)) OVER (PARTITION BY host) AS of_host FROM temp.sighted WHERE {condition}"
        " GROUP BY host, sha256) AS body JOIN temp.sighted USING (host, sha256)"
        f" WHERE {condition} AND number >= ? AND longest >= ? AND of_host > number) AS alike"
    )
    rows = db.execute(
        f"SELECT alike.shared, alike.others, {_SIGHTING} {_WHOLE.format(alike=alike)}", (fewest, least_text)
    )
    for (_, others), group in groupby(rows, key=lambda row: row[:2]):
        yield [_sighting(row[2:]) for row in group], others


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
