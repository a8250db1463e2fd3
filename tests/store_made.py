"""A store with a run under way: documents collected, a plan drawn up, targets observed, all of it made by hand."""

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from linkcheck.model import Document, Format, Kind, Probe, Reference, Span, Target, Verdict
from linkcheck.store import plan, runs
from linkcheck.store.collected import Collection, Stamp
from linkcheck.store.connection import transaction
from linkcheck.store.observations import Observations

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Made(NamedTuple):
    """A document and what it refers to; with another `version` it has changed."""

    path: str
    references: list[Reference]
    key: str | None = None
    version: int = 1


def reference(
    path: str,
    targets: tuple[Target, ...],
    kind: Kind = Kind.LINK,
    ignored: str | None = None,
    key: str | None = None,
    problem: str | None = None,
) -> Reference:
    """What stands at the start of a document; one with a problem has no URL and no targets."""
    url = None if problem else (targets[0].url if targets else "mailto:a@b.example")
    own = () if problem else targets
    return Reference(path, Span(0, 1, 1, 1, 1, 2), url or "x", url, kind, None, None, problem, (), own, ignored, key)


def planned(db: sqlite3.Connection, *documents: Made) -> int:
    """A new run that has read the documents, those that did not change only by their stamp, and knows what is due."""
    run_id = runs.begin(db, NOW, "1", ["."])
    with transaction(db):
        collection = Collection(db, run_id)
        collection.recall([made.path for made in documents])
        for made in documents:
            stamp = Stamp(made.path, 1, made.version, "rules")
            if not collection.take_unchanged(stamp):
                document = Document(made.path, "", Format.MARKDOWN)
                collection.add(stamp, document, bytes([made.version]), made.key, made.references)
        collection.flush()
    plan.draw_up(db, run_id, "2026-01-01")
    return run_id


def targets(db: sqlite3.Connection) -> list[tuple[int, str]]:
    """(number, URL) of every target."""
    return db.execute("SELECT id, url FROM target ORDER BY id").fetchall()


def observe(db: sqlite3.Connection, run_id: int, seen: Iterable[tuple[int, Target, Verdict]]) -> None:
    """Write down what was seen: (number of the target, the target as it was asked, verdict)."""
    observations = Observations(db, run_id)
    for number, target, verdict in seen:
        observations.add(number, Probe(target, ()), verdict)
    observations.flush()
