"""Articles whose own page answers → is it still the article?, into the store as revisions.

Titles are compared first; only where they differ is the document read again for its text. An answer and a document that
were compared in an earlier run are not compared again.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from linkcheck import documents
from linkcheck.documents import Walk
from linkcheck.model import Document, PageFacts, Problem, Purpose
from linkcheck.store import observations, sightings
from linkcheck.store.connection import transaction
from linkcheck.verdicts.judgement import Judgement

_STAGE = "drift"
_ARTICLES = """
SELECT seen.id, document.path, document.title,
  seen.run_id <> ?1 AND EXISTS (SELECT 1 FROM run_document AS earlier INDEXED BY run_document_by_document
    WHERE earlier.document_id = document.id AND earlier.run_id = seen.run_id) AS is_known
FROM run_document CROSS JOIN document ON document.id = run_document.document_id
CROSS JOIN reference INDEXED BY reference_of_article
 ON reference.document_id = document.id AND reference.kind = 'article'
CROSS JOIN reference_target AS link ON link.reference_id = reference.id
CROSS JOIN target ON target.id = link.target_id
CROSS JOIN observation AS seen ON seen.id = target.last_observation
WHERE run_document.run_id = ?1 AND document.title IS NOT NULL
  AND seen.outcome IN ('ok', 'redirected') AND seen.text_length > 0
GROUP BY seen.id, document.id
"""


def look_for_drift(db: sqlite3.Connection, run_id: int) -> None:
    """Mark the articles whose page now shows something else."""
    articles = db.execute(_ARTICLES, (run_id,)).fetchall()
    with transaction(db):
        sightings.revise_as_before(db, run_id, _STAGE, [number for number, _, _, is_known in articles if is_known])
        sightings.revise(db, run_id, _STAGE, _drifted(db, [article[:3] for article in articles if not article[3]]))


def _drifted(db: sqlite3.Connection, articles: list[tuple[int, str, str]]) -> Iterator[tuple[int, Judgement]]:
    from linkcheck.verdicts import drift  # it compares texts, which a run without new pages does not need

    for number, path, title in articles:
        page, sibling = _pages(db, number)
        if page is None or drift.titles_agree(title, page):
            continue
        document = _document(path)
        judgement = drift.by_text(document, page, sibling) if document is not None else None
        if judgement is not None:
            yield number, judgement


def _pages(db: sqlite3.Connection, number: int) -> tuple[PageFacts | None, PageFacts | None]:
    """(the page that was asked for, the page shown for a name that cannot exist); None where there is none."""
    pages: dict[bool, PageFacts | None] = {False: None, True: None}
    for exchange in observations.evidence(db, number):
        page = exchange.content.page if exchange.content is not None and exchange.status == 200 else None
        pages[exchange.request.purpose is Purpose.SIBLING] = page
    return pages[False], pages[True]


def _document(path: str) -> Document | None:
    """The document as it lies there now; None when it cannot be read any more."""
    if not Path(path).is_file():
        return None
    source = next(documents.sources([path], Walk()), None)
    if source is None or isinstance(source, Problem):
        return None
    content = documents.load(source)
    document = documents.read(source, content) if isinstance(content, bytes) else content
    return document if isinstance(document, Document) else None
