import asyncio
import gzip
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from behaviours import PATIENCE, ROUTES, ROWS
from servers import Certificates, Server, answer, in_turn, redirect

from linkcheck.errors import CassetteFault, InputFault, UserFault
from linkcheck.model import Content, Ending, Exchange, Failure, ImageFacts, PageFacts, Request
from linkcheck.probes.cassette import Recorder, Replay
from linkcheck.probes.guard import Guard, parse_connect_to
from linkcheck.probes.httpx_transport import HttpxTransport
from linkcheck.probes.masking import Masking
from linkcheck.probes.tls import Tls

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


class Canned:
    """A transport that makes up an exchange for each request."""

    def __init__(self, made: Callable[[Request], Exchange]) -> None:
        self._made = made
        self.closed = False

    async def send(self, request: Request) -> Exchange:
        return self._made(request)

    async def aclose(self) -> None:
        self.closed = True


def page(request: Request, body: bytes = b"<p>hi</p>", media_type: str = "text/html", **fields: object) -> Exchange:
    content = Content(media_type, len(body), len(body), Ending.COMPLETE, "ab" * 32, body)
    headers = (("Content-Type", media_type),)
    return Exchange(request, NOON, 0.25, 200, "OK", "HTTP/1.1", headers, content, **fields)


async def record(file: Path, requests: list[Request], made: Callable[[Request], Exchange], **options: object) -> None:
    recorder = Recorder(Canned(made), file, **options)
    for request in requests:
        await recorder.send(request)
    await recorder.aclose()


async def test_every_behaviour_replays_as_it_was(certificates: Certificates, tls: Tls, tmp_path: Path) -> None:
    """Broken answers, refusals and timeouts replay like good pages: same status, headers, body, failure and times."""
    file = tmp_path / "all.jsonl.gz"
    requests = [
        Request(method, f"{scheme}://a.example/{name}", timeouts=PATIENCE)
        for name in ROWS
        for scheme, method in (("http", "GET"), ("https", "GET"), ("http", "HEAD"))
    ]
    requests += [Request("GET", f"https://{name}.example/") for name in ("expired", "untrusted")]
    requests += [Request("GET", url) for url in ("http://localhost/", "http://a.example:25/")]
    with Server(ROUTES, certificates) as server:
        guard = Guard(connect_to=[parse_connect_to(server.connect_to)])
        recorder = Recorder(HttpxTransport(guard, tls), file)
        few = asyncio.Semaphore(12)

        async def send(request: Request) -> Exchange:
            async with few:
                return await recorder.send(request)

        recorded = await asyncio.gather(*map(send, requests))
        await recorder.aclose()
        guard.close()
    replay = Replay(file)
    for exchange in recorded:
        assert replay.remaining(exchange.request) == 1
        assert await replay.send(exchange.request) == kept(exchange)


def kept(exchange: Exchange) -> Exchange:
    """An exchange as far as a cassette keeps it."""
    headers = tuple((name, "***" if name == "Set-Cookie" else value) for name, value in exchange.headers)
    content = exchange.content
    if content is not None:
        content = msgspec.structs.replace(content, body=content.body[:65_536])
    return msgspec.structs.replace(exchange, headers=headers, content=content)


async def test_retries_replay_in_order(tmp_path: Path) -> None:
    """A 503 and then a 200 replay as a 503 and then a 200; after that there is nothing more."""
    statuses = iter([503, 503, 200])
    request = Request("GET", "https://a.example/")
    file = tmp_path / "a.jsonl"
    await record(file, [request] * 3, lambda asked: Exchange(asked, NOON, 0.1, next(statuses)))
    replay = Replay(file)
    assert [(replay.remaining(request), (await replay.send(request)).status) for _ in range(3)] == [
        *((3, 503), (2, 503), (1, 200)),
    ]
    assert replay.remaining(request) == 0
    with pytest.raises(CassetteFault, match=r"no recording of GET https://a.example/ after the first 3; record it"):
        await replay.send(request)
    last = Replay(file, tail="last")
    assert [(await last.send(request)).status for _ in range(5)] == [503, 503, 200, 200, 200]


async def test_the_order_asked_counts_not_the_order_answered(tmp_path: Path) -> None:
    """Answers may overtake each other while recording; a replay is not confused."""

    class Overtaking(Canned):
        async def send(self, request: Request) -> Exchange:
            wait_s = float(request.headers[0][1])
            await asyncio.sleep(wait_s)
            return Exchange(request, NOON, wait_s, 200)

    requests = [Request("GET", "https://a.example/", (("X-Wait", wait),)) for wait in ("0.05", "0.01")]
    recorder = Recorder(Overtaking(page), tmp_path / "a.jsonl")
    await asyncio.gather(*map(recorder.send, requests))
    await recorder.aclose()
    replay = Replay(tmp_path / "a.jsonl")
    assert [(await replay.send(request)).elapsed_s for request in requests] == [0.05, 0.01]


