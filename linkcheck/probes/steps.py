"""A target and the evidence so far → the next request, or enough; pure.

Invariant: only a GET condemns, and nothing is asked that the evidence already answers.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import Struct

from linkcheck import urls
from linkcheck.model import Exchange, Expects, Failure, Purpose, Request, Role, Target, Timeouts
from linkcheck.probes import cookies, retry
from linkcheck.probes.choices import ImageCheck, Method
from linkcheck.probes.transport import media_type
from linkcheck.verdicts import drift, evidence
from linkcheck.verdicts.evidence import Trail

_ACCEPT = {
    Expects.PAGE: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    Expects.ANY: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    Expects.IMAGE: "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    Expects.JSON: "application/json,*/*;q=0.5",
}
_HEAD_SETTLES_NOTHING = frozenset({Failure.CONNECTION_RESET, Failure.PROTOCOL_ERROR, Failure.TIMED_OUT})
_ENOUGH = frozenset({200, 206})
_ASKED_PLAINLY = frozenset({400, 405, 406, 412, 414, 416, 431})
_MOST_RENDITIONS = 3
_MOST_PLAIN = 256


class Asking(Struct, frozen=True):
    """How to ask, for one kind of target on one host."""

    user_agent: str
    method: Method = Method.AUTO
    image_check: ImageCheck = ImageCheck.COMPLETE
    timeouts: Timeouts = Timeouts()
    patience: retry.Patience = retry.Patience()
    headers: Mapping[str, tuple[tuple[str, str], ...]] = msgspec.field(default_factory=dict)
    """What is sent to a host alone, by its name or `*.suffix`: a redirect elsewhere does not take it along."""
    page_bytes: int = 131_072
    image_bytes: int = 2_097_152
    header_bytes: int = 4_096


class Ask(Struct, frozen=True):
    """Send this request, not before `wait_s` seconds from now, or (`late`) when everything else was asked."""

    request: Request
    wait_s: float = 0.0
    late: bool = False


def first(target: Target, asking: Asking) -> Ask:
    """The request that opens a target; a conditional one when its last good answer is known."""
    url = target.url
    if asking.headers or target.etag or target.last_modified or _wants_text(target) or "@" in url or "#" in url:
        return Ask(_request(target, url, asking, Purpose.FIRST))
    return Ask(msgspec.structs.replace(_plain(asking, target.expects), url=url))


_PLAIN: dict[tuple[int, Expects], tuple[Asking, Request]] = {}


def _plain(asking: Asking, expects: Expects) -> Request:
    """The first request to a target without anything special, whose URL alone is then put in: a third of the time."""
    known = _PLAIN.get((id(asking), expects))
    if known is None:
        if len(_PLAIN) >= _MOST_PLAIN:
            _PLAIN.clear()
        # Kept beside it, so that no other one can have its id.
        known = asking, _request(Target("", Role.SELF, expects), "", asking, Purpose.FIRST)
        _PLAIN[id(asking), expects] = known
    return known[1]


def is_enough(target: Target, exchange: Exchange) -> bool:
    """Whether an answer ends the asking at once: a 200, or the part asked for, with nothing to compare or to replace.

    Most answers are of this kind; for all others `following` and `sibling` decide.
    """
    if exchange.status not in _ENOUGH or exchange.failure is not None or target.title is not None:
        return False
    return not (target.renditions or target.fallbacks or _is_doubtful(target, exchange))


def following(target: Target, exchanges: Sequence[Exchange], asking: Asking, *, is_lost: bool = False) -> Ask | None:
    """What to ask after `exchanges` (at least one); None: enough.

    `is_lost`: the evidence so far condemns the target, so that an image's other renditions, or an article's API, are
    worth a look.
    """
    last = exchanges[-1]
    if last.status == 200 and last.failure is None and not is_lost and not _is_doubtful(target, last):
        return None
    trail = evidence.trails(exchanges)[-1]
    return (
        _instead_of_head(target, trail, asking)
        or _onward(target, trail, asking)
        or _again(exchanges, asking)
        or _another_way(target, exchanges, trail, asking, is_lost=is_lost)
    )


def _request(
    target: Target,
    url: str,
    asking: Asking,
    purpose: Purpose,
    *,
    plainly: bool = False,
    extra: tuple[tuple[str, str], ...] = (),
) -> Request:
    is_image = target.expects is Expects.IMAGE
    with_range = is_image and asking.image_check is ImageCheck.HEADER and not plainly
    headers = [
        ("User-Agent", asking.user_agent),
        ("Accept", _ACCEPT[target.expects]),
        ("Accept-Encoding", "identity" if is_image else "gzip, deflate"),
        *(_own_headers(asking, url) if asking.headers else ()),
        *extra,
    ]
    if with_range:
        headers.append(("Range", f"bytes=0-{asking.header_bytes - 1}"))
    if purpose is Purpose.FIRST:
        headers += _conditions(target)
    secret = urls.userinfo(url)
    if secret is not None:
        headers.append(("Authorization", _basic(secret)))
    bare = urls.without_userinfo(urls.without_fragment(url))
    return Request(
        method="GET" if plainly or with_range else _method(target, asking),
        url=bare,
        headers=tuple(headers),
        read_limit_bytes=_read_limit_bytes(target, asking, with_range=with_range),
        timeouts=asking.timeouts,
        purpose=purpose,
        expects=target.expects,
        asked_for=None if url == target.url else urls.without_userinfo(urls.without_fragment(target.url)),
        wants_text=_wants_text(target),
        wants_bytes=is_image and asking.image_check is ImageCheck.DECODE,
    )


def _wants_text(target: Target) -> bool:
    # An article's page: what has fallbacks is one, though its title may be unknown where it is merely linked.
    return target.title is not None or bool(target.fallbacks)


def _own_headers(asking: Asking, url: str) -> tuple[tuple[str, str], ...]:
    return urls.closest(asking.headers, urls.host(url)) or ()


def _method(target: Target, asking: Asking) -> str:
    if asking.method is Method.AUTO:
        # A page's title and an image's bytes are evidence; of the rest only the status is.
        return "HEAD" if target.expects is Expects.ANY else "GET"
    return "HEAD" if asking.method is Method.HEAD else "GET"


def _read_limit_bytes(target: Target, asking: Asking, *, with_range: bool) -> int:
    if target.expects is not Expects.IMAGE:
        return asking.page_bytes
    return asking.header_bytes if with_range else asking.image_bytes


def _conditions(target: Target) -> list[tuple[str, str]]:
    conditions = []
    if target.etag:
        conditions.append(("If-None-Match", target.etag))
    if target.last_modified:
        conditions.append(("If-Modified-Since", target.last_modified))
    return conditions


def _basic(userinfo: str) -> str:
    """RFC 7617, from the percent-encoded userinfo of a URL."""
    name, _, password = userinfo.partition(":")
    return "Basic " + b64encode(unquote_to_bytes(name) + b":" + unquote_to_bytes(password)).decode("ascii")


def _is_doubtful(target: Target, exchange: Exchange) -> bool:
    """Whether the head alone says that an image is something else, which only its bytes can prove."""
    if target.expects is not Expects.IMAGE or exchange.request.method != "HEAD":
        return False
    named = media_type(exchange.headers) or ""
    return named.startswith("text/") or named.endswith(("json", "xhtml+xml"))


def _instead_of_head(target: Target, trail: Trail, asking: Asking) -> Ask | None:
    last = trail.final
    if last.request.method != "HEAD":
        return None
    refused = last.status is not None and last.status >= 400 and last.status != 429
    loops = (onward := evidence.location(last)) is not None and evidence.is_loop([*trail.hops, last], onward)
    if refused or loops or _is_doubtful(target, last) or last.failure in _HEAD_SETTLES_NOTHING:
        url = target.url if loops else last.request.url
        request = _request(target, url, asking, Purpose.GET_AFTER_HEAD, plainly=True, extra=_cookie(trail, url))
        return Ask(request)
    return None


def _onward(target: Target, trail: Trail, asking: Asking) -> Ask | None:
    last = trail.final
    url = evidence.location(last)
    if url is None or not urls.is_web(url) or urls.without_fragment(url) in target.substitutes:
        return None
    url = urls.without_fragment(url)
    if evidence.is_loop([*trail.hops, last], url):
        return None
    following_trail = msgspec.structs.replace(trail, hops=(*trail.hops, last))
    request = _request(
        target, url, asking, Purpose.REDIRECT, plainly=last.request.method == "GET", extra=_cookie(following_trail, url)
    )
    if _range(last) and target.expects is Expects.IMAGE:
        request = msgspec.structs.replace(
            request, headers=(*request.headers, ("Range", _range(last) or "")), read_limit_bytes=asking.header_bytes
        )
    return Ask(msgspec.structs.replace(request, method=last.request.method, verify=last.request.verify))


def _range(exchange: Exchange) -> str | None:
    return next((value for name, value in exchange.request.headers if name == "Range"), None)


def _cookie(trail: Trail, url: str) -> tuple[tuple[str, str], ...]:
    header = cookies.header(trail.hops, url)
    return (("Cookie", header),) if header else ()


def _again(exchanges: Sequence[Exchange], asking: Asking) -> Ask | None:
    last = exchanges[-1]
    waits_for_later = last.failure in (Failure.HOST_NOT_FOUND, Failure.HOST_DOWN, Failure.HOST_RESTS)
    if not waits_for_later and not evidence.is_transient(last):
        return None
    attempt = _attempt(exchanges)
    if not waits_for_later and retry.may_retry(attempt, asking.patience):
        wait_s = retry.wait_s(last, attempt, asking.patience)
        if wait_s <= asking.patience.longest_rest_s:
            return Ask(_repeated(last, Purpose.RETRY), wait_s)
    return second_look(exchanges)


def sibling(target: Target, exchanges: Sequence[Exchange], asking: Asking) -> Request | None:
    """A name in the page's folder that cannot exist: how a host answers for it tells what its 200 is worth.

    Asked only when the page bears another title than the archived article and is long enough to be compared. The name
    follows from the folder, so that a host sees one such request a folder and a replay makes the same one.
    """
    last = exchanges[-1]
    page = last.content.page if last.content is not None else None
    if target.title is None or page is None or last.status != 200 or drift.titles_agree(target.title, page):
        return None
    if not drift.is_enough(page.text):
        return None
    folder = last.request.url.partition("?")[0].rpartition("/")[0]
    name = blake2b(folder.encode(), digest_size=12).hexdigest()
    request = _request(target, f"{folder}/{name}", asking, Purpose.SIBLING, plainly=True)
    return msgspec.structs.replace(request, asked_for=None)


def second_look(exchanges: Sequence[Exchange]) -> Ask | None:
    """The last request once more, when everything else was asked; None when that was done already."""
    if any(exchange.request.purpose is Purpose.SECOND_LOOK for exchange in exchanges):
        return None
    return Ask(_repeated(exchanges[-1], Purpose.SECOND_LOOK), late=True)


def _attempt(exchanges: Sequence[Exchange]) -> int:
    """How often the last request was sent in a row."""
    last = exchanges[-1].request
    count = 0
    for exchange in reversed(exchanges):
        if exchange.request.url != last.url or exchange.request.method != last.method:
            break
        count += 1
    return count


def _repeated(exchange: Exchange, purpose: Purpose) -> Request:
    request = exchange.request
    timeouts = request.timeouts
    if exchange.failure is Failure.TIMED_OUT and purpose is Purpose.RETRY:
        timeouts = Timeouts(timeouts.connect_s * 2, timeouts.read_s * 2, timeouts.total_s * 2)
    return msgspec.structs.replace(request, purpose=purpose, timeouts=timeouts)


def _another_way(
    target: Target, exchanges: Sequence[Exchange], trail: Trail, asking: Asking, *, is_lost: bool
) -> Ask | None:
    last = trail.final
    asked_for = {exchange.request.purpose for exchange in exchanges}
    if last.status in _ASKED_PLAINLY and Purpose.PLAIN_GET not in asked_for and trail.purpose is not Purpose.RENDITION:
        return Ask(_request(target, last.request.url, asking, Purpose.PLAIN_GET, plainly=True))
    if _condemns(last):
        for url in _unasked(target.alternates, exchanges):
            return Ask(_request(target, url, asking, Purpose.ALTERNATE))
    if last.failure is Failure.CERTIFICATE_INVALID and Purpose.DIAGNOSIS not in asked_for:
        bare = msgspec.structs.replace(asking, headers={})
        request = _request(target, last.request.url, bare, Purpose.DIAGNOSIS, plainly=True)
        shown = tuple(pair for pair in request.headers if pair[0] not in ("Authorization", "Cookie"))
        return Ask(msgspec.structs.replace(request, verify=False, headers=shown))
    if last.status in (401, 403) and target.expects is Expects.IMAGE and Purpose.REFERER not in asked_for:
        referer = (("Referer", target.referer or urls.origin(last.request.url) + "/"),)
        return Ask(_request(target, target.url, asking, Purpose.REFERER, plainly=True, extra=referer))
    if is_lost:
        for url in _unasked(target.fallbacks, exchanges):
            return Ask(_request(msgspec.structs.replace(target, expects=Expects.JSON), url, asking, Purpose.FALLBACK))
        for url in _unasked(target.renditions, exchanges)[: _renditions_left(exchanges)]:
            return Ask(_request(target, url, asking, Purpose.RENDITION))
    return None


def _condemns(exchange: Exchange) -> bool:
    if exchange.failure is not None:
        return exchange.failure not in (Failure.HOST_RESTS, Failure.BLOCKED_PORT, Failure.ROBOTS_FORBID)
    return exchange.status is not None and exchange.status >= 400 and exchange.status not in (401, 403, 429)


def _unasked(candidates: tuple[str, ...], exchanges: Sequence[Exchange]) -> list[str]:
    asked = {exchange.request.url for exchange in exchanges}
    return [url for url in candidates if urls.without_fragment(url) not in asked]


def _renditions_left(exchanges: Sequence[Exchange]) -> int:
    asked = sum(exchange.request.purpose is Purpose.RENDITION for exchange in exchanges)
    found = any(evidence.is_success(e) for e in exchanges if e.request.purpose is Purpose.RENDITION)
    return 0 if found else max(0, _MOST_RENDITIONS - asked)
