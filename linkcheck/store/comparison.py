"""A run and what it is compared with (a file, or another run) → each finding's change, what is gone, what got worse.

`known` is a temporary table (of a file) or view (of a run): what the baseline says of each reference. It belongs to the
connection, and to one comparison at a time.
"""

import sqlite3
from typing import TYPE_CHECKING

from msgspec import Struct

from linkcheck.model import PROBLEMS, Outcome
from linkcheck.store import keepers, runs, unjudged
from linkcheck.store.connection import transaction
from linkcheck.store.keepers import KEEPER

if TYPE_CHECKING:
    from linkcheck.store.baselines import Baseline

_IS_PROBLEM = f"IN ({', '.join(repr(outcome.value) for outcome in PROBLEMS)})"
_CHANGE = f"""
CASE
 WHEN known.identity IS NULL THEN iif(?2 OR finding.outcome {_IS_PROBLEM}, 'new', 'unchanged')
 WHEN known.outcome = finding.outcome AND known.reason = finding.reason THEN 'unchanged'
 WHEN finding.outcome {_IS_PROBLEM} THEN iif(known.outcome {_IS_PROBLEM}, 'updated', 'new')
 WHEN finding.outcome <> 'skipped' AND known.outcome {_IS_PROBLEM} THEN 'absent'
 ELSE 'unchanged'
END
"""
"""The same as `stages.judge.change`; ?2: whether the baseline lists what is fine, too."""
_CHANGED = f"""
SELECT position, now FROM (
 SELECT finding.position, finding.change AS before, {_CHANGE} AS now FROM {{schema}}.finding AS finding
 LEFT JOIN known ON known.identity = finding.identity WHERE finding.run_id = ?1
) WHERE now <> before
"""
_KNOWN_OF_RUN = f"""
SELECT old.identity, last.outcome, last.reason, last.confirmed, old.reference_id
FROM main.finding AS old INDEXED BY finding_by_identity
CROSS JOIN main.finding AS last INDEXED BY finding_by_identity ON last.identity = old.identity AND last.run_id =
 iif(old.reason NOT IN ('not-due', 'offline', 'interrupted'), old.run_id, coalesce(
  (SELECT asked.run_id FROM run CROSS JOIN main.finding AS asked INDEXED BY finding_by_identity
   ON asked.run_id = {KEEPER} AND asked.identity = old.identity
   WHERE run.id < {{run_id}} AND asked.reason NOT IN ('not-due', 'offline', 'interrupted')
   ORDER BY run.id DESC LIMIT 1), old.run_id))
WHERE old.run_id = {{keeper}}
"""
"""What was not asked in that run is known as it was when it was asked last."""
_GONE = f"""
SELECT {{path}} AS path, count(*) FROM known {{joined}}
WHERE known.outcome {_IS_PROBLEM} AND NOT EXISTS
 (SELECT 1 FROM main.finding AS new INDEXED BY finding_by_identity
  WHERE new.run_id = ?1 AND new.identity = known.identity)
GROUP BY 1
"""
_OF_DOCUMENT = (
    "JOIN reference ON reference.id = known.reference_id JOIN document ON document.id = reference.document_id"
)
# CROSS JOIN keeps the order: the few versions of one document, not the thousands of documents of the run.
_WAS_READ = """
SELECT 1 FROM document CROSS JOIN run_document ON run_document.document_id = document.id
WHERE document.path = ? AND run_document.run_id = ?
"""
_SEVERITY = (
    "CASE {of}.outcome WHEN 'redirected' THEN 1 WHEN 'uncertain' THEN 2 WHEN 'at-risk' THEN 3 WHEN 'broken' THEN 4"
)
_WORSE = f"""
SELECT finding.outcome, count(*) FROM finding LEFT JOIN known ON known.identity = finding.identity
WHERE finding.run_id = ? AND finding.outcome NOT IN ('ok', 'skipped')
 AND {_SEVERITY.format(of="finding")} ELSE 0 END > {_SEVERITY.format(of="known")} ELSE 0 END
GROUP BY 1
"""
_NEWLY_CONFIRMED = """
SELECT count(*) FROM finding LEFT JOIN known ON known.identity = finding.identity
WHERE finding.run_id = ? AND finding.outcome = 'broken' AND finding.confirmed
 AND NOT coalesce(known.outcome = 'broken' AND known.confirmed, 0)
"""


class Against(Struct, frozen=True):
    """What a run is compared with; its `known` is at hand."""

    since: str
    """For a sentence: `the last run`, `run 10`, `the baseline 'main.json'`."""
    is_whole: bool = True
    run_id: int | None = None
    """None: a file."""


class Standing(Struct, frozen=True):
    """How many findings `--fail-on` may name."""

    outcomes: dict[Outcome, int]
    confirmed: int
    """Broken ones with evidence enough over time."""


def against_file(db: sqlite3.Connection, baseline: "Baseline") -> Against:
    """Compare with a file."""
    _forget(db)
    db.execute(
        "CREATE TEMP TABLE known"
        " (identity INTEGER PRIMARY KEY, outcome TEXT, reason TEXT, confirmed INTEGER, path TEXT) STRICT"
    )
    rows = (
        (identity, state.outcome.value, state.reason, int(state.confirmed), path)
        for identity, state, path in baseline.known()
    )
    with transaction(db):
        db.executemany("INSERT OR REPLACE INTO temp.known VALUES (?, ?, ?, ?, ?)", rows)
    return Against(baseline.since or f"the baseline '{baseline.name}'", baseline.is_whole)