KEYS = [
    Request("GET", "https://a.example/"),
    Request("HEAD", "https://a.example/"),
    Request("GET", "https://a.example/?"),
    Request("GET", "https://a.example/", (("Range", "bytes=0-4095"),)),
    Request("GET", "https://a.example/", (("if-none-match", '"x"'),)),
    Request("GET", "https://a.example/", (("If-Modified-Since", "Sun, 01 Mar 2026 12:00:00 GMT"),)),
    Request("GET", "https://a.example/", verify=False),
]


async def test_what_differs_in_the_answer_differs_in_the_key(tmp_path: Path) -> None:
    """Method, URL, range, condition and verification each have answers of their own; other headers do not matter."""
    made = iter(range(200, 300))
    await record(tmp_path / "a.jsonl", KEYS, lambda asked: Exchange(asked, NOON, 0.1, next(made)))
    replay = Replay(tmp_path / "a.jsonl")
    for status, request in enumerate(KEYS, start=200):
        other = msgspec.structs.replace(request, headers=(*request.headers, ("User-Agent", "other")))
        assert (await replay.send(other)).status == status


async def test_a_miss_is_our_fault_and_says_what_to_do(tmp_path: Path) -> None:
    """What was never recorded is not a broken link."""
    await record(tmp_path / "a.jsonl", [], page)
    replay = Replay(tmp_path / "a.jsonl")
    with pytest.raises(CassetteFault, match=r"^no recording of GET https://x\.example/; record it with --record$"):
        await replay.send(Request("GET", "https://x.example/"))
    assert replay.remaining(Request("GET", "https://x.example/")) == 0


async def test_a_cassette_is_reviewable_text(tmp_path: Path) -> None:
    """One JSON object a line, a header first, pages as text."""
    file = tmp_path / "a.jsonl"
    headers = (("User-Agent", "x"), ("Authorization", "Bearer secret"), ("Cookie", "secret"), ("X-Key", "secret"))
    request = Request("GET", "https://a.example/新", headers)
    await record(
        file, [request], lambda asked: page(asked, "<p>新闻</p>".encode(), peer="1.1.1.1:443"), now=lambda: NOON
    )
    text = file.read_text(encoding="utf-8")
    assert "secret" not in text
    assert "<p>新闻</p>" in text
    header, line = map(json.loads, text.splitlines())
    assert (header["cassette"], header["recorded_at"]) == (1, "2026-03-01T12:00:00.123456Z")
    assert header["tool"].startswith("linkcheck/")
    assert line == {
        "key": {"method": "GET", "url": "https://a.example/新"},
        "n": 0,
        "started_at": "2026-03-01T12:00:00.123456Z",
        "t": {"elapsed": 0.25},
        "request_headers": [["User-Agent", "x"]],
        "status": 200,
        "reason": "OK",
        "http": "HTTP/1.1",
        "headers": [["Content-Type", "text/html"]],
        "body": {"kept": 13, "read": 13, "declared": 13, "end": "complete", "sha256": "ab" * 32, "text": "<p>新闻</p>"},
        "peer": "1.1.1.1:443",
    }


BODIES = [
    (b"", "text/html", b""),
    ("新".encode() * 30_000, "text/html", "新".encode() * 21_845),
    (b"\xff" * 70_000, "text/html", b"\xff" * 65_536),
    (b"\x89PNG" * 10, "image/png", b"\x89PNG" * 10),
    (b"plain", "image/png", b"plain"),
    (b'{"a": "\\u2028"}', "application/ld+json", b'{"a": "\\u2028"}'),
    ("\u2028\x00\ud7ff\U0010ffff".encode(), "text/plain", "\u2028\x00\ud7ff\U0010ffff".encode()),
]


@pytest.mark.parametrize(("body", "media_type", "replayed"), BODIES)
async def test_bodies_replay_byte_for_byte_up_to_the_cap(
    tmp_path: Path, body: bytes, media_type: str, replayed: bytes
) -> None:
    """Text or binary, a body comes back as it was; of a long one its head, and the marks of how it ended."""
    file = tmp_path / "a.jsonl"
    request = Request("GET", "https://a.example/")
    await record(file, [request], lambda asked: page(asked, body, media_type))
    content = (await Replay(file).send(request)).content
    original = page(request, body, media_type).content
    assert original is not None
    assert content == msgspec.structs.replace(original, body=replayed)
    recorded = json.loads(file.read_bytes().splitlines()[1])["body"]
    assert ("tail" in recorded) == (len(body) > 65_536)


