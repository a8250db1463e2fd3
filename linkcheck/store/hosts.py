"""The observations of a run → which hosts were slow, and which told us to wait."""

import sqlite3
from collections import Counter

from msgspec import Struct

from linkcheck.model import Exchange
from linkcheck.store import observations

SLOW_S = 2.0
"""A host is slow when its targets take this long on average."""


class HostTally(Struct, frozen=True):
    """One host in one run."""

    name: str
    """With its port, as in the URL."""
    asked: int
    mean_s: float
    """Of all exchanges of one target, waits not counted."""
    slowest_s: float
    throttled: int = 0
    """Answers that told us to wait (429, or 503 with Retry-After)."""


def slow(db: sqlite3.Connection, run_id: int) -> list[HostTally]:
    """The slow hosts, the slowest first."""
    rows = db.execute(f"{_TALLY} HAVING avg(elapsed_s) >= ? ORDER BY 3 DESC, 1", (run_id, SLOW_S))
    return [HostTally(*row) for row in rows]


def throttled(db: sqlite3.Connection, run_id: int) -> list[HostTally]:
    """The hosts that told us to wait, the most often first; also those that answered in the end."""
    times: Counter[str] = Counter()
    for number, host in db.execute(_REPEATED, (run_id,)).fetchall():
        times[host] += sum(_says_wait(exchange) for exchange in observations.evidence(db, number))
    rows = db.execute(_TALLY, (run_id,))
    tallies = [HostTally(name, asked, mean, most, times[name]) for name, asked, mean, most in rows if times[name]]
    return sorted(tallies, key=lambda tally: (-tally.throttled, tally.name))


_TALLY = """
SELECT target.host, count(*), avg(elapsed_s), max(elapsed_s)
FROM observation JOIN target ON target.id = observation.target_id
WHERE run_id = ? AND target.host <> '' GROUP BY target.host
"""
# Whoever was told to wait was asked again, or ends as such: all other evidence need not be read.
_REPEATED = """
SELECT observation.id, target.host FROM observation JOIN target ON target.id = observation.target_id
WHERE run_id = ? AND target.host <> '' AND (attempts > 1 OR observation.reason IN ('rate-limited', 'server-error'))
"""


def _says_wait(exchange: Exchange) -> bool:
    return exchange.status == 429 or (exchange.status == 503 and exchange.header("retry-after") is not None)
