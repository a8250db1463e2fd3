"""What the bytes of an image say without a pixel decoded."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import FORMATS, encoded, picture, png, with_thumbnail
from PIL import Image

from linkcheck.probes.images import facts, sniff
from linkcheck.probes.signatures import NOT_IMAGES

WITH_END = tuple(kind for kind in FORMATS if kind != "tiff")


@pytest.mark.parametrize("kind", FORMATS)
def test_format_and_size_are_read(kind):
    """I see what the picture is and how large."""
    seen = facts(picture(kind, 120, 80), complete=True)
    assert (seen.format, seen.width_px, seen.height_px, seen.damage) == (kind, 120, 80, None)
    assert seen.ends_well is (None if kind == "tiff" else True)


@pytest.mark.parametrize("kind", ["jpeg", "png", "gif", "webp", "avif", "bmp"])
def test_the_head_alone_gives_the_size(kind):
    """A range of 4 KB is enough to know the size, and says nothing of the end."""
    seen = facts(picture(kind, 300, 200)[:4096], complete=False)
    assert (seen.format, seen.width_px, seen.height_px, seen.ends_well) == (kind, 300, 200, None)


@pytest.mark.parametrize("kind", WITH_END)
@pytest.mark.parametrize("missing", [2, 50, 2000])
def test_a_cut_image_does_not_end_well(kind, missing):
    """A picture that lost its end is noticed without decoding it."""
    body = picture(kind, 120, 80)
    assert facts(body[:-missing], complete=True).ends_well is False


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "bmp", "ico"])
@pytest.mark.parametrize("trailer", [b"\0" * 16, b"\r\n", b"<!-- cache -->"])
def test_bytes_after_the_end_are_allowed(kind, trailer):
    """Padding that a server appends is no damage."""
    assert facts(picture(kind) + trailer, complete=True).ends_well is True


def test_a_gif_may_be_padded_with_zeros():
    """Padding after a GIF's trailer is no damage."""
    assert facts(picture("gif") + b"\0\0\0", complete=True).ends_well is True


def test_a_thumbnail_is_not_the_end():
    """A camera's picture cut in the middle is cut, though the thumbnail in its head is whole."""
    small = picture("jpeg", 40, 30)
    body = with_thumbnail(picture("jpeg", 200, 150), small)
    whole, cut = facts(body, complete=True), facts(body[:-500], complete=True)
    assert (whole.width_px, whole.height_px, whole.ends_well) == (200, 150, True)
    assert (cut.width_px, cut.height_px, cut.ends_well) == (200, 150, False)


@pytest.mark.parametrize("kind", ["jpeg", "png", "gif", "webp", "avif", "bmp"])
def test_head_and_tail_of_a_large_image_suffice(kind):
    """Of a picture too large to keep, the first and last bytes tell whether it ends well."""
    body = picture(kind, 400, 300)
    seen = facts(body[:6000], complete=True, total_bytes=len(body), tail=body[-64:])
    cut = facts(body[:6000], complete=True, total_bytes=len(body) - 700, tail=body[-764:-700])
    assert (seen.ends_well, cut.ends_well) == (True, False)


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"}])
def test_all_kinds_of_webp_give_their_size(options):
    """Lossy, lossless and extended."""
    seen = facts(picture("webp", 123, 45, **options)[:64], complete=False)
    assert (seen.width_px, seen.height_px) == (123, 45)