@pytest.mark.parametrize(("length", "recorded"), [(100, False), (70_000, True)])
async def test_facts_are_recorded_only_of_bodies_that_are_not_kept_whole(
    tmp_path: Path, length: int, recorded: bool
) -> None:
    """A replay draws the facts anew, unless it lacks the bytes."""
    facts = ImageFacts("jpeg", 640, 480), PageFacts("title", ("heading",))
    request = Request("GET", "https://a.example/")

    def made(asked: Request) -> Exchange:
        content = Content("image/jpeg", length, length, Ending.COMPLETE, None, b"x" * length, *facts)
        return Exchange(asked, NOON, 0.1, 200, content=content)

    await record(tmp_path / "a.jsonl", [request], made)
    content = (await Replay(tmp_path / "a.jsonl").send(request)).content
    assert content is not None
    assert (content.image, content.page) == (facts if recorded else (None, None))


async def test_secrets_are_masked_and_still_replay(certificates: Certificates, tls: Tls, tmp_path: Path) -> None:
    """User names, tokens and cookies are in no line of a cassette; a chain of redirects through them replays."""
    patterns = [r"token=[^&\"]+", r"sk-[a-z]+"]
    first = Request("GET", "http://bob:hunter2@a.example/start?token=abc&x=1", (("If-None-Match", "sk-etag"),))
    routes = {
        ("*", "/start"): redirect("/next?token=abc&x=1&u=http://bob:hunter2@b.example/", 302),
        ("*", "/next"): answer(200, b'{"key": "sk-live"}', ("Set-Cookie", "id=hunter2"), media_type="application/json"),
    }
    with Server(routes, certificates) as server:
        guard = Guard(connect_to=[parse_connect_to(server.connect_to)])
        recorder = Recorder(HttpxTransport(guard, tls), tmp_path / "a.jsonl", patterns=[*patterns, "hunter2"])
        location = (await recorder.send(first)).header("location")
        await recorder.send(Request("GET", f"http://a.example{location}"))
        await recorder.aclose()
        guard.close()
    text = (tmp_path / "a.jsonl").read_text()
    assert not [secret for secret in ("hunter2", "bob", "token=abc", "sk-") if secret in text]
    replay = Replay(tmp_path / "a.jsonl", patterns=[*patterns, "hunter2"])
    location = (await replay.send(first)).header("location")
    assert location is not None
    assert (await replay.send(Request("GET", f"http://a.example{location}"))).status == 200
    with pytest.raises(CassetteFault) as fault:
        await replay.send(Request("GET", "http://bob:hunter2@a.example/other"))
    assert "hunter2" not in str(fault.value)


def test_masking_twice_is_masking_once() -> None:
    """A masked URL is found under the key it was recorded under; another salt gives another digest."""
    masking = Masking(b"salt", [r"token=\w+"])
    once = masking.url("https://u:p@a.example/?token=abc&b=token")
    assert masking.url(once) == once
    assert once.startswith("https://masked-")
    assert masking.url("https://u:p@a.example/?token=abc&b=token") == once
    assert masking.url("https://u:q@a.example/?token=abc&b=token") != once
    assert Masking(b"other", [r"token=\w+"]).url("https://u:p@a.example/?token=abc&b=token") != once
    assert masking.url("https://a.example/@b") == "https://a.example/@b"
    greedy = Masking(b"salt", [r"[0-9a-f]{16}", r"masked"])
    assert greedy.url(greedy.url("https://a.example/?0123456789abcdef")) == greedy.url(
        "https://a.example/?0123456789abcdef"
    )


HEADER = b'{"cassette":1,"tool":"x","recorded_at":"2026-03-01T12:00:00Z","salt":"00"}\n'
LINE = b'{"key":{"method":"GET","url":"https://a/"},"n":0,"started_at":"2026-03-01T12:00:00Z","t":{"elapsed":1}}\n'
MALFORMED = [
    (b"", 1),
    (b"\n", 1),
    (b"hello", 1),
    (b"{}", 1),
    (HEADER.replace(b'"00"', b'"xy"'), 1),
    (HEADER.replace(b'"cassette":1', b'"cassette":2'), 1),
    (b"http_interactions:\n- request:\n", 1),
    (HEADER + b"{\n", 2),
    (HEADER + LINE + b'{"key": 1, "n": 0}\n', 3),
    (HEADER + LINE + LINE[:40], 3),
    (HEADER + LINE.replace(b'{"elapsed":1}', b"1"), 2),
    (HEADER + b"\xff\xfe\n", 2),
]


