"""The archived article and the live page → are they still the same text?; pure.

Invariant: a short page, or one that shares the title or any part of the text, never counts as drifted.
"""

import unicodedata

from linkcheck.model import Document, PageFacts, Reason
from linkcheck.patterns import lazily
from linkcheck.verdicts.judgement import Judgement, broken, uncertain

_TAG = lazily(r"<[^>]*>|!?\[|\]\([^)]*\)")
_SHINGLE = 4
_ENOUGH_OF_PAGE = 400
_ENOUGH_OF_DOCUMENT = 200
_COMPARED = 6000
_ALIKE_TITLES = 0.5
_CATCH_ALL = 0.9
_ALIKE_TEXTS = 0.08
"""Share of the shorter text's four-letter pieces; unrelated articles in one language share 1 to 4 of 100."""


def titles_agree(archived: str | None, page: PageFacts) -> bool:
    """Whether any of the page's names is, holds, or resembles the archived title; unknown titles agree."""
    names = [name for name in (page.title, page.og_title, *page.headings) if name]
    if not archived or not names or archived in names:
        return True
    wanted, named = _folded(archived), list(map(_folded, names))
    # What is equal or held is found in a hundredth of the time that a measure of likeness takes.
    if not wanted or any(wanted in name or (len(name) > _SHINGLE and name in wanted) for name in named):
        return True
    return any(_resemble(wanted, name) for name in named)


def is_enough(text: str) -> bool:
    """Whether a page's text is long enough to be compared; a Chinese character says as much as three letters."""
    return _weighs(text, _ENOUGH_OF_PAGE)


def _weighs(text: str, enough: int) -> bool:
    return len(text) >= enough or sum(3 if character > "\u2e80" else 1 for character in text) >= enough


def is_catch_all(page: PageFacts, sibling: PageFacts | None) -> bool:
    """Whether the host shows the same page for a name that cannot exist."""
    if sibling is None:
        return False
    return page.title == sibling.title and _shared(_folded(page.text), _folded(sibling.text)) > _CATCH_ALL


def by_text(document: Document, page: PageFacts, sibling: PageFacts | None = None) -> Judgement | None:
    """The judgement when neither title nor text of the live page is the archived one; None: the same, or unknown."""
    if titles_agree(document.title, page) or not is_enough(page.text):
        return None
    archived = _folded(_TAG.sub(" ", document.text[document.body_start :])[:_COMPARED])
    if not _weighs(archived, _ENOUGH_OF_DOCUMENT):
        return None
    shared = _shared(archived, _folded(page.text))
    if shared >= _ALIKE_TEXTS:
        return None
    if is_catch_all(page, sibling):
        detail = f"the host shows the same page “{page.title}” for a name beside it that cannot exist"
        return broken(Reason.SOFT_NOT_FOUND, detail)
    title = page.title or (page.headings[0] if page.headings else "no title")
    detail = f"the page is now “{title}”, and shares {shared:.0%} of its text with the archived “{document.title}”"
    return uncertain(Reason.CONTENT_DRIFTED, detail)


def _resemble(one: str, other: str) -> bool:
    from difflib import SequenceMatcher  # most titles are equal, or one holds the other

    matcher = SequenceMatcher(None, one, other, autojunk=False)
    # The first two are upper bounds, and cost a tenth.
    bounds = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)
    return all(ratio() >= _ALIKE_TITLES for ratio in bounds)


def _shared(one: str, other: str) -> float:
    """Containment of the smaller set of pieces in the larger, 0 to 1."""
    first, second = (_pieces(text) for text in (one, other))
    fewest = min(len(first), len(second))
    return len(first & second) / fewest if fewest else 1.0


def _pieces(text: str) -> set[str]:
    return {text[i : i + _SHINGLE] for i in range(len(text) - _SHINGLE + 1)}


def _folded(text: str) -> str:
    """Letters and digits alone, compatibility forms and cases made one."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
