"""Files → documents → references → targets, into the store; unchanged files are not opened again."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from linkcheck import documents
from linkcheck.documents.walk import LeftOut, Source, Walk, sources
from linkcheck.errors import InputFault
from linkcheck.model import Problem, Reference
from linkcheck.reports.progress import Progress
from linkcheck.stages.secrets import Secrets
from linkcheck.store import runs
from linkcheck.store.collected import Collection, Stamp
from linkcheck.store.connection import of_checked_rows

if TYPE_CHECKING:
    from linkcheck.stages.reading import Read, Reading
    from linkcheck.targets import Rules

_DOCUMENTS_A_TRANSACTION = 200


class Collecting(Struct, frozen=True):
    """What to read, and how."""

    paths: tuple[str, ...]
    walk: Walk
    rules: "Callable[[], Rules]"
    reading: "Callable[[], Reading]"
    """Asked for when the first file has to be read."""
    rules_digest: str
    """Changes whenever the same file could give other references."""
    changed: frozenset[str] | None = None
    """The real paths that a pull request touches: nothing else is read; None: everything is."""
    reports: frozenset[str] = frozenset()
    """Documents that this run writes itself, as displayed: yesterday's report is no part of the archive."""


class Collected(Struct, frozen=True):
    """How much was found."""

    documents: int
    references: int
    problems: int


def collect(
    db: sqlite3.Connection,
    run_id: int,
    collecting: Collecting,
    progress: Progress,
    secrets: Secrets,
) -> Collected:
    """Fill the store with the run's documents; secrets are taken out of a reference before it is stored."""
    collection = Collection(db, run_id)
    left_out = LeftOut()
    found = sources(collecting.paths, collecting.walk, left_out)
    if collecting.changed is not None:
        found = _touched(found, collecting.changed)
    if collecting.reports:
        found = (item for item in found if item.path not in collecting.reports)
    problems = told = 0
    while batch := list(islice(found, _DOCUMENTS_A_TRANSACTION)):
        with of_checked_rows(db):
            collection.recall(source.path for source in batch if not isinstance(source, Problem))
            for source in batch:
                problem = source if isinstance(source, Problem) else _add(collection, source, collecting, secrets)
                if problem is not None:
                    problems += 1
                    runs.add_problem(db, run_id, problem)
                    progress.problem(problem)
            collection.flush()
        progress.collected(collection.documents, collection.references)
        told = _remember(db, run_id, left_out, told)
    _remember(db, run_id, left_out, told)
    return Collected(collection.documents, collection.references, problems)


def _remember(db: sqlite3.Connection, run_id: int, left_out: LeftOut, told: int) -> int:
    """Keep what was left out, when it is more than was told before; how much that is."""
    if left_out.number > told:
        runs.keep(db, run_id, runs.Kept(left_out=left_out.number, left_out_paths=tuple(left_out.first)))
    return left_out.number


def _touched(found: Iterable[Source | Problem], changed: frozenset[str]) -> Iterator[Source | Problem]:
    for item in found:
        if os.path.realpath(item.path if isinstance(item, Problem) else item.file) in changed:
            yield item


def _add(collection: Collection, source: Source, collecting: Collecting, secrets: Secrets) -> Problem | None:
    """Add one file to the run; why not, when it cannot be read."""
    stamp = Stamp(source.path, source.size_bytes, source.modified_ns, collecting.rules_digest)
    if collection.take_unchanged(stamp):
        return None
    content = documents.load(source)
    if isinstance(content, Problem):
        return content
    from hashlib import sha256  # it loads OpenSSL, which a run without a changed file does without

    digest = sha256(content).digest()
    if collection.take_same(stamp, digest):
        return None
    read = _read(source, content, collecting)
    if isinstance(read, Problem):
        return read
    protected = [secrets.protect(reference) for reference in read.references]
    collection.add(
        stamp,
        secrets.protect_document(read.document),
        digest,
        read.key,
        protected,
        has_secrets=any(mine is not found for mine, found in zip(protected, read.references, strict=True)),
    )
    return None


def _read(source: Source, content: bytes, collecting: Collecting) -> "Read | Problem":
    from linkcheck.stages import reading

    return reading.read(source, content, collecting.reading())


def extract(collecting: Collecting, left_out: LeftOut) -> Iterator[list[Reference] | Problem]:
    """The references of every document, or why it could not be read; nothing is stored."""
    for source in sources(collecting.paths, collecting.walk, left_out):
        if isinstance(source, Problem):
            yield source
            continue
        content = documents.load(source)
        found = content if isinstance(content, Problem) else _read(source, content, collecting)
        yield found if isinstance(found, Problem) else found.references


def refuse_nothing(paths: Sequence[str], documents: int, references: int, *, allow_empty: bool) -> None:
    """Raise InputFault when there is nothing to check: a typing error must not look like a healthy archive."""
    where = ", ".join(f"'{path}'" for path in paths)
    if allow_empty or references:
        return
    if not documents:
        raise InputFault(f"no document found in {where}; name files, add --extension, or accept it by --allow-empty")
    read = f"{documents:,} documents" if documents > 1 else "one document"
    raise InputFault(f"no reference found in the {read} of {where}; --allow-empty accepts that")