@pytest.mark.parametrize(("raw", "number"), MALFORMED)
async def test_a_malformed_cassette_names_file_and_line(tmp_path: Path, raw: bytes, number: int) -> None:
    """A cassette that is none is said with its place, not with a traceback."""
    file = tmp_path / "bad.jsonl"
    file.write_bytes(raw)
    with pytest.raises(CassetteFault) as fault:
        await Replay(file).send(Request("GET", "https://a/"))
    assert str(fault.value).startswith(f"{file}:{number}: ")


def test_half_a_compressed_cassette_is_said(tmp_path: Path) -> None:
    """A gzip file that was cut is named."""
    file = tmp_path / "bad.jsonl.gz"
    file.write_bytes(gzip.compress(HEADER * 50)[:-9])
    with pytest.raises(CassetteFault, match=r"bad\.jsonl\.gz"):
        Replay(file)


def test_files_that_cannot_be_used_are_my_mistake(tmp_path: Path) -> None:
    """A folder that is not there is said at once, not after the run."""
    with pytest.raises(UserFault, match="cannot write the cassette"):
        Recorder(Canned(page), tmp_path / "none" / "a.jsonl.gz")
    with pytest.raises(UserFault, match="cannot write the cassette"):
        Recorder(Canned(page), tmp_path)
    with pytest.raises(InputFault, match="cannot read the cassette"):
        Replay(tmp_path / "none.jsonl")


async def test_each_line_is_there_at_once(tmp_path: Path) -> None:
    """A recording that is killed has kept every answer before."""
    for name, text in (("a.jsonl", lambda path: path.read_bytes()), ("a.jsonl.gz", unfinished)):
        recorder = Recorder(Canned(page), tmp_path / name)
        for count in range(1, 4):
            await recorder.send(Request("GET", "https://a.example/"))
            assert text(tmp_path / name).count(b"\n") == count + 1
        await recorder.aclose()


def unfinished(path: Path) -> bytes:
    import zlib

    return zlib.decompressobj(31).decompress(path.read_bytes())


async def test_a_cancelled_request_leaves_no_line(tmp_path: Path) -> None:
    """What was not answered is not recorded; what follows replays."""
    cancelled = [True, False]

    def made(asked: Request) -> Exchange:
        if cancelled.pop(0):
            raise asyncio.CancelledError
        return page(asked)

    request = Request("GET", "https://a.example/")
    recorder = Recorder(Canned(made), tmp_path / "a.jsonl")
    with pytest.raises(asyncio.CancelledError):
        await recorder.send(request)
    await recorder.send(request)
    await recorder.aclose()
    assert (await Replay(tmp_path / "a.jsonl").send(request)).status == 200


async def test_a_recorder_closes_what_it_wraps(tmp_path: Path) -> None:
    """Closing the recorder closes the transport."""
    inner = Canned(page)
    await Recorder(inner, tmp_path / "a.jsonl").aclose()
    assert inner.closed


async def test_failures_replay_with_our_class_and_their_causes(tmp_path: Path) -> None:
    """The chain of exceptions is gone on a replay, so the class is in the cassette."""
    request = Request("GET", "https://a.example/")
    failed = Exchange(request, NOON, 1.5, failure=Failure.DNS_FAILURE, error=("gaierror: later",))
    await record(tmp_path / "a.jsonl", [request], lambda _: failed)
    assert await Replay(tmp_path / "a.jsonl").send(request) == failed


async def test_two_thousand_exchanges_replay_in_a_moment(tmp_path: Path) -> None:
    """A replay is looked up, not searched."""
    requests = [Request("GET", f"https://a.example/{i}") for i in range(2000)]
    await record(tmp_path / "a.jsonl", requests, lambda asked: page(asked, b"x" * 2000))
    began = time.process_time()
    replay = Replay(tmp_path / "a.jsonl")
    for request in requests:
        await replay.send(request)
    assert time.process_time() - began < 1


async def test_the_server_is_not_needed_for_a_replay(certificates: Certificates, tls: Tls, tmp_path: Path) -> None:
    """503, then 200, recorded from a server and replayed without one."""
    request = Request("GET", "http://a.example/")
    with Server({("*", "/"): in_turn(answer(503), answer(200, b"ok"))}, certificates) as server:
        guard = Guard(connect_to=[parse_connect_to(server.connect_to)])
        recorder = Recorder(HttpxTransport(guard, tls), tmp_path / "a.jsonl")
        live = [await recorder.send(request) for _ in range(2)]
        await recorder.aclose()
        guard.close()
    replay = Replay(tmp_path / "a.jsonl")
    assert [await replay.send(request) for _ in range(2)] == live
