"""A run → the references that must be judged; what nothing could have changed is carried over from the last run.

A finding depends on its reference, on the observations of its targets (and what the whole run made of them), on the
articles that the archive holds, and on what the user and this version decide (`judged_by`, a digest).
`run.seen_until` is the last observation that a run's findings know. Invariant: every reference of the run is carried
over or drawn up, once; what is carried over is `unchanged`, since its outcome and reason are those of the last run.

The order of findings is `run_document.position << 24 | reference.position`: a document of the largest size that is
read (64 MB) has fewer references.
"""

import sqlite3

from linkcheck.store import keepers, runs
from linkcheck.store.connection import of_checked_rows

_IS_SAME = """
SELECT (SELECT count(*) FROM run_document WHERE run_id = ?1) = (SELECT count(*) FROM run_document WHERE run_id = ?2)
 AND NOT EXISTS (SELECT 1 FROM run_document AS now LEFT JOIN run_document AS before
  ON before.run_id = ?2 AND before.position = now.position AND before.document_id = now.document_id
  WHERE now.run_id = ?1 AND before.run_id IS NULL)
"""
_HAS_NEWS = "SELECT EXISTS (SELECT 1 FROM observation WHERE id > ?) OR EXISTS (SELECT 1 FROM due)"
_IS_FRESH = """
SELECT ?1 = (SELECT max(id) FROM run WHERE id < ?2) AND NOT EXISTS (SELECT 1 FROM observation WHERE id > ?3)
 AND EXISTS (SELECT 1 FROM run WHERE id = ?1 AND json_extract(summary, '$.fresh_from') >= ?4)
"""
"""A run in between could have made more of what is wanted of a target, without asking."""
_CARRY_REVISIONS = """
INSERT INTO revision SELECT ?1, observation_id, outcome, reason, detail, stage FROM revision WHERE run_id = ?2
"""
_CARRY_TALLY = """
INSERT INTO tally SELECT ?1, outcome, reason, kind, 'unchanged', confirmed, sum(number) FROM tally WHERE run_id = ?2
GROUP BY outcome, reason, kind, confirmed
"""
_CARRY_NOTES = """
UPDATE run SET judged_by = last.judged_by, seen_until = last.seen_until, targets = last.targets,
 summary = json_set(coalesce(run.summary, '{}'), '$.fresh_from', json_extract(last.summary, '$.fresh_from'))
FROM run AS last WHERE last.id = ?2 AND run.id = ?1
"""
_PLACE = "run_document.position << 24 | reference.position"
_ALL = f"""
INSERT INTO temp.unjudged SELECT {_PLACE}, reference.id
FROM run_document CROSS JOIN reference ON reference.document_id = run_document.document_id
WHERE run_document.run_id = ?1
"""
_OF_NEW_DOCUMENTS = f"""
{_ALL} AND NOT EXISTS (SELECT 1 FROM run_document AS before INDEXED BY run_document_by_document
 WHERE before.document_id = run_document.document_id AND before.run_id = ?2)
"""
_OF_THE_RUN = """
CROSS JOIN run_document INDEXED BY run_document_by_document
 ON run_document.document_id = reference.document_id AND run_document.run_id = ?1
"""
_OF_TARGETS = f"""
INSERT OR IGNORE INTO temp.unjudged SELECT {_PLACE}, reference.id
FROM (SELECT target_id FROM observation WHERE id > ?3 UNION SELECT target_id FROM due UNION
 SELECT observation.target_id FROM temp.revised CROSS JOIN observation ON observation.id = revised.id) AS stirred
CROSS JOIN reference_target AS link INDEXED BY reference_target_by_target ON link.target_id = stirred.target_id
CROSS JOIN reference ON reference.id = link.reference_id {_OF_THE_RUN}
"""
_REVISED = """
CREATE TEMP TABLE revised AS SELECT DISTINCT observation_id AS id FROM (
 SELECT * FROM (SELECT observation_id, outcome, reason, detail FROM revision WHERE run_id = {run}
  EXCEPT SELECT observation_id, outcome, reason, detail FROM revision WHERE run_id = {last})
 UNION ALL SELECT * FROM (SELECT observation_id, outcome, reason, detail FROM revision WHERE run_id = {last}
  EXCEPT SELECT observation_id, outcome, reason, detail FROM revision WHERE run_id = {run}))
"""
_HELD_BEFORE = """
SELECT document.key AS key, group_concat(document.path, char(10)) AS paths
FROM run_document CROSS JOIN document ON document.id = run_document.document_id
WHERE run_document.run_id = ?2 AND document.key IS NOT NULL GROUP BY document.key
"""
_OF_HELD = f"""
WITH before AS ({_HELD_BEFORE})
INSERT OR IGNORE INTO temp.unjudged SELECT {_PLACE}, reference.id
FROM (SELECT key FROM (SELECT key, paths FROM before EXCEPT SELECT key, paths FROM temp.held) UNION
 SELECT key FROM (SELECT key, paths FROM temp.held EXCEPT SELECT key, paths FROM before)) AS moved
CROSS JOIN reference INDEXED BY reference_by_key ON reference.key = moved.key {_OF_THE_RUN}
"""
_CARRY_REST = f"""
INSERT INTO finding SELECT ?1, {_PLACE}, old.identity, old.reference_id, old.outcome, old.reason, old.detail,
 'unchanged', old.confirmed, old.failing_since, old.checked_at, old.observations
FROM finding AS old CROSS JOIN reference ON reference.id = old.reference_id {_OF_THE_RUN}
WHERE old.run_id = ?2 AND NOT EXISTS (SELECT 1 FROM temp.unjudged WHERE unjudged.position = {_PLACE})
"""
_REMEMBER = """
UPDATE run SET judged_by = ?2, seen_until = CASE WHEN NOT EXISTS
 (SELECT 1 FROM due CROSS JOIN target ON target.id = due.target_id
  WHERE NOT EXISTS (SELECT 1 FROM observation AS last INDEXED BY observation_by_run
   WHERE last.run_id = ?1 AND last.id = target.last_observation))
 THEN (SELECT coalesce(max(id), 0) FROM observation) END WHERE id = ?1
"""
"""What was due and not asked may be judged by older observations the next time, so such a run is no measure."""
_NOTE_FRESH = """
UPDATE run SET summary = json_set(coalesce(summary, '{}'), '$.fresh_from', (
 SELECT min(iif(target.host <> '' AND last.outcome = 'ok' AND last.expects = target.expects, last.checked_at, ''))
 FROM temp.asked CROSS JOIN target ON target.id = asked.id
 LEFT JOIN observation AS last INDEXED BY observation_freshness ON last.id = target.last_observation))
WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM tally WHERE run_id = ?1 AND outcome NOT IN ('ok', 'skipped'))
"""
"""By the same measure as `plan.draw_up`. Where something is wrong it will be asked again in any case."""


