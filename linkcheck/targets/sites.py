"""A URL → the article or picture it is by a site's rules, and where else that can be asked for; pure.

Invariant: spellings of one article (scheme, slug, language, tracking, case of percent-escapes) have one key; sections,
topics and start pages have none.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from linkcheck import urls
from linkcheck.model import Expects, Role, Target
from linkcheck.patterns import lazily
from linkcheck.targets.decoders import DECODERS
from linkcheck.targets.rulebook import Rules, SiteCandidate, SiteImage, SitePattern, SiteRule, compiled

_PLACEHOLDER = lazily(r"\{(\w+)(?:\|([^}]*))?\}")
_GAP = "\0"
_REMEMBERED = 16
_EXPECTS = {Role.API: Expects.JSON, Role.PAGE: Expects.PAGE}


class SiteMatch(Struct, frozen=True):
    """An article's URL as one of its site's spellings."""

    site: SiteRule
    pattern: SitePattern
    key: str
    groups: Mapping[str, str]

    @property
    def role(self) -> Role:
        """`page` or `api`."""
        return self.pattern.role


def match(url: str, rules: Rules) -> SiteMatch | None:
    """The article that the serialised web URL names; None for everything else."""
    for site in rules.at(url).sites:
        if site.match and (found := _match(url, site)):
            return found
    return None


def _match(url: str, site: SiteRule) -> SiteMatch | None:
    for pattern in site.match:
        found = compiled(pattern.re).match(url)
        if found:
            groups = _decoded(_groups(found), pattern)
            if groups is not None:
                return SiteMatch(site, pattern, urls.key(filled(pattern.key or site.key, groups)), groups)
    return None


def _groups(found: re.Match[str]) -> dict[str, str]:
    return {name: value for name, value in found.groupdict().items() if value is not None}


def _decoded(groups: dict[str, str], pattern: SitePattern) -> dict[str, str] | None:
    for name, instruction in pattern.decode.items():
        decoder, _, source = instruction.partition(":")
        value = DECODERS[decoder](groups.get(source, ""))
        if value is None:
            return None
        groups[name] = value
    return groups


def filled(template: str, groups: Mapping[str, str]) -> str:
    """`template` with `{name}` and `{name|default}` replaced; a missing group without default is empty."""
    text, places = _taken_apart(template)
    for name, default, following in places:
        text += (groups.get(name) or default) + following
    return text


@lru_cache(maxsize=1024)
def _taken_apart(template: str) -> tuple[str, tuple[tuple[str, str, str], ...]]:
    """What stands before the first placeholder; then name, default and what follows, for each."""
    first, *pieces = _PLACEHOLDER.split(template)
    names, defaults, following = pieces[0::3], pieces[1::3], pieces[2::3]
    defaults = [default or "" for default in defaults]
    return first, tuple(zip(names, defaults, following, strict=True))


def key(url: str, rules: Rules) -> str | None:
    """`site:article:id` of an article's URL; None when no rule makes it one."""
    found = match_of_document(url, rules)
    return found.key if found else None


def language(url: str | None, site: SiteRule, rules: Rules) -> str | None:
    """The language that a URL of `site` states, as the site writes it."""
    found = match_of_document(url, rules) if url else None
    return found.groups.get("lang") if found and found.site is site else None


def match_of_document(url: str, rules: Rules) -> SiteMatch | None:
    """`match`, remembered for the last few: each of a document's links asks for the document's own URL."""
    if url not in rules.articles:
        if len(rules.articles) >= _REMEMBERED:
            rules.articles.clear()
        rules.articles[url] = match(url, rules)
    found: SiteMatch | None = rules.articles[url]
    return found


def candidates(found: SiteMatch, spoken: str | None = None) -> tuple[Target, ...]:
    """Where else the article is asked for at once, for this spelling.

    `spoken` is the document's language, for a spelling that states none.
    """
    return tuple(_target(rule, found, spoken) for rule in found.site.candidates if _is_asked(rule, found))


def fallbacks(found: SiteMatch, spoken: str | None = None) -> tuple[Target, ...]:
    """Where else the article may be asked for once all else failed."""
    return tuple(_target(rule, found, spoken) for rule in found.site.candidates if not _is_asked(rule, found))


def _is_asked(rule: SiteCandidate, found: SiteMatch) -> bool:
    return rule.ask == "reference" and rule.role in found.pattern.ask_also


def _target(rule: SiteCandidate, found: SiteMatch, spoken: str | None) -> Target:
    groups = {"lang": spoken, **found.groups} if spoken else found.groups
    return Target(url=filled(rule.url, groups), role=rule.role, expects=_EXPECTS[rule.role])


def json_path(url: str, rules: Rules) -> str | None:
    """Dotted path that a good JSON answer from `url` holds; None when no rule tells."""
    found = match(url, rules)
    return found.pattern.json_ok or None if found else None


def soft_not_found_titles(url: str, rules: Rules) -> tuple[re.Pattern[str], ...]:
    """Patterns over the title of a 'not found' page that the URL's site sends with status 200."""
    here = rules.at(url).sites
    return tuple(compiled(site.soft404_title) for site in here if site.soft404_title)


def _images(url: str, rules: Rules) -> Iterator[tuple[SiteImage, dict[str, str]]]:
    for site in rules.at(url).sites:
        for image in site.image:
            found = compiled(image.re).match(url)
            if found:
                yield image, _groups(found)


def image_key(url: str, rules: Rules) -> str | None:
    """`site:image:id`, the same for every size of one picture; None when no rule tells."""
    return next((filled(image.key, groups) for image, groups in _images(url, rules)), None)


def renditions(url: str, rules: Rules) -> tuple[str, ...]:
    """The same picture in its other sizes, largest first, without `url` itself."""
    for image, groups in _images(url, rules):
        frame = filled(image.template, {**groups, "fmt": _GAP})
        found = [frame.replace(_GAP, name) for name in image.renditions]
        return tuple([other for other in found if other != url])
    return ()


def expected_size(url: str, rules: Rules) -> tuple[int, int] | None:
    """Width and height in pixels that the URL promises; None when it promises none."""
    return next((image.expect.get(groups.get("fmt", "")) for image, groups in _images(url, rules)), None)
