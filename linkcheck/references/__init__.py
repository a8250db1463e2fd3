"""`Document` → its `Reference`s in order, each with its exact place; pure.

Invariant: `document.text[span.start:span.end] == raw`, for every reference of every text.
"""

from bisect import bisect_right
from collections.abc import Iterator

from linkcheck.documents.escapes import unescape
from linkcheck.documents.head import title_line
from linkcheck.model import Document, Format, Kind, Reference, Span, Target
from linkcheck.references import html
from linkcheck.references.block import is_one_html_block
from linkcheck.references.candidate import Candidate, Extraction, place
from linkcheck.references.ignore import regions, rule_at
from linkcheck.references.positions import line_starts, span
from linkcheck.references.resolve import Resolver, run_together
from linkcheck.urls import is_plain

__all__ = ["Extraction", "references"]

_DEFAULT = Extraction()
_LINK, _ARTICLE = Kind.LINK, Kind.ARTICLE


def references(document: Document, extraction: Extraction = _DEFAULT) -> Iterator[Reference]:
    """Every reference in document order; kinds by syntax alone, targets only for local ones."""
    text, path = document.text, document.path
    starts = line_starts(text)
    found, mask, body = _candidates(document, starts, extraction)
    if not found:
        return
    ignored = regions(mask, starts, body) if mask else ()
    resolver = Resolver(document)
    resolve, is_own, own_site = resolver.resolve, resolver.is_own, resolver.own_site
    last, line, before, after = None, 0, 0, 0
    for candidate in found:
        start, end, kind = candidate.start, candidate.end, candidate.kind
        if last is not None and last.start == start and _is_same(candidate, last):
            continue
        last = candidate
        value, problem = candidate.value, candidate.problem
        url: str | None = None
        targets: tuple[Target, ...] = ()
        if problem is None:
            if not is_plain(value):
                url, problem, targets = resolve(value, kind)
            elif value.count("//") == 1 or (problem := run_together(value)) is None:
                url = value
            if kind is _LINK and url is not None and not targets and url.startswith(own_site) and is_own(url):
                kind = _ARTICLE
        if start >= after:
            line = bisect_right(starts, start)
            before, after = starts[line - 1] - 1, starts[line] if line < len(starts) else len(text) + 1
        yield Reference(
            path,
            Span(start, end, line, start - before, line, end - before) if end < after else span(starts, start, end),
            text[start:end],
            url,
            kind,
            candidate.element,
            candidate.attribute,
            problem,
            candidate.rel,
            targets,
            rule_at(ignored, start) if ignored else None,
        )


def _is_same(one: Candidate, other: Candidate) -> bool:
    """Whether the parser gave one attribute twice: it repeats elements that were closed in the wrong order."""
    return one.end == other.end and one.element == other.element and one.attribute == other.attribute


def _candidates(document: Document, starts: list[int], extraction: Extraction) -> tuple[list[Candidate], str, int]:
    """All candidates in order, and the text that holds the comments of the document's HTML, from an offset on."""
    text, start = document.text, document.body_start
    found = _of_front_matter(text) if start else []
    if document.format is Format.TEXT:
        found += _of_plain_text(text, start)
        return found, "", 0
    if document.format is Format.HTML:
        return _of_html(found, text, start, extraction)
    if line := title_line(text, start):
        found.append(Candidate(*line.span("url"), unescape(line["url"]), Kind.LINK))
        start = line.end()
    if is_one_html_block(text, start, starts):
        return _of_html(found, text, start, extraction)
    return _of_markdown(found, text, start, extraction)


def _of_html(found: list[Candidate], text: str, start: int, extraction: Extraction) -> tuple[list[Candidate], str, int]:
    candidates, has_comments = html.candidates(text, text, extraction, start)
    return found + candidates, text if has_comments else "", start


def _of_front_matter(text: str) -> list[Candidate]:
    from linkcheck.references import front  # an archive may have none

    return sorted(front.candidates(text), key=place)


def _of_markdown(
    found: list[Candidate], text: str, start: int, extraction: Extraction
) -> tuple[list[Candidate], str, int]:
    # The parser is loaded only where a text needs it.
    from linkcheck.references import markdown
    from linkcheck.references.events import Reading

    body = text[start:] if start else text
    reading = Reading(body, with_code=extraction.include_code)
    found += markdown.candidates(body, reading, start)
    mask = markdown.mask(body, reading, start)
    candidates, has_comments = html.candidates(text, mask, extraction)
    return sorted(found + candidates, key=place), mask if has_comments else "", 0


def _of_plain_text(text: str, start: int) -> Iterator[Candidate]:
    from linkcheck.references import bare

    for url in bare.urls_in(text, start, len(text), is_markdown=False):
        yield Candidate(url.start, url.end, bare.absolute(text[url.start : url.end]), Kind.LINK)
