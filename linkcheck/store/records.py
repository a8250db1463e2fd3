"""What stores tell each other: a store's observations → records of runs, targets and looks; and such records → a store.

An observation is known by the store that made it, the run there, its target and its time, so nothing is counted twice,
whichever way records travel (`sharing`: a file, `team`: a server). What documents say (paths, references, findings) and
local files are no part of them.
"""

import sqlite3
from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec import Struct

from linkcheck import urls
from linkcheck.model import Content, Exchange, Expects, Outcome, Reason
from linkcheck.store import lives
from linkcheck.store.collected import Extra
from linkcheck.store.lives import Remembering

_FEW = 1000
"""So many lives are told again one by one; beyond that all of them are, which is faster for each."""


class Run(Struct, frozen=True, tag_field="type", tag="run"):
    """A run of some store."""

    store: str
    number: int
    started_at: datetime
    finished_at: datetime | None
    tool_version: str


class Target(Struct, frozen=True, tag_field="type", tag="target"):
    """What was looked at."""

    url: str
    expects: Expects
    extra: str | None = None


class Revision(Struct, frozen=True):
    """What the whole run showed of a look."""

    outcome: Outcome
    reason: Reason
    detail: str
    stage: str


class Look(Struct, frozen=True, tag_field="type", tag="look", omit_defaults=True):
    """One observation, of the target that was named last."""

    store: str
    run: int
    expects: Expects
    outcome: Outcome
    reason: Reason
    detail: str
    checked_at: datetime
    attempts: int
    elapsed_s: float
    status: int | None = None
    final_url: str | None = None
    sha256: str | None = None
    content: str | None = None
    evidence: str | None = None
    redirected_by: int | None = None
    text_length: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    revision: Revision | None = None


class Entry(Struct, frozen=True):
    """An observation of this store, with its target."""

    number: int
    """Of the observation here."""
    run_id: int
    target_id: int
    target: Target
    look: Look


class RunRow(Struct, frozen=True):
    """A run as the team lists it; known by its store, number and start."""

    store: str
    number: int
    started_at: datetime
    finished_at: datetime | None
    tool_version: str
    status: str | None = None
    """None: its own store has not told."""
    counts: str | None = None
    """JSON: how many findings have each outcome."""


class LookRow(Struct, frozen=True):
    """A look with its target and its run."""

    digest: bytes
    """Of the target's key."""
    url: str
    expects: str
    extra: str | None
    run: RunRow
    checked_at: datetime
    record: str
    """The whole look, as JSON."""


class TeamLook(Struct, frozen=True):
    """A look as it comes back."""

    sequence: int
    run: RunRow
    target: int
    url: str
    expects: str
    extra: str | None
    record: str


_RUNS = """
SELECT coalesce(origin, ?), coalesce(origin_run, id), started_at, finished_at, tool_version FROM run
WHERE id IN ({}) ORDER BY id
"""
_SEEN = """seen.status, final_url, sha256, CAST(content AS TEXT), CAST(evidence AS TEXT), redirected_by, text_length,
 etag, last_modified"""
_LOOKS = f"""
SELECT seen.id, run.id, target.id, target.url, target.expects, CAST(target.extra AS TEXT),
 coalesce(run.origin, ?1), coalesce(run.origin_run, run.id), seen.expects, seen.outcome, seen.reason, seen.detail,
 seen.checked_at, attempts, elapsed_s, {_SEEN},
 again.outcome, again.reason, again.detail, again.stage
FROM observation AS seen {{indexed}} CROSS JOIN target ON target.id = seen.target_id
CROSS JOIN run ON run.id = seen.run_id
LEFT JOIN revision AS again ON again.run_id = seen.run_id AND again.observation_id = seen.id
WHERE target.host <> '' AND seen.checked_at IS NOT NULL AND seen.outcome <> 'skipped'
"""
_BY_TARGET = _LOOKS.format(indexed="INDEXED BY observation_by_target") + "ORDER BY seen.target_id, seen.id"
_AFTER = _LOOKS.format(indexed="NOT INDEXED") + "AND seen.id > ?2 ORDER BY seen.id LIMIT ?3"
_INSERT = """
INSERT INTO observation (run_id, target_id, expects, outcome, reason, detail, checked_at, attempts, elapsed_s, status,
 final_url, sha256, content, evidence, redirected_by, text_length, etag, last_modified)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18
WHERE NOT EXISTS (SELECT 1 FROM observation INDEXED BY observation_by_target
 WHERE target_id = ?2 AND run_id = ?1 AND checked_at = ?7)
"""
_LATEST = """
UPDATE target SET last_observation = (SELECT id FROM observation INDEXED BY observation_by_target
 WHERE target_id = target.id ORDER BY checked_at DESC, id DESC LIMIT 1) WHERE id = ?
"""
_LOOK_FIELDS = [name for name in Look.__struct_fields__ if name != "revision"]


