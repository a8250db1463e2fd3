"""An image proxy's own words → what they prove about the origin; pure.

weserv answers every upstream fault with 404 and a JSON message, so the status alone says nothing (read in its source,
2024-03); others speak by header or by plain text.
"""

import re

import msgspec

from linkcheck import urls
from linkcheck.model import Exchange, Reason, Target
from linkcheck.patterns import lazily
from linkcheck.verdicts.judgement import Judgement, broken, uncertain
from linkcheck.verdicts.statuses import phrase

_ORIGIN_STATUS = lazily(r"returned error: (\d{3})", re.IGNORECASE)
_CLOUDFLARE_ERROR = lazily(r"\berr=(\d{4})\b")
_PROXY = "the proxy {host} says: {message}"


class _Words(msgspec.Struct):
    status: str
    message: str
    code: int = 0


_MESSAGES: tuple[tuple[str, Reason, bool], ...] = (
    # fragment, reason, whether it condemns what a reader of the proxied URL sees
    ("unresolvable (dns)", Reason.DNS_FAILURE, False),
    ("url timed out", Reason.TIMED_OUT, False),
    ("redirection to itself", Reason.REDIRECT_LOOP, True),
    ("more than 10 redirects", Reason.REDIRECT_LOOP, True),
    ("too large to be downloaded", Reason.PROXY_FAULT, True),
    ("exceeds pixel limit", Reason.PROXY_FAULT, True),
    ("unsupported image format", Reason.NOT_AN_IMAGE, True),
    ("image not readable", Reason.NOT_AN_IMAGE, True),
    ("ip address blocked", Reason.PROXY_FAULT, True),
    ("unable to parse uri", Reason.INVALID_URL, True),
    ("unsupported saver", Reason.INVALID_URL, True),
    ("nginx returned error", Reason.SERVER_ERROR, False),
    ("something's wrong", Reason.SERVER_ERROR, False),
    ("remote data could not be fetched", Reason.NOT_FOUND, True),
)
_CLOUDFLARE = {
    "9401": Reason.INVALID_URL,
    "9402": Reason.PROXY_FAULT,
    "9403": Reason.REDIRECT_LOOP,
    "9404": Reason.NOT_FOUND,
    "9406": Reason.INVALID_URL,
    "9407": Reason.HOST_NOT_FOUND,
    "9408": Reason.CLIENT_ERROR,
    "9419": Reason.INVALID_URL,
}


def by_words(target: Target, exchange: Exchange) -> Judgement | None:
    """What a failing proxy says of its origin; None when it is no proxy's word, and the status has to speak."""
    if exchange.status is None or exchange.status == 200 or exchange.failure is not None:
        return None
    return _weserv(exchange) or _cloudflare(exchange) or _plain(exchange)


def _weserv(exchange: Exchange) -> Judgement | None:
    body = exchange.content.body if exchange.content else b""
    if not body.lstrip().startswith(b"{"):
        return None
    try:
        words = msgspec.json.decode(body, type=_Words)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if words.status != "error" or exchange.status == 429:
        return None
    return _by_message(exchange, words.message)


def _plain(exchange: Exchange) -> Judgement | None:
    content = exchange.content
    if content is None or content.media_type != "text/plain" or exchange.status == 429:
        return None
    text = content.body[:512].decode("utf-8", "replace")
    return _by_message(exchange, text) if "remote data" in text.lower() else None


def _by_message(exchange: Exchange, message: str) -> Judgement | None:
    said = _PROXY.format(host=urls.authority(exchange.request.url), message=" ".join(message.split())[:200])
    answered = _ORIGIN_STATUS.search(message)
    if answered:
        return _by_origin_status(int(answered.group(1)), said)
    lower = message.lower()
    for fragment, reason, condemns in _MESSAGES:
        if fragment in lower:
            return broken(reason, said) if condemns else uncertain(reason, said)
    return None


def _by_origin_status(status: int, said: str) -> Judgement:
    detail = f"{said}; that is {phrase(status)} from the origin"
    match status:
        case 404:
            return broken(Reason.NOT_FOUND, detail)
        case 410:
            return broken(Reason.GONE, detail)
        case 401 | 402 | 403 | 451 | 999:
            return uncertain(Reason.BLOCKED, detail)
        case 429:
            return uncertain(Reason.RATE_LIMITED, detail)
    if status >= 500:
        return uncertain(Reason.SERVER_ERROR, detail)
    return broken(Reason.CLIENT_ERROR, detail)


def _cloudflare(exchange: Exchange) -> Judgement | None:
    """`Cf-Resized: err=9404` of Cloudflare's image resizing."""
    code = _CLOUDFLARE_ERROR.search(exchange.header("cf-resized") or "")
    reason = _CLOUDFLARE.get(code.group(1)) if code else None
    if code is None or reason is None:
        return None
    host = urls.authority(exchange.request.url)
    return broken(reason, f"the image proxy at {host} says: error {code.group(1)}")
