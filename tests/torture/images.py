"""Rows: what comes where an article shows an image, directly or through an image proxy."""

from pictures import picture, png, uniform
from servers import Behaviour, End, answer, in_turn, redirect, steps
from torture import world
from torture.row import Expected, Row, at_risk, broken, image, ok, uncertain
from torture.world import ERROR, FINE, GIF, GONE, JPEG, PNG, SILENT, WESERV, page, photo, shows, text, weserv_says

DOT = bytes.fromhex("4749463839610100010080000000000000ffffff21f90401000000002c00000000010001000002024401003b")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="80" height="60"><path d="M0 0h80v60z"/></svg>'
BAD_CRC = PNG[: PNG.index(b"IDAT") + 40] + b"\xff\x00\xff\x00" + PNG[PNG.index(b"IDAT") + 44 :]
HUGE = png(60_000, 60_000)
STAND_IN = picture("png", 320, 200)
ICON = picture("png", 32, 32)

DIRECT = [
    *(
        image(kind, shows(picture(kind), f"image/{kind}"), ok(f"a {kind}"))
        for kind in ("jpeg", "png", "gif", "webp", "avif", "bmp")
    ),
    image("svg", shows(SVG, "image/svg+xml"), ok("a svg")),
    image("image-called-html", shows(picture("jpeg"), "text/html"), ok("a jpeg")),
    image("image-in-http-1.0", world.UNTIL_CLOSE_JPEG, ok("a jpeg")),
    image("image-500-once", in_turn(ERROR, photo()), ok("a jpeg")),
    image("image-cut-once", in_turn(world.SHORT_JPEG, photo()), ok("a jpeg")),
    image("image-moved", {"/a.jpg": redirect("/b.jpg", 302), "/b.jpg": photo()}, ok("a jpeg")),
    image("image-404", GONE, broken("not-found", "404")),
    image("image-410", text(410), broken("gone", "410")),
    image("image-that-is-html", page("Log in to see pictures"), broken("not-an-image", "an HTML page")),
    image("html-called-image", shows(b"<!doctype html><title>x</title>", "image/jpeg"), broken("not-an-image", "HTML")),
    image("json-called-image", shows(b'{"status":"error"}', "image/jpeg"), broken("not-an-image", "JSON")),
    image("text-called-image", shows(b"nothing here", "image/png"), broken("not-an-image", "not an image")),
    image("image-to-html", {"/a.jpg": redirect("/", 302), "/": FINE}, broken("not-an-image", "HTML")),
    image("image-empty", shows(b""), broken("image-empty", "empty")),
    image("image-204", answer(204), broken("image-empty", "204")),
    image("image-416", answer(416, b"", ("Content-Range", "bytes */0")), broken("image-empty", "no bytes")),
    image("image-short", world.SHORT_JPEG, broken("image-truncated", "800 of")),
    image("image-reset", world.RESET_JPEG, broken("image-truncated", "800 of")),
    image("image-chunked-cut", world.CUT_CHUNKED_JPEG, broken("image-truncated", "broke off")),
    image("jpeg-without-end", shows(JPEG[: len(JPEG) // 2]), broken("image-truncated", "jpeg")),
    image("png-without-end", shows(PNG[: len(PNG) // 2]), broken("image-truncated", "png")),
    image("gif-without-end", shows(GIF[: len(GIF) // 2]), broken("image-truncated", "gif")),
    image("webp-without-end", shows(picture("webp")[:-300]), broken("image-truncated", "webp")),
    image("svg-without-end", shows(SVG[:-12], "image/svg+xml"), broken("image-truncated", "svg")),
    image(
        "png-with-bad-checksum",
        shows(BAD_CRC),
        broken("image-corrupt", "png"),
    ),
    image("png-with-impossible-size", shows(HUGE), broken("image-corrupt", "pixels")),
    image("gif-1x1", shows(DOT), broken("image-placeholder", "1×1")),
    image("png-2x2", shows(picture("png", 2, 2)), broken("image-placeholder", "2×2")),
    image("hot-linked", world.HOT_LINK, uncertain("blocked", "hot-link")),
    image("hot-linked-for-ever", text(403), uncertain("blocked", "403")),
    image("image-challenge", page("Just a moment...", "", 403, world.CHALLENGE), uncertain("blocked", "cloudflare")),
    image("image-silent", SILENT, uncertain("timed-out", "did not answer"), is_slow=True),
    image("image-one-colour", shows(uniform()), broken("image-placeholder", "one colour")),
]

RENDITIONS = [
    Row(
        "rendition-alive",
        "![](http://static.post.torture/image/81_303.jpg)\n",
        (broken("not-found", "another size of it is alive"),),
        {"static.post.torture/image/81_607.jpg": shows(picture("jpeg", 1920, 1080))},
    ),
    Row(
        "rendition-dead",
        "![](http://static.post.torture/image/82_303.jpg)\n",
        (broken("not-found", "404"),),
    ),
]


def _same(name: str, sort: bytes, expected: Expected) -> Row:
    paths = [f"/{year}/{word}.png" for year, word in ((2019, "harbour"), (2021, "ferry"), (2022, "ice"))]
    document = "".join(f"![](http://{{host}}{path})\n" for path in paths)
    return Row(name, document, (expected,) * 3, dict.fromkeys(paths, shows(sort, "image/png")))


OPAQUE = [
    Row(
        name,
        f"![](https://imagedelivery.net/hash/{name}/public)\n",
        (expected,),
        {f"imagedelivery.net/hash/{name}/public": says},
    )
    for name, says, expected in (
        ("opaque-alive", photo(), ok("a jpeg")),
        ("opaque-dead", GONE, broken("not-found", "404")),
    )
]

SAME_BYTES = [
    _same("one-image-for-all", STAND_IN, broken("image-placeholder", "same png")),
    _same("one-icon-for-all", ICON, ok("a png")),
]


def proxied(
    name: str,
    origin: Behaviour | None,
    proxy: Behaviour,
    expected: Expected,
    *,
    written: str = "{host}/a.jpg",
    at: str = WESERV,
) -> Row:
    """An image at a proxy, its origin at the row's host; weserv decides by its query, Photon by its path."""
    is_photon = at.endswith("wp.com")
    document = f'<div><img src="https://{at}/{written if is_photon else f"?url={written}"}"></div>\n'
    place = f"{at}/{written}" if is_photon else f"{at}/?{{host}}"
    routes = {place: proxy, **({"/a.jpg": origin} if origin else {})}
    return Row(name, document, (expected,), routes)


ALIVE = photo()
SAYS_404 = weserv_says("The requested URL returned error: 404")
SAYS_403 = weserv_says("The requested URL returned error: 403")
SAYS_DNS = weserv_says("The hostname of the origin is unresolvable (DNS) or blocked by policy.")
SAYS_LATE = weserv_says("The requested URL timed out.")
SAYS_LARGE = weserv_says("The image is too large to be downloaded. Max image size: 104857600 bytes")
SAYS_PIXELS = weserv_says("Input image exceeds pixel limit. Width x height should be less than 71000000")
SAYS_FORMAT = weserv_says("Invalid or unsupported image format. Is it a valid image?")
SAYS_WRONG = weserv_says("Something's wrong!", 500)
SAYS_LOOP = weserv_says("Will not follow a redirection to itself")
PHOTON_SAYS = text(404, "We cannot complete this request, remote data could not be fetched")
LIMITED = text(429, "slow down", ("Retry-After", "1"))
INSTEAD = redirect("http://instead.torture/a.png", 302)
HAS_INSTEAD = "{host}/a.jpg&default=http://instead.torture/a.png"

TWO_WITNESSES = [
    proxied("ok-x-ok", ALIVE, ALIVE, ok("a jpeg")),
    proxied("ok-x-404", ALIVE, SAYS_404, broken("proxy-fault", "404 Not Found from the origin")),
    proxied("ok-x-403", ALIVE, SAYS_403, broken("proxy-fault", "403")),
    proxied("ok-x-dns", ALIVE, SAYS_DNS, broken("proxy-fault", "unresolvable")),
    proxied("ok-x-late", ALIVE, SAYS_LATE, broken("proxy-fault", "timed out")),
    proxied("ok-x-large", ALIVE, SAYS_LARGE, broken("proxy-fault", "too large")),
    proxied("ok-x-pixels", ALIVE, SAYS_PIXELS, broken("proxy-fault", "pixel limit")),
    proxied("ok-x-format", ALIVE, SAYS_FORMAT, broken("proxy-fault", "image format")),
    proxied("ok-x-wrong", ALIVE, SAYS_WRONG, broken("proxy-fault", "omething's wrong")),
    proxied("ok-x-loop", ALIVE, SAYS_LOOP, broken("proxy-fault", "redirection to itself")),
    proxied("ok-x-html", ALIVE, FINE, broken("proxy-fault", "HTML")),
    proxied("ok-x-empty", ALIVE, shows(b""), broken("proxy-fault", "empty")),
    proxied("ok-x-429", ALIVE, LIMITED, uncertain("rate-limited", "origin is fine"), at="wsrv.nl"),
    proxied("ok-x-instead", ALIVE, INSTEAD, broken("proxy-fault", "substitute"), written=HAS_INSTEAD),
    proxied("404-x-ok", GONE, ALIVE, at_risk("proxy-cache-only", "save it now")),
    proxied("410-x-ok", text(410), ALIVE, at_risk("proxy-cache-only", "410")),
    proxied("html-x-ok", FINE, ALIVE, at_risk("proxy-cache-only", "HTML")),
    proxied("nxdomain-origin", None, ALIVE, at_risk("proxy-cache-only", "does not exist")),
    proxied("404-x-404", GONE, SAYS_404, broken("not-found", "proxy")),
    proxied("410-x-404", text(410), SAYS_404, broken("gone", "proxy")),
    proxied("404-x-403", GONE, SAYS_403, broken("not-found", "403")),
    proxied("404-x-dns", GONE, SAYS_DNS, broken("not-found", "unresolvable")),
    proxied("404-x-instead", GONE, INSTEAD, broken("not-found", "substitute"), written=HAS_INSTEAD),
    proxied("404-x-429", GONE, LIMITED, uncertain("rate-limited", "may still hold it"), at="wsrv.nl"),
    proxied("404-x-reset", GONE, steps(End.RESET), uncertain("connection-reset", "may still hold it"), at="i3.wp.com"),
    proxied("403-x-ok", text(403), ALIVE, ok("through the proxy")),
    proxied("403-x-403", text(403), SAYS_403, uncertain("blocked", "proxy")),
    proxied("500-x-ok", ERROR, ALIVE, ok("open question")),
    proxied("500-x-404", ERROR, SAYS_404, uncertain("server-error", "proxy")),
    proxied("429-x-ok", LIMITED, ALIVE, ok("open question")),
    proxied("only-http", ALIVE, ALIVE, ok("a jpeg")),
    proxied(
        "written-with-https", ALIVE, SAYS_404, broken("proxy-fault", "404"), written="https%3A%2F%2F{host}%2Fa.jpg"
    ),
    proxied("written-with-ssl", ALIVE, ALIVE, ok("a jpeg"), written="ssl:{host}/a.jpg&w=700"),
    proxied("cut-by-ampersand", ALIVE, ALIVE, ok("a jpeg"), written="{host}/a.jpg?h=1&itok=2"),
    proxied("photon-x-404", GONE, PHOTON_SAYS, broken("not-found", "remote data"), at="i0.wp.com"),
    proxied("photon-fault", ALIVE, PHOTON_SAYS, broken("proxy-fault", "remote data"), at="i0.wp.com"),
    proxied("photon-alone", GONE, ALIVE, at_risk("proxy-cache-only", "404"), at="i0.wp.com"),
]

ROWS = [*DIRECT, *RENDITIONS, *OPAQUE, *SAME_BYTES, *TWO_WITNESSES]
