"""A successful page → is it the page that was asked for?; pure, the cheapest evidence first.

Invariant: words in a body never condemn; a title does, or where a redirect ended.
"""

import codecs
import re
from typing import Any

import msgspec

from linkcheck import urls
from linkcheck.model import Ending, Exchange, Expects, Reason, Target
from linkcheck.patterns import lazily
from linkcheck.targets import Rules, sites
from linkcheck.verdicts.coding import Plain, codings, plain
from linkcheck.verdicts.evidence import Trail
from linkcheck.verdicts.judgement import Judgement, broken
from linkcheck.verdicts.phrases import phrases
from linkcheck.verdicts.statuses import answer

_BEFORE_SITE = lazily(r"\s+[-–—|·•]\s+|\s*[|｜]\s*")
_ARTICLE_NUMBER = lazily(r"\d{6,}")
_SECTION = lazily(r"/(?:[a-z]{2,12}/?)?", re.IGNORECASE)
_HOME = lazily(r"/(?:(?:[a-z]{2}(?:[-_][a-z]{2,4})?|index|home|default)(?:\.\w{2,5})?/?)?", re.IGNORECASE)


def by_page(target: Target, trail: Trail, rules: Rules | None = None) -> Judgement | None:
    """The judgement when a 2xx answer does not stand for the page that was asked; None: nothing speaks against it."""
    content = trail.final.content
    if not trail.hops and (content is None or (content.page is None and target.expects is not Expects.JSON)):
        return None
    return (
        _by_redirect(trail)
        or _by_format(target, trail, rules)
        or _by_title(trail, rules)
        or (_by_canonical(target, trail, rules) if rules is not None else None)
        or _by_canonical_number(trail)
    )


def _by_redirect(trail: Trail) -> Judgement | None:
    """Everything that is gone is sent to the home page, or to an error page that answers 200."""
    if not trail.hops:
        return None
    asked, found = trail.hops[0].request.url, trail.final_url
    host = urls.authority(asked)
    if phrases().leads_to_error(urls.path_and_query(found)) and not phrases().leads_to_error(
        urls.path_and_query(asked)
    ):
        return broken(Reason.SOFT_NOT_FOUND, f"{host} redirects to its error page {found}")
    if _is_home(found) and not _is_home(asked):
        return broken(Reason.REDIRECT_TO_ROOT, f"{host} redirects to a home page instead: {found}")
    return None


def _by_format(target: Target, trail: Trail, rules: Rules | None) -> Judgement | None:
    content = trail.final.content
    if target.expects is not Expects.JSON or content is None or not content.body:
        return None
    said = json_of(trail.final)
    if said is not None:
        wanted = missing(said, trail.final_url, rules)
        return (
            broken(Reason.SOFT_NOT_FOUND, f"{answer(trail.final)}, but its JSON has no `{wanted}`") if wanted else None
        )
    return broken(Reason.SOFT_NOT_FOUND, f"{answer(trail.final)}, but with {content.media_type or 'bytes'}, not JSON")


def json_of(exchange: Exchange) -> Plain | None:
    """As much of a JSON body as was kept, its codings undone; None when it does not begin as an object or array."""
    content = exchange.content
    if content is None:
        return None
    said = plain(content.body, codings(exchange.header("content-encoding")))
    if said is None or said.body.lstrip(codecs.BOM_UTF8 + b" \t\r\n")[:1] not in (b"{", b"["):
        return None
    was_kept = len(content.body) >= content.length_bytes and content.ended is Ending.COMPLETE
    return said._replace(is_whole=said.is_whole and was_kept)


def missing(said: Plain, url: str, rules: Rules | None) -> str | None:
    """What a good answer of this site's API holds, and this one does not; None: nothing, or not all of it was kept."""
    path = sites.json_path(url, rules) if rules is not None else None
    if path is None or not said.is_whole:
        return None
    try:
        found: Any = msgspec.json.decode(said.body.removeprefix(codecs.BOM_UTF8))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return path if found is None or found == "" else None


def _by_canonical(target: Target, trail: Trail, rules: Rules) -> Judgement | None:
    """A page of a known site that names itself as something else than the article that was asked."""
    page = trail.final.content.page if trail.final.content is not None else None
    if page is None or page.canonical is None:
        return None
    asked = sites.key(target.url, rules)
    if asked is None:
        return None
    if _site(page.canonical) != _site(target.url) or sites.key(page.canonical, rules) == asked:
        return None
    named = f"{answer(trail.final)}, but the page names itself {page.canonical}"
    return broken(Reason.SOFT_NOT_FOUND, f"{named}, which is not {asked}")


def _by_canonical_number(trail: Trail) -> Judgement | None:
    """A page that names itself as a section or the home page, while a long number in its address named an article."""
    page = trail.final.content.page if trail.final.content is not None else None
    if page is None or page.canonical is None:
        return None
    numbers = _ARTICLE_NUMBER.findall(urls.path(trail.final_url))
    if not numbers or _site(page.canonical) != _site(trail.final_url):
        return None
    if any(number in page.canonical for number in numbers) or not _SECTION.fullmatch(urls.path(page.canonical)):
        return None
    named = f"{answer(trail.final)}, but its canonical address is {page.canonical}"
    return broken(Reason.SOFT_NOT_FOUND, f"{named}, without the number {numbers[-1]}")


def _site(url: str) -> str:
    return urls.registrable_domain(urls.host(url))


def site_says_not_found(title: str | None, url: str, rules: Rules) -> bool:
    """Whether a title, or what stands beside the site's name in it, is that of its own page for what is not there.

    What stands before a colon begins a headline (`404: …`).
    """
    patterns = sites.soft_not_found_titles(url, rules)
    return bool(title and patterns) and any(
        pattern.fullmatch(piece) for pattern in patterns for piece in (title or "", *_BEFORE_SITE.split(title or ""))
    )


def _by_title(trail: Trail, rules: Rules | None) -> Judgement | None:
    page = trail.final.content.page if trail.final.content is not None else None
    if page is None:
        return None
    if rules is not None and site_says_not_found(page.title, trail.final_url, rules):
        named = f"the page says “{page.title}”, as its site does of what is not there"
        return broken(Reason.SOFT_NOT_FOUND, f"{answer(trail.final)}, but {named}")
    rule = phrases().says_not_found(page.title, page.headings)
    if rule is None:
        return None
    said = page.title if phrases().says_not_found(page.title) else page.headings[0]
    return broken(Reason.SOFT_NOT_FOUND, f"{answer(trail.final)}, but the page says “{said}” (rule {rule})")


def _is_home(url: str) -> bool:
    """Whether a URL leads to a site's root or the root of one of its languages, with no query that picks a page."""
    return _HOME.fullmatch(urls.path(url) or "/") is not None and "?" not in url
