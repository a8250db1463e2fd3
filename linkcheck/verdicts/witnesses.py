"""The verdicts on a reference's targets → the reference's own outcome; pure.

A proxied image has two witnesses: the origin is what must be preserved, the proxy is what the reader sees. A
cross-reference is fine when its page, its API or a local file is.
"""

from collections.abc import Sequence

from linkcheck.model import Outcome, Reason, Reference, Role, Verdict
from linkcheck.verdicts.judgement import Judgement, broken, ok, skipped, uncertain

_ALIVE = frozenset({Outcome.OK, Outcome.REDIRECTED, Outcome.AT_RISK})


def join(reference: Reference, verdicts: Sequence[Verdict], held_by: Sequence[str] = ()) -> Judgement:
    """The judgement on one reference; `verdicts` are those of its targets, in their order.

    `held_by`: the documents of this archive that hold the article it leads to.
    """
    if reference.ignored_by is not None:
        return skipped(Reason.EXCLUDED, reference.ignored_by)
    if reference.url is None:
        return broken(Reason.INVALID_URL, f"no browser can open it: {reference.problem}")
    if held_by:
        others = f" and {len(held_by) - 1} more" if len(held_by) > 1 else ""
        return ok(f"this archive holds the article: {held_by[0]}{others}", Reason.AVAILABLE_LOCALLY)
    roles = [target.role for target in reference.targets]
    if Role.PROXIED in roles and Role.ORIGIN in roles:
        origin, proxied = verdicts[_last(roles, Role.ORIGIN)], verdicts[roles.index(Role.PROXIED)]
        return by_two_witnesses(origin, proxied)
    if Role.API in roles:
        return _by_page_or_api(reference, verdicts)
    return _of(verdicts[0]) if verdicts else _without_target(reference)


def by_two_witnesses(origin: Verdict, proxied: Verdict) -> Judgement:
    """The table of origin × proxy (image-proxies.md, 4)."""
    if proxied.outcome in _ALIVE:
        return _seen_through_proxy(origin, proxied)
    if Outcome.SKIPPED in (proxied.outcome, origin.outcome):
        return _of(proxied)
    if origin.outcome in _ALIVE:
        return _proxy_fails(origin, proxied)
    if origin.outcome is Outcome.BROKEN:
        return _both_fail(origin, proxied)
    return uncertain(origin.reason, f"origin: {origin.detail}; proxy: {proxied.detail}")


def _seen_through_proxy(origin: Verdict, proxied: Verdict) -> Judgement:
    if origin.outcome is Outcome.BROKEN:
        detail = f"only the proxy's cache still holds it, save it now: {origin.detail}"
        return Judgement(Outcome.AT_RISK, Reason.PROXY_CACHE_ONLY, detail)
    if origin.outcome is Outcome.UNCERTAIN:
        return ok(f"seen through the proxy; the origin is an open question: {origin.detail}")
    return _of(proxied)


def _proxy_fails(origin: Verdict, proxied: Verdict) -> Judgement:
    """The origin is fine. A proxy that answered with a failure is at fault; one that we did not reach is unknown."""
    if proxied.reason is Reason.RATE_LIMITED and proxied.status == 429:
        return uncertain(Reason.RATE_LIMITED, f"{proxied.detail}; the origin is fine")
    answered = proxied.status is not None and not (proxied.reason is Reason.BLOCKED and proxied.status != 404)
    if proxied.outcome is Outcome.BROKEN or answered:
        return broken(Reason.PROXY_FAULT, f"the origin is fine, the proxy fails: {proxied.detail}")
    return uncertain(proxied.reason, f"{proxied.detail}; the origin is fine")


def _both_fail(origin: Verdict, proxied: Verdict) -> Judgement:
    if proxied.outcome is Outcome.UNCERTAIN and (proxied.status is None or proxied.status == 429):
        detail = f"the origin is gone ({origin.detail}), but the proxy may still hold it: {proxied.detail}"
        return uncertain(proxied.reason, detail)
    return broken(origin.reason, f"origin: {origin.detail}; proxy: {proxied.detail}")


def _by_page_or_api(reference: Reference, verdicts: Sequence[Verdict]) -> Judgement:
    """A page that answers settles it; an API alone keeps it alive by a thread (sites.md, resolution order)."""
    of_role = {target.role: verdict for target, verdict in zip(reference.targets, verdicts, strict=True)}
    api = of_role[Role.API]
    page = of_role.get(Role.PAGE) or of_role.get(Role.SELF)
    if page is None:
        return _of(api)
    if page.outcome in _ALIVE:
        return ok(f"its page is there: {page.detail}")
    if api.outcome in _ALIVE:
        if page.outcome is Outcome.BROKEN:
            return Judgement(Outcome.AT_RISK, Reason.API_ONLY, f"only the API still has it; the page: {page.detail}")
        return ok(f"the API has it ({api.detail}); the page is an open question: {page.detail}")
    if page.outcome is Outcome.BROKEN and api.outcome is Outcome.UNCERTAIN:
        return uncertain(api.reason, f"the page is gone ({page.detail}), the API is an open question: {api.detail}")
    return Judgement(page.outcome, page.reason, f"page: {page.detail}; API: {api.detail}")


def _without_target(reference: Reference) -> Judgement:
    scheme = (reference.url or "").partition(":")[0]
    return skipped(Reason.UNSUPPORTED_SCHEME, f"{scheme}: addresses are not asked")


def _of(verdict: Verdict) -> Judgement:
    return Judgement(verdict.outcome, verdict.reason, verdict.detail)


def _last(roles: Sequence[Role], role: Role) -> int:
    return len(roles) - 1 - list(reversed(roles)).index(role)