class Shared(Struct, frozen=True):
    """What went out, or what came in."""

    targets: int
    observations: int
    known: int = 0
    """Observations among them that were there already."""


def own_id(db: sqlite3.Connection) -> str:
    """The name of this store."""
    return str(db.execute("SELECT id FROM identity").fetchone()[0])


def runs(db: sqlite3.Connection, of: str = "SELECT run_id FROM observation") -> Iterator[Run]:
    """The runs whose numbers a query gives, as records."""
    for row in db.execute(_RUNS.format(of), (own_id(db),)):
        yield msgspec.convert(dict(zip(Run.__struct_fields__, row, strict=True)) | {"type": "run"}, Run)


def by_target(db: sqlite3.Connection) -> Iterator[Entry]:
    """Every observation of the web, a target after the other."""
    return map(_entry, db.execute(_BY_TARGET, (own_id(db),)))


def after(db: sqlite3.Connection, number: int, limit: int) -> list[Entry]:
    """The next observations of the web after that number, in their order."""
    return [_entry(row) for row in db.execute(_AFTER, (own_id(db), number, limit))]


def _entry(row: tuple[object, ...]) -> Entry:
    number, run_id, target_id, url, expects, extra, *seen, outcome, reason, detail, stage = row
    revision = {"outcome": outcome, "reason": reason, "detail": detail, "stage": stage} if stage is not None else None
    look = dict(zip(_LOOK_FIELDS, seen, strict=True)) | {"type": "look", "revision": revision}
    for name in ("etag", "last_modified"):
        if not _is_sendable(look[name]):
            # Whoever takes it in would refuse all of it.
            look[name] = None
    target = {"type": "target", "url": url, "expects": expects, "extra": extra}
    return Entry(  # the store's columns are typed
        number,  # type: ignore[arg-type]
        run_id,  # type: ignore[arg-type]
        target_id,  # type: ignore[arg-type]
        msgspec.convert(target, Target),
        msgspec.convert(look, Look),
    )


