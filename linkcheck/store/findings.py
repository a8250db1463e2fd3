"""What is known of a run's references → findings: first to be judged, then as they were judged."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
from msgspec import Struct

from linkcheck import urls
from linkcheck.model import Change, Expects, Finding, Kind, Outcome, Reason, Reference, Role, Span, Target, Verdict
from linkcheck.store import keepers, observations
from linkcheck.verdicts import expectations

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
_KIND = 9
"""Where the kind stands among them."""
_N_TARGET = 4
_N_COLUMNS = _N_TARGET + 1 + len(observations.COLUMNS.split(", "))
_first = itemgetter(0)
_ROLES = {role.value: role for role in Role}
_EXPECTS = {expects.value: expects for expects in Expects}
_KINDS = {kind.value: kind for kind in Kind}
_CHANGES = {change.value: change for change in Change}

_CASES = f"""
SELECT unjudged.position, reference.identity, held.paths, {_REFERENCE}, {_TARGET}, seen.id, {_VERDICT}, reference.id,
  before.outcome, before.reason
FROM temp.unjudged
CROSS JOIN reference ON reference.id = unjudged.reference_id
CROSS JOIN document ON document.id = reference.document_id
LEFT JOIN finding AS before INDEXED BY finding_by_identity
 ON before.run_id = ?2 AND before.identity = reference.identity
LEFT JOIN temp.held ON held.key = reference.key
LEFT JOIN reference_target AS link ON link.reference_id = reference.id
LEFT JOIN target ON target.id = link.target_id
LEFT JOIN observation AS seen ON seen.id = target.last_observation
  AND (seen.run_id = ?1 OR NOT EXISTS (SELECT 1 FROM due WHERE due.target_id = target.id))
LEFT JOIN revision ON revision.run_id = ?1 AND revision.observation_id = seen.id
WHERE NOT EXISTS (SELECT 1 FROM finding WHERE finding.run_id = ?1 AND finding.position = unjudged.position)
ORDER BY unjudged.position, link.position
"""
_REVISION = "LEFT JOIN revision ON revision.run_id = ?1 AND revision.observation_id = seen.id"
_SELECT = f"""
SELECT finding.position, finding.outcome, finding.reason, finding.detail, {{change}}, confirmed, failing_since,
  finding.checked_at, {_REFERENCE}, {_TARGET}, seen.id, {_VERDICT}
FROM finding{{by}}
CROSS JOIN reference ON reference.id = finding.reference_id
CROSS JOIN document ON document.id = reference.document_id
LEFT JOIN reference_target AS link ON link.reference_id = reference.id
LEFT JOIN target ON target.id = link.target_id
LEFT JOIN observation AS seen ON seen.id = CASE link.position
 WHEN 0 THEN CAST(substr(finding.observations, 2) AS INTEGER)
 ELSE json_extract(finding.observations, '$[' || link.position || ']') END
{_REVISION}
WHERE finding.run_id = ?1
"""
"""The first of the observations, mostly the only one, is found without a parser."""
_RECORDS = f"""
SELECT finding.position, document.path, line, column, end_line, end_column, raw, reference.url, kind, element,
  attribute, problem, finding.outcome, finding.reason, finding.detail, {{change}}, confirmed, failing_since,
  finding.checked_at, {_TARGET.removesuffix(", target.expects")}, seen.id, {_VERDICT.replace("seen.sha256, ", "")}
{_SELECT[_SELECT.index("FROM finding") :].replace("{by}", "")}
"""
_OF_UNREVISED = _RECORDS.replace(_REVISION, "")
for _name in _REVISED:
    _OF_UNREVISED = _OF_UNREVISED.replace(f"coalesce(revision.{_name}, seen.{_name})", f"seen.{_name}")
_WANTED = " AND (instr(?2, ' ' || finding.outcome || ' ') OR instr(?2, ' ' || {change} || ' '))"
_BY_TO_LIST = " INDEXED BY finding_to_list"
_TO_LIST = " AND (finding.outcome NOT IN ('ok', 'skipped') OR finding.change = 'absent')"
"""As the index `finding_to_list` spells it: a report of the few problems reads those alone."""
_IN_ORDER = " ORDER BY finding.position, link.position"
_BY_TARGET = """ ORDER BY
  CASE finding.outcome WHEN 'broken' THEN 0 WHEN 'at-risk' THEN 1 WHEN 'uncertain' THEN 2 WHEN 'redirected' THEN 3 END,
  authority(reference.url), finding.reason, coalesce(reference.url, reference.raw), finding.detail,
  {change} = 'absent', finding.position, link.position"""
_TO_BE_LISTED = frozenset({*Outcome, Change.ABSENT}) - {Outcome.OK, Outcome.SKIPPED}


class Case(Struct, frozen=True):
    """One reference of a run with everything its judgement needs."""

    position: int
    """Its place in the report's order."""
    reference_id: int
    identity: int
    reference: Reference
    verdicts: tuple[Verdict | None, ...]
    """One for each target, in their order; None: not observed."""
    observation_ids: tuple[int | None, ...]
    held_by: tuple[str, ...]
    """Documents of the run that hold the article it leads to."""
    before: tuple[Outcome, Reason] | None
    """What became of it in the run that this one is compared with; None: it was not there."""


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


