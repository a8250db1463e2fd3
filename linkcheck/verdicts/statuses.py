"""A response that is no success → its judgement by status; pure. Walls have been looked for before."""

from functools import lru_cache

from linkcheck import urls
from linkcheck.model import Exchange, Reason
from linkcheck.verdicts.judgement import Judgement, broken, uncertain

_WALLS = {
    401: "it asks for a login",
    402: "it asks for payment",
    403: "it forbids us",
    407: "a proxy asks for a login",
    451: "it is withheld for legal reasons",
    511: "the network asks for a login",
    999: "it turns away programs",
}


def by_status(exchange: Exchange, status: int) -> Judgement:
    """What a status of 300 and above means for a reader (RFC 9110, 15; verdicts.md, 5)."""
    said = answer(exchange)
    if status in _WALLS:
        return uncertain(Reason.BLOCKED, f"{said}: {_WALLS[status]}, which does not mean that readers are")
    match status:
        case 404:
            return broken(Reason.NOT_FOUND, said)
        case 410:
            return broken(Reason.GONE, f"{said}: removed for good")
        case 408:
            return uncertain(Reason.TIMED_OUT, said)
        case 429:
            return uncertain(Reason.RATE_LIMITED, f"{said}: we asked too often")
        case 416 if _is_empty(exchange):
            return broken(Reason.IMAGE_EMPTY, f"{said}: it has no bytes")
    if status >= 500:
        return uncertain(Reason.SERVER_ERROR, said)
    if status >= 400:
        return broken(Reason.CLIENT_ERROR, said)
    if status < 300:
        return uncertain(Reason.PROTOCOL_ERROR, said)
    return uncertain(Reason.PROTOCOL_ERROR, f"{said}, a redirect that leads nowhere")


def answer(exchange: Exchange) -> str:
    """`host answered 404 Not Found`, with the registered phrase where the server sent none."""
    url = exchange.request.url
    end = url.find("/", len("https://"))
    return _said(url[:end] if end > 0 else url, exchange.status or 0)


@lru_cache(maxsize=1024)
def _said(site: str, status: int) -> str:
    """Remembered, since most targets of a host get the same answer."""
    return f"{urls.authority(site)} answered {phrase(status)}"


@lru_cache(maxsize=256)
def phrase(status: int) -> str:
    """`404 Not Found`; the number alone when it is not registered."""
    from http import HTTPStatus  # 1 ms, which a run without a failure does without

    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _is_empty(exchange: Exchange) -> bool:
    return (exchange.header("content-range") or "").replace(" ", "") == "bytes*/0"
