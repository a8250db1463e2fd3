"""Decoding every pixel, within limits, in another process."""

import asyncio
import os
import signal

import pytest
from pictures import FORMATS, animated, chunk, picture, png, uniform

from linkcheck.probes import decode as module
from linkcheck.probes.decode import BEYOND_LIMITS, DecodeLimits, Decoder, decode


@pytest.mark.parametrize("kind", FORMATS)
def test_a_sound_picture_decodes(kind):
    """Every pixel was seen."""
    seen = decode(picture(kind, 60, 40))
    assert (seen.format, seen.width_px, seen.height_px, seen.decoded, seen.damage) == (kind, 60, 40, True, None)
    assert seen.uniform is False


@pytest.mark.parametrize("kind", FORMATS)
def test_a_cut_picture_is_damaged(kind):
    """What breaks off in the middle is noticed in every format."""
    body = picture(kind, 60, 40)
    seen = decode(body[: len(body) // 2])
    assert seen.damage
    assert not seen.decoded


def test_flipped_bytes_in_a_png_are_damage():
    """Checksums are looked at."""
    body = bytearray(picture("png"))
    body[len(body) // 2] ^= 0xFF
    assert decode(bytes(body)).damage


def test_an_end_mark_that_nothing_depends_on_is_not_missed():
    """A GIF without its last byte shows every pixel."""
    seen = decode(picture("gif")[:-1])
    assert (seen.decoded, seen.ends_well, seen.damage) == (True, None, None)


def test_one_colour_is_seen():
    """A grey box is told from a picture."""
    assert decode(uniform()).uniform is True


@pytest.mark.parametrize(
    ("body", "limits"),
    [
        (png(4000, 4000, rows=b"\0" * 501 * 4000), DecodeLimits(pixels=1_000_000)),
        (animated(30), DecodeLimits(frames=20)),
        (picture("bmp", 200, 200), DecodeLimits(body_bytes=1000)),
    ],
)
def test_what_is_too_large_is_not_called_corrupt(body, limits):
    """A picture beyond our limits may be sound, and nothing is decoded."""
    seen = decode(body, limits)
    assert seen.damage.startswith(BEYOND_LIMITS)
    assert not seen.decoded


def test_a_bomb_of_text_is_defused():
    """A compressed text chunk that would fill the memory is damage."""
    import zlib

    bomb = chunk(b"zTXt", b"k\0\0" + zlib.compress(b"A" * 40_000_000, 9))
    assert decode(png(8, 8, rows=b"\0\0" * 8, extra=bomb)).damage


def test_what_is_no_image_is_never_opened():
    """Only known signatures reach the decoder."""
    assert decode(b"%!PS-Adobe-3.0 EPSF-3.0").damage == "no known image format"
    assert decode(b"<svg width='3' height='3'></svg>").decoded is False


async def test_the_worker_answers_in_turn():
    """Many pictures at once are decoded one by one."""
    decoder = Decoder()
    bodies = [picture("png", 20 + number, 10) for number in range(5)]
    seen = await asyncio.gather(*(decoder.decode(body) for body in bodies))
    await decoder.aclose()
    assert [facts.width_px for facts in seen] == [20, 21, 22, 23, 24]
    assert all(facts.decoded for facts in seen)


async def test_a_killed_worker_is_damage_and_the_next_one_works():
    """A crash of the decoder is a word in the report, not the end of the run."""
    decoder = Decoder()
    await decoder.decode(picture("png"))
    os.kill(decoder._worker.pid, signal.SIGKILL)
    await decoder._worker.wait()
    assert (await decoder.decode(picture("png"))).damage == "the decoder crashed on it"
    assert (await decoder.decode(picture("png"))).decoded
    await decoder.aclose()


async def test_a_hanging_worker_is_given_up(monkeypatch):
    """An endless loop ends with the time limit."""
    monkeypatch.setattr(module, "_WORKER", "import sys; sys.stdin.buffer.read()")
    decoder = Decoder(DecodeLimits(wall_s=0.2))
    seen = await decoder.decode(picture("png"))
    assert seen.damage == f"{BEYOND_LIMITS}: its decoding takes longer than 0.2 s"
    assert decoder._worker is None


async def test_memory_is_limited():
    """A picture that needs more memory than allowed does not take the machine down."""
    decoder = Decoder(DecodeLimits(memory_bytes=400 << 20, pixels=1 << 30))
    seen = await decoder.decode(png(30_000, 20_000, 8, extra=chunk(b"teXt", bytes(1_000_000))))
    assert seen.damage == f"{BEYOND_LIMITS}: its decoding takes too much memory"
    await decoder.aclose()


async def test_a_cancelled_decode_leaves_no_answer_behind():
    """Stopping a run in the middle does not mix up the answers of the next."""
    decoder = Decoder()
    await decoder.decode(picture("png"))
    task = asyncio.create_task(decoder.decode(picture("png", 900, 900)))
    for _ in range(5):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await decoder.decode(picture("png", 33, 22))).width_px == 33
    await decoder.aclose()
