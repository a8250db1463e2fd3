"""A team's server ↔ the store of this run: what others saw comes in, what was seen here goes out; each look once.

The store marks how far it has come with either, batch by batch: whoever is killed goes on there, and what is sent or
taken twice counts once.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from linkcheck import urls
from linkcheck.errors import StoreFault
from linkcheck.model import Expects, Outcome
from linkcheck.store import baselines, lives, records, runs
from linkcheck.store.baselines import Baseline, Row
from linkcheck.store.comparison import known_of_run
from linkcheck.store.connection import transaction
from linkcheck.store.lives import Remembering
from linkcheck.store.records import Entry, Look, LookRow, Merging, Run, RunRow, Target, TeamLook

if TYPE_CHECKING:
    from linkcheck.store.postgres import Server

_BATCH = 2000
_LOOK = msgspec.json.Decoder(Look)
_KNOWN = """
WITH known AS MATERIALIZED ({known}), place AS MATERIALIZED (
 SELECT known.*, reference.document_id, reference.position, reference.url, reference.raw, reference.kind
 FROM known JOIN reference ON reference.id = known.reference_id)
SELECT document.path, place.url, place.raw, place.kind, place.outcome, place.reason, place.confirmed
FROM place JOIN document ON document.id = place.document_id
WHERE place.document_id IN (SELECT document_id FROM place WHERE outcome NOT IN ('ok', 'skipped'))
ORDER BY document.path, place.position
"""
"""All references of the documents in which not all is fine, since equal ones are counted."""
_FINE = (Outcome.OK, Outcome.SKIPPED)


class Team:
    """The address of a server; shown and printed without credentials."""

    __slots__ = ("name", "selection", "url")

    def __init__(self, url: str, selection: str = "") -> None:
        """`selection`: which references are looked at, the same on every machine; known problems are kept by it."""
        self.url = url
        self.name = _name(url)
        self.selection = selection

    def __repr__(self) -> str:
        return f"Team({self.name!r})"


class _Marks(Struct, frozen=True):
    pulled: int
    """The sequence of the last look of the server that is here."""
    pushed: int
    """The number of the last observation here that is on the server."""


def _name(url: str) -> str:
    """The address with nothing in it that might be a credential, however mistyped."""
    scheme, _, rest = url.partition("://")
    credentials, mark, place = rest.rpartition("@")
    # A query may hold a password too.
    shown = (place if mark else rest).partition("?")[0]
    return f"{scheme}://{'***@' if credentials else ''}{shown}"


@contextmanager
def connected(team: Team) -> Iterator["Server"]:
    """The server, for as long as it is needed; raises StoreFault when it cannot be used."""
    try:
        from linkcheck.store import postgres
    except ImportError as error:
        raise StoreFault(
            f"the team's store '{team.name}' needs psycopg; install it by: pip install 'linkcheck-archive[postgres]'"
        ) from error
    with postgres.connected(team.url, team.name) as server:
        yield server


def pull(db: sqlite3.Connection, team: Team, server: "Server", remembering: Remembering) -> int:
    """Take in what others saw since the last time, and return how many observations were new."""
    marks, number, is_owed = _marks(db, server), 0, False
    while looks := server.after(marks.pulled, _BATCH):
        with transaction(db):
            merging, newest = Merging(db), _newest(db)
            for look in looks:
                _take(merging, look, team)
            is_owed = records.settle(db, remembering, merging.touched, is_owed=is_owed)
            pushed = _newest(db) if marks.pushed >= newest else marks.pushed
            marks = _Marks(max(look.sequence for look in looks), pushed)
            _mark(db, server, marks)
        number += merging.added
    if is_owed:
        lives.rebuild(db, remembering)
    return number


def _take(merging: Merging, found: TeamLook, team: Team) -> None:
    try:
        row = found.run
        # Runs of stores that were copied share a name: the start tells them apart.
        store = f"{row.store} {row.started_at.isoformat()}"
        run = Run(store, row.number, row.started_at, row.finished_at, row.tool_version)
        if not merging.knows(run):
            merging.take(run)
        merging.take(Target(found.url, Expects(found.expects), found.extra))
        merging.take(replace(_LOOK.decode(found.record), store=store, run=row.number))
    except (msgspec.DecodeError, ValueError, OverflowError) as error:
        why = f"look {found.sequence} is none that this version can read: {error}"
        raise StoreFault(f"the team's store '{team.name}' is unusable: {why}") from error


def push(db: sqlite3.Connection, server: "Server") -> int:
    """Send what was observed here since the last time, and return how many observations were new to the team."""
    marks, number = _marks(db, server), 0
    told: dict[int, RunRow] = {}
    while entries := records.after(db, marks.pushed, _BATCH):
        for entry in entries:
            if entry.run_id not in told:
                told[entry.run_id] = _run(db, entry.run_id)
        added, before, after = server.add([_row(entry, told[entry.run_id]) for entry in entries])
        # Nobody else was there in between: what came after our mark is our own.
        marks = _Marks(after if before == marks.pulled else marks.pulled, entries[-1].number)
        _mark(db, server, marks)
        number += added
    _mark(db, server, replace(marks, pushed=_newest(db)))
    return number


def publish(db: sqlite3.Connection, team: Team, server: "Server", run_id: int) -> None:
    """Put a run of this store on the team's list; the problems of a whole one are what the team knows from now on."""
    run = runs.find(db, run_id)
    if run is None:
        return
    told = _run(db, run_id)
    if run.status == "finished" and run.kept.deleted is None:
        paths = msgspec.json.encode(run.paths).decode()
        server.publish(told, team.selection, paths, (msgspec.json.encode(row).decode() for row in problems(db, run_id)))
    else:
        server.list_runs([told])