def cases(db: sqlite3.Connection, run_id: int, baseline: int | None) -> Iterator[Case]:
    """The drawn-up references of a run that have no finding yet, in report order."""
    before = keepers.keeper(db, baseline) if baseline is not None else None
    for _, rows in groupby(db.execute(_CASES, (run_id, before)), key=_first):
        group = list(rows)
        position, identity, held, *columns = group[0]
        *_, reference_id, outcome, reason = columns
        targets, ids, verdicts = _targets(group, 3 + _N_REFERENCE, columns[_KIND])
        yield Case(
            position,
            reference_id,
            identity,
            _reference(columns[:_N_REFERENCE], targets),
            verdicts,
            ids,
            tuple(held.split("\n")) if held else (),
            (observations.OUTCOMES[outcome], observations.REASONS[reason]) if outcome is not None else None,
        )


def put(db: sqlite3.Connection, run_id: int, judged: Iterable[Judged]) -> None:
    """Store what became of each reference; within a transaction of the caller."""
    rows: list[tuple[object, ...]] = []
    for one in judged:
        rows.append(_finding_row(run_id, one))
        if len(rows) >= _BATCH:
            _write(db, rows)
            rows = []
    _write(db, rows)


def _write(db: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
    db.executemany(f"INSERT INTO finding VALUES ({', '.join('?' * 12)})", rows)


def _finding_row(run_id: int, one: Judged) -> tuple[object, ...]:
    return (
        run_id,
        one.case.position,
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


def findings(
    db: sqlite3.Connection, run_id: int, wanted: Sequence[Outcome | Change] | None = None
) -> Iterator[Finding]:
    """The findings of a run in report order, all or those of the given outcomes or changes."""
    return _findings(db, _IN_ORDER, run_id, wanted)


def findings_by_target(
    db: sqlite3.Connection, run_id: int, wanted: Sequence[Outcome | Change] | None = None
) -> Iterator[Finding]:
    """The same, the worst outcome first, by host, reason and address: those of one target and judgement in a row.

    Sorted by SQLite, on disk when there are many.
    """
    db.create_function("authority", 1, lambda url: urls.authority(url) if url else "", deterministic=True)
    return _findings(db, _BY_TARGET, run_id, wanted)


def _findings(
    db: sqlite3.Connection, order: str, run_id: int, wanted: Sequence[Outcome | Change] | None
) -> Iterator[Finding]:
    shown = keepers.shown(db, run_id)
    query, by = _SELECT, ""
    values: list[object] = [shown]
    if wanted is not None:
        are_few = _TO_BE_LISTED.issuperset(wanted)
        query, by = (query + _TO_LIST, _BY_TO_LIST) if are_few else (query, by)
        query, values = query + _WANTED, [shown, f" {' '.join(wanted)} "]
    whole = (query + order).format(by=by, change=_change(shown == run_id))
    for _, rows in groupby(db.execute(whole, values), key=_first):
        group = list(rows)
        first = group[0]
        targets, _, verdicts = _targets(group, 8 + _N_REFERENCE, first[8 + _KIND])
        yield Finding(
            _reference(first[8 : 8 + _N_REFERENCE], targets),
            tuple(verdict or unasked() for verdict in verdicts),
            observations.OUTCOMES[first[1]],
            observations.REASONS[first[2]],
            first[3],
            _CHANGES[first[4]],
            bool(first[5]),
            datetime.fromisoformat(first[6]) if first[6] else None,
            None,
            datetime.fromisoformat(first[7]) if first[7] else None,
        )


def rows(db: sqlite3.Connection, run_id: int) -> Iterator[tuple[Any, ...]]:
    """The same as stored, a row a target, for reports that print them as they are.

    Position; path to problem; outcome to time of check; role, fragment and URL of the target; its observation and
    verdict, without the digest of the content (None where there is none).
    """
    shown = keepers.shown(db, run_id)
    is_revised = db.execute("SELECT EXISTS (SELECT 1 FROM revision WHERE run_id = ?)", (shown,)).fetchone()[0]
    query = (_RECORDS if is_revised else _OF_UNREVISED) + _IN_ORDER
    return db.execute(query.format(change=_change(shown == run_id)), (shown,))


def _change(is_own: bool) -> str:
    """The column; what is borrowed of another run has not changed since."""
    return "finding.change" if is_own else "'unchanged'"


def unasked() -> Verdict:
    """The verdict on a target that this run did not need to ask."""
    return Verdict(Outcome.SKIPPED, Reason.NOT_DUE, "not asked: the reference was settled without it")


def tally(db: sqlite3.Connection, run_id: int, schema: str = "main") -> None:
    """Count a run's findings, for all that asks for numbers; to be done again when their changes are rewritten."""
    db.execute(f"DELETE FROM {schema}.tally WHERE run_id = ?", (run_id,))
    db.execute(
        f"INSERT INTO {schema}.tally SELECT run_id, outcome, reason, kind, change, confirmed, count(*)"
        f" FROM {schema}.finding AS finding CROSS JOIN reference ON reference.id = finding.reference_id"
        " WHERE finding.run_id = ? GROUP BY outcome, reason, kind, change, confirmed",
        (run_id,),
    )


def tally_hidden(db: sqlite3.Connection, run_id: int) -> None:
    """Count what a temporary table `finding` shows instead of the stored one, for this connection alone."""
    db.execute("DROP TABLE IF EXISTS temp.tally")
    db.execute("CREATE TEMP TABLE tally AS SELECT * FROM main.tally WHERE false")
    tally(db, run_id, "temp")


def counts(db: sqlite3.Connection, run_id: int) -> list[tuple[Outcome, Reason, Kind, Change, int]]:
    """How many findings there are of each outcome, reason, kind and change."""
    rows = db.execute(
        "SELECT outcome, reason, kind, change, sum(number) FROM tally WHERE run_id = ? GROUP BY 1, 2, 3, 4", (run_id,)
    )
    return [(Outcome(row[0]), Reason(row[1]), Kind(row[2]), Change(row[3]), row[4]) for row in rows]


def _targets(
    group: Sequence[Sequence[Any]], at: int, kind: str
) -> tuple[tuple[Target, ...], tuple[int | None, ...], tuple[Verdict | None, ...]]:
    targets, ids, verdicts = [], [], []
    for row in group:
        role, fragment, url, expects, seen = row[at : at + _N_TARGET + 1]
        if role is None:
            continue
        full = url if fragment is None or role == "local" else f"{url}#{fragment}"
        targets.append(Target(full, _ROLES[role], _EXPECTS[expects]))
        ids.append(seen)
        columns = row[at + _N_TARGET + 1 : at + _N_COLUMNS]
        verdicts.append(observations.verdict(_as_wanted(kind, role, columns)) if seen is not None else None)
    return tuple(targets), tuple(ids), tuple(verdicts)


def _as_wanted(kind: str, role: str, columns: Sequence[Any]) -> Sequence[Any]:
    outcome, reason, detail, status, *rest = columns
    judged = expectations.wanted(kind, role, outcome, reason, detail, status)
    return columns if judged is None else (*judged, status, *rest)


def _reference(row: Sequence[Any], targets: tuple[Target, ...]) -> Reference:
    path, start, end, line, column, end_line, end_column, raw, url, kind, *rest = row
    element, attribute, problem, rel, ignored_by, key = rest
    return Reference(
        path,
        Span(start, end, line, column, end_line, end_column),
        raw,
        url,
        _KINDS[kind],
        element,
        attribute,
        problem,
        tuple(rel.split()) if rel else (),
        targets,
        ignored_by,
        key,
    )


def confirmed(db: sqlite3.Connection, run_id: int) -> int:
    """How many broken findings have evidence enough over time."""
    row = db.execute(
        "SELECT coalesce(sum(number), 0) FROM tally WHERE run_id = ? AND outcome = 'broken' AND confirmed", (run_id,)
    )
    return int(row.fetchone()[0])


def published(db: sqlite3.Connection, run_id: int) -> dict[str, dict[Outcome, int]]:
    """How many findings there are of each outcome, by the month their document appeared (`2019-07`), where known."""
    rows = db.execute(
        "SELECT substr(document.published_at, 1, 7), outcome, count(*) FROM finding"
        " CROSS JOIN reference ON reference.id = reference_id CROSS JOIN document ON document.id = document_id"
        " WHERE run_id = ? AND document.published_at IS NOT NULL GROUP BY 1, 2",
        (keepers.shown(db, run_id),),
    )
    found: dict[str, dict[Outcome, int]] = {}
    for month, outcome, number in rows:
        found.setdefault(month, {})[Outcome(outcome)] = number
    return found


def last_asked(db: sqlite3.Connection, run_id: int, identity: int) -> tuple[Outcome, Reason] | None:
    """What became of a reference in the last run, up to `run_id`, that asked for it; None: in none."""
    row = db.execute(
        "SELECT outcome, reason FROM run CROSS JOIN finding INDEXED BY finding_by_identity"
        f" ON finding.run_id = {keepers.KEEPER} AND finding.identity = ?2 WHERE run.id <= ?1"
        " AND reason NOT IN ('not-due', 'offline', 'interrupted') ORDER BY run.id DESC LIMIT 1",
        (run_id, identity),
    ).fetchone()
    return (Outcome(row[0]), Reason(row[1])) if row is not None else None
