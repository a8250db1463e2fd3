"""The redirects of one trail → the Cookie header of its next request; pure. Nothing outlives the trail."""

from collections.abc import Sequence

from linkcheck import urls
from linkcheck.model import Exchange


def header(hops: Sequence[Exchange], url: str) -> str | None:
    """The cookies that `hops` set and that may go to `url`, as one header value; None when there are none.

    Host and Domain are honoured (RFC 6265, 5.1.3); paths and lifetimes do not matter within one trail.
    """
    jar: dict[str, str] = {}
    for hop in hops:
        for name, value in hop.headers:
            if name.lower() == "set-cookie":
                jar.update(_sendable(value, urls.host(hop.request.url), urls.host(url)))
    return "; ".join(f"{name}={value}" for name, value in jar.items()) or None


def _sendable(set_cookie: str, set_by: str, host: str) -> dict[str, str]:
    from http.cookies import CookieError, SimpleCookie  # 3 ms, for the few trails with cookies

    parsed: SimpleCookie = SimpleCookie()
    try:
        parsed.load(set_cookie)
    except CookieError:
        return {}
    return {
        name: morsel.coded_value
        for name, morsel in parsed.items()
        if _matches(morsel["domain"].lstrip(".").lower(), set_by, host)
    }


def _matches(domain: str, set_by: str, host: str) -> bool:
    if not domain:
        return host == set_by
    within = host == domain or host.endswith("." + domain)
    allowed = set_by == domain or set_by.endswith("." + domain)
    return within and allowed and urls.registrable_domain(domain) in (domain, urls.registrable_domain(set_by))
