"""One exchange ↔ one line of a cassette; pure. The format: JSON Lines, a header first, then one `Line` an exchange.

Invariant: no secret goes in, and what comes out of a line makes the same findings as what went in.
"""

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from linkcheck.model import Content, Ending, Exchange, Failure, ImageFacts, PageFacts, Purpose, Request
from linkcheck.probes.masking import Masking
from linkcheck.probes.transport import first, media_type

VERSION: Final = 1
KEPT_BYTES: Final = 65_536
"""Of a body at most so much is kept: enough for a page's head and for any image's signature."""

_TAIL_BYTES = 32
_HIDDEN = frozenset({"set-cookie", "set-cookie2", "authorization", "proxy-authorization", "cookie"})
_REQUEST_HEADERS = frozenset(
    {"accept", "accept-encoding", "accept-language", "if-modified-since", "if-none-match", "range", "user-agent"}
)
_TEXT_TYPES = ("text/", "application/json", "application/xml", "application/xhtml+xml", "application/javascript")

Pairs = tuple[tuple[str, str], ...]


class Header(Struct, frozen=True):
    """The first line."""

    cassette: int
    """Version of the format."""
    tool: str
    recorded_at: datetime
    """The clock that a replay starts from."""
    salt: str
    """Hex; what masked secrets are digested with (see `Masking`)."""


class Key(Struct, frozen=True, omit_defaults=True):
    """What an answer is looked up by."""

    method: str
    url: str
    range: str | None = None
    conditional: str | None = None
    """The If-None-Match, else If-Modified-Since, that was sent."""
    verify: bool = True
    asked_for: str | None = None
    """The target that it was asked for, when that is another URL: two targets may be redirected to one place, and
    each goes its own way from there."""


class RecordedBody(Struct, frozen=True, omit_defaults=True):
    """A body before content decoding: `text` when it is UTF-8 of a text type, else `b64`."""

    kept: int
    read: int
    end: Ending
    text: str | None = None
    b64: bytes | None = None
    declared: int | None = None
    sha256: str | None = None
    tail: bytes | None = None
    """The last bytes of a body that was not kept whole."""


class RecordedError(Struct, frozen=True):
    """Our class of failure, and the causes."""

    failure: Failure
    chain: tuple[str, ...] = ()


class Times(Struct, frozen=True):
    """Seconds."""

    elapsed: float


class Place(Struct, frozen=True):
    """As much of a line as the index of a replay needs."""

    key: Key
    n: int
    purpose: Purpose = Purpose.FIRST


class Line(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One exchange."""

    key: Key
    n: int
    """Ordinal among the requests of one key, from 0, in the order they were sent."""
    purpose: Purpose = Purpose.FIRST
    """Why it was asked; a replay makes the same repetitions, since budgets depend on the order of answers."""
    started_at: datetime
    t: Times
    request_headers: Pairs = ()
    status: int | None = None
    reason: str = ""
    http: str = ""
    headers: Pairs = ()
    body: RecordedBody | None = None
    error: RecordedError | None = None
    peer: str | None = None
    certificate_expires_at: datetime | None = None
    image: ImageFacts | None = None
    """What the whole body said; only when it was not kept whole."""
    page: PageFacts | None = None


def key_of(request: Request, masking: Masking) -> Key:
    """The key that `request` is recorded and found under."""
    condition = first(request.headers, "if-none-match") or first(request.headers, "if-modified-since")
    masked = masking.text(condition) if condition is not None else None
    return Key(
        request.method,
        masking.url(request.url),
        first(request.headers, "range"),
        masked,
        request.verify,
        masking.url(request.asked_for) if request.asked_for is not None else None,
    )


def is_kept_whole(content: Content) -> bool:
    """Whether a replay has all the bytes, and can draw the facts anew."""
    return len(content.body) == content.length_bytes <= KEPT_BYTES


def line_of(exchange: Exchange, key: Key, n: int, masking: Masking) -> Line:
    """An exchange as it is kept: secrets masked, the body capped."""
    content = exchange.content
    capped = content if content is not None and not is_kept_whole(content) else None
    return Line(
        key=key,
        n=n,
        purpose=exchange.request.purpose,
        started_at=exchange.started_at,
        t=Times(exchange.elapsed_s),
        request_headers=tuple(
            (name, masking.text(value)) for name, value in exchange.request.headers if name.lower() in _REQUEST_HEADERS
        ),
        status=exchange.status,
        reason=exchange.reason_phrase,
        http=exchange.http_version,
        headers=tuple((name, _scrubbed(name, value, masking)) for name, value in exchange.headers),
        body=_body(content, masking) if content is not None else None,
        error=_error(exchange, masking),
        peer=exchange.peer,
        certificate_expires_at=exchange.certificate_expires_at,
        image=capped.image if capped is not None else None,
        page=capped.page if capped is not None else None,
    )


def _scrubbed(name: str, value: str, masking: Masking) -> str:
    lowered = name.lower()
    if lowered in _HIDDEN:
        return "***"
    return masking.url(value) if lowered in ("location", "content-location") else masking.text(value)


def _error(exchange: Exchange, masking: Masking) -> RecordedError | None:
    if exchange.failure is None:
        return None
    return RecordedError(exchange.failure, tuple(masking.text(cause) for cause in exchange.error))


def _body(content: Content, masking: Masking) -> RecordedBody:
    text = _text(content)
    head = content.body[:KEPT_BYTES]
    return RecordedBody(
        kept=len(text.encode()) if text is not None else len(head),
        read=content.length_bytes,
        end=content.ended,
        text=masking.text(text) if text is not None else None,
        b64=head if text is None else None,
        declared=content.declared_bytes,
        sha256=content.sha256,
        tail=None if is_kept_whole(content) else (content.tail or content.body)[-_TAIL_BYTES:],
    )


def _text(content: Content) -> str | None:
    """The kept head as text, cut between characters; None when it is none."""
    kind = content.media_type or ""
    if not (kind.startswith(_TEXT_TYPES) or kind.endswith(("+json", "+xml"))):
        return None
    head = content.body[:KEPT_BYTES]
    spare = 0 if is_kept_whole(content) else 3
    for cut in range(spare + 1):
        try:
            return head[: len(head) - cut].decode()
        except UnicodeDecodeError:
            continue
    return None


def exchange_of(line: Line, request: Request) -> Exchange:
    """The recorded answer, as if it had come to `request`."""
    return Exchange(
        request=request,
        started_at=line.started_at,
        elapsed_s=line.t.elapsed,
        status=line.status,
        reason_phrase=line.reason,
        http_version=line.http,
        headers=line.headers,
        content=_content(line, line.body) if line.body is not None else None,
        failure=line.error.failure if line.error is not None else None,
        error=line.error.chain if line.error is not None else (),
        peer=line.peer,
        certificate_expires_at=line.certificate_expires_at,
    )


def _content(line: Line, body: RecordedBody) -> Content:
    return Content(
        media_type=media_type(line.headers),
        length_bytes=body.read,
        declared_bytes=body.declared,
        ended=body.end,
        sha256=body.sha256,
        body=body.text.encode() if body.text is not None else body.b64 or b"",
        image=line.image,
        page=line.page,
    )


encode = msgspec.json.Encoder().encode
decode_header = msgspec.json.Decoder(Header).decode
decode_place = msgspec.json.Decoder(Place).decode
decode_line = msgspec.json.Decoder(Line).decode
