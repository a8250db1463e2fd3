"""Of a long WebP the ends are kept: they must say what all bytes say, whatever was cut off or appended."""

import hashlib
import random
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import msgspec
import pictures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from servers import Certificates, Server, answer
from transports import open_wire, towards

from linkcheck.model import Content, Ending, Exchange, Expects, Failure, ImageFacts, Request
from linkcheck.probes import ends, images, wire_response
from linkcheck.probes.cassette import Recorder, Replay
from linkcheck.probes.decode import Decoder, decode
from linkcheck.probes.observer import Observer, slim
from linkcheck.probes.tls import Tls
from linkcheck.probes.transport import Transport
from linkcheck.probes.wire_conversation import Conversation
from linkcheck.probes.wire_response import Response
from linkcheck.verdicts.pictures import by_image

LIMIT = 100_000
KEPT = 700
"""Longer than the head of a small JPEG."""
URL = "http://a.example/x"


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """What counts as long is short here, so that small pictures stand for large ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire_response, "KEPT_WHOLE_BYTES", KEPT)
        patch.setattr(wire_response, "_FIRST_BYTES", 64)
        patch.setattr(ends, "LAST_BYTES", 40)
        yield


def read(body: bytes, sizes: Iterator[int], request: Request, *, chunked: bool = False, cut: bool = False) -> Exchange:
    """The exchange of a body that comes in parts of these sizes; `cut`: more was promised."""
    response = Response()
    wants = request.expects is Expects.IMAGE and not request.wants_bytes
    response.expect(is_head=False, limit_bytes=request.read_limit_bytes, is_picture=wants)
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body) + cut}"
    parser = response.parser
    parser.feed_data(f"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n{framing}\r\n\r\n".encode())
    at = 0
    while at < len(body):
        part = body[at : at + next(sizes)]
        parser.feed_data(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
        at += len(part)
    if chunked and not cut:
        parser.feed_data(b"0\r\n\r\n")
    conversation = SimpleNamespace(
        request=request, started_at=datetime(2026, 1, 2, tzinfo=UTC), began=0.0, peer=None, certificate_expires_at=None
    )
    failure = Failure.CONNECTION_RESET if cut else None
    return response.exchange(cast("Conversation", conversation), failure=failure)


class Sender(Transport):
    """Answers with one body, as the wire would."""

    def __init__(self, answered: Callable[[Request], Exchange]) -> None:
        self.answered = answered
        self.asked: list[Request] = []

    async def send(self, request: Request) -> Exchange:
        self.asked.append(request)
        return self.answered(request)

    async def aclose(self) -> None:
        pass


async def observed(
    body: bytes, sizes: Iterator[int], *, limit: int = LIMIT, chunked: bool = False, cut: bool = False
) -> tuple[Content, int]:
    """What is known of a picture in the end, and how often it was asked for."""
    sender = Sender(lambda request: read(body, sizes, request, chunked=chunked, cut=cut))
    exchange = await Observer(sender).send(Request("GET", URL, read_limit_bytes=limit, expects=Expects.IMAGE))
    assert exchange.content is not None
    return exchange.content, len(sender.asked)


def by_all_bytes(body: bytes) -> ImageFacts | None:
    return images.facts(body, complete=True, total_bytes=len(body))


def parts(seed: int) -> Iterator[int]:
    source = random.Random(seed)
    while True:
        yield source.randint(1, 150)


SAMPLES = {
    **{kind: pictures.picture(kind, 40, 30) for kind in pictures.FORMATS},
    "webp": pictures.picture("webp", 60, 45),
    "progressive": pictures.picture("jpeg", 40, 30, progressive=True),
    "thumbnail": pictures.with_thumbnail(pictures.picture("jpeg", 40, 30), pictures.picture("jpeg", 8, 8)),
    "lossless": pictures.picture("webp", 50, 40, lossless=True),
    "animated": pictures.animated(30),
    "two-in-one": pictures.picture("jpeg", 40, 30) + pictures.picture("jpeg", 16, 16),
    "appended": pictures.picture("jpeg", 40, 30) + b"\0" * 200,
    "padded": pictures.animated(30) + b"\0" * 200,
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">' + b"<path/>" * 99 + b"</svg>",
    "html": b"<!doctype html><title>x</title>" + b"<p>x</p>" * 99,
    "noise": random.Random(1).randbytes(900),
}


@pytest.mark.parametrize("name", SAMPLES)
async def test_wherever_a_picture_was_cut_its_ends_say_what_all_bytes_say(name: str) -> None:
    """The origin's file may end anywhere: facts, length and digest are those of the bytes that came."""
    whole = SAMPLES[name]
    for length in range(1, len(whole) + 1):
        body = whole[:length]
        content, _ = await observed(body, parts(length))
        assert content.image == by_all_bytes(body), length
        assert (content.length_bytes, content.sha256) == (length, hashlib.sha256(body).hexdigest())


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("name", SAMPLES)
async def test_a_transfer_that_breaks_off_or_is_too_long_tells_what_the_first_bytes_tell(
    name: str, chunked: bool
) -> None:
    """Nothing is said of an end that nobody saw."""
    whole = SAMPLES[name]
    for length in range(1, len(whole), 7):
        body = whole[:length]
        content, asked = await observed(body, parts(length), chunked=chunked, cut=True)
        assert (content.ended, content.sha256, asked) == (Ending.CUT, None, 1)
        assert content.image == images.facts(body, complete=False)
        content, asked = await observed(whole, parts(length), chunked=chunked, limit=length)
        assert (content.ended, content.length_bytes, content.sha256, asked) == (Ending.LIMIT, length, None, 1)
        assert content.image == images.facts(body, complete=False)


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from([name for name in SAMPLES if name != "noise"]),
    st.binary(max_size=120) | st.sampled_from([b"\xff\xd9", b";", b"\0;", b"\xff\xd9" + b"x" * 90, b"\0" * 90]),
    st.integers(0, 2000),
    st.booleans(),
    st.integers(),
)
def test_whatever_was_appended_or_changed_the_ends_say_what_all_bytes_say(
    name: str, extra: bytes, at: int, chunked: bool, seed: int
) -> None:
    """Trailing bytes, marks in odd places, another file behind it: no proof by the ends is wrong."""
    for body in (SAMPLES[name] + extra, SAMPLES[name][:at] + extra + SAMPLES[name][at + len(extra) :]):
        sender = Sender(lambda request, body=body: read(body, parts(seed), request, chunked=chunked))
        task = Observer(sender).send(Request("GET", URL, read_limit_bytes=LIMIT, expects=Expects.IMAGE))
        with pytest.raises(StopIteration) as ended:
            task.send(None)
        content = ended.value.value.content
        assert content.image == by_all_bytes(body)
        assert content.sha256 == hashlib.sha256(body).hexdigest()


