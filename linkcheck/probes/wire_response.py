"""Bytes of one response, through llhttp → an `Exchange`; what is not plain HTTP/1.1 raises, and is left to others.

Nothing is guessed: lengths that contradict each other, codings other than chunked, unknown versions, and heads or
framing of more than `HEAD_BYTES` are an `Oddity`. Invariant: no more is kept than the read limit and one head.
"""

from hashlib import sha256
from time import perf_counter
from typing import TYPE_CHECKING, Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from linkcheck.model import Content, Ending, Exchange, Failure
from linkcheck.probes.ends import Ends
from linkcheck.probes.images import is_proved_by_ends
from linkcheck.probes.transport import declared_bytes, media_type_in

if TYPE_CHECKING:
    from linkcheck.probes.wire_conversation import Conversation

KEPT_WHOLE_BYTES: Final = 65_536
"""A shorter image is kept as it comes."""
_FIRST_BYTES: Final = 8192
"""So many of a longer one are looked at first."""
HEAD_BYTES: Final = 65_536
"""Of all that is no body: status lines, headers, trailers. The reference transport reads 100 KiB."""
_WORDS_A_BYTE: Final = 16
"""Bytes of framing that one byte of a chunked body may cost."""
_MOST_HEADERS: Final = 256
_MOST_INTERIM: Final = 16
_NAMES_KEPT: Final = 4096
_VERSIONS: Final = {"1.1": "HTTP/1.1", "1.0": "HTTP/1.0"}
_TELLING: Final = {"content-length", "transfer-encoding", "content-type", "connection"}
_names: dict[bytes, tuple[str, str | None]] = {}


class Oddity(Exception):
    """What this parser leaves to the reference transport."""


BREAKS: Final = (HttpParserError, HttpParserUpgrade)
"""What feeding the parser raises; an `Oddity` is the context of the first."""


_nothing = sha256()


def _digest(body: bytes) -> str:
    """OpenSSL 3 looks its algorithm up at each `sha256()`, but not for a copy: 1 µs less."""
    digest = _nothing.copy()
    digest.update(body)
    return digest.hexdigest()


def _learned(name: bytes) -> tuple[str, str | None]:
    """A header name as text, and in lower case when its value tells how to read the response."""
    text = name.decode("latin-1")
    lowered = text.lower()
    known = (text, lowered if lowered in _TELLING else None)
    if len(_names) < _NAMES_KEPT:
        _names[name] = known
    return known


