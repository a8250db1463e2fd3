"""The web of the torture table: what servers say, badly and well, and the ports where they listen.

Every row has a host of its own, `NAME.torture`, so that no row's trouble touches another's. That top-level domain does
not exist, no tool excludes it, and `--connect-to` leads all of it to loopback.
"""

import gzip
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Self

import trustme
from pictures import chunk as png_chunk
from pictures import picture
from servers import (
    Behaviour,
    Certificates,
    End,
    Seen,
    Server,
    Step,
    answer,
    chunk,
    head,
    in_turn,
    redirect,
    short,
    steps,
    unused_port,
)

DOMAIN = "torture"
WESERV = "images.weserv.nl"
Routes = Mapping[str, Behaviour]
"""Path, or `host/path` of another host than the row's own → behaviour; `*`: any path."""

JPEG, PNG, GIF = picture("jpeg"), picture("png"), picture("gif")


def page(title: str, body: str = "", status: int = 200, *headers: tuple[str, str]) -> Behaviour:
    """An HTML page; without title when that is empty."""
    named = f"<title>{title}</title>" if title else ""
    html = f"<!doctype html><html><head><meta charset=utf-8>{named}</head><body>{body}</body></html>"
    return answer(status, html.encode(), *headers, media_type="text/html; charset=utf-8")


def text(status: int, body: str = "", *headers: tuple[str, str]) -> Behaviour:
    """A plain word."""
    return answer(status, body.encode(), *headers, media_type="text/plain")


def shows(body: bytes, media_type: str = "image/jpeg", *headers: tuple[str, str]) -> Behaviour:
    """An image, or what is said to be one."""
    return answer(200, body, *headers, media_type=media_type)


def photo(form: str = "jpeg") -> Behaviour:
    """A JPEG or PNG like no other: the same bytes at three places would be a placeholder."""

    def behaviour(seen: Seen) -> Iterable[Step]:
        note = f"{seen.host}{seen.target}".encode("latin-1")
        if form == "jpeg":
            body = JPEG[:2] + b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note + JPEG[2:]
        else:
            body = PNG[:33] + png_chunk(b"tEXt", b"Comment\0" + note) + PNG[33:]
        return shows(body, f"image/{form}")(seen)

    return behaviour


def weserv_says(message: str, status: int = 404) -> Behaviour:
    """weserv's refusal: always JSON, nearly always 404."""
    body = f'{{"status":"error","code":{status},"message":"{message}"}}'
    return answer(status, body.encode(), media_type="application/json")


def by_method(head_says: Behaviour, get_says: Behaviour) -> Behaviour:
    """Servers that treat HEAD as a stranger."""
    return lambda seen: head_says(seen) if seen.method == "HEAD" else get_says(seen)


def by_scheme(http: Behaviour, https: Behaviour) -> Behaviour:
    """What a host says in the open, and what over TLS."""
    return lambda seen: http(seen) if seen.scheme == "http" else https(seen)


def by_query(answers: Mapping[str, Behaviour], otherwise: Behaviour) -> Behaviour:
    """One path, so the query decides: by what the target contains."""

    def behaviour(seen: Seen) -> Iterable[Step]:
        return next((says for mark, says in answers.items() if mark in seen.target), otherwise)(seen)

    return behaviour


def only_with(name: str, value: str, then: Behaviour, otherwise: Behaviour) -> Behaviour:
    """The answer depends on a request header that holds `value`."""
    return lambda seen: then(seen) if value in (seen.header(name) or "") else otherwise(seen)


def later_by_date(status: int) -> Behaviour:
    """Retry-After as an HTTP-date one second after the response's own Date; the server's clock is a day behind."""

    def behaviour(seen: Seen) -> Iterator[Step]:
        now = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
        date, after = (format_datetime(when, usegmt=True) for when in (now, now + timedelta(seconds=1)))
        yield head(status, ("Date", date), ("Retry-After", after), ("Content-Length", "0"))

    return behaviour


def chain(number: int) -> dict[str, Behaviour]:
    """`number` redirects from `/a` to a page."""
    hops = {f"/a{i or ''}": redirect(f"/a{i + 1}", 302) for i in range(number)}
    return {**hops, f"/a{number or ''}": FINE}


