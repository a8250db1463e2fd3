"""Small images for tests, whole and damaged; made with Pillow or by hand."""

import struct
import zlib
from io import BytesIO

from PIL import Image

FORMATS = ("jpeg", "png", "gif", "webp", "avif", "bmp", "tiff", "ico")


def picture(kind: str, width: int = 120, height: int = 80, **options: object) -> bytes:
    """A noisy picture, encoded."""
    image = Image.effect_noise((width, height), 60).convert("RGB")
    if kind == "ico":
        options["sizes"] = [(width, height)]
    return encoded(image, kind, **options)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    sink = BytesIO()
    image.save(sink, kind.upper(), **options)
    return sink.getvalue()


def uniform(kind: str = "png", width: int = 80, height: int = 80) -> bytes:
    return encoded(Image.new("RGB", (width, height), (200, 200, 200)), kind)


def animated(frames: int) -> bytes:
    images = [Image.new("P", (8, 8), number % 250) for number in range(frames)]
    for number, image in enumerate(images):
        image.putpixel((number % 8, 0), 251)
    return encoded(images[0], "gif", save_all=True, append_images=images[1:])


def chunk(name: bytes, content: bytes) -> bytes:
    """One PNG chunk."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, depth: int = 1, *, rows: bytes = b"", extra: bytes = b"") -> bytes:
    """A grey PNG that may claim any size."""
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    image = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + image


def with_thumbnail(body: bytes, thumbnail: bytes) -> bytes:
    """A JPEG with another one in an APP1 segment right at its start, as cameras write it."""
    payload = b"Exif\0\0" + thumbnail
    return body[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + body[2:]
