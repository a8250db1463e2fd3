"""A store's observations → compressed JSON Lines, and such a file → another store, as often as one likes.

An observation is known by the store that made it, the run there, its target and its time, so nothing is counted twice,
whichever way files travel between stores. What documents say (paths, references, findings) and local files stay at
home.
"""

import gzip
import sqlite3
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, cast

import msgspec
from msgspec import Struct

from linkcheck import urls
from linkcheck.errors import OurFault, UserFault
from linkcheck.model import Content, Exchange, Expects, Outcome, Reason
from linkcheck.store import lives
from linkcheck.store.collected import Extra
from linkcheck.store.connection import transaction
from linkcheck.store.lives import Remembering

FORMAT = 1
_GZIP = b"\x1f\x8b"
_LONGEST_LINE = 16 * 2**20
_FEW = 1000
"""So many lives are told again one by one; beyond that all of them are, which is faster for each."""


class _Head(Struct, frozen=True, tag_field="type", tag="linkcheck-history"):
    format: int
    store: str
    exported_at: datetime


class _Run(Struct, frozen=True, tag_field="type", tag="run"):
    store: str
    number: int
    started_at: datetime
    finished_at: datetime | None
    tool_version: str


class _Target(Struct, frozen=True, tag_field="type", tag="target"):
    url: str
    expects: Expects
    extra: str | None = None


class _Revision(Struct, frozen=True):
    outcome: Outcome
    reason: Reason
    detail: str
    stage: str


class _Look(Struct, frozen=True, tag_field="type", tag="look", omit_defaults=True):
    """Of the target that was named last."""

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
    revision: _Revision | None = None


_LINES = msgspec.json.Decoder(_Head | _Run | _Target | _Look)
_SEEN = """seen.status, final_url, sha256, CAST(content AS TEXT), CAST(evidence AS TEXT), redirected_by, text_length,
 etag, last_modified"""
_LOOKS = f"""
SELECT target.url, target.expects, CAST(target.extra AS TEXT),
 coalesce(run.origin, ?1), coalesce(run.origin_run, run.id), seen.expects, seen.outcome, seen.reason, seen.detail,
 seen.checked_at, attempts, elapsed_s, {_SEEN},
 again.outcome, again.reason, again.detail, again.stage, target.id
FROM observation AS seen INDEXED BY observation_by_target JOIN target ON target.id = seen.target_id
JOIN run ON run.id = seen.run_id
LEFT JOIN revision AS again ON again.run_id = seen.run_id AND again.observation_id = seen.id
WHERE target.host <> '' AND seen.checked_at IS NOT NULL AND seen.outcome <> 'skipped'
ORDER BY seen.target_id, seen.id
"""
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


class Shared(Struct, frozen=True):
    """What an export holds, or what an import brought."""

    targets: int
    observations: int
    known: int = 0
    """Observations of the file that were there already."""


def export(db: sqlite3.Connection, path: Path, now: datetime) -> Shared:
    """Write every observation of the web, a target after the other; raises OurFault when the file cannot be written."""
    targets = number = 0
    try:
        with gzip.open(path, "wb", compresslevel=6) as out:
            for line in _lines(db, now):
                targets += isinstance(line, _Target)
                number += isinstance(line, _Look)
                out.write(msgspec.json.encode(line) + b"\n")
    except OSError as error:
        raise OurFault(f"cannot write the history '{path}': {error.strerror}") from error
    return Shared(targets, number)


def _lines(db: sqlite3.Connection, now: datetime) -> Iterator[_Head | _Run | _Target | _Look]:
    own = _own_id(db)
    yield _Head(FORMAT, own, now)
    runs = db.execute(
        "SELECT coalesce(origin, ?), coalesce(origin_run, id), started_at, finished_at, tool_version FROM run"
        " WHERE id IN (SELECT run_id FROM observation) ORDER BY id",
        (own,),
    )
    for row in runs:
        yield msgspec.convert(dict(zip(_Run.__struct_fields__, row, strict=True)) | {"type": "run"}, _Run)
    last = None
    for row in db.execute(_LOOKS, (own,)):
        if row[-1] != last:
            last = row[-1]
            yield _Target(row[0], Expects(row[1]), row[2])
        yield _look(row[3:-1])


