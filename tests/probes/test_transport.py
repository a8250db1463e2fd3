import errno
import socket
import ssl
from asyncio import CancelledError

import pytest

from linkcheck.model import Ending, Failure
from linkcheck.probes.transport import (
    Body,
    chain,
    content_length,
    declared_bytes,
    described,
    failure_of,
    has_body,
    media_type,
    target,
)

CAUSES = [
    (socket.gaierror(socket.EAI_NONAME, "x"), Failure.HOST_NOT_FOUND),
    (socket.gaierror(socket.EAI_NODATA, "x"), Failure.HOST_NOT_FOUND),
    (socket.gaierror(socket.EAI_AGAIN, "x"), Failure.DNS_FAILURE),
    (socket.gaierror(socket.EAI_FAIL, "x"), Failure.DNS_FAILURE),
    (ConnectionRefusedError(errno.ECONNREFUSED, "x"), Failure.CONNECTION_REFUSED),
    (OSError(errno.EHOSTUNREACH, "x"), Failure.CONNECTION_REFUSED),
    (OSError(errno.ENETUNREACH, "x"), Failure.CONNECTION_REFUSED),
    (ConnectionResetError(errno.ECONNRESET, "x"), Failure.CONNECTION_RESET),
    (ConnectionResetError("lost"), Failure.CONNECTION_RESET),
    (BrokenPipeError(errno.EPIPE, "x"), Failure.CONNECTION_RESET),
    (EOFError(), Failure.CONNECTION_RESET),
    (ssl.SSLEOFError(8, "x"), Failure.CONNECTION_RESET),
    (ssl.SSLCertVerificationError(1, "x"), Failure.CERTIFICATE_INVALID),
    (ssl.SSLError(1, "x"), Failure.PROTOCOL_ERROR),
    (TimeoutError(), Failure.TIMED_OUT),
    (OSError(errno.ETIMEDOUT, "x"), Failure.TIMED_OUT),
    (ValueError("anything else"), Failure.PROTOCOL_ERROR),
]


@pytest.mark.parametrize(("error", "failure"), CAUSES)
def test_a_failure_is_told_by_type_and_errno(error: Exception, failure: Failure) -> None:
    """Each cause has its class, however deep it lies and whatever its message says."""
    assert failure_of((error,)) is failure
    wrapped = RuntimeError("connection failed")
    wrapped.__cause__ = OSError(f"wrapped {error}")
    wrapped.__cause__.__context__ = error
    assert failure_of(chain(wrapped)) is failure


def test_the_innermost_cause_that_says_something_wins() -> None:
    """A timeout made of a cancellation is a timeout; the cancellation is not shown."""
    late = TimeoutError()
    late.__cause__ = CancelledError("internal 7fe8a5")
    outer = RuntimeError(late)
    assert described(chain(outer)) == ("RuntimeError", "TimeoutError")
    assert failure_of(chain(outer)) is Failure.TIMED_OUT


def test_a_chain_that_bites_its_tail_ends() -> None:
    """Causes in a circle are listed once."""
    one, two = OSError("one"), OSError("two")
    one.__cause__, two.__cause__ = two, one
    assert described(chain(one)) == ("OSError: one", "OSError: two")


def test_long_messages_are_cut() -> None:
    """A server's garbage does not fill my report."""
    assert len(described((OSError("x" * 9999),))[0]) < 400


@pytest.mark.parametrize(
    ("value", "expected"),
    [("Text/HTML; charset=UTF-8", "text/html"), ("image/png", "image/png"), ("", None), (" ; x", None), (None, None)],
)
def test_the_media_type_is_bare(value: str | None, expected: str | None) -> None:
    """Lower case, no parameters; nothing is None."""
    assert media_type([] if value is None else [("CONTENT-type", value)]) == expected


LENGTHS = [("5", 5), (" 5 ", 5), ("5, 5", 5), ("", None), ("-5", None), ("５", None), ("9" * 40, None), ("0", 0)]


@pytest.mark.parametrize(("value", "expected"), LENGTHS)
def test_a_length_is_a_plain_number(value: str, expected: int | None) -> None:
    """What is no number declares nothing."""
    assert content_length([("Content-Length", value)]) == expected


@pytest.mark.parametrize(
    ("status", "range_", "expected"),
    [
        (206, "bytes 0-4/900", 900),
        (206, "bytes 0-4/*", None),
        (206, "x", None),
        (416, "bytes */7", 7),
        (200, "b /9", 5),
    ],
)
def test_the_total_of_a_range_counts(status: int, range_: str, expected: int | None) -> None:
    """For a part, the length of the whole."""
    assert declared_bytes(status, [("Content-Length", "5"), ("Content-Range", range_)]) == expected


def test_heads_and_some_statuses_have_no_body() -> None:
    """RFC 9112, 6.3."""
    assert [has_body(*pair) for pair in [("HEAD", 200), ("GET", 204), ("GET", 304), ("GET", 101), ("GET", 404)]] == [
        *(False, False, False, False, True),
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://a/b?c#d", "/b?c"), ("https://a/", "/"), ("http://u:p@a:8/x//", "/x//")],
)
def test_the_target_is_what_follows_the_host(url: str, expected: str) -> None:
    """Path and query, byte for byte, without fragment."""
    assert target(url) == expected


BODIES = [
    (10, None, [b"abc"], True, Ending.COMPLETE, b"abc"),
    (3, None, [b"abc"], True, Ending.COMPLETE, b"abc"),
    (3, 3, [b"abc"], True, Ending.COMPLETE, b"abc"),
    (2, 3, [b"abc"], True, Ending.LIMIT, b"ab"),
    (2, 3, [b"ab"], True, Ending.LIMIT, b"ab"),
    (2, None, [b"abc"], False, Ending.LIMIT, b"ab"),
    (4, 10, [b"ab", b"cd", b"ef"], True, Ending.LIMIT, b"abcd"),
    (4, 9**9, [b"ab", b"cd"], False, Ending.LIMIT, b"abcd"),
    (0, None, [], True, Ending.COMPLETE, b""),
]


@pytest.mark.parametrize(("limit", "length", "parts", "goes_on", "ended", "kept"), BODIES)
def test_a_body_is_read_to_its_limit(
    limit: int, length: int | None, parts: list[bytes], goes_on: bool, ended: Ending, kept: bytes
) -> None:
    """What is wanted is kept; a little more is read and dropped, a lot is not waited for."""
    body = Body(limit, length)
    assert all([True, *[body.add(part) for part in parts]]) is goes_on
    content = body.content(200, (), cut=False)
    assert (content.ended, content.body, content.length_bytes) == (ended, kept, len(kept))
    assert (content.sha256 is not None) == (ended is Ending.COMPLETE)
