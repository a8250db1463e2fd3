"""Documents and their references → rows; a file that did not change is recognised and not read again.

Rows are written many at a time: a statement a row costs three times as much as the row. The numbers of new rows are
therefore given out here, which is safe because a store belongs to one run at a time.
Invariant: what is stored of a document is whole or absent, and holds no userinfo of any URL.
"""

import sqlite3
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from linkcheck import urls
from linkcheck.model import Document, Expects, Reference, Role, Target
from linkcheck.store.digests import blake2b

_STRENGTH = {expects: strength for strength, expects in enumerate(Expects)}
_KNOWN = """
SELECT path, size_bytes, modified_ns, rules_digest, has_secrets, max(id) FROM document
WHERE path IN (SELECT value FROM json_each(?)) GROUP BY path
"""
_TARGETS = """
SELECT target.key, target.id, target.expects, target.extra IS NULL
FROM json_each(?) AS wanted CROSS JOIN target ON target.key = wanted.value
"""
_SAME = "SELECT max(id) FROM document WHERE path = ? AND sha256 = ? AND rules_digest = ? AND has_secrets = ?"
_MOST_ROWS = 5000


class Stamp(Struct, frozen=True):
    """What tells that a file is still the same."""

    path: str
    size_bytes: int
    modified_ns: int
    rules_digest: str
    """Everything besides the file that extraction depends on."""


class Extra(Struct, frozen=True, omit_defaults=True, array_like=True):
    """The parts of a target that few have."""

    alternates: tuple[str, ...] = ()
    renditions: tuple[str, ...] = ()
    substitutes: tuple[str, ...] = ()
    referer: str | None = None
    fallbacks: tuple[str, ...] = ()
    title: str | None = None


class _Wanted:
    """A target that the references to be written lead to."""

    __slots__ = ("expects", "extra", "url")

    def __init__(self, url: str, expects: Expects, extra: bytes | None) -> None:
        self.url = url
        self.expects = expects
        self.extra = extra