def are_same_documents(db: sqlite3.Connection, run_id: int, other: int) -> bool:
    """Whether two runs read the same documents, unchanged and in the same order."""
    return bool(db.execute(_IS_SAME, (run_id, other)).fetchone()[0])


def carry_over(db: sqlite3.Connection, run_id: int, judged_by: str, fresh_since: str | None = None) -> bool:
    """Take over all findings of the last run when nothing at all has changed; False: the run must be judged.

    With `fresh_since` what is due was not drawn up, and nothing must be: all answers were fine and are of later.
    """
    last, seen_until = _comparable(db, run_id, judged_by)
    if last is None:
        return False
    if fresh_since is not None:
        if not db.execute(_IS_FRESH, (last, run_id, seen_until, fresh_since)).fetchone()[0]:
            return False
        db.execute("DELETE FROM due")
    elif db.execute(_HAS_NEWS, (seen_until,)).fetchone()[0]:
        return False
    if not are_same_documents(db, run_id, last):
        return False
    with of_checked_rows(db):
        db.execute(_CARRY_REVISIONS, (run_id, last))
        keepers.borrow(db, run_id, last)
        db.execute(_CARRY_TALLY, (run_id, last))
        db.execute(_CARRY_NOTES, (run_id, last))
        if fresh_since is None:
            db.execute(_NOTE_FRESH, (run_id,))
    return True


def draw_up(db: sqlite3.Connection, run_id: int, judged_by: str) -> None:
    """Fill `temp.unjudged` with the run's references that must be judged, and carry over the other findings.

    To be called within a transaction.
    """
    last, seen_until = _comparable(db, run_id, judged_by)
    db.execute("DELETE FROM finding WHERE run_id = ?", (run_id,))
    keepers.give_up(db, run_id)
    for table in ("unjudged", "revised"):
        db.execute(f"DROP TABLE IF EXISTS temp.{table}")
    db.execute("CREATE TEMP TABLE unjudged (position INTEGER PRIMARY KEY, reference_id INTEGER NOT NULL)")
    if last is None:
        db.execute(_ALL, (run_id,))
        return
    db.execute(_OF_NEW_DOCUMENTS, (run_id, last))
    db.execute(_REVISED.format(run=int(run_id), last=int(last)))
    db.execute(_OF_TARGETS, (run_id, last, seen_until))
    db.execute(_OF_HELD, (run_id, last))
    db.execute(_CARRY_REST, (run_id, keepers.keeper(db, last)))


def remember(db: sqlite3.Connection, run_id: int, judged_by: str) -> None:
    """Note what the run's findings rest on, so that the next run can carry them over."""
    db.execute(_REMEMBER, (run_id, judged_by))
    db.execute(_NOTE_FRESH, (run_id,))


def _comparable(db: sqlite3.Connection, run_id: int, judged_by: str) -> tuple[int | None, int | None]:
    """(the last run, the last observation it knew), when its findings were made by the same rules."""
    last = runs.baseline(db, run_id)
    row = db.execute("SELECT judged_by, seen_until FROM run WHERE id = ?", (last,)).fetchone()
    if row is None or row[0] != judged_by or row[1] is None:
        return None, None
    return last, row[1]
