"""The wire against httpcore and h11, in memory: whatever a server says, both hear the same, or the wire steps aside."""

import itertools

import pytest
import spoken
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linkcheck.model import Ending

STATUS_LINES = [
    *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 404 \r\n", b"HTTP/1.1 204 No\r\n", b"HTTP/1.1 304\r\n"),
    *(b"HTTP/1.1 206 \xe9 x \r\n", b"HTTP/1.1 999 \t x\r\n", b"HTTP/1.1 600 A\x00\r\n", b"HTTP/2.0 200 OK\r\n"),
    *(b"HTTP/1.1 100 C\r\n\r\n", b"HTTP/1.1 103 C\r\nLink: x\r\n\r\n", b"HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\n"),
    *(b"\r\n", b"HTTP/1.1 20 OK\r\n", b"http/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\n"),
]
HEADERS = [
    *(b"Content-Length: 5\r\n", b"content-length:  5  \r\n", b"Content-Length: 0\r\n", b"Content-Length: +5\r\n"),
    *(b"Content-Length: 5,5\r\n", b"Content-Length: 005\r\n", b"Content-Length: 99999999999999999999\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: Chunked \r\n", b"Transfer-Encoding: gzip, chunked\r\n"),
    *(b"Transfer-Encoding: identity\r\n", b"Connection: close\r\n", b"Connection: upgrade\r\nUpgrade: h2c\r\n"),
    *(b"X-A:\r\n", b"X-B: \t v \t\r\n", b"X-C: a\xffb\r\n", b"X-D: a\x00b\r\n", b"X-E: a\x01b\r\n", b"X-F: a\x7fb\r\n"),
    *(b"X G: a\r\n", b" folded\r\n", b"X-H : a\r\n", b"X-I: a\rb\r\n", b"X-J: a\nX-K: b\r\n", b": x\r\n", b"X{: 1\r\n"),
    *(b"X\xe9: 1\r\n", b"X-L: a\x0bb\r\n", b"Content-Type: text/html; charset=x\r\n", b"Content-Type: a/b\r\n"),
    *(b"Content-Range: bytes 0-4/9\r\n", b"Trailer: X\r\n", b"Keep-Alive: timeout=5\r\n"),
]
BODIES = [
    *(b"", b"hello", b"hel", b"hello world", b"5\r\nhello\r\n0\r\n\r\n", b"5;a=b\r\nhello\r\n0;x\r\nT: 1\r\n\r\n"),
    *(b"0\r\n\r\n", b"5\r\nhel", b"5 \r\nhello\r\n0\r\n\r\n", b"05\r\nhello\r\n00\r\n\r\n", b"5\nhello\n0\n\n"),
    *(
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\r\n\r\n0\r\n\r\n",
    ),
    *(b"5\r\nhello\r\n0\r\nbad trailer\r\n\r\n", b"5\r\nhello\r\n0\r\n", b"A\r\nhellohello\r\n0\r\n\r\n"),
    *(b'5;a="x\r\ny"\r\nhello\r\n0\r\n\r\n', b"5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n"),
    *(b"10000000000000000\r\nhello\r\n0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\nHTTP/1.1 404 No\r\n\r\n"),
]
"""Well-formed and not; any of them may follow any head."""


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    """Parts that fit, and parts that do not; then, often, a byte changed, added, lost, or all after it."""
    raw = b"".join(draw(st.lists(st.sampled_from(STATUS_LINES), min_size=1, max_size=2)))
    raw += b"".join(draw(st.lists(st.sampled_from(HEADERS), max_size=3))) + b"\r\n" + draw(st.sampled_from(BODIES))
    place = draw(st.integers(0, len(raw)))
    match draw(st.sampled_from(["as it is", "as it is", "changed", "added", "lost", "cut"])):
        case "changed":
            return raw[:place] + draw(st.binary(min_size=1, max_size=1)) + raw[place + 1 :]
        case "added":
            return raw[:place] + draw(st.binary(max_size=3)) + raw[place:]
        case "lost":
            return raw[:place] + raw[place + 1 :]
        case "cut":
            return raw[:place]
        case _:
            return raw


