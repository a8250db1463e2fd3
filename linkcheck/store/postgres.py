"""A PostgreSQL database that a team shares ↔ runs, looks and known problems as records; nothing else knows psycopg.

Invariant: looks become visible in the order of their sequence. Whoever adds some holds a lock until they are committed,
so that no reader who remembers the last sequence that he saw can pass one over.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC
from hashlib import blake2b
from typing import Any

import psycopg
from msgspec import Struct
from psycopg.conninfo import conninfo_to_dict

from linkcheck.errors import StoreFault
from linkcheck.store.records import LookRow, RunRow, TeamLook

APPLICATION = "linkcheck"
_VERSION_1 = """
CREATE TABLE linkcheck.version (application text NOT NULL, number integer NOT NULL, server text NOT NULL);

CREATE TABLE linkcheck.run (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  store text NOT NULL,
  number bigint NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  tool_version text NOT NULL,
  status text,
  counts json,
  UNIQUE (store, number, started_at)
);
CREATE INDEX run_by_start ON linkcheck.run (started_at);

CREATE TABLE linkcheck.target (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest bytea NOT NULL UNIQUE,
  url text NOT NULL,
  expects text NOT NULL,
  extra text
);

CREATE TABLE linkcheck.look (
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id bigint NOT NULL REFERENCES linkcheck.run (id),
  target_id bigint NOT NULL REFERENCES linkcheck.target (id),
  checked_at timestamptz NOT NULL,
  record json NOT NULL,
  UNIQUE (target_id, run_id, checked_at)
);

CREATE TABLE linkcheck.baseline (
  digest bytea PRIMARY KEY,
  selection text NOT NULL,
  paths text NOT NULL,
  run_id bigint NOT NULL REFERENCES linkcheck.run (id)
);

CREATE TABLE linkcheck.problem (
  digest bytea NOT NULL REFERENCES linkcheck.baseline (digest) ON DELETE CASCADE,
  record json NOT NULL
);
CREATE INDEX problem_by_digest ON linkcheck.problem (digest);
"""
"""A URL, or the paths of a run, may be longer than what an index takes (2,704 bytes): they are found by digests. `json`
keeps a record as it is; `jsonb` would refuse an escaped NUL. `status` and `counts` are known of a run once its own
store has told of it. `baseline` is the last whole run of the same paths by
the same selection, `problem` what it did not find fine."""
MIGRATIONS: tuple[str, ...] = (_VERSION_1,)
"""Script n turns a schema of version n into one of version n + 1; a new one runs them all."""
_LOCK = 0x6C6B6368
_PATIENCE = {"connect_timeout": 10, "tcp_user_timeout": 60_000, "keepalives_idle": 20, "keepalives_interval": 10}
"""Seconds, and milliseconds for `tcp_user_timeout`: a server that left without a word is given up after a minute."""
_INCOMING = """
CREATE TEMP TABLE incoming (
  place integer, digest bytea, url text, expects text, extra text,
  store text, number bigint, started_at timestamptz, checked_at timestamptz, record json
) ON COMMIT DROP
"""
_COPY = """
COPY incoming (place, digest, url, expects, extra, store, number, started_at, checked_at, record) FROM STDIN
"""
_TARGETS = """
INSERT INTO linkcheck.target AS target (digest, url, expects, extra)
SELECT DISTINCT ON (digest) digest, url, expects, extra FROM incoming ORDER BY digest, place
ON CONFLICT (digest) DO UPDATE SET extra = excluded.extra WHERE target.extra IS NULL AND excluded.extra IS NOT NULL
"""
_LOOKS = """
INSERT INTO linkcheck.look (run_id, target_id, checked_at, record)
SELECT run.id, target.id, incoming.checked_at, incoming.record FROM incoming
JOIN linkcheck.target ON target.digest = incoming.digest
JOIN linkcheck.run ON run.store = incoming.store AND run.number = incoming.number
 AND run.started_at = incoming.started_at
ORDER BY incoming.place ON CONFLICT (target_id, run_id, checked_at) DO NOTHING
"""
_RUN = """
INSERT INTO linkcheck.run AS run (store, number, started_at, finished_at, tool_version, status, counts)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (store, number, started_at) DO UPDATE SET
 finished_at = coalesce(excluded.finished_at, run.finished_at), status = coalesce(excluded.status, run.status),
 counts = coalesce(excluded.counts, run.counts)
WHERE (excluded.status, excluded.counts::text) IS DISTINCT FROM (run.status, run.counts::text)
 AND excluded.status IS NOT NULL
"""
_BASELINE = """
INSERT INTO linkcheck.baseline AS old (digest, selection, paths, run_id)
SELECT %s, %s, %s, id FROM linkcheck.run WHERE store = %s AND number = %s AND started_at = %s
ON CONFLICT (digest) DO UPDATE SET run_id = excluded.run_id
WHERE (SELECT started_at FROM linkcheck.run WHERE id = old.run_id) <= %s
"""
_AFTER = """
SELECT look.sequence, run.store, run.number, run.started_at, run.finished_at, run.tool_version,
 target.id, target.url, target.expects, target.extra, look.record::text
