"""What the run observed → the lives of its targets; what was an outage of a host, or of ourselves, does not count.

Stands between what a whole run shows and what is judged of single references.
"""

import sqlite3
from collections.abc import Iterator
from datetime import datetime

from linkcheck.model import Outcome, Reason
from linkcheck.store import lives, sightings
from linkcheck.store.connection import transaction
from linkcheck.store.lives import Remembering
from linkcheck.verdicts.context import FEWEST_OF_HOST
from linkcheck.verdicts.judgement import Judgement

_IN_TROUBLE = """(seen.outcome = 'uncertain' AND seen.reason IN
 ('server-error', 'timed-out', 'connection-refused', 'connection-reset', 'protocol-error'))"""
_HAS_TROUBLE = f"""
SELECT EXISTS (SELECT 1 FROM temp.sighted AS seen WHERE {_IN_TROUBLE} GROUP BY seen.host HAVING count(*) >= ?)
"""
_NOTHING_ANSWERED = """
SELECT CASE WHEN EXISTS (SELECT 1 FROM observation WHERE run_id = ?1 AND status IS NOT NULL) THEN 0
 ELSE (SELECT count(DISTINCT target.host) FROM observation JOIN target ON target.id = target_id
  WHERE run_id = ?1 AND target.host <> '' AND observation.outcome <> 'skipped') >= 3 END
"""
_TROUBLE = f"SELECT seen.id, seen.reason, seen.detail FROM observation AS seen WHERE seen.run_id = ? AND {_IN_TROUBLE}"
_TROUBLE_AT = f"""
SELECT seen.id, seen.reason, seen.detail FROM observation AS seen INDEXED BY observation_by_run
JOIN target ON target.id = seen.target_id WHERE seen.run_id = ? AND target.host = ? AND {_IN_TROUBLE}
"""
_IN_OUTAGE = f"""
SELECT target.host, sum({_IN_TROUBLE}) AS troubled, count(*)
FROM observation AS seen INDEXED BY observation_by_run CROSS JOIN target ON target.id = seen.target_id
LEFT JOIN life ON life.target_id = target.id
WHERE seen.run_id = ?1 AND target.host <> '' AND seen.outcome <> 'skipped'
 AND coalesce(life.state, 'unknown') IN ('unknown', 'alive')
GROUP BY target.host HAVING troubled >= ?2 AND troubled * 2 > count(*)
"""


def remember(db: sqlite3.Connection, run_id: int, remembering: Remembering, now: datetime) -> None:
    """Add the run's observations to the lives; what the run as a whole shows was found before."""
    with transaction(db):
        if db.execute(_NOTHING_ANSWERED, (run_id,)).fetchone()[0]:
            sightings.revise(db, run_id, lives.ALONE, _alone(db, run_id))
        sightings.revise(db, run_id, lives.OUTAGE, _outages(db, run_id))
    lives.remember(db, run_id, remembering, now)


def _outages(db: sqlite3.Connection, run_id: int) -> Iterator[tuple[int, Judgement]]:
    """The trouble of hosts where, of what was not failing before, at least five and most are in trouble now.

    What has been failing for days is asked more often than the rest: it would make an outage of every night.
    """
    if not db.execute(_HAS_TROUBLE, (FEWEST_OF_HOST,)).fetchone()[0]:
        return
    hosts = db.execute(_IN_OUTAGE, (run_id, FEWEST_OF_HOST)).fetchall()
    for host, in_trouble, asked in hosts:
        words = f"{in_trouble} of {asked} targets of this host are in trouble: it counts once for the host"
        for number, reason, detail in db.execute(_TROUBLE_AT, (run_id, host)).fetchall():
            yield number, Judgement(Outcome.UNCERTAIN, Reason(reason), f"{detail}; {words}")


def _alone(db: sqlite3.Connection, run_id: int) -> Iterator[tuple[int, Judgement]]:
    """The trouble of a run in which no server answered at all."""
    for number, reason, detail in db.execute(_TROUBLE, (run_id,)).fetchall():
        words = f"{detail}; no server answered in this run: it counts for nothing"
        yield number, Judgement(Outcome.UNCERTAIN, Reason(reason), words)
