"""One file → its document and references with final kinds and targets; loaded when the first file has to be read."""

from msgspec import Struct
from msgspec.structs import replace

from linkcheck import documents, targets
from linkcheck.documents import Source
from linkcheck.model import Document, Kind, Problem, Reference
from linkcheck.references import Extraction, references
from linkcheck.targets import Rules, Selection

_ARTICLE = Kind.ARTICLE


class Reading(Struct, frozen=True):
    """How to read."""

    extraction: Extraction
    rules: Rules
    selection: Selection


class Read(Struct, frozen=True):
    """What one file holds."""

    document: Document
    key: str | None
    """Of the article that the document is; None when no site rule knows its URL."""
    references: list[Reference]


def read(source: Source, content: bytes, reading: Reading) -> Read | Problem:
    """The file of these bytes, its references in order; or why it is no document."""
    document = documents.read(source, content)
    if isinstance(document, Problem):
        return document
    key = targets.document_key(document.url, reading.rules)
    return Read(document, key, extracted(document, key, reading))


def extracted(document: Document, key: str | None, reading: Reading) -> list[Reference]:
    """The references of one document with their final kinds and targets, in order."""
    rules, selection = reading.rules, reading.selection or None
    found = [
        targets.assign(reference, key, document.url, rules, selection)
        for reference in references(document, reading.extraction)
    ]
    if document.title is None:
        return found
    return [_titled(reference, document.title) if reference.kind is _ARTICLE else reference for reference in found]


def _titled(reference: Reference, title: str) -> Reference:
    """The article's own page is expected to bear its title."""
    return replace(reference, targets=tuple(replace(target, title=title) for target in reference.targets))