def against_run(db: sqlite3.Connection, run_id: int, since: str) -> Against:
    """Compare with a run of the store."""
    _forget(db)
    db.execute(f"CREATE TEMP VIEW known AS {known_of_run(db, run_id)}")
    return Against(since, run_id=run_id)


def known_of_run(db: sqlite3.Connection, run_id: int) -> str:
    """The query for what a run of the store says of each reference, as `known` has it."""
    return _KNOWN_OF_RUN.format(run_id=int(run_id), keeper=keepers.keeper(db, run_id))


def _forget(db: sqlite3.Connection) -> None:
    for kind in db.execute("SELECT type FROM temp.sqlite_schema WHERE name = 'known'").fetchall():
        db.execute(f"DROP {kind[0]} temp.known")


def settle(db: sqlite3.Connection, run_id: int, against: Against) -> None:
    """Write each finding's change into the run: it was judged against the last run, and is told against this."""
    with transaction(db):
        keepers.own(db, run_id)
        _rewrite(db, "main", run_id, against)


def recompare(db: sqlite3.Connection, run_id: int, against: Against) -> None:
    """Let this connection see the run's findings with other changes; the store itself stays as it is.

    A temporary table `finding` hides the stored one, so that every report reads the changes of this comparison.
    """
    db.execute("DROP TABLE IF EXISTS temp.finding")
    with transaction(db, writes=False):
        db.execute(
            "CREATE TEMP TABLE finding AS SELECT * FROM main.finding WHERE run_id = ?", (keepers.keeper(db, run_id),)
        )
        if keepers.keeper(db, run_id) != run_id:
            db.execute("UPDATE temp.finding SET run_id = ?, change = 'unchanged'", (run_id,))
        db.execute("CREATE UNIQUE INDEX temp.finding_by_position ON finding (run_id, position)")
        # Queries name the indexes of the stored table.
        indexes = "SELECT sql FROM main.sqlite_schema WHERE type = 'index' AND tbl_name = 'finding' AND sql IS NOT NULL"
        for (create,) in db.execute(indexes).fetchall():
            db.execute(create.replace("CREATE INDEX ", "CREATE INDEX temp.", 1))
        _rewrite(db, "temp", run_id, against)


def _rewrite(db: sqlite3.Connection, schema: str, run_id: int, against: Against) -> None:
    # By way of a table with a key: a join with the query itself is planned as a scan for each row.
    db.execute("DROP TABLE IF EXISTS temp.changed")
    db.execute("CREATE TEMP TABLE changed (position INTEGER PRIMARY KEY, change TEXT NOT NULL) STRICT")
    db.execute(f"INSERT INTO temp.changed {_CHANGED.format(schema=schema)}", (run_id, against.is_whole))
    db.execute(
        f"UPDATE {schema}.finding SET change = (SELECT change FROM temp.changed WHERE position = finding.position)"
        " WHERE run_id = ? AND position IN (SELECT position FROM temp.changed)",
        (run_id,),
    )


def removed(db: sqlite3.Connection, run: "runs.Run", against: Against) -> int:
    """How many problems of the baseline have lost their reference, in what the run was to read.

    A problem of a document that the run did not look at is neither fixed nor gone.
    """
    if against.run_id is not None and unjudged.are_same_documents(db, run.id, against.run_id):
        return 0
    path, joined = ("document.path", _OF_DOCUMENT) if against.run_id is not None else ("known.path", "")
    gone = db.execute(_GONE.format(path=path, joined=joined), (keepers.keeper(db, run.id),)).fetchall()
    return sum(number for path, number in gone if path is not None and _was_looked_at(db, run, path))


def _was_looked_at(db: sqlite3.Connection, run: "runs.Run", path: str) -> bool:
    if run.kept.deleted is not None:
        if path in run.kept.deleted and runs.covers(run.paths, path):
            return True
    elif runs.covers(run.paths, path):
        return True
    return db.execute(_WAS_READ, (path, run.id)).fetchone() is not None


def worse(db: sqlite3.Connection, run_id: int) -> Standing:
    """Only those that are worse than the baseline knew them: not there, not confirmed, or less bad then."""
    shown = keepers.shown(db, run_id)
    outcomes = {Outcome(outcome): number for outcome, number in db.execute(_WORSE, (shown,))}
    return Standing(outcomes, db.execute(_NEWLY_CONFIRMED, (shown,)).fetchone()[0])


def knows_nothing(db: sqlite3.Connection, run_id: int) -> bool:
    """Whether the baseline and the run hold references, and not one in common: it is of another archive."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM known) AND EXISTS (SELECT 1 FROM main.finding WHERE run_id = ?1) AND NOT EXISTS"
        " (SELECT 1 FROM known JOIN main.finding AS finding INDEXED BY finding_by_identity"
        "  ON finding.run_id = ?1 AND finding.identity = known.identity)",
        (keepers.keeper(db, run_id),),
    )
    return bool(row.fetchone()[0])
