"""One URL → what the store knows of it: where it stands, and every observation with its evidence."""

import sqlite3
from collections.abc import Iterator

from msgspec import Struct

from linkcheck import urls
from linkcheck.errors import UserFault
from linkcheck.model import Exchange, Verdict
from linkcheck.store import observations
from linkcheck.store.keepers import KEEPER, keeper


class Observed(Struct, frozen=True):
    """One observation of a target."""

    run_id: int
    verdict: Verdict
    """As judged by itself."""
    revised: tuple[str, str, str] | None
    """(outcome, reason, detail) after a look at the whole run; None: unchanged."""
    exchanges: tuple[Exchange, ...]


class Place(Struct, frozen=True):
    """Where a document leads to a target."""

    path: str
    line: int
    column: int
    kind: str
    role: str
    finding: tuple[str, str, str] | None
    """(outcome, reason, detail) in the last run that has it."""


def target_id(db: sqlite3.Connection, url: str) -> int:
    """The number of the target that a URL (any spelling of it) asks for; raises UserFault when it was never met."""
    for key in (urls.key(urls.resolve(url) or url), "local:" + url):
        row = db.execute("SELECT id FROM target WHERE key = ?", (key,)).fetchone()
        if row is not None:
            return int(row[0])
    raise UserFault(f"the store does not know '{url}'; check a document that has it, then ask again")


def observed(db: sqlite3.Connection, target: int) -> Iterator[Observed]:
    """Every observation of a target, the latest first."""
    columns = ", ".join("seen." + name for name in observations.COLUMNS.split(", "))
    rows = db.execute(
        f"SELECT seen.id, seen.run_id, revision.outcome, revision.reason, revision.detail, {columns}"
        " FROM observation AS seen LEFT JOIN revision ON revision.observation_id = seen.id"
        " AND revision.run_id = seen.run_id WHERE target_id = ? ORDER BY seen.id DESC",
        (target,),
    ).fetchall()
    for number, run_id, outcome, reason, detail, *columns_of_verdict in rows:
        revised = (outcome, reason, detail) if outcome is not None else None
        verdict = observations.verdict(tuple(columns_of_verdict))
        yield Observed(run_id, verdict, revised, observations.evidence(db, number))


def places(db: sqlite3.Connection, target: int) -> list[Place]:
    """Where documents of the latest run that has the target lead to it, in report order."""
    rows = db.execute(
        "SELECT document.path, line, column, kind, role, finding.outcome, finding.reason, finding.detail"
        " FROM reference_target AS link JOIN reference ON reference.id = link.reference_id"
        " JOIN document ON document.id = reference.document_id"
        " JOIN finding ON finding.reference_id = reference.id"
        " WHERE link.target_id = ?1 AND finding.run_id = (SELECT kept.run_id FROM"
        "  (SELECT DISTINCT run_id FROM reference_target AS other"
        "   JOIN finding ON finding.reference_id = other.reference_id WHERE other.target_id = ?1) AS kept"
        f"  CROSS JOIN run ON kept.run_id = {KEEPER} ORDER BY run.id DESC LIMIT 1)"
        " ORDER BY finding.position",
        (target,),
    )
    return [
        Place(path, line, column, kind, role, (outcome, reason, detail))
        for path, line, column, kind, role, outcome, reason, detail in rows
    ]


class Seen(Struct, frozen=True):
    """One observation in short."""

    checked_at: str | None
    """RFC 3339, UTC."""
    outcome: str
    reason: str
    status: int | None
    detail: str


def seen(db: sqlite3.Connection, target: int) -> Iterator[Seen]:
    """Every observation of a target as the whole run showed it, in the order of time."""
    rows = db.execute(
        "SELECT seen.checked_at, coalesce(again.outcome, seen.outcome),"
        " coalesce(again.reason, seen.reason), seen.status, coalesce(again.detail, seen.detail)"
        " FROM observation AS seen LEFT JOIN revision AS again"
        " ON again.run_id = seen.run_id AND again.observation_id = seen.id"
        " WHERE seen.target_id = ? ORDER BY coalesce(seen.checked_at, ''), seen.id",
        (target,),
    )
    for row in rows:
        yield Seen(*row)


class Ended(Struct, frozen=True):
    """A run and its numbers."""

    id: int
    started_at: str
    status: str
    outcomes: dict[str, int]
    """Findings by outcome; empty when they are kept no longer."""
    confirmed: int
    observed: int


def runs(db: sqlite3.Connection, number: int) -> list[Ended]:
    """The last runs of this store, in their order."""
    rows = db.execute(
        "SELECT id, started_at, status FROM run WHERE origin IS NULL ORDER BY id DESC LIMIT ?", (number,)
    ).fetchall()
    found = []
    for number, started_at, status in reversed(rows):
        counted = db.execute(
            "SELECT outcome, count(*), sum(confirmed) FROM finding WHERE run_id = ? GROUP BY 1", (keeper(db, number),)
        ).fetchall()
        observed = db.execute("SELECT count(*) FROM observation WHERE run_id = ?", (number,)).fetchone()[0]
        outcomes = {outcome: total for outcome, total, _ in counted}
        found.append(Ended(number, started_at, status, outcomes, sum(row[2] for row in counted), observed))
    return found
