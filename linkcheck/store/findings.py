"""What is known of a run's references → findings: first to be judged, then as they were judged."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

import msgspec
from msgspec import Struct

from linkcheck.model import Change, Expects, Finding, Kind, Outcome, Reason, Reference, Role, Span, Target, Verdict
from linkcheck.store import observations
from linkcheck.store.connection import transaction

_BATCH = 1000
_REFERENCE = """document.path, reference.start, reference.end, line, column, end_line, end_column, raw, reference.url,
 kind, element, attribute, problem, rel, ignored_by, reference.key"""
_TARGET = "link.role, link.fragment, target.url, target.expects"
_REVISED = ("outcome", "reason", "detail")
_VERDICT = ", ".join(
    f"coalesce(revision.{name}, seen.{name})" if name in _REVISED else f"seen.{name}"
    for name in observations.COLUMNS.split(", ")
)
_N_REFERENCE = 16
_N_TARGET = 4

_CASES = f"""
SELECT reference.id, reference.identity, held.paths, {_REFERENCE}, {_TARGET}, seen.id, {_VERDICT}
FROM run_document
JOIN document ON document.id = run_document.document_id
JOIN reference ON reference.document_id = document.id
LEFT JOIN held ON held.key = reference.key
LEFT JOIN reference_target AS link ON link.reference_id = reference.id
LEFT JOIN target ON target.id = link.target_id
LEFT JOIN observation AS seen ON seen.id = target.last_observation
  AND (seen.run_id = ?1 OR NOT EXISTS (SELECT 1 FROM due WHERE due.target_id = target.id))
LEFT JOIN revision ON revision.run_id = ?1 AND revision.observation_id = seen.id
WHERE run_document.run_id = ?1
ORDER BY run_document.position, reference.id, link.position
"""
_FINDINGS = f"""
SELECT finding.position, finding.outcome, finding.reason, finding.detail, change, confirmed, failing_since,
  finding.checked_at, {_REFERENCE}, {_TARGET}, seen.id, {_VERDICT}