class InProcess(Decoder):
    """Decodes without a worker."""

    async def decode(self, body: bytes) -> ImageFacts:
        return decode(body)


MEASURED = {
    **{name: SAMPLES[name] for name in ("jpeg", "progressive", "thumbnail", "two-in-one", "gif", "webp", "lossless")},
    "photograph": pictures.picture("jpeg", 300, 300, quality=90),
    "animated": SAMPLES["animated"],
    "thin": pictures.encoded(Image.linear_gradient("L").resize((900, 600)), "webp"),
    "soft": pictures.picture("webp", 160, 120),
    "alpha": pictures.encoded(Image.effect_noise((160, 120), 60).convert("RGBA"), "webp", lossless=True),
    "exif": pictures.picture("webp", 160, 120, exif=b"Exif\0\0" + b"x" * 900),
    "uniform": pictures.uniform("webp", 800, 800),
    "no width": b"RIFF\xff\x0f\0\0WEBPVP9 " + b"x" * 4079,
    "no pixels": pictures.picture("webp", 160, 120)[:26] + bytes(4) + pictures.picture("webp", 160, 120)[30:],
}
CUTS = (0, 1, 2, 3, 5, 30, 0.5, 0.9)
"""Bytes, or the part of all, that the file at the origin lacks."""
APPENDED = (b"", b"\n", b"\1", bytes(5000), random.Random(2).randbytes(5000), bytes(100_000), b"x" * 100_000)


@pytest.mark.parametrize("name", MEASURED)
async def test_the_verdict_is_that_of_all_bytes_and_takes_one_request(name: str) -> None:
    """Cut off, appended to, or both: what is let go would have changed nothing, and nobody is asked again."""
    whole = MEASURED[name]
    for cut in CUTS:
        for appended in APPENDED:
            body = whole[: len(whole) - int(cut if cut >= 1 else cut * len(whole))] + appended
            sender = Sender(lambda request, body=body: read(body, iter(lambda: 150, 0), request))
            observer = Observer(sender, decoder=InProcess())
            request = Request("GET", URL, read_limit_bytes=10_000_000, expects=Expects.IMAGE)
            seen = await observer.send(request)
            assert len(sender.asked) == 1
            known = await observer.send(msgspec.structs.replace(request, wants_bytes=True))
            assert seen.content is not None
            assert known.content is not None
            assert known.content.body == body
            assert (seen.content.sha256, seen.content.length_bytes) == (known.content.sha256, len(body))
            judged, right = by_image(seen, seen.content), by_image(known, known.content)
            assert (judged.outcome, judged.reason) == (right.outcome, right.reason), (cut, len(appended))