FROM (SELECT * FROM linkcheck.look WHERE sequence > %s ORDER BY sequence LIMIT %s) AS look
JOIN linkcheck.run ON run.id = look.run_id JOIN linkcheck.target ON target.id = look.target_id
ORDER BY target.id, look.sequence
"""
_OBJECTS = """
SELECT count(*) FROM pg_catalog.pg_class AS object
JOIN pg_catalog.pg_namespace AS space ON space.oid = object.relnamespace WHERE space.nspname = 'linkcheck'
"""


class Server:
    """A connection to the database; its faults are StoreFaults of one sentence, without credentials."""

    def __init__(self, connection: "psycopg.Connection[Any]", address: "_Address") -> None:
        self._connection = connection
        self._address = address
        self.id = self._prepared()
        """The name that the database has given itself."""

    def head(self) -> int:
        """The sequence of the last look; 0 when there is none."""
        with _faults(self._address):
            return int(self._one("SELECT coalesce(max(sequence), 0) FROM linkcheck.look"))

    def after(self, sequence: int, limit: int) -> list[TeamLook]:
        """The next looks after that one, a target's in a row."""
        with _faults(self._address):
            rows = self._connection.execute(_AFTER, (sequence, limit)).fetchall()
        return [_look(row) for row in rows]

    def add(self, looks: Sequence[LookRow]) -> tuple[int, int, int]:
        """Add what is new of them, in one transaction: (number added, sequence of the last look before, and after)."""
        runs = {(look.run.store, look.run.number, look.run.started_at): look.run for look in looks}
        with _faults(self._address), self._alone():
            before = self.head()
            self._upsert(runs.values())
            self._connection.execute(_INCOMING)
            with self._connection.cursor() as cursor:
                with cursor.copy(_COPY) as copy:
                    for place, look in enumerate(looks):
                        copy.write_row(_incoming(place, look))
                cursor.execute(_TARGETS)
                cursor.execute(_LOOKS)
                number = cursor.rowcount
            after = self.head()
        return number, before, after

    def list_runs(self, runs: Iterable[RunRow]) -> None:
        """Put runs on the team's list, or tell how they ended."""
        with _faults(self._address), self._alone():
            self._upsert(runs)

    def runs(self, number: int) -> list[RunRow]:
        """The last runs of everybody, in the order of time."""
        with _faults(self._address):
            rows = self._connection.execute(
                "SELECT store, number, started_at, finished_at, tool_version, status, counts::text"
                " FROM linkcheck.run ORDER BY started_at DESC, id DESC LIMIT %s",
                (number,),
            ).fetchall()
        return [_run(row) for row in reversed(rows)]

    def publish(self, run: RunRow, selection: str, paths: str, problems: Iterable[str]) -> None:
        """Make a run's problems (each as JSON) what is known of these paths, unless a later run has told already.

        `selection`: which of their references were looked at; others are known by themselves.
        """
        with _faults(self._address), self._alone():
            self._upsert([run])
            digest = blake2b(f"{selection} {paths}".encode(), digest_size=16).digest()
            key = (run.store, run.number, run.started_at)
            told = self._connection.execute(_BASELINE, (digest, selection, paths, *key, run.started_at))
            if not told.rowcount:
                return
            self._connection.execute("DELETE FROM linkcheck.problem WHERE digest = %s", (digest,))
            with (
                self._connection.cursor() as cursor,
                cursor.copy("COPY linkcheck.problem (digest, record) FROM STDIN") as copy,
            ):
                for problem in problems:
                    copy.write_row((digest, problem))

    @contextmanager
    def known(self, selection: str, is_wanted: Callable[[str], bool]) -> Iterator[tuple[RunRow, Iterator[str]] | None]:
        """The latest run that told its problems of paths that are wanted, and these (each as JSON); None without."""
        with _faults(self._address), self._connection.transaction():
            self._connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            rows = self._connection.execute(
                "SELECT digest, paths, store, number, started_at, finished_at, tool_version, status, counts::text"
                " FROM linkcheck.baseline JOIN linkcheck.run ON run.id = run_id WHERE selection = %s"
                " ORDER BY started_at DESC",
                (selection,),
            ).fetchall()
            for digest, paths, *run in rows:
                if is_wanted(paths):
                    with self._connection.cursor(name="problems") as cursor:
                        cursor.execute("SELECT record::text FROM linkcheck.problem WHERE digest = %s", (digest,))
                        yield _run(run), (row[0] for row in cursor)
                    return
            yield None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """A transaction that no other of ours runs beside."""
        with self._connection.transaction():
            self._connection.execute("SET LOCAL lock_timeout = '60s'")
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            yield

    def _upsert(self, runs: Iterable[RunRow]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(
                _RUN,
                [(r.store, r.number, r.started_at, r.finished_at, r.tool_version, r.status, r.counts) for r in runs],
            )

    def _prepared(self) -> str:
        """Bring the schema to this version, and return the name of the database."""
        with _faults(self._address):
            if self._one("SHOW server_encoding") != "UTF8":
                raise _fault(self._address, "its database is not in UTF-8; make one by 'createdb --encoding UTF8'")
            if self._version() < len(MIGRATIONS):
                with self._alone():
                    self._migrate(self._version())
            return str(self._one("SELECT server FROM linkcheck.version"))

    def _version(self) -> int:
        """The version of the schema, 0 when there is none; raises StoreFault for a foreign or later one."""
        if not self._one(_OBJECTS):
            return 0
        with suppress(psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn), self._connection.transaction():
            row = self._connection.execute("SELECT application, number, server FROM linkcheck.version").fetchall()
            if len(row) == 1 and row[0][0] == APPLICATION:
                if row[0][1] > len(MIGRATIONS):
                    raise _fault(self._address, "it was written by a later version of linkcheck; update linkcheck")
                return int(row[0][1])
        raise _fault(self._address, "its schema 'linkcheck' is that of another program; name another database")

    def _migrate(self, version: int) -> None:
        if not self._one("SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'linkcheck')"):
            self._connection.execute("CREATE SCHEMA linkcheck")
        for script in MIGRATIONS[version:]:
            self._connection.execute(script)
        if version:
            self._connection.execute("UPDATE linkcheck.version SET number = %s", (len(MIGRATIONS),))
        else:
            self._connection.execute(
                "INSERT INTO linkcheck.version VALUES (%s, %s, %s)",
                (APPLICATION, len(MIGRATIONS), secrets.token_hex(8)),
            )

    def _one(self, query: str) -> Any:
        row = self._connection.execute(query).fetchone()
        return row[0] if row is not None else None


class _Address(Struct, frozen=True):
    """Where a server is, as may be shown, and what must not be."""

    name: str
    user: str | None
    password: str | None


@contextmanager
def connected(url: str, name: str) -> Iterator[Server]:
    """A server that is there and ours, brought to this version; `name`: the address without credentials.

    A password may also come from PGPASSWORD, PGPASSFILE or ~/.pgpass, as libpq has it.
    """
    options = _options(url, name)
    address = _Address(name, options.get("user"), options.get("password"))
    options = {**_PATIENCE, "application_name": APPLICATION, **options}
    with _faults(address):
        # Poolers share connections between transactions: nothing may be prepared beyond one.
        connection = psycopg.connect("", autocommit=True, prepare_threshold=None, **options)
    try:
        yield Server(connection, address)
    finally:
        with suppress(psycopg.Error):
            connection.close()


def _options(url: str, name: str) -> dict[str, Any]:
    """The parts of an address (libpq, 34.1.1.2); raises StoreFault without quoting any, since it may be mistyped."""
    try:
        options = dict(conninfo_to_dict(url))
    except psycopg.Error as error:
        raise StoreFault(f"'{name}' is no address of a PostgreSQL database; write postgresql://user@host/db") from error
    ports = str(options.get("port") or "5432").split(",")
    # A `/` in a password that is not percent-encoded makes a port of its beginning.
    if not all(port.isdigit() and port.isascii() for port in ports):
        raise StoreFault(f"the port in '{name}' is no number; in a password, percent-encode '/', ':', '@' and '?'")
    return options


@contextmanager
def _faults(address: _Address) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise _fault(address, _plainly(error)) from error


def _plainly(error: psycopg.Error) -> str:
    """The server's own sentence, without the statement it is about."""
    said = error.diag.message_primary or (str(error).splitlines() or [type(error).__name__])[0]
    return " ".join(said.split())[:300]


def _fault(address: _Address, why: str) -> StoreFault:
    if address.password:
        why = why.replace(address.password, "***")
    if address.user:
        # In quotes: a short name may be part of any word.
        why = why.replace(f'"{address.user}"', '"***"')
    return StoreFault(f"the team's store '{address.name}' is unusable: {why}")


def _incoming(place: int, look: LookRow) -> tuple[object, ...]:
    run = look.run
    return (
        place,
        look.digest,
        look.url,
        look.expects,
        look.extra,
        run.store,
        run.number,
        run.started_at,
        look.checked_at,
        look.record,
    )


def _look(row: Sequence[Any]) -> TeamLook:
    sequence, store, number, started_at, finished_at, tool_version, *rest = row
    return TeamLook(sequence, _run((store, number, started_at, finished_at, tool_version, None, None)), *rest)


def _run(row: Sequence[Any]) -> RunRow:
    store, number, started_at, finished_at, *rest = row
    finished_at = finished_at.astimezone(UTC) if finished_at is not None else None
    return RunRow(store, number, started_at.astimezone(UTC), finished_at, *rest)
