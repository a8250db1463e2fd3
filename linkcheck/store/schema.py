"""The store's tables, and how a store of an earlier version becomes one of this version.

Documents and references are kept a version of a file: an unchanged file is not parsed again, and an old run can be
reported again although its files have changed. Observations are only ever added; a
revision is what a whole run shows of one of them.
"""

import sqlite3

APPLICATION_ID = 0x4C4B4348
"""`LKCH` in the file's header (SQLite's application_id): another tool's database is refused."""

_VERSION_1 = """
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'interrupted', 'aborted')),
  tool_version TEXT NOT NULL,
  paths TEXT NOT NULL,
  summary TEXT,
  judged_by TEXT,
  seen_until INTEGER,
  targets INTEGER
) STRICT;

CREATE TABLE document (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  rules_digest TEXT NOT NULL,
  title TEXT,
  url TEXT,
  key TEXT,
  published_at TEXT,
  has_secrets INTEGER NOT NULL
) STRICT;
CREATE INDEX document_by_path ON document (path, id);

CREATE TABLE reference (
  id INTEGER PRIMARY KEY,
  document_id INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  identity INTEGER NOT NULL,
  start INTEGER NOT NULL, end INTEGER NOT NULL,
  line INTEGER NOT NULL, column INTEGER NOT NULL, end_line INTEGER NOT NULL, end_column INTEGER NOT NULL,
  raw TEXT NOT NULL,
  url TEXT,
  kind TEXT NOT NULL,
  element TEXT, attribute TEXT, problem TEXT, rel TEXT, ignored_by TEXT,
  key TEXT
) STRICT;
CREATE INDEX reference_by_document ON reference (document_id);
CREATE INDEX reference_of_article ON reference (document_id) WHERE kind = 'article';
CREATE INDEX reference_by_key ON reference (key) WHERE key IS NOT NULL;

CREATE TABLE target (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  host TEXT NOT NULL,
  expects TEXT NOT NULL,
  extra BLOB,
  last_observation INTEGER
) STRICT;

CREATE TABLE reference_target (
  reference_id INTEGER NOT NULL REFERENCES reference (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  target_id INTEGER NOT NULL REFERENCES target (id),
  role TEXT NOT NULL,
  fragment TEXT,
  PRIMARY KEY (reference_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX reference_target_by_target ON reference_target (target_id);

CREATE TABLE run_document (
  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  document_id INTEGER NOT NULL REFERENCES document (id),
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX run_document_by_document ON run_document (document_id, run_id);

CREATE TABLE run_problem (
  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;

CREATE TABLE due (
  target_id INTEGER PRIMARY KEY REFERENCES target (id),
  host TEXT NOT NULL,
  reason TEXT,
  note TEXT
) STRICT;
CREATE INDEX due_by_host ON due (host, target_id);

CREATE TABLE observation (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run (id),
  target_id INTEGER NOT NULL REFERENCES target (id),
  expects TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  status INTEGER,
  final_url TEXT,
  attempts INTEGER NOT NULL,
  elapsed_s REAL NOT NULL,
  checked_at TEXT,
  sha256 TEXT,
  content BLOB,
  evidence BLOB,
  redirected_by INTEGER,
  text_length INTEGER,
  etag TEXT,
  last_modified TEXT
) STRICT;
CREATE INDEX observation_by_target ON observation (target_id, id);
CREATE INDEX observation_by_run ON observation (run_id);
CREATE INDEX observation_freshness ON observation (id, outcome, checked_at, expects);

CREATE TABLE revision (
  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  observation_id INTEGER NOT NULL REFERENCES observation (id),
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  stage TEXT NOT NULL,
  PRIMARY KEY (run_id, observation_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding (
  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  identity INTEGER NOT NULL,
  reference_id INTEGER NOT NULL REFERENCES reference (id),
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  change TEXT NOT NULL,
  confirmed INTEGER NOT NULL,
  failing_since TEXT,
  checked_at TEXT,
  observations TEXT,
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_by_identity ON finding (run_id, identity);
CREATE INDEX finding_to_list ON finding (run_id, position) WHERE outcome NOT IN ('ok', 'skipped') OR change = 'absent';

CREATE TABLE tally (
  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  kind TEXT NOT NULL,
  change TEXT NOT NULL,
  confirmed INTEGER NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (run_id, outcome, reason, kind, change, confirmed)
) STRICT, WITHOUT ROWID;
"""

_VERSION_2 = """
CREATE TABLE life (
  target_id INTEGER PRIMARY KEY REFERENCES target (id) ON DELETE CASCADE,
  state TEXT NOT NULL,
  reason TEXT,
  last_at INTEGER,
  alive_since INTEGER,
  last_alive_at INTEGER,
  failing_since INTEGER,
  dead_since INTEGER,
  died_after INTEGER,
  died_before INTEGER,
  streaks BLOB,
  recoveries BLOB,
  is_down INTEGER NOT NULL,
  next_due_at INTEGER
) STRICT;

CREATE TABLE identity (id TEXT NOT NULL, lives_by TEXT) STRICT;
INSERT INTO identity (id) VALUES (lower(hex(randomblob(8))));
ALTER TABLE due ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
ALTER TABLE due ADD COLUMN is_left INTEGER NOT NULL DEFAULT 0;
DROP INDEX due_by_host;
CREATE INDEX due_by_rank ON due (host, rank);
ALTER TABLE run ADD COLUMN origin TEXT;
ALTER TABLE run ADD COLUMN origin_run INTEGER;
CREATE UNIQUE INDEX run_by_origin ON run (origin, origin_run) WHERE origin IS NOT NULL;
"""
"""`life` is derived from the observations and can be made again from them; `lives_by` are the rules it was made by.
What was fine whenever it was looked at needs no row there. Runs of another store (`origin`) were imported; they are
`aborted`, since none of them can be reported here."""

_VERSION_3 = """
CREATE TABLE shared (
  server TEXT PRIMARY KEY,
  pulled_until INTEGER NOT NULL,
  pushed_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
"""How far this store and a team's know each other: the last look of the team (its sequence) that is here, the last
observation of this store that is there. A server is known by the name that it gave itself, not by its address."""

_VERSION_4 = "ALTER TABLE run ADD COLUMN findings_of INTEGER;"
"""The run whose findings this run has, none of them changed (`store.keepers`); NULL: its own."""

MIGRATIONS: tuple[str, ...] = (_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4)
"""Script n turns a store of version n into one of version n + 1; a new store runs them all."""


def migrate(db: sqlite3.Connection) -> None:
    """Bring an open store to this version, in one transaction a step; the caller has checked that it is ours."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        # Whose file it is goes with the first step: whoever is killed between the two would leave a stranger's store.
        marks = f"PRAGMA user_version = {number};PRAGMA application_id = {APPLICATION_ID};"
        db.executescript(f"BEGIN IMMEDIATE;{script}{marks}COMMIT;")