class Response:
    """One response after the other of a connection; the methods `on_…` are the parser's."""

    __slots__ = (
        "_ends",
        "_headers",
        "_http_version",
        "_interim",
        "_is_at_rest",
        "_is_bodiless",
        "_is_followed",
        "_is_head",
        "_limit",
        "_may_be_thinned",
        "_parts",
        "_reason",
        "_said",
        "_status",
        "_told",
        "has_head",
        "is_complete",
        "is_until_close",
        "length",
        "parser",
        "received",
        "seen",
    )

    def __init__(self) -> None:
        self.parser = HttpResponseParser(self)
        self._is_at_rest = True
        self.expect(is_head=False, limit_bytes=0)

    def expect(self, *, is_head: bool, limit_bytes: int, is_picture: bool = False) -> None:
        """Begin anew: a request was sent; of what `is_picture` no more need be kept than proves it."""
        if not self._is_at_rest:
            self.parser = HttpResponseParser(self)
        self._is_at_rest = False
        self._is_head = is_head
        self._limit = limit_bytes
        self._headers: list[tuple[str, str]] = []
        self._told: dict[str, str] = {}
        self._parts: list[bytes] = []
        self._may_be_thinned = is_picture
        self._ends: Ends | None = None
        self._said = b""
        self._reason = ""
        self._interim = 0
        self._is_followed = False
        self._is_bodiless = False
        self.has_head = False
        self.is_complete = False
        self.is_until_close = False
        self.length: int | None = None
        self.received = 0
        self.seen = 0

    def close(self) -> None:
        """Break the circle of parser and callbacks; nothing is fed any more."""
        del self.parser

    @property
    def is_over(self) -> bool:
        """Whether more came, or is sure to come, than is wanted."""
        return self.seen > self._limit or (self.seen == self._limit and (self.length or 0) > self._limit)

    @property
    def is_wordy(self) -> bool:
        """Whether more has come that is no body than any honest server sends."""
        return self.received - self.seen > HEAD_BYTES + _WORDS_A_BYTE * self.seen

    @property
    def may_be_kept(self) -> bool:
        """Whether the connection is in order for another request (RFC 9112, 9.3)."""
        if self._is_followed or self.is_until_close:
            return False
        word = self._told.get("connection", "").lower()
        return "close" not in word if self._http_version == "HTTP/1.1" else "keep-alive" in word

    def on_message_begin(self) -> None:  # noqa: D102 - see the class
        if self.is_complete:
            self._is_followed = True

    def on_status(self, reason: bytes) -> None:  # noqa: D102
        self._said += reason

    def on_header(self, name: bytes, value: bytes) -> None:  # noqa: D102
        if self.has_head:
            return
        text, telling = _names.get(name) or _learned(name)
        said = value.decode("latin-1").rstrip(" \t")
        self._headers.append((text, said))
        if telling is not None:
            told = self._told
            # the first type counts, as in `transport.first`; of the others all count
            told[telling] = said if telling not in told or telling == "content-type" else f"{told[telling]},{said}"

    def on_headers_complete(self) -> None:  # noqa: D102
        if self.is_complete:
            return
        status = self.parser.get_status_code()
        if status < 200:
            self._pass_over(status)
            return
        version = _VERSIONS.get(self.parser.get_http_version())
        self._reason = self._said.decode("latin-1")
        if version is None or not self._reason.isprintable() or len(self._headers) > _MOST_HEADERS:
            what = f"version {self.parser.get_http_version()}, status {status} {self._reason!r}"
            raise Oddity(f"{what}, {len(self._headers)} headers")
        self._status = status
        self._http_version = version
        self.has_head = True
        self._frame(self._told.get("content-length"), self._told.get("transfer-encoding"))

    def _pass_over(self, status: int) -> None:
        """An interim response says nothing; a change of protocol was not asked for."""
        self._interim += 1
        if status < 100 or status == 101 or self._interim > _MOST_INTERIM:
            raise Oddity(f"interim response {self._interim}, status {status}")
        self._headers.clear()
        self._told.clear()
        self._said = b""

    def _frame(self, length: str | None, coding: str | None) -> None:
        """How the body ends (RFC 9112, 6.3)."""
        if length is not None:
            if coding is not None or not (length.isascii() and length.isdigit() and len(length) < 19):
                raise Oddity(f"Content-Length {length!r}, Transfer-Encoding {coding!r}")
            self.length = int(length)
        elif coding is not None and (coding != "chunked" or self._http_version != "HTTP/1.1"):
            raise Oddity(f"Transfer-Encoding {coding!r} in {self._http_version}")
        if self._is_head or self._status in (204, 304):
            self._is_bodiless = self.is_complete = True
        else:
            self.is_until_close = length is None and coding is None

    def on_body(self, part: bytes) -> None:  # noqa: D102
        if self.is_complete:
            self._is_followed = True
            return
        room = self._limit - self.seen
        self.seen += len(part)
        if room <= 0:
            return
        wanted = part if len(part) <= room else part[:room]
        if self._ends is not None:
            self._ends.add(wanted)
            return
        self._parts.append(wanted)
        if self._may_be_thinned and self.seen >= _FIRST_BYTES:
            self._thin()

    def _thin(self) -> None:
        """Go on with the ends of a long picture alone, once its first bytes tell that these prove it."""
        length, is_long = self.length, self.seen > KEPT_WHOLE_BYTES
        if length is None and not is_long:
            return
        first = b"".join(self._parts)
        is_proved = is_proved_by_ends(first) if is_long or (length or 0) > KEPT_WHOLE_BYTES else False
        if is_proved:
            self._parts = []
            self._ends = Ends(first, _nothing.copy() if length is None or length <= self._limit else None)
        self._may_be_thinned = is_proved is None and not is_long

    def on_message_complete(self) -> None:  # noqa: D102
        # after a HEAD the parser may wait for a body, and is then given up; interim responses end here too
        if self.has_head and not self._is_followed:
            self.is_complete = self._is_at_rest = True

    def exchange(
        self,
        conversation: "Conversation",
        *,
        failure: Failure | None = None,
        error: tuple[str, ...] = (),
    ) -> Exchange:
        """What came, as a value; with a failure the body was cut off, unless all that was wanted had come."""
        is_over = self.is_over
        if is_over and not self._is_bodiless:
            failure, error = None, ()
        return Exchange(
            conversation.request,
            conversation.started_at,
            perf_counter() - conversation.began,
            self._status,
            self._reason,
            self._http_version,
            tuple(self._headers),
            self._content(is_over, failure is not None),
            failure,
            error,
            conversation.peer,
            conversation.certificate_expires_at,
        )

    def _content(self, is_over: bool, is_cut: bool) -> Content:
        parts, status, ends = self._parts, self._status, self._ends
        body = ends.first if ends is not None else parts[0] if len(parts) == 1 else b"".join(parts)
        length = min(self.seen, self._limit)
        declared = declared_bytes(status, self._headers) if status in (206, 416) else self.length
        whole = not (is_over or is_cut or self._is_bodiless) and (status != 206 or length == declared)
        return Content(
            media_type_in(self._told.get("content-type")),
            length,
            declared,
            Ending.LIMIT if is_over and not self._is_bodiless else Ending.CUT if is_cut else Ending.COMPLETE,
            self._digest_of(body) if whole else None,
            body,
            tail=ends.last if ends is not None else b"",
        )

    def _digest_of(self, body: bytes) -> str:
        ends = self._ends
        return _digest(body) if ends is None or ends.digest is None else ends.digest.hexdigest()
