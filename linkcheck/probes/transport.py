"""The seam: one `Request` in, one `Exchange` out, whatever the network does; and what every transport shares.

Invariant: what the network does is a value. `send` raises nothing but `CancelledError` and the faults of errors.py.
"""

import errno
import hashlib
import socket
import ssl
from asyncio import CancelledError
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Protocol

from linkcheck.model import Content, Ending, Exchange, Failure, Request

DRAIN_BYTES = 65_536
"""What is left of a body is read and dropped up to this length: cheaper than a new connection (a TLS handshake
costs about 1 ms of CPU, performance page, section 5)."""

_LONGEST_LINE = 300
_UNREACHABLE = {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}
_DROPPED = {errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE, errno.ESHUTDOWN, errno.ENOTCONN}
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class Transport(Protocol):
    """Sends requests. Safe for many `send`s at once in one event loop."""

    async def send(self, request: Request) -> Exchange:
        """Ask once, follow nothing; a failure is in the exchange."""
        ...

    async def aclose(self) -> None:
        """Free every connection, file and thread."""
        ...


def chain(error: BaseException) -> tuple[BaseException, ...]:
    """`error` and its causes, outermost first, each once.

    Follows `__cause__`, then an exception in `args` (httpcore cuts its causes off, but keeps them there), then
    `__context__`; ends before the cancellation that a timeout is made of.
    """
    links: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in links and not isinstance(link, CancelledError):
        links.append(link)
        within = next((part for part in link.args if isinstance(part, BaseException)), None)
        link = link.__cause__ or within or link.__context__
    return tuple(links)


def failure_of(links: Sequence[BaseException]) -> Failure:
    """The class of a chain of causes: the innermost that says anything wins; `PROTOCOL_ERROR` when none does."""
    for link in reversed(links):
        failure = _failure_of_one(link)
        if failure is not None:
            return failure
    return Failure.PROTOCOL_ERROR


def _failure_of_one(error: BaseException) -> Failure | None:
    """By type and errno only: message texts differ between versions and languages."""
    match error:
        case socket.gaierror():
            return Failure.HOST_NOT_FOUND if error.errno in _NO_SUCH_NAME else Failure.DNS_FAILURE
        case ssl.SSLCertVerificationError():
            return Failure.CERTIFICATE_INVALID
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | EOFError():
            return Failure.CONNECTION_RESET
        case ssl.SSLError():
            return Failure.PROTOCOL_ERROR
        case TimeoutError():
            return Failure.TIMED_OUT
        case OSError() if error.errno in _UNREACHABLE:
            return Failure.CONNECTION_REFUSED
        case ConnectionError():
            return Failure.CONNECTION_RESET
        case OSError() if error.errno in _DROPPED:
            return Failure.CONNECTION_RESET
        case _:
            return None


def described(links: Iterable[BaseException]) -> tuple[str, ...]:
    """Each link as `Type: message`, a repeated line once."""
    lines: list[str] = []
    for link in links:
        text = str(link)[:_LONGEST_LINE]
        line = f"{type(link).__name__}: {text}" if text else type(link).__name__
        if not lines or lines[-1] != line:
            lines.append(line)
    return tuple(lines)


def target(url: str) -> str:
    """The request target of a serialised URL, byte for byte: path and query; no fragment."""
    start = url.find("/", url.find("://") + 3)
    rest = url[start:] if start >= 0 else "/"
    return rest.partition("#")[0]


def first(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """The first value of header `name` (given in lower case), or None."""
    for key, value in headers:
        if key.lower() == name:
            return value
    return None


def media_type(headers: Iterable[tuple[str, str]]) -> str | None:
    """Content-Type in lower case without parameters; None when absent or empty."""
    return media_type_in(first(headers, "content-type"))


@lru_cache(maxsize=512)
def media_type_in(value: str | None) -> str | None:
    """The media type that a Content-Type names."""
    return value.partition(";")[0].strip().lower() or None if value else None


def content_length(headers: Iterable[tuple[str, str]]) -> int | None:
    """Content-Length of this response (`5, 5` counts as 5); None when absent or no number."""
    value = (first(headers, "content-length") or "").partition(",")[0].strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def declared_bytes(status: int, headers: Iterable[tuple[str, str]]) -> int | None:
    """How long the whole resource is said to be: the total of Content-Range on a 206 or 416, else Content-Length."""
    if status in (206, 416):
        total = (first(headers, "content-range") or "").rpartition("/")[2].strip()
        return int(total) if total.isascii() and total.isdigit() and len(total) < 19 else None
    return content_length(headers)


def has_body(method: str, status: int) -> bool:
    """Whether a body follows the head at all (RFC 9112, 6.3)."""
    return method != "HEAD" and status >= 200 and status not in (204, 304)


class Body:
    """The bytes of one response as they arrive: up to a limit, with a little beyond read and dropped."""

    def __init__(self, limit_bytes: int, length_bytes: int | None) -> None:
        self._limit = limit_bytes
        self._length = length_bytes
        self._parts: list[bytes] = []
        self._seen = 0

    @property
    def over(self) -> bool:
        """Whether more came, or is sure to come, than is wanted."""
        return self._seen > self._limit or (self._seen == self._limit and (self._length or 0) > self._limit)

    @property
    def enough(self) -> bool:
        """Whether to stop reading now and give the connection up."""
        if not self.over:
            return False
        return self._length is None or self._length - self._seen > DRAIN_BYTES

    def add(self, part: bytes) -> bool:
        """Take one part in; whether to go on reading."""
        room = self._limit - self._seen
        self._seen += len(part)
        if room > 0:
            self._parts.append(part if len(part) <= room else part[:room])
        return not self.enough

    def content(
        self, status: int, headers: tuple[tuple[str, str], ...], *, cut: bool, bodiless: bool = False
    ) -> Content:
        """What was read, as a value; `cut` when the connection broke off, `bodiless` when none was to come."""
        body = b"".join(self._parts)
        declared = declared_bytes(status, headers)
        ended = Ending.LIMIT if self.over else Ending.CUT if cut else Ending.COMPLETE
        whole = ended is Ending.COMPLETE and not bodiless and (status != 206 or len(body) == declared)
        return Content(
            media_type=media_type(headers),
            length_bytes=len(body),
            declared_bytes=declared,
            ended=ended,
            sha256=hashlib.sha256(body).hexdigest() if whole else None,
            body=body,
        )