@pytest.mark.parametrize(
    ("name", "cut", "appended", "reason"),
    [
        ("jpeg", 0, b"", "available"),
        ("photograph", 2, bytes(200), "available"),
        ("photograph", 20_000, b"", "image-truncated"),
        ("jpeg", 0, b"x" * 100_000, "available"),
        ("animated", 400, b"", "image-truncated"),
        ("animated", 0, b"x" * 5000, "available"),
        ("webp", 1, b"", "image-truncated"),
        ("webp", 0, b"x" * 100_000, "available"),
        ("thin", 1, b"", "image-truncated"),
        ("thin", 0, b"", "available"),
        ("uniform", 0, b"", "image-placeholder"),
    ],
)
async def test_what_a_long_picture_is_called(name: str, cut: int, appended: bytes, reason: str) -> None:
    """A JPEG that lacks its end mark may still show all its pixels; half of one does not."""
    body = MEASURED[name][: len(MEASURED[name]) - cut] + appended
    observer = Observer(Sender(lambda request: read(body, iter(lambda: 150, 0), request)), decoder=InProcess())
    exchange = await observer.send(Request("GET", URL, read_limit_bytes=10_000_000, expects=Expects.IMAGE))
    assert exchange.content is not None
    assert by_image(exchange, exchange.content).reason == reason


async def test_a_sound_webp_is_asked_for_once_and_not_kept() -> None:
    """Of what proves itself a few bytes are kept."""
    for name in ("webp", "lossless"):
        body = SAMPLES[name]
        content, asked = await observed(body, parts(3))
        assert (asked, content.tail) == (1, body[-40:])
        assert len(content.body) <= min(KEPT + 150, len(body) - 40)


async def test_what_only_all_bytes_can_prove_is_kept_whole() -> None:
    """Where a decoder may have to tell, or a checksum, it has all bytes."""
    for name in ("jpeg", "progressive", "thumbnail", "appended", "animated", "png", "avif", "tiff", "svg"):
        for body in (SAMPLES[name], SAMPLES[name][:-5]):
            content, asked = await observed(body, parts(3))
            assert (asked, content.body, content.tail) == (1, body, b"")


async def test_few_bytes_for_many_pixels_are_kept_until_they_are_many() -> None:
    """A picture of one colour is found by decoding it; one that grows too long to be that is let go."""
    body = pictures.picture("webp", 400, 300)
    assert len(body) > 5000
    for length in (4000, 4999, 5000, 5001, len(body)):
        content, _ = await observed(body[:length], parts(length))
        assert (content.body == body[:length], bool(content.tail)) == (length < 5000, length >= 5000), length


async def test_the_ends_are_dropped_once_the_facts_are_drawn() -> None:
    """What is stored of a picture holds none of its bytes."""
    content, _ = await observed(SAMPLES["webp"], parts(3))
    exchange = Exchange(Request("GET", URL), datetime(2026, 1, 2, tzinfo=UTC), 0.1, 200, content=content)
    kept = slim(exchange).content
    assert content.tail
    assert kept is not None
    assert (kept.body, kept.tail) == (b"", b"")


async def test_a_recording_holds_the_last_bytes_and_the_facts(tmp_path: Path) -> None:
    """A replay says of a picture what was seen, though neither holds it whole."""
    file = tmp_path / "c.jsonl"
    request = Request("GET", URL, read_limit_bytes=LIMIT, expects=Expects.IMAGE)
    recorder = Recorder(Observer(Sender(lambda request: read(SAMPLES["webp"], parts(3), request))), file)
    recorded = (await recorder.send(request)).content
    await recorder.aclose()
    replayed = (await Observer(Replay(file)).send(request)).content
    assert recorded is not None
    assert replayed is not None
    tail = msgspec.json.decode(file.read_bytes().splitlines()[1])["body"]["tail"]
    assert b64decode(tail) == SAMPLES["webp"][-32:]
    for content in (recorded, replayed):
        assert (content.image, content.length_bytes) == (by_all_bytes(SAMPLES["webp"]), len(SAMPLES["webp"]))


async def test_all_bytes_come_to_whoever_wants_them(certificates: Certificates, tls: Tls) -> None:
    """To decode or to preserve a picture takes all of it."""
    body = pictures.picture("webp", 400, 300)
    with Server({("*", "*"): answer(200, body)}, certificates) as server:
        async with open_wire(towards(server), tls) as transport:
            for url in ("http://a.example/", "https://a.example/"):
                request = Request("GET", url, read_limit_bytes=10_000_000, expects=Expects.IMAGE)
                ends_only = (await transport.send(request)).content
                whole = (await transport.send(Request("GET", url, (), 10_000_000, wants_bytes=True))).content
                assert ends_only is not None
                assert whole is not None
                assert (whole.body, whole.tail, ends_only.tail) == (body, b"", body[-40:])
                assert ends_only.sha256 == whole.sha256