def _look(row: tuple[object, ...]) -> _Look:
    names = [name for name in _Look.__struct_fields__ if name != "revision"]
    *values, outcome, reason, detail, stage = row
    revision = {"outcome": outcome, "reason": reason, "detail": detail, "stage": stage} if stage is not None else None
    return msgspec.convert(dict(zip(names, values, strict=True)) | {"type": "look", "revision": revision}, _Look)


def merge(db: sqlite3.Connection, path: Path, remembering: Remembering) -> Shared:
    """Take over what another store observed; all of it or, when the file is no whole history, nothing (UserFault)."""
    with transaction(db):
        merging = _Merging(db)
        for number, line in enumerate(_read(path), start=1):
            try:
                merging.take(_LINES.decode(line), is_first=number == 1)
            except (msgspec.DecodeError, ValueError, OverflowError) as error:
                raise UserFault(f"'{path}', line {number}: {_plainly(error, number)}") from error
        if not merging.has_begun:
            raise UserFault(f"'{path}' is empty, and no exported history")
        db.executemany(_LATEST, [(number,) for number in merging.touched])
        if len(merging.touched) <= _FEW:
            lives.retell(db, remembering, merging.touched)
    if len(merging.touched) > _FEW:
        lives.rebuild(db, remembering)
    return Shared(len(merging.touched), merging.added, merging.known)


class _Merging:
    """Takes the lines of one file in their order."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._own = _own_id(db)
        self._runs: dict[tuple[str, int], int] = {}
        self._target: int | None = None
        self.has_begun = False
        self.touched: set[int] = set()
        self.added = self.known = 0

    def take(self, line: _Head | _Run | _Target | _Look, *, is_first: bool) -> None:
        """Add one line; raises ValueError for what does not belong there."""
        if is_first != isinstance(line, _Head):
            raise ValueError("this is no exported history of linkcheck" if is_first else "a second beginning")
        match line:
            case _Head():
                if line.format != FORMAT:
                    raise ValueError(f"written in format {line.format}, this version reads {FORMAT}; update linkcheck")
                self.has_begun = True
            case _Run():
                self._runs[line.store, line.number] = self._run(line)
            case _Target():
                self._target = self._target_of(line)
            case _Look():
                self._look(line)

    def _run(self, run: _Run) -> int:
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

    def _target_of(self, target: _Target) -> int:
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

    def _look(self, look: _Look) -> None:
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


def _refuse_strange(look: _Look) -> None:
    """Raise ValueError for what would be taken as something else when it is read again."""
    if look.content is not None:
        msgspec.json.decode(look.content, type=Content)
    if look.evidence is not None:
        msgspec.json.decode(look.evidence, type=tuple[Exchange, ...])
    for validator in (look.etag, look.last_modified):
        # It is sent as a header: a line feed in it would begin another one.
        if validator is not None and not (validator.isascii() and validator.isprintable()):
            raise ValueError("a validator that cannot stand in a header")


def _values(run: int, target: int, look: _Look) -> tuple[object, ...]:
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


def _read(path: Path) -> Iterator[bytes]:
    """The lines of a history, compressed or not; raises UserFault when it cannot be read to its end."""
    try:
        with path.open("rb") as raw:
            is_compressed = raw.read(2) == _GZIP
            raw.seek(0)
            if not is_compressed:
                yield from _whole_lines(raw)
                return
            with gzip.GzipFile(fileobj=raw) as file:
                yield from _whole_lines(cast(IO[bytes], file))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserFault(f"'{path}' is damaged or not whole: {error}") from error
    except OSError as error:
        raise UserFault(f"cannot read the history '{path}': {error.strerror}") from error


def _whole_lines(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(_LONGEST_LINE):
        if line.strip():
            yield line


def _plainly(error: Exception, number: int) -> str:
    if isinstance(error, msgspec.DecodeError) and number == 1:
        return "this is no exported history of linkcheck"
    return str(error).replace("`", "'")


def _own_id(db: sqlite3.Connection) -> str:
    return str(db.execute("SELECT id FROM identity").fetchone()[0])
