"""CSS → URLs."""

import pytest

from linkcheck.references.css import style_urls


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a{b:url(x.png)}", ["image x.png"]),
        ("a{b:URL( 'x y.png' )}", ["image x y.png"]),
        ('a{b:url("x)\\"y")}', ['image x)"y']),
        ("a{b:url(x\\)y)}", ["image x)y"]),
        ("a{b:url(\\68 ttp.png)}", ["image http.png"]),
        ('a{b:url("\\\n x")}', ["image  x"]),
        ("/* url(no) */ a{b:url(x)}", ["image x"]),
        ('a{content:"url(no)"}', []),
        ("a{b:url()}", []),
        ("a{b:url(#in)}", []),
        ("a{b:url(data:image/png;base64,AA==)}", ["image data:image/png;base64,AA=="]),
        ("@import 'a.css' screen; @import url(b.css);", ["resource a.css", "resource b.css"]),
        (
            "@font-face{src:url(a.woff) format('woff'),url(b.ttf)} c{d:url(e)}",
            ["resource a.woff", "resource b.ttf", "image e"],
        ),
        ("@namespace url(http://no.test/);", []),
        ("a{b:image-set('x.png' 1x, url(y.png) 2x)}", ["image x.png", "image y.png"]),
        ("a{b:my-url(no)}", []),
        ("a{b:url(x", ["image x"]),
        ("a{b:url(\\d800 )}", ["image \ufffd"]),
    ],
)
def test_urls_of_a_style_sheet(text: str, expected: list[str]) -> None:
    """Comments and plain strings hold none; escapes are resolved; fonts and imports are resources."""
    found = list(style_urls(text))
    assert [f"{url.kind} {url.value}" for url in found] == expected
