"""A successful response where an image is expected → is it one?; pure.

The media type may lie, the bytes do not: signature, size, declared length and end mark decide (verdicts.md, 7).
"""

from linkcheck import urls
from linkcheck.model import Content, Ending, Exchange, ImageFacts, Reason
from linkcheck.verdicts.judgement import Judgement, broken, ok
from linkcheck.verdicts.statuses import answer

_SMALLEST_AREA_PX = 16
_UNIFORM_AREA_PX = 4096
_FAR_SMALLER = 4
_COMPLETE = Ending.COMPLETE
_NOT_PROVED = "beyond our limits"
"""How the decoder's word begins when it gave up before it could tell."""


def by_image(exchange: Exchange, content: Content, expected: tuple[int, int] | None = None) -> Judgement:
    """The judgement on a whole 2xx response that should be an image; `expected`: its size by the site's rule."""
    said = answer(exchange)
    if _is_empty(content):
        return broken(Reason.IMAGE_EMPTY, f"{said} with an empty body")
    image = content.image
    if image is None:
        what = tell_tale(content)
        return broken(Reason.NOT_AN_IMAGE, f"{said} with {what}, not an image")
    # A part was asked for (RFC 9110, 15.3.7): what is missing is missing on purpose.
    seen = damage(said, content, image) if exchange.status != 206 else None
    wrong = seen or placeholder(said, image) or _contradiction(said, image, expected)
    return wrong or ok(f"{said} with {picture(image, content)}")


def cut_off(exchange: Exchange, content: Content) -> Judgement:
    """The judgement on an image whose body broke off."""
    declared = f" of {content.declared_bytes}" if content.declared_bytes is not None else ""
    detail = f"{urls.authority(exchange.request.url)} broke off after {content.length_bytes}{declared} bytes"
    return broken(Reason.IMAGE_TRUNCATED, f"{detail} of the image")


def damage(said: str, content: Content, image: ImageFacts) -> Judgement | None:
    """Whether bytes are missing or do not decode; None when nothing speaks against the image."""
    declared = content.declared_bytes
    if content.ended is _COMPLETE and declared is not None and content.length_bytes < declared:
        detail = f"{said} with {content.length_bytes} of {declared} bytes of the image"
        return broken(Reason.IMAGE_TRUNCATED, detail)
    if image.damage is not None and not image.damage.startswith(_NOT_PROVED):
        is_cut = "truncated" in image.damage or image.ends_well is False
        reason = Reason.IMAGE_TRUNCATED if is_cut else Reason.IMAGE_CORRUPT
        return broken(reason, f"{said} with a damaged {image.format} image: {image.damage}")
    if image.ends_well is False and content.ended is _COMPLETE:
        return broken(Reason.IMAGE_TRUNCATED, f"{said} with a {image.format} image that lacks its end")
    return None


def placeholder(said: str, image: ImageFacts) -> Judgement | None:
    """Whether the image is too small, or too empty, to be what an article shows."""
    if image.width_px is None or image.height_px is None or image.format == "svg":
        return None
    area, size = image.width_px * image.height_px, f"{image.width_px}×{image.height_px}"
    if area < _SMALLEST_AREA_PX:
        return broken(Reason.IMAGE_PLACEHOLDER, f"{said} with a placeholder of {size} pixels")
    if image.uniform and area >= _UNIFORM_AREA_PX:
        return broken(Reason.IMAGE_PLACEHOLDER, f"{said} with one colour on {size} pixels")
    return None


def _contradiction(said: str, image: ImageFacts, expected: tuple[int, int] | None) -> Judgement | None:
    """Far smaller than this rendition is: sizes change a little over the years, placeholders differ a lot."""
    if expected is None or not image.width_px or not image.height_px:
        return None
    if image.width_px * image.height_px * _FAR_SMALLER > expected[0] * expected[1]:
        return None
    sizes = f"{image.width_px}×{image.height_px} pixels where the site's rule says {expected[0]}×{expected[1]}"
    return broken(Reason.IMAGE_PLACEHOLDER, f"{said} with {sizes}: a placeholder")


def picture(image: ImageFacts, content: Content) -> str:
    """`a jpeg of 700×394 pixels, 45,678 bytes`."""
    size = f" of {image.width_px}×{image.height_px} pixels" if image.width_px and image.height_px else ""
    length = content.declared_bytes if content.declared_bytes is not None else content.length_bytes
    return f"a {image.format}{size}, {length:,} bytes"


def tell_tale(content: Content) -> str:
    """What the body is instead, in words."""
    start = content.body[:512].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "an HTML page"
    if start.startswith((b"{", b"[")):
        return "JSON"
    if start.startswith(b"<?xml"):
        return "XML"
    return content.media_type or "bytes of no known format"


def _is_empty(content: Content) -> bool:
    return content.length_bytes == 0 and not content.declared_bytes
