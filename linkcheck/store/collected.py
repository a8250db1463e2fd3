"""Documents and their references → rows; a file that did not change is recognised and not read again.

Invariant: what is stored of a document is whole or absent, and holds no userinfo of any URL.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b

import msgspec
from msgspec import Struct

from linkcheck import urls
from linkcheck.model import Document, Expects, Reference, Role, Target

_STRENGTH = {expects: strength for strength, expects in enumerate(Expects)}
_UPSERT = """
INSERT INTO target (key, url, host, expects, extra) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (key) DO UPDATE SET
  expects = CASE WHEN instr('any page json image', excluded.expects) > instr('any page json image', expects)
                 THEN excluded.expects ELSE expects END,
  extra = coalesce(extra, excluded.extra)
RETURNING id
"""
_CACHED_TARGETS = 4096


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


class Collection:
    """Writes the documents of one run, in their order."""

    def __init__(self, db: sqlite3.Connection, run_id: int) -> None:
        self._db = db
        self._run_id = run_id
        self._position = 0
        self._target_ids: dict[tuple[str, Expects], int] = {}

    def take_unchanged(self, stamp: Stamp) -> int | None:
        """Add the stored version of the file to the run if it is still the same, and return how many references it has.

        None: it must be read.
        """
        row = self._db.execute(
            "SELECT size_bytes, modified_ns, rules_digest, id, has_secrets FROM document"
            " WHERE path = ? ORDER BY id DESC LIMIT 1",
            (stamp.path,),
        ).fetchone()
        # Secrets are not stored, so a document that holds some is read every time.
        if row is None or row[:3] != (stamp.size_bytes, stamp.modified_ns, stamp.rules_digest) or row[4]:
            return None
        self._take(row[3])
        number = self._db.execute("SELECT count(*) FROM reference WHERE document_id = ?", (row[3],)).fetchone()[0]
        return int(number)

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
        same = self._db.execute(
            "SELECT id FROM document WHERE path = ? AND sha256 = ? AND rules_digest = ? ORDER BY id DESC LIMIT 1",
            (stamp.path, sha256, stamp.rules_digest),
        ).fetchone()
        if same is not None:
            self._db.execute("UPDATE document SET modified_ns = ? WHERE id = ?", (stamp.modified_ns, same[0]))
            self._take(same[0])
            return
        published = document.published_at.isoformat() if document.published_at else None
        cursor = self._db.execute(
            f"INSERT INTO document VALUES (NULL{', ?' * 10})",
            (
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
            ),
        )
        document_id = cursor.lastrowid or 0
        self._add_references(document_id, references)
        self._take(document_id)

    def _take(self, document_id: int) -> None:
        self._db.execute("INSERT INTO run_document VALUES (?, ?, ?)", (self._run_id, self._position, document_id))
        self._position += 1

    def _add_references(self, document_id: int, references: Iterable[Reference]) -> None:
        seen: Counter[tuple[str | None, str]] = Counter()
        links: list[tuple[int, int, int, str, str | None]] = []
        for reference in references:
            place = (reference.url or reference.raw, reference.kind.value)
            row = _row(document_id, reference, seen[place])
            seen[place] += 1
            reference_id = self._db.execute(_INSERT_REFERENCE, row).lastrowid or 0
            for position, target in enumerate(reference.targets):
                target_id = self._target_id(target)
                links.append((reference_id, position, target_id, target.role.value, urls.fragment(target.url)))
        self._db.executemany("INSERT INTO reference_target VALUES (?, ?, ?, ?, ?)", links)

    def _target_id(self, target: Target) -> int:
        is_local = target.role is Role.LOCAL
        key = "local:" + target.url if is_local else urls.key(target.url)
        known = self._target_ids.get((key, target.expects))
        if known is not None:
            return known
        url = target.url if is_local else urls.without_fragment(target.url)
        host = "" if is_local or not urls.is_web(url) else urls.authority(url)
        row = self._db.execute(_UPSERT, (key, url, host, target.expects.value, _extra(target))).fetchone()
        if len(self._target_ids) >= _CACHED_TARGETS:
            self._target_ids.clear()
        self._target_ids[key, target.expects] = row[0]
        return int(row[0])


_INSERT_REFERENCE = f"INSERT INTO reference VALUES (NULL{', ?' * 17})"


def _row(document_id: int, reference: Reference, ordinal: int) -> tuple[object, ...]:
    span = reference.span
    return (
        document_id,
        identity(reference, ordinal),
        span.start,
        span.end,
        span.line,
        span.column,
        span.end_line,
        span.end_column,
        reference.raw,
        reference.url,
        reference.kind.value,
        reference.element,
        reference.attribute,
        reference.problem,
        " ".join(reference.rel) or None,
        reference.ignored_by,
        reference.key,
    )


def identity(reference: Reference, ordinal: int) -> int:
    """What stays the same when a reference moves within its document: 63 bits of path, URL, kind and ordinal."""
    text = "\n".join((reference.path, reference.url or reference.raw, reference.kind.value, str(ordinal)))
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1


def _extra(target: Target) -> bytes | None:
    parts = (target.alternates, target.renditions, target.substitutes, target.referer, target.fallbacks, target.title)
    return msgspec.json.encode(Extra(*parts)) if any(parts) else None