def test_progressive_and_transparent_pictures_are_no_special_case():
    """What encoders commonly write is understood."""
    progressive = facts(picture("jpeg", 64, 48, progressive=True), complete=True)
    assert (progressive.width_px, progressive.ends_well) == (64, True)
    transparent = facts(encoded(Image.new("RGBA", (9, 7)), "webp", lossless=True), complete=True)
    assert (transparent.width_px, transparent.height_px, transparent.ends_well) == (9, 7, True)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", None),
        (b"<!DOCTYPE html><p>", "html"),
        (b"\xef\xbb\xbf\n <HTML lang=zh>", "html"),
        (b"<!-- moved --><head>", "html"),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">', "html"),
        (b'{"status":"error","code":404}', "json"),
        (b'[{"a":1}]', "json"),
        (b'<?xml version="1.0"?>\n<Error><Code>NoSuchKey</Code></Error>', "xml"),
        (b"<Error><Code>AccessDenied</Code></Error>", "xml"),
        (b"remote data could not be fetched", "text"),
        ("找不到圖片".encode(), "text"),
        (b"\x00\x01\x02\x03", None),
        (b"RIFF\x24\0\0\0WAVEfmt ", None),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", None),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "avif"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"),
        (b"\xff\x0a\x00\x00", "jxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"),
        (b"BMW is a maker of cars", "text"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
        (b"<?xml version='1.0'?><!-- a > b --><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x'>\n<svg>", "svg"),
    ],
)
def test_the_first_bytes_tell(head, expected):
    """What came under an image's address is named by its bytes, not by its label."""
    assert sniff(head) == expected
    if expected is None or expected in NOT_IMAGES:
        assert facts(head, complete=True) is None


@pytest.mark.parametrize(
    ("drawing", "size", "damage"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="2in"/>', (30, 192), None),
        (b'<svg viewBox="0 0 24.4 48"></svg>', (24, 48), None),
        (b'<svg width="100%" height="100%" viewBox="0,0,10,20"></svg>', (10, 20), None),
        (b"<svg></svg>", (None, None), None),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]><svg width="3">&a;</svg>', (None, None), "it declares the entity 'a'"),
        (b'<svg width="3"><g></svg>', (3, None), "no XML: mismatched tag in line 1"),
    ],
)
def test_drawings_are_read_and_never_resolved(drawing, size, damage):
    """An SVG's size is known without anything in it being loaded."""
    seen = facts(drawing, complete=True)
    assert ((seen.width_px, seen.height_px), seen.damage) == (size, damage)


def test_a_cut_drawing_is_not_damaged_but_open():
    """An SVG that breaks off lacks its end."""
    seen = facts(b'<svg width="3" height="4"><path d="M0 0', complete=True)
    assert (seen.width_px, seen.ends_well, seen.damage) == (3, False, None)


def test_a_header_that_cannot_be_true_is_damage():
    """65 bytes are not 60,000 x 60,000 pixels, and an image has at least one."""
    assert facts(png(60_000, 60_000), complete=True).damage == "65 bytes cannot hold 60000 x 60000 pixels"
    assert facts(png(0, 5), complete=True).damage == "its header says 0 x 5 pixels"


def test_a_jpeg_of_endless_markers_ends():
    """Hostile bytes cost one pass."""
    assert facts(b"\xff\xd8" + b"\xff" * 200_000, complete=True).width_px is None
    assert facts(b"\xff\xd8\xff\xe0\0\0" + b"\0" * 10, complete=True).width_px is None


SIGNATURES = [
    b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a",
    b"RIFF\xff\0\0\0WEBPVP8X", b"RIFF\0\0\0\0WEBPVP8L", b"RIFF\0\0\0\0WEBPVP8 ",
    b"\0\0\0\x1cftypavif\0\0\0\0", b"BM\0\0\0\0\0\0\0\0", b"II*\0", b"MM\0*", b"II+\0",
    b"\0\0\1\0", b"<svg ", b"<?xml ", b"",
]  # fmt: skip


@given(st.sampled_from(SIGNATURES), st.binary(max_size=200), st.booleans(), st.none() | st.integers(0, 400))
def test_any_bytes_give_an_answer(signature, rest, complete, total):
    """No file on the web can make it raise."""
    facts(signature + rest, complete=complete, total_bytes=total, tail=rest[-8:] or None)


@given(st.sampled_from(FORMATS), st.integers(0, 3000), st.binary(min_size=1, max_size=4))
def test_any_damage_gives_an_answer(kind, at, bytes_):
    """A broken picture is a value."""
    body = WHOLE[kind]
    facts(body[:at] + bytes_ + body[at + len(bytes_) :], complete=True)
    facts(body[:at], complete=False)


WHOLE = {kind: picture(kind, 30, 20) for kind in FORMATS}


def test_a_declared_size_that_is_negative_is_no_crash():
    """A bottom-up bitmap has a negative height."""
    body = bytearray(picture("bmp", 10, 6))
    struct.pack_into("<i", body, 22, -6)
    assert facts(bytes(body), complete=True).height_px == 6