FROM finding
JOIN reference ON reference.id = finding.reference_id
JOIN document ON document.id = reference.document_id
LEFT JOIN reference_target AS link ON link.reference_id = reference.id
LEFT JOIN target ON target.id = link.target_id
LEFT JOIN observation AS seen ON seen.id = json_extract(finding.observations, '$[' || link.position || ']')
LEFT JOIN revision ON revision.run_id = ?1 AND revision.observation_id = seen.id
WHERE finding.run_id = ?1 AND (?2 IS NULL OR instr(?2, ' ' || finding.outcome || ' '))
ORDER BY finding.position, link.position
"""


# Without statistics the planner takes the primary key and reads the whole run: name the index.
_PREVIOUS = "SELECT outcome, reason FROM finding INDEXED BY finding_by_identity WHERE run_id = ? AND identity = ?"


class Case(Struct, frozen=True):
    """One reference of a run with everything its judgement needs."""

    reference_id: int
    identity: int
    reference: Reference
    verdicts: tuple[Verdict | None, ...]
    """One for each target, in their order; None: not observed."""
    observation_ids: tuple[int | None, ...]
    held_by: tuple[str, ...]
    """Documents of the run that hold the article it leads to."""


class Judged(Struct, frozen=True):
    """A case and what became of it."""

    case: Case
    outcome: Outcome
    reason: Reason
    detail: str
    change: Change
    confirmed: bool
    failing_since: datetime | None
    checked_at: datetime | None


def cases(db: sqlite3.Connection, run_id: int) -> Iterator[Case]:
    """The references of a run in report order: documents as walked, references as they stand."""
    for _, rows in groupby(db.execute(_CASES, (run_id,)), key=lambda row: row[0]):
        group = list(rows)
        first = group[0]
        targets, ids, verdicts = _targets(group, 3 + _N_REFERENCE)
        held_by = tuple(first[2].split("\n")) if first[2] and first[18] else ()
        yield Case(first[0], first[1], _reference(first[3 : 3 + _N_REFERENCE], targets), verdicts, ids, held_by)


def put(db: sqlite3.Connection, run_id: int, judged: Iterable[Judged]) -> None:
    """Store what became of each reference, in order."""
    rows: list[tuple[object, ...]] = []
    db.execute("DELETE FROM finding WHERE run_id = ?", (run_id,))
    for position, one in enumerate(judged):
        rows.append(_finding_row(run_id, position, one))
        if len(rows) >= _BATCH:
            _write(db, rows)
            rows = []
    _write(db, rows)


def _write(db: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
    with transaction(db):
        db.executemany(f"INSERT INTO finding VALUES ({', '.join('?' * 12)})", rows)


def _finding_row(run_id: int, position: int, one: Judged) -> tuple[object, ...]:
    return (
        run_id,
        position,
        one.case.identity,
        one.case.reference_id,
        one.outcome.value,
        one.reason.value,
        one.detail,
        one.change.value,
        int(one.confirmed),
        one.failing_since.isoformat() if one.failing_since else None,
        one.checked_at.isoformat() if one.checked_at else None,
        msgspec.json.encode(one.case.observation_ids).decode() if one.case.observation_ids else None,
    )


def findings(db: sqlite3.Connection, run_id: int, outcomes: Sequence[Outcome] | None = None) -> Iterator[Finding]:
    """The findings of a run in report order, all or those of the given outcomes."""
    wanted = f" {' '.join(outcomes)} " if outcomes is not None else None
    for _, rows in groupby(db.execute(_FINDINGS, (run_id, wanted)), key=lambda row: row[0]):
        group = list(rows)
        first = group[0]
        targets, _, verdicts = _targets(group, 8 + _N_REFERENCE)
        yield Finding(
            _reference(first[8 : 8 + _N_REFERENCE], targets),
            tuple(verdict or unasked() for verdict in verdicts),
            Outcome(first[1]),
            Reason(first[2]),
            first[3],
            Change(first[4]),
            bool(first[5]),
            datetime.fromisoformat(first[6]) if first[6] else None,
            None,
            datetime.fromisoformat(first[7]) if first[7] else None,
        )


def unasked() -> Verdict:
    """The verdict on a target that this run did not need to ask."""
    return Verdict(Outcome.SKIPPED, Reason.NOT_DUE, "not asked: the reference was settled without it")


def previous(db: sqlite3.Connection, run_id: int, identity: int) -> tuple[Outcome, Reason] | None:
    """What became of the reference of that identity in an earlier run; None when it was not there."""
    row = db.execute(_PREVIOUS, (run_id, identity))
    found = row.fetchone()
    return (Outcome(found[0]), Reason(found[1])) if found else None


def counts(db: sqlite3.Connection, run_id: int) -> list[tuple[Outcome, Reason, Kind, Change, int]]:
    """How many findings there are of each outcome, reason, kind and change."""
    rows = db.execute(
        "SELECT outcome, reason, kind, change, count(*) FROM finding JOIN reference ON reference.id = reference_id"
        " WHERE run_id = ? GROUP BY 1, 2, 3, 4",
        (run_id,),
    )
    return [(Outcome(row[0]), Reason(row[1]), Kind(row[2]), Change(row[3]), row[4]) for row in rows]


def _targets(
    group: Sequence[tuple[object, ...]], at: int
) -> tuple[tuple[Target, ...], tuple[int | None, ...], tuple[Verdict | None, ...]]:
    targets, ids, verdicts = [], [], []
    for row in group:
        role, fragment, url, expects, seen, *columns = row[at:]
        if role is None:
            continue
        full = f"{url}#{fragment}" if fragment is not None and role != Role.LOCAL else str(url)
        targets.append(Target(full, Role(str(role)), Expects(str(expects))))
        ids.append(seen if isinstance(seen, int) else None)
        verdicts.append(observations.verdict(tuple(columns)) if seen is not None else None)
    return tuple(targets), tuple(ids), tuple(verdicts)


def _reference(row: Sequence[object], targets: tuple[Target, ...]) -> Reference:
    path, start, end, line, column, end_line, end_column, raw, url, kind, *rest = row
    element, attribute, problem, rel, ignored_by, key = (str(part) if part is not None else None for part in rest)
    places = [int(place) if isinstance(place, int) else 0 for place in (start, end, line, column, end_line, end_column)]
    return Reference(
        str(path),
        Span(*places),
        str(raw),
        str(url) if url is not None else None,
        Kind(str(kind)),
        element,
        attribute,
        problem,
        tuple(rel.split()) if rel else (),
        targets,
        ignored_by,
        key,
    )


def removed(db: sqlite3.Connection, run_id: int, baseline: int | None) -> int:
    """How many problems of the baseline have lost their reference."""
    if baseline is None:
        return 0
    row = db.execute(
        "SELECT count(*) FROM finding AS old WHERE old.run_id = ?2"
        " AND old.outcome IN ('broken', 'at-risk', 'uncertain') AND NOT EXISTS"
        " (SELECT 1 FROM finding AS new INDEXED BY finding_by_identity"
        "  WHERE new.run_id = ?1 AND new.identity = old.identity)",
        (run_id, baseline),
    )
    return int(row.fetchone()[0])


def confirmed(db: sqlite3.Connection, run_id: int) -> dict[Change, int]:
    """How many broken findings have evidence enough over time, by how they changed."""
    rows = db.execute(
        "SELECT change, count(*) FROM finding WHERE run_id = ? AND outcome = 'broken' AND confirmed GROUP BY 1",
        (run_id,),
    )
    return {Change(change): number for change, number in rows}