FINE = page("The harbour in winter", "<h1 id=part>The harbour in winter</h1><p>Ice on the quay.</p>")
GONE = page("404 Not Found", status=404)
BUSY = text(503, "busy", ("Retry-After", "1"))
ERROR = text(500, "oops")
CLOSED = steps(End.CLOSE)
RESET = steps(End.RESET)
SILENT = steps(End.HANG)
LOGIN = page("Log in")
CHALLENGE = ("cf-mitigated", "challenge")
GZIPPED = answer(200, gzip.compress(b"<title>Page not found</title>"), ("Content-Encoding", "gzip"))
NO_GZIP = answer(200, b"<title>Fine</title>", ("Content-Encoding", "gzip"))
CUT_GZIP = answer(200, gzip.compress(bytes(range(256)) * 40)[:-200], ("Content-Encoding", "gzip"))
HINTS_FIRST = steps(head(103, ("Link", "</a.css>; rel=preload")), head(100), head(200, ("Content-Length", "2")), b"hi")
OLD_HTTP = steps(head(200, ("Content-Type", "text/html"), version="1.0"), b"<title>Old</title>", End.CLOSE)
BAD_CHUNK = steps(head(200, ("Transfer-Encoding", "chunked")), b"zz\r\nabc\r\n", End.CLOSE)
CUT_CHUNKED_JPEG = steps(
    head(200, ("Content-Type", "image/jpeg"), ("Transfer-Encoding", "chunked")), chunk(JPEG[:999]), End.CLOSE
)
SHORT_JPEG = short(JPEG[:800], len(JPEG), media_type="image/jpeg")
RESET_JPEG = short(JPEG[:800], len(JPEG), End.RESET, media_type="image/jpeg")
UNTIL_CLOSE_JPEG = steps(head(200, ("Content-Type", "image/jpeg")), picture("jpeg"), End.CLOSE)
CHINESE_LOCATION = steps(head(301, ("Location", "/港口".encode().decode("latin-1")), ("Content-Length", "0")))
COOKIE_WALL = only_with(
    "cookie", "seen=1", FINE, answer(302, b"", ("Location", "/a"), ("Set-Cookie", "seen=1; Path=/"))
)
HOT_LINK = only_with("referer", "://", photo(), text(403, "no hot-linking"))
ANSWERS_ONCE = in_turn(ERROR, FINE)


class ShortLived(Certificates):
    """Also a certificate that ends in five days, for names whose first label is `expiring`."""

    def _certificate(self, name: str) -> trustme.LeafCert:
        if name.partition(".")[0] == "expiring":
            return self.authority.issue_cert(name, not_after=datetime.now(UTC) + timedelta(days=5))
        return super()._certificate(name)


class Speaker:
    """A port that says the same bytes to everyone, whatever they say, and hangs up; a context manager."""

    def __init__(self, words: bytes) -> None:
        self._words = words

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._speak, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # closing alone would leave the thread in accept()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _speak(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    connection.settimeout(1)
                    with suppress(OSError):
                        connection.recv(65_536)
                        connection.sendall(self._words)


@dataclass
class World:
    """The server with all hosts, and the ports where something else listens; a context manager."""

    routes: Mapping[tuple[str, str], Behaviour]
    folder: Path
    server: Server = field(init=False)
    rules: list[str] = field(default_factory=list)
    """`--connect-to`, in order."""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.server = stack.enter_context(Server(self.routes, ShortLived()))
            self.ca_file = self.server.certificates.write_authority(self.folder / "ca.pem")
            garbage = stack.enter_context(Speaker(b"220 mail.example ESMTP\r\n"))
            nobody = unused_port()
            self.rules = [
                # the watch answers for these: a name that does not exist, one that cannot be looked up
                f"nxdomain.{DOMAIN}:::",
                f"nxdomain-origin.{DOMAIN}:::",
                f"servfail.{DOMAIN}:::",
                f"refused.{DOMAIN}::127.0.0.1:{nobody}",
                f"down.{DOMAIN}::127.0.0.1:{nobody}",
                f"only-http.{DOMAIN}:443:127.0.0.1:{nobody}",
                f"tls-garbage.{DOMAIN}::127.0.0.1:{garbage.port}",
                self.server.connect_to,
            ]
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
