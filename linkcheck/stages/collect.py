"""Files → documents → references → targets, into the store; unchanged files are not opened again."""

import sqlite3
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from linkcheck import documents, targets
from linkcheck.documents import Source, Walk
from linkcheck.errors import InputFault
from linkcheck.model import Document, Kind, Problem, Reference
from linkcheck.references import Extraction, references
from linkcheck.reports.progress import Progress
from linkcheck.stages.secrets import Secrets
from linkcheck.store import runs
from linkcheck.store.collected import Collection, Stamp
from linkcheck.store.connection import transaction
from linkcheck.targets import Rules, Selection

_DOCUMENTS_A_TRANSACTION = 200


class Collecting(Struct, frozen=True):
    """What to read, and how."""

    paths: tuple[str, ...]
    walk: Walk
    extraction: Extraction
    rules: Rules
    selection: Selection
    rules_digest: str
    """Changes whenever the same file could give other references."""


class Collected(Struct, frozen=True):
    """How much was found."""

    documents: int
    references: int
    problems: int


def extracted(document: Document, collecting: Collecting) -> list[Reference]:
    """The references of one document with their final kinds and targets, in order."""
    key = targets.document_key(document.url, collecting.rules)
    return [
        _titled(targets.assign(reference, key, document.url, collecting.rules, collecting.selection), document)
        for reference in references(document, collecting.extraction)
    ]


def _titled(reference: Reference, document: Document) -> Reference:
    """The article's own page is expected to bear its title."""
    if reference.kind is not Kind.ARTICLE or document.title is None:
        return reference
    return replace(reference, targets=tuple(replace(target, title=document.title) for target in reference.targets))


def collect(
    db: sqlite3.Connection,
    run_id: int,
    collecting: Collecting,
    progress: Progress,
    secrets: Secrets,
) -> Collected:
    """Fill the store with the run's documents; secrets are taken out of a reference before it is stored."""
    collection = Collection(db, run_id)
    sources = documents.sources(collecting.paths, collecting.walk)
    number = found = problems = 0
    while batch := list(islice(sources, _DOCUMENTS_A_TRANSACTION)):
        with transaction(db):
            for source in batch:
                outcome = source if isinstance(source, Problem) else _add(collection, source, collecting, secrets)
                if isinstance(outcome, Problem):
                    problems += 1
                    runs.add_problem(db, run_id, outcome)
                    progress.problem(outcome)
                else:
                    number += 1
                    found += outcome
        progress.collected(number, found)
    return Collected(number, found, problems)


def _add(collection: Collection, source: Source, collecting: Collecting, secrets: Secrets) -> int | Problem:
    """Add one file to the run; the number of its references, or why it could not be read."""
    stamp = Stamp(source.path, source.size_bytes, source.modified_ns, collecting.rules_digest)
    known = collection.take_unchanged(stamp)
    if known is not None:
        return known
    content = documents.load(source)
    if isinstance(content, Problem):
        return content
    document = documents.read(source, content)
    if isinstance(document, Problem):
        return document
    found = extracted(document, collecting)
    protected = [secrets.protect(reference) for reference in found]
    key = targets.document_key(document.url, collecting.rules)
    has_secrets = protected != found
    collection.add(
        stamp, secrets.protect_document(document), sha256(content).digest(), key, protected, has_secrets=has_secrets
    )
    return len(found)


def extract(collecting: Collecting) -> Iterator[list[Reference] | Problem]:
    """The references of every document, or why it could not be read; nothing is stored."""
    for source in documents.sources(collecting.paths, collecting.walk):
        document = source if isinstance(source, Problem) else _read(source)
        yield document if isinstance(document, Problem) else extracted(document, collecting)


def _read(source: Source) -> Document | Problem:
    content = documents.load(source)
    return content if isinstance(content, Problem) else documents.read(source, content)


def refuse_nothing(paths: Sequence[str], documents: int, references: int, *, allow_empty: bool) -> None:
    """Raise InputFault when there is nothing to check: a typing error must not look like a healthy archive."""
    where = ", ".join(f"'{path}'" for path in paths)
    if allow_empty or references:
        return
    if not documents:
        raise InputFault(f"no document found in {where}; name files, add --extension, or accept it by --allow-empty")
    raise InputFault(f"no reference found in the {documents} documents of {where}; --allow-empty accepts that")
