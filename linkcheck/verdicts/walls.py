"""Signs of walls and of parked domains → their judgement; pure. A wall is never death, a parked domain is."""

from linkcheck import urls
from linkcheck.model import Exchange, Reason
from linkcheck.verdicts import signs
from linkcheck.verdicts.evidence import Trail
from linkcheck.verdicts.judgement import Judgement, broken, uncertain
from linkcheck.verdicts.phrases import phrases
from linkcheck.verdicts.statuses import answer


def by_signs(trail: Trail) -> Judgement | None:
    """The judgement when the answer came from a wall or a parking service instead of the site; None otherwise."""
    final = trail.final
    if final.status != 200:
        sign = next(iter(signs.header_signs(final.headers, final.status)), None)
        if sign is not None:
            return _blocked(final, sign)
    page = final.content.page if final.content is not None else None
    if page is None:
        return None
    for sign in page.signs:
        if signs.meaning(sign) == "parking":
            return _parked(final, f"the page carries the marks of {sign.removeprefix('parking-')}")
        return _blocked(final, sign)
    parked = phrases().says_parked(page.title, page.headings)
    if parked is not None:
        return _parked(final, f"the page is titled “{page.title}”")
    return _by_login(trail)


def _blocked(exchange: Exchange, sign: str) -> Judgement:
    name = sign.replace("-", " ")
    return uncertain(Reason.BLOCKED, f"{answer(exchange)} by a wall against programs ({name}), not by the page")


def _parked(exchange: Exchange, why: str) -> Judgement:
    return broken(Reason.PARKED_DOMAIN, f"{urls.authority(exchange.request.url)} is parked: {why}")


def _by_login(trail: Trail) -> Judgement | None:
    """Redirected to a login, consent or captcha page."""
    if not trail.hops or trail.final.status != 200:
        return None
    asked, found = trail.hops[0].request.url, trail.final_url
    if phrases().leads_to_login(urls.path_and_query(asked)) or not phrases().leads_to_login(urls.path_and_query(found)):
        return None
    return uncertain(Reason.BLOCKED, f"{urls.authority(asked)} sends us to a login or consent page: {found}")
