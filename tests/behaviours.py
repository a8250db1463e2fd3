"""What servers do, well and badly: a table of name → behaviour and what a transport makes of a GET of it.

`(status, failure, how the body ended)`; the path is the name. Every row is quick: a hanging one meets `PATIENCE`.
"""

import gzip
from typing import NamedTuple

from servers import (
    Behaviour,
    End,
    Routes,
    Wait,
    after,
    answer,
    chunk,
    chunked,
    drip,
    endless,
    head,
    redirect,
    short,
    steps,
)

from linkcheck.model import Ending, Failure, Timeouts

PATIENCE = Timeouts(connect_s=0.5, read_s=0.3, total_s=0.6)

COMPLETE, LIMIT, CUT = Ending.COMPLETE, Ending.LIMIT, Ending.CUT
RESET, GARBAGE, LATE = Failure.CONNECTION_RESET, Failure.PROTOCOL_ERROR, Failure.TIMED_OUT


class Row(NamedTuple):
    """A behaviour and what it comes to."""

    behaviour: Behaviour
    status: int | None
    failure: Failure | None
    ended: Ending | None


def _ok(*script: bytes | Wait | End) -> Row:
    return Row(steps(*script), 200, None, COMPLETE)


def _no_answer(failure: Failure, *script: bytes | Wait | End) -> Row:
    return Row(steps(*script), None, failure, None)


def _broken_off(failure: Failure, *script: bytes | Wait | End) -> Row:
    return Row(steps(*script), 200, failure, CUT)


TEXT = ("Content-Type", "text/html; charset=utf-8")
CHUNKED = ("Transfer-Encoding", "chunked")

ROWS: dict[str, Row] = {
    "plain": Row(answer(body=b"<title>hello</title>"), 200, None, COMPLETE),
    "empty": Row(answer(body=b""), 200, None, COMPLETE),
    "not-found": Row(answer(404, b"no"), 404, None, COMPLETE),
    "status-999": Row(answer(999, b"go away"), 999, None, COMPLETE),
    "no-content": Row(answer(204), 204, None, COMPLETE),
    "not-modified": Row(answer(304), 304, None, COMPLETE),
    "redirect": Row(redirect("/plain"), 301, None, COMPLETE),
    "redirect-to-raw-utf8": Row(
        steps(head(302, ("Location", "/é".encode().decode("latin-1")), ("Content-Length", "0"))), 302, None, COMPLETE
    ),
    "chinese": Row(answer(body="<title>新闻</title>".encode()), 200, None, COMPLETE),
    "gbk": Row(answer(body="新闻".encode("gbk")), 200, None, COMPLETE),
    "binary": Row(answer(200, bytes(range(256)), media_type="image/jpeg"), 200, None, COMPLETE),
    "gzip": Row(answer(200, gzip.compress(b"hello"), ("Content-Encoding", "gzip")), 200, None, COMPLETE),
    "gzip-that-is-none": Row(answer(200, b"hello", ("Content-Encoding", "gzip")), 200, None, COMPLETE),
    "no-media-type": Row(answer(200, b"hello", media_type=None), 200, None, COMPLETE),
    "long": Row(answer(200, b"x" * 70_000, media_type="image/png"), 200, None, LIMIT),
    "very-long": Row(answer(200, b"x" * 700_000, media_type="image/png"), 200, None, LIMIT),
    "exactly-the-limit": Row(answer(200, b"x" * 65_536), 200, None, COMPLETE),
    "endless": Row(endless(), 200, None, LIMIT),
    "cookies": Row(answer(200, b"", ("Set-Cookie", "a=secret"), ("Set-Cookie", "b=secret")), 200, None, COMPLETE),
    "latin-1-header": Row(answer(200, b"", ("X-Name", "é")), 200, None, COMPLETE),
    "late": Row(after(0.1, answer(body=b"hi")), 200, None, COMPLETE),
    "chunked": Row(chunked(b"one", b"two"), 200, None, COMPLETE),
    "chunked-with-extension-and-trailer": _ok(
        head(200, TEXT, CHUNKED), b"3;name=value\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"
    ),
    "until-close": _ok(head(200, TEXT), b"hello", End.CLOSE),
    "http-1.0": _ok(head(200, TEXT, version="1.0"), b"hello", End.CLOSE),
    "no-reason-phrase": _ok(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi"),
    "bare-line-feeds": _ok(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi"),
    "continue-first": _ok(head(100), head(200, ("Content-Length", "2")), b"hi"),
    "early-hints-first": _ok(head(103, ("Link", "</a.css>; rel=preload")), head(200, ("Content-Length", "2")), b"hi"),
    "longer-than-declared": _ok(head(200, ("Content-Length", "3")), b"abcdef"),
    "length-sent-twice": _ok(head(200, ("Content-Length", "2"), ("Content-Length", "2")), b"hi"),
    "chunked-and-length": _ok(head(200, ("Content-Length", "99"), CHUNKED), chunk(b"hi"), chunk(b"")),
    "head-in-small-parts": _ok(b"HTT", Wait(0.01), b"P/1.1 200 OK\r\nConte", Wait(0.01), b"nt-Length: 2\r\n\r\nhi"),
    "nothing": _no_answer(RESET, End.CLOSE),
    "reset": _no_answer(RESET, End.RESET),
    "half-a-status-line": _no_answer(RESET, b"HTTP/1.1 200 O", End.CLOSE),
    "half-a-head": _no_answer(RESET, b"HTTP/1.1 200 OK\r\nContent-Le", End.CLOSE),
    "silence": _no_answer(LATE, End.HANG),
    "silence-in-the-head": _no_answer(LATE, b"HTTP/1.1 200 OK\r\nContent-Le", End.HANG),
    "only-continue": _no_answer(LATE, head(100), End.HANG),
    "no-http": _no_answer(GARBAGE, b"lorem ipsum\r\n\r\n", End.CLOSE),
    "only-html": _no_answer(GARBAGE, b"<html><p>as if it were 1991</p>\r\n\r\n", End.CLOSE),
    "header-without-colon": _no_answer(GARBAGE, b"HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n", End.CLOSE),
    "status-without-number": _no_answer(GARBAGE, b"HTTP/1.1 OK\r\n\r\n", End.CLOSE),
    "length-that-is-none": _no_answer(GARBAGE, head(200, ("Content-Length", "many")), End.CLOSE),
    "two-lengths": _no_answer(GARBAGE, head(200, ("Content-Length", "2"), ("Content-Length", "3")), b"hi", End.CLOSE),
    "endless-head": _no_answer(GARBAGE, b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000, End.HANG),
    "short": Row(short(b"abc", 10), 200, GARBAGE, CUT),
    "short-by-reset": Row(short(b"abc", 10, End.RESET), 200, RESET, CUT),
    "chunked-cut": Row(chunked(b"abc", cut=True), 200, GARBAGE, CUT),
    "chunk-without-size": _broken_off(GARBAGE, head(200, CHUNKED), b"zz\r\nabc\r\n", End.CLOSE),
    "silence-in-the-body": _broken_off(LATE, head(200, ("Content-Length", "10")), b"abc", End.HANG),
    "drip": Row(drip(b"x", 0.05), 200, LATE, CUT),
}

ROUTES: Routes = {("*", f"/{name}"): row.behaviour for name, row in ROWS.items()}