class Merging:
    """Takes records in, inside the caller's transaction: a run before its looks, a target right before them."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._own = own_id(db)
        self._runs: dict[tuple[str, int], int] = {}
        self._target: int | None = None
        self.touched: set[int] = set()
        """The targets that something new is known of."""
        self.added = self.known = 0

    def take(self, record: Run | Target | Look) -> None:
        """Add one record; raises ValueError for what does not belong there."""
        match record:
            case Run():
                self._runs[record.store, record.number] = self._run(record)
            case Target():
                self._target = self._target_of(record)
            case Look():
                self._look(record)

    def knows(self, run: Run) -> bool:
        """Whether a run was taken already."""
        return (run.store, run.number) in self._runs

    def shared(self) -> Shared:
        """What came in until now."""
        return Shared(len(self.touched), self.added, self.known)

    def _run(self, run: Run) -> int:
        """The number of a run here. A store that was copied goes on under one name: the start tells its runs apart."""
        name, started_at = run.store.partition(" ")[0], run.started_at.isoformat()
        apart = f"{name} {started_at}"
        row = self._db.execute(
            "SELECT id FROM run WHERE started_at = ?1 AND"
            " (origin IS NULL AND id = ?2 AND ?3 = ?4 OR origin IN (?3, ?5) AND origin_run = ?2)",
            (started_at, run.number, name, self._own, apart),
        ).fetchone()
        if row is not None:
            return int(row[0])
        taken = self._db.execute("SELECT 1 FROM run WHERE origin = ? AND origin_run = ?", (name, run.number)).fetchone()
        cursor = self._db.execute(
            "INSERT INTO run (started_at, finished_at, status, tool_version, paths, origin, origin_run)"
            " VALUES (?, ?, 'aborted', ?, '[]', ?, ?)",
            (
                started_at,
                run.finished_at.isoformat() if run.finished_at else None,
                run.tool_version,
                apart if taken or name == self._own else name,
                run.number,
            ),
        )
        return cursor.lastrowid or 0

    def _target_of(self, target: Target) -> int:
        if not urls.is_web(target.url) or urls.without_fragment(target.url) != target.url:
            raise ValueError(f"'{target.url}' is no target")
        if target.extra is not None:
            msgspec.json.decode(target.extra, type=Extra)
        row = self._db.execute(
            "INSERT INTO target (key, url, host, expects, extra) VALUES (?1, ?2, ?3, ?4, ?5)"
            " ON CONFLICT (key) DO UPDATE SET extra = coalesce(extra, excluded.extra) RETURNING id",
            (
                urls.key(target.url),
                target.url,
                urls.authority(target.url),
                target.expects.value,
                target.extra.encode() if target.extra is not None else None,
            ),
        ).fetchone()
        return int(row[0])

    def _look(self, look: Look) -> None:
        run = self._runs.get((look.store, look.run))
        if run is None or self._target is None:
            raise ValueError("an observation without its run or target: the file is not whole")
        _refuse_strange(look)
        cursor = self._db.execute(_INSERT, _values(run, self._target, look))
        if not cursor.rowcount:
            self.known += 1
            return
        self.added += 1
        self.touched.add(self._target)
        if look.revision is not None:
            revision = look.revision
            self._db.execute(
                "INSERT OR IGNORE INTO revision (run_id, observation_id, outcome, reason, detail, stage)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (run, cursor.lastrowid, revision.outcome, revision.reason, revision.detail, revision.stage),
            )


def settle(db: sqlite3.Connection, remembering: Remembering, touched: set[int], *, is_owed: bool = False) -> bool:
    """Let targets know what came in, inside the caller's transaction; returns whether all lives are to be told again.

    `is_owed`: they are anyway. Whoever is killed before that leaves a store that the next run tells again.
    """
    db.executemany(_LATEST, [(number,) for number in touched])
    if is_owed or len(touched) > _FEW:
        db.execute("UPDATE identity SET lives_by = NULL")
        return True
    if touched:
        lives.retell(db, remembering, touched)
    return False


def _refuse_strange(look: Look) -> None:
    """Raise ValueError for what would be taken as something else when it is read again."""
    if look.content is not None:
        msgspec.json.decode(look.content, type=Content)
    if look.evidence is not None:
        msgspec.json.decode(look.evidence, type=tuple[Exchange, ...])
    if not (_is_sendable(look.etag) and _is_sendable(look.last_modified)):
        raise ValueError("a validator that cannot stand in a header")


def _is_sendable(validator: object) -> bool:
    """It is sent as a header: a line feed in it would begin another one."""
    return validator is None or (isinstance(validator, str) and validator.isascii() and validator.isprintable())


def _values(run: int, target: int, look: Look) -> tuple[object, ...]:
    return (
        run,
        target,
        look.expects.value,
        look.outcome.value,
        look.reason.value,
        look.detail,
        look.checked_at.isoformat(),
        look.attempts,
        look.elapsed_s,
        look.status,
        look.final_url,
        look.sha256,
        look.content.encode() if look.content is not None else None,
        look.evidence.encode() if look.evidence is not None else None,
        look.redirected_by,
        look.text_length,
        look.etag,
        look.last_modified,
    )
