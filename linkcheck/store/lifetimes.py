"""Lives and what cites them → what survival is reckoned from: how old each thing was when it was last known alive, and
first known dead.

Age counts from the day of the article that cites it first.
"""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct

from linkcheck.model import Outcome
from linkcheck.store import keepers, lives
from linkcheck.verdicts.catalogue import USUAL_OUTCOME
from linkcheck.verdicts.death import Life, State

YEAR_S = 365.25 * 86_400
_CITED = """
SELECT link.target_id AS id, min(coalesce(document.published_at, '9')) AS published_at, reference.kind AS kind,
 document.key AS key, document.url AS url,
 sum(document.id = (SELECT max(id) FROM document AS last WHERE last.path = document.path)) AS number
FROM reference_target AS link JOIN reference ON reference.id = link.reference_id
JOIN document ON document.id = reference.document_id WHERE link.role <> 'api' GROUP BY link.target_id
"""
"""SQLite takes the other columns from the row that has the minimum, as long as there is one alone."""
_WATCHED = f"""
SELECT target.url, target.host, cited.published_at, cited.kind, cited.key, cited.url, cited.number, target.id,
 {lives.LIFE}
FROM ({_CITED}) AS cited CROSS JOIN target ON target.id = cited.id
CROSS JOIN temp.lived AS life ON life.target_id = target.id
WHERE target.host <> ''
"""
_HANGS_BY_A_THREAD = """
SELECT DISTINCT link.target_id FROM finding JOIN reference_target AS link ON link.reference_id = finding.reference_id
WHERE finding.run_id = ? AND finding.outcome = 'at-risk'
"""


class Watched(Struct, frozen=True):
    """One thing that documents cite and that was looked at."""

    url: str
    host: str
    kind: str
    published_at: int | None
    """Of the first article that cites it, seconds since 1970; None: no article says."""
    key: str | None
    """The site rule's key of that article."""
    article: str | None
    """That article's own URL."""
    places: int
    """In the documents as they were read last; 0: none cites it any more."""
    target_id: int
    life: Life


def watched(db: sqlite3.Connection) -> Iterator[Watched]:
    """Everything of the web that was looked at and that a document cites; `lives.complete` has been called."""
    for url, host, published, kind, key, article, places, target_id, *columns in db.execute(_WATCHED):
        yield Watched(url, host, kind, _seconds(published), key, article, places, target_id, lives.life(columns))


def _seconds(published: str) -> int | None:
    if published == "9":
        return None
    when = datetime.fromisoformat(published)
    return int((when if when.tzinfo is not None else when.replace(tzinfo=UTC)).timestamp())


def span_days(db: sqlite3.Connection) -> float:
    """Days from the first observation to the last: how long anything could be watched."""
    first, last = db.execute(
        "SELECT min(started_at), max(started_at) FROM run"
        " WHERE EXISTS (SELECT 1 FROM observation INDEXED BY observation_by_run WHERE run_id = run.id)"
    ).fetchone()
    if first is None:
        return 0.0
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds() / 86_400


def by_a_thread(db: sqlite3.Connection) -> frozenset[int]:
    """The targets of references that the last run found at risk."""
    return frozenset(number for (number,) in db.execute(_HANGS_BY_A_THREAD, (keepers.last(db),)))


def is_gone(life: Life) -> bool:
    """Whether the last word is hard evidence, confirmed or not."""
    is_hard = life.reason is not None and USUAL_OUTCOME[life.reason] is Outcome.BROKEN
    return life.state is State.DEAD or (life.state is State.FAILING and is_hard)