def problems(db: sqlite3.Connection, run_id: int) -> Iterator[Row]:
    """All that a run knows to be not fine, by document; what it did not ask is known as it was asked last."""
    rows = (
        Row(path, url, kind, Outcome(outcome), reason, 0, bool(confirmed), None if url else raw)
        for path, url, raw, kind, outcome, reason, confirmed in db.execute(
            _KNOWN.format(known=known_of_run(db, run_id))
        )
    )
    return (row for row in baselines.counted(rows) if row.outcome not in _FINE)


def known(db: sqlite3.Connection, team: Team, server: "Server", paths: Sequence[str]) -> Baseline | None:
    """What the team's last whole run of these paths knew; None when it is no later than this store's own."""
    last = runs.last_whole(db)
    own = runs.find(db, last) if last is not None else None

    def is_wanted(told: str) -> bool:
        return all(runs.covers(msgspec.json.decode(told, type=list[str]), path) for path in paths)

    with server.known(team.selection, is_wanted) as found:
        if found is None or (own is not None and found[0].started_at <= own.started_at):
            return None
        run, lines = found
        since = f"the team's last run ({run.started_at:%Y-%m-%d %H:%M})"
        return baselines.packed(team.name, False, _rows(team, lines), since)


def known_rows(team: Team, server: "Server") -> list[Row] | None:
    """What the team's last whole run of any paths did not find fine; None without."""
    with server.known(team.selection, lambda told: True) as found:
        return list(_rows(team, found[1])) if found is not None else None


def _rows(team: Team, lines: Iterator[str]) -> Iterator[Row]:
    try:
        yield from map(baselines.ROW.decode, lines)
    except msgspec.DecodeError as error:
        why = f"it holds a problem that this version cannot read: {error}"
        raise StoreFault(f"the team's store '{team.name}' is unusable: {why}") from error


def _marks(db: sqlite3.Connection, server: "Server") -> _Marks:
    row = db.execute("SELECT pulled_until, pushed_until FROM shared WHERE server = ?", (server.id,)).fetchone()
    # A server that was brought back from an older copy has lost what was marked.
    return _Marks(*row) if row is not None and row[0] <= server.head() else _Marks(0, 0)


def _mark(db: sqlite3.Connection, server: "Server", marks: _Marks) -> None:
    db.execute("INSERT OR REPLACE INTO shared VALUES (?, ?, ?)", (server.id, marks.pulled, marks.pushed))


def _newest(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(id), 0) FROM observation").fetchone()[0])


def _run(db: sqlite3.Connection, run_id: int) -> RunRow:
    """A run as the team lists it; how one of another store ended is for that store to tell."""
    run = next(records.runs(db, str(int(run_id))))
    origin, status = db.execute("SELECT origin, status FROM run WHERE id = ?", (run_id,)).fetchone()
    counts = dict(
        db.execute("SELECT outcome, sum(number) FROM tally WHERE run_id = ? GROUP BY 1", (run_id,)).fetchall()
    )
    is_own = origin is None
    return RunRow(
        run.store.partition(" ")[0],
        run.number,
        run.started_at,
        run.finished_at,
        run.tool_version,
        status if is_own else None,
        msgspec.json.encode(counts).decode() if is_own and counts else None,
    )


def _row(entry: Entry, run: RunRow) -> LookRow:
    target, look = entry.target, entry.look
    return LookRow(
        blake2b(urls.key(target.url).encode(), digest_size=16).digest(),
        target.url,
        target.expects.value,
        target.extra,
        run,
        look.checked_at,
        msgspec.json.encode(look).decode(),
    )