def in_pieces(raw: bytes, size: int) -> list[bytes]:
    return [raw[start : start + size] for start in range(0, len(raw), size)]


@settings(max_examples=600, deadline=None)
@given(raw=responses(), size=st.sampled_from([1, 2, 7, 1000]), method=st.sampled_from(["GET", "GET", "HEAD"]))
@example(raw=b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", size=1000, method="GET")
@example(raw=b"HTTP/1.1 200 \x00\r\nContent-Length: 0\r\n\r\n", size=1000, method="GET")
async def test_both_hear_the_same(raw: bytes, size: int, method: str) -> None:
    """Version, status, phrase, headers, body: one word less in agreement, and the wire must not have an opinion."""
    pieces = in_pieces(raw, size)
    ours = spoken.heard(await spoken.wire(pieces, method))
    if ours.is_clean:
        assert ours == await spoken.reference(pieces, method)


PLAIN = [
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nX-Sum: 1\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\nuntil the end",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 301 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
    b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 900\r\n\r\n',
    b"HTTP/1.1 204 No Content\r\n\r\n",
]


@pytest.mark.parametrize("raw", PLAIN)
async def test_a_plain_response_is_understood_however_it_is_split(raw: bytes) -> None:
    """At every byte, and in every size of piece: the same, and no stepping aside."""
    whole = await spoken.reference([raw])
    splits = itertools.chain(
        ([raw[:at], raw[at:]] for at in range(1, len(raw))), (in_pieces(raw, n) for n in (1, 2, 3))
    )
    for pieces in splits:
        assert spoken.heard(await spoken.wire(pieces)) == whole
    assert whole.is_clean


@pytest.mark.parametrize("raw", PLAIN[:2])
async def test_a_response_that_is_cut_anywhere_is_not_clean(raw: bytes) -> None:
    """With a length or with chunks, nothing but the whole is taken for it."""
    for end in range(len(raw)):
        exchange = await spoken.wire([raw[:end]])
        assert exchange.failure is not None
        assert exchange.content is None or exchange.content.ended is Ending.CUT


@settings(max_examples=200, deadline=None)
@given(raw=responses(), size=st.sampled_from([1, 5, 1000]), limit=st.integers(0, 6))
async def test_no_more_is_kept_than_wanted(raw: bytes, size: int, limit: int) -> None:
    """The read limit holds for any bytes, and a body that goes on is marked."""
    exchange = await spoken.wire(in_pieces(raw, size), limit_bytes=limit)
    if exchange.content is not None:
        assert len(exchange.content.body) == exchange.content.length_bytes <= limit
        assert exchange.content.sha256 is None or exchange.content.ended is Ending.COMPLETE


BEHIND = [b"x", b"HTTP/1.1 404 No\r\nContent-Le", b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nhi"]


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_comes_behind_a_response_ends_the_connection(behind: bytes, method: str) -> None:
    """Nobody asked for it: it must not be the beginning of the next answer."""
    connection = spoken.Spoken()
    waiter = connection.ask(method)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    connection.hear([head + (b"" if method == "HEAD" else b"hello") + behind])
    assert (await waiter).failure is None
    assert (connection.pipe.was_aborted, connection.pool.resting) == (True, 0)


@settings(max_examples=200, deadline=None)
@given(raw=responses(), noise=st.binary(max_size=12))
async def test_one_response_never_becomes_the_next_ones(raw: bytes, noise: bytes) -> None:
    """After anything at all, a connection is either closed or in order for the next request."""
    connection = spoken.Spoken()
    waiter = connection.ask()
    connection.hear([raw + noise])
    if not waiter.done():
        return
    assert connection.pipe.was_aborted != bool(connection.pool.resting)
    if connection.pool.resting:
        again = connection.ask()
        connection.hear([PLAIN[0]])
        assert (await again).content is not None
        assert spoken.heard(await again) == await spoken.reference([PLAIN[0]])