class Collection:
    """Writes the documents of one run, in their order; to be flushed at the end of each transaction."""

    def __init__(self, db: sqlite3.Connection, run_id: int) -> None:
        self._db = db
        self._run_id = run_id
        self.documents = self.references = 0
        """How many there are so far."""
        self._known: dict[str, tuple[int, int, str, int, int]] = {}
        self._unchanged: list[int] = []
        self._taken: list[tuple[int, int, int]] = []
        self._next = {table: _next_id(db, table) for table in ("document", "reference", "target")}
        self._documents: list[tuple[object, ...]] = []
        self._references: list[tuple[object, ...]] = []
        self._links: list[tuple[int, int, str, str, str | None]] = []
        self._wanted: dict[str, _Wanted] = {}

    def recall(self, paths: Iterable[str]) -> None:
        """Look up what the store knows of the next files, all at once."""
        rows = self._db.execute(_KNOWN, (msgspec.json.encode(list(paths)).decode(),))
        self._known = {path: tuple(stamp) for path, *stamp in rows}

    def take_unchanged(self, stamp: Stamp) -> bool:
        """Add the stored version of a recalled file to the run if it is still the same; False: it must be read."""
        known = self._known.get(stamp.path)
        # Secrets are not stored, so a document that holds some is read every time.
        if known is None or known[:4] != (stamp.size_bytes, stamp.modified_ns, stamp.rules_digest, 0):
            return False
        self._take(known[4])
        self._unchanged.append(known[4])
        return True

    def take_same(self, stamp: Stamp, sha256: bytes, *, has_secrets: bool = False) -> bool:
        """The same for a recalled file of which only the time has changed; False: its references are wanted."""
        if stamp.path not in self._known:
            return False
        same = self._db.execute(_SAME, (stamp.path, sha256, stamp.rules_digest, has_secrets)).fetchone()[0]
        if same is None:
            return False
        self._db.execute("UPDATE document SET modified_ns = ? WHERE id = ?", (stamp.modified_ns, same))
        self._take(same)
        self._unchanged.append(same)
        return True

    def add(
        self,
        stamp: Stamp,
        document: Document,
        sha256: bytes,
        key: str | None,
        references: Iterable[Reference],
        *,
        has_secrets: bool = False,
    ) -> None:
        """Store a document as read now, with its references in order, and add it to the run."""
        if has_secrets and self.take_same(stamp, sha256, has_secrets=True):
            return
        number = self._number("document")
        published = document.published_at.isoformat() if document.published_at else None
        self._documents.append(
            (
                number,
                stamp.path,
                stamp.size_bytes,
                stamp.modified_ns,
                sha256,
                stamp.rules_digest,
                document.title,
                urls.mask_userinfo(document.url) if document.url else None,
                key,
                published,
                int(has_secrets),
            )
        )
        self._add_references(number, references)
        self._take(number)
        if len(self._references) >= _MOST_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what is buffered; within a transaction of the caller."""
        db = self._db
        db.executemany(f"INSERT INTO document VALUES ({', '.join('?' * 11)})", self._documents)
        db.executemany(f"INSERT INTO reference VALUES ({', '.join('?' * 19)})", self._references)
        if self._links:
            ids = self._target_ids()
            db.executemany(
                "INSERT INTO reference_target VALUES (?, ?, ?, ?, ?)",
                [(link[0], link[1], ids[link[2]], link[3], link[4]) for link in self._links],
            )
        db.executemany("INSERT INTO run_document VALUES (?, ?, ?)", self._taken)
        if self._unchanged:
            counted = "SELECT count(*) FROM reference WHERE document_id IN (SELECT value FROM json_each(?))"
            self.references += db.execute(counted, (msgspec.json.encode(self._unchanged).decode(),)).fetchone()[0]
        for rows in (self._documents, self._references, self._links, self._taken, self._unchanged):
            rows.clear()
        self._wanted.clear()

    def _number(self, table: str) -> int:
        number = self._next[table]
        self._next[table] = number + 1
        return number

    def _take(self, document_id: int) -> None:
        self._taken.append((self._run_id, self.documents, document_id))
        self.documents += 1

    def _add_references(self, document_id: int, references: Iterable[Reference]) -> None:
        seen: dict[tuple[str | None, str], int] = {}
        number = self._next["reference"]
        rows, links = self._references, self._links
        for position, reference in enumerate(references):
            place = (reference.url or reference.raw, reference.kind._value_)
            seen[place] = ordinal = seen.get(place, -1) + 1
            rows.append(_row(number, document_id, position, reference, ordinal))
            for order, target in enumerate(reference.targets):
                links.append((number, order, *self._want(target)))
            number += 1
        self.references += number - self._next["reference"]
        self._next["reference"] = number

    def _want(self, target: Target) -> tuple[str, str, str | None]:
        """(key, role, fragment) of a target, which is written with the next flush."""
        url, mark, rest = target.url.partition("#")
        fragment = rest if mark else None
        role = target.role._value_
        if target.role is Role.LOCAL:
            url = target.url
            key = "local:" + url
        else:
            key = urls.key(url) if "%" in url else url
        wanted = self._wanted.get(key)
        if wanted is None:
            self._wanted[key] = _Wanted(url, target.expects, _extra(target))
            return key, role, fragment
        if target.expects is not wanted.expects and _STRENGTH[target.expects] > _STRENGTH[wanted.expects]:
            wanted.expects = target.expects
        wanted.extra = wanted.extra or _extra(target)
        return key, role, fragment

    def _target_ids(self) -> dict[str, int]:
        """The numbers of all wanted targets; new ones are written, known ones brought up to what is wanted."""
        known = {
            key: (number, expects, lacks_extra)
            for key, number, expects, lacks_extra in self._db.execute(
                _TARGETS, (msgspec.json.encode(list(self._wanted)).decode(),)
            )
        }
        ids, new, changed = {}, [], []
        for key, wanted in self._wanted.items():
            if key not in known:
                ids[key] = self._number("target")
                new.append((ids[key], key, wanted.url, _host(key, wanted.url), wanted.expects.value, wanted.extra))
                continue
            ids[key], expects, lacks_extra = known[key]
            is_stronger = _STRENGTH[wanted.expects] > _STRENGTH[Expects(expects)]
            if is_stronger or (lacks_extra and wanted.extra is not None):
                changed.append((wanted.expects.value if is_stronger else expects, wanted.extra, ids[key]))
        self._db.executemany("INSERT INTO target VALUES (?, ?, ?, ?, ?, ?, NULL)", new)
        self._db.executemany("UPDATE target SET expects = ?, extra = coalesce(extra, ?) WHERE id = ?", changed)
        return ids


def _next_id(db: sqlite3.Connection, table: str) -> int:
    return int(db.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])


def _host(key: str, url: str) -> str:
    """What is asked for the target; `` when nobody is."""
    return "" if key.startswith("local:") or not urls.is_web(url) else urls.authority(url)


def _row(number: int, document_id: int, position: int, reference: Reference, ordinal: int) -> tuple[object, ...]:
    span = reference.span
    return (
        number,
        document_id,
        position,
        identity(reference, ordinal),
        span.start,
        span.end,
        span.line,
        span.column,
        span.end_line,
        span.end_column,
        reference.raw,
        reference.url,
        reference.kind._value_,  # the property `value` takes five times as long
        reference.element,
        reference.attribute,
        reference.problem,
        " ".join(reference.rel) or None,
        reference.ignored_by,
        reference.key,
    )


def identity(reference: Reference, ordinal: int) -> int:
    """What stays the same when a reference moves within its document: 63 bits of path, URL, kind and ordinal."""
    return identity_of(reference.path, reference.url or reference.raw, reference.kind._value_, ordinal)


def identity_of(path: str, url: str, kind: str, ordinal: int) -> int:
    """The same from its parts; `url` is the raw text where there is none."""
    text = f"{path}\n{url}\n{kind}\n{ordinal}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest()) >> 1


def _extra(target: Target) -> bytes | None:
    parts = (target.alternates, target.renditions, target.substitutes, target.referer, target.fallbacks, target.title)
    return msgspec.json.encode(Extra(*parts)) if any(parts) else None
