"""`config/phrases.toml` → what titles, headings and paths say of a page that is not there; pure.

Invariant: a rule must match a whole piece of a short text, so that a headline that contains the words is spared.
"""

import re
from collections.abc import Sequence
from functools import cache

from msgspec import Struct, convert

from linkcheck.patterns import lazily
from linkcheck.shipped import shipped

_SEPARATOR = lazily(r"\s+[-–—|·•«»:]\s+|\s*[|_—–｜：«»]\s*|:\s+")
_BLANKS = lazily(r"\s+")


class PhraseRule(Struct, frozen=True, forbid_unknown_fields=True):
    """What one kind of page calls itself; each of `match` is a regular expression for a whole piece."""

    id: str
    match: tuple[str, ...]
    where: tuple[str, ...] = ("title", "h1")
    language: str | None = None
    whole: bool = False
    """The text must match as a whole, not only one of its pieces."""
    needs: tuple[str, ...] = ()
    """In lower case; whatever matches holds one of them. Empty: the patterns are always tried."""
    matches: tuple[str, ...] = ()
    spares: tuple[str, ...] = ()


class PathRule(Struct, frozen=True, forbid_unknown_fields=True):
    """Paths (with query) that lead to one kind of page."""

    paths: tuple[str, ...]
    matches: tuple[str, ...] = ()
    spares: tuple[str, ...] = ()


class PhraseBook(Struct, frozen=True, forbid_unknown_fields=True):
    """The file as it is written."""

    longest: int
    """Characters; a longer text is a headline and matches nothing."""
    not_found: tuple[PhraseRule, ...]
    parked: tuple[PhraseRule, ...]
    login: PathRule
    error: PathRule


class _Compiled:
    """Rules of one kind, each as one pattern."""

    def __init__(self, rules: Sequence[PhraseRule]) -> None:
        self._rules = rules
        self.needs = tuple({word for rule in rules for word in rule.needs}) if all(r.needs for r in rules) else ("",)

    def may_match(self, lowered: str) -> bool:
        """Whether a text holds a word that some rule needs: 1 us, where trying all patterns takes 25 (2026)."""
        return any(map(lowered.__contains__, self.needs))

    def first(self, text: str, where: str) -> str | None:
        pieces = [text, *_SEPARATOR.split(text)]
        for rule in self._rules:
            pattern = _alternatives(rule.match)
            if where in rule.where and any(pattern.fullmatch(piece) for piece in pieces[: 1 if rule.whole else None]):
                return rule.id
        return None


class Phrases:
    """The rules, compiled; `extra` are the user's own, asked first."""

    def __init__(self, book: PhraseBook, extra: Sequence[PhraseRule] = ()) -> None:
        self._longest = book.longest
        self._not_found = _Compiled([*extra, *book.not_found])
        self._parked = _Compiled(book.parked)
        self._needs = (*self._not_found.needs, *self._parked.needs)
        self._ascii_needs = tuple(word for word in self._needs if word.isascii())
        self._login = _alternatives(book.login.paths)
        self._error = _alternatives(book.error.paths)

    def may_say(self, title: str | None, headings: Sequence[str]) -> bool:
        """Whether title and first heading hold a word without which no rule matches; most hold none."""
        lowered = f"{title}\n{headings[0]}".lower() if headings else (title or "").lower()
        needs = self._ascii_needs if lowered.isascii() else self._needs
        return any(map(lowered.__contains__, needs))

    def says_not_found(self, title: str | None, headings: Sequence[str] = ()) -> str | None:
        """Id of the rule by which the title, or the first heading, says that nothing is here; else None."""
        return self._first(self._not_found, title, headings)

    def says_parked(self, title: str | None, headings: Sequence[str] = ()) -> str | None:
        """Id of the rule by which the title, or the first heading, offers the domain for sale; else None."""
        return self._first(self._parked, title, headings)

    def leads_to_login(self, path: str) -> bool:
        """Whether a final URL's path (with query) is that of a login, consent or captcha page."""
        return self._login.match(path) is not None

    def leads_to_error(self, path: str) -> bool:
        """Whether a final URL's path (with query) names an error page."""
        return self._error.match(path) is not None

    def _first(self, rules: _Compiled, title: str | None, headings: Sequence[str]) -> str | None:
        if not rules.may_match(f"{title}\n{headings[0] if headings else ''}".lower()):
            return None
        for where, text in (("title", title), *(("h1", heading) for heading in headings[:1])):
            folded = _BLANKS.sub(" ", text or "").strip()
            if folded and len(folded) <= self._longest and (found := rules.first(folded, where)):
                return found
        return None


@cache
def _alternatives(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return lazily("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


@cache
def book() -> PhraseBook:
    """The shipped rules as written, with their examples."""
    return convert(shipped("phrases.toml"), PhraseBook)


@cache
def phrases() -> Phrases:
    """The shipped rules, compiled once."""
    return Phrases(book())
