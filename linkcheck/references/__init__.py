"""`Document` → its `Reference`s in order, each with its exact place; pure.

Invariant: `document.text[span.start:span.end] == raw`, for every reference of every text.
"""

from collections.abc import Iterator
from operator import itemgetter

from linkcheck.documents.escapes import unescape
from linkcheck.documents.head import title_line
from linkcheck.model import Document, Format, Kind, Reference
from linkcheck.references import bare, front, html, markdown
from linkcheck.references.candidate import Candidate, Extraction
from linkcheck.references.events import Reading
from linkcheck.references.ignore import regions, rule_at
from linkcheck.references.positions import line_starts, span
from linkcheck.references.resolve import Resolver

__all__ = ["Extraction", "references"]

_DEFAULT = Extraction()
_place = itemgetter(0, 1)


def references(document: Document, extraction: Extraction = _DEFAULT) -> Iterator[Reference]:
    """Every reference in document order; kinds by syntax alone, targets only for local ones."""
    found, mask = _candidates(document, extraction)
    found.sort(key=_place)
    text, path = document.text, document.path
    starts = line_starts(text)
    ignored = regions(mask, starts)
    resolver = Resolver(document)
    last: tuple[int, int, str | None, str | None] | None = None
    for start, end, value, kind, element, attribute, rel, problem in found:
        identity = (start, end, element, attribute)
        if identity == last:
            continue
        last = identity
        if problem is None:
            url, problem, targets = resolver.resolve(value, kind)
            if url is not None and kind is Kind.LINK and not targets and resolver.is_own(url):
                kind = Kind.ARTICLE
        else:
            url, targets = None, ()
        yield Reference(
            path,
            span(starts, start, end),
            text[start:end],
            url,
            kind,
            element,
            attribute,
            problem,
            rel,
            targets,
            rule_at(ignored, start) if ignored else None,
        )


def _candidates(document: Document, extraction: Extraction) -> tuple[list[Candidate], str]:
    """All candidates, unordered, and the mask that holds the document's HTML."""
    text, start = document.text, document.body_start
    found = list(front.candidates(text)) if start else []
    if document.format is Format.TEXT:
        found += _of_plain_text(text, start)
        return found, ""
    if document.format is Format.HTML:
        mask = " " * start + text[start:] if start else text
        found += html.candidates(text, mask, extraction)
        return found, mask
    if line := title_line(text, start):
        found.append(Candidate(*line.span("url"), unescape(line["url"]), Kind.LINK))
        start = line.end()
    body = text[start:] if start else text
    reading = Reading(body, with_code=extraction.include_code)
    found += markdown.candidates(body, reading, start)
    mask = markdown.mask(body, reading, start)
    found += html.candidates(text, mask, extraction)
    return found, mask


def _of_plain_text(text: str, start: int) -> Iterator[Candidate]:
    for url in bare.urls_in(text, start, len(text), is_markdown=False):
        yield Candidate(url.start, url.end, bare.absolute(text[url.start : url.end]), Kind.LINK)
