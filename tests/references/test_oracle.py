"""Our HTML attributes against two other parsers', as sets of (element, attribute, value)."""

import pytest
from bs4 import BeautifulSoup, Tag, XMLParsedAsHTMLWarning

from linkcheck.references import Extraction
from linkcheck.references.html import candidates

PAGES = [
    "<p><a href=a>1</a><a href='b'>2</a><a href=\"c\">3</a>",
    "<a href='a&amp;b&lt;c&quot;d'>x</a>",
    "<a href=a/>x</a><img src=b/>",
    "<img src='a' src='b'>",
    "<A HREF='a'><IMG SRC='b'></A>",
    "<div><a href=a><div><a href=b></div></a></div>",
    "<table><tr><td background=a><a href=b>x</table>",
    "<table><a href=a><tr><td><img src=b>",
    "<ul><li><a href=a><li><a href=b></ul>",
    "<p><b><a href=a>x</p><p>y</b></a>",
    "<b><p><a href=a>x</b></a></p>",
    "</small></div><img src=a></p>",
    "<video src=a poster=b><source src=c><track src=d></video>",
    "<audio><source src=a></audio>",
    "<iframe src=a><a href=no></iframe>",
    "<noscript><img src=a></noscript>",
    "<script src=a></script><script>var x='<a href=no>'</script>",
    "<style>a{}</style><a href=a>",
    "<textarea><a href=no></textarea><a href=a>",
    "<title><a href=no></title><a href=a>",
    "<!-- <a href=no> --><a href=a>",
    "<!-- unclosed <a href=no>",
    "<a href=a><!-- x --!><a href=b>",
    "<pre><a href=a></pre><code><a href=b></code>",
    "<object data=a><embed src=b></object>",
    "<body background=a><p>x",
    "<blockquote cite=a><q cite=b>x</q></blockquote>",
    "<ins cite=a></ins><del cite=b></del>",
    "<map><area href=a></map>",
    "<svg><a href=a><image href=b /></a></svg><a href=c>",
    "<math><a href=a></math><a href=b>",
    "<form><a href=a><form><a href=b></form></form>",
    "<h1><a href=a><h2><a href=b></h1>",
    "<a href=a\tb=c\nd=e>x",
    "<a\thref\n=\x0ca>x",
    "<a title='>' href=a>x</a>",
    "<a title=\"<a href='no'>\" href=a>x</a>",
    "<a href='中文 x'>中</a>",
    "<a href=a title=b' class=c\">x</a>",
    "<a/href=a>x</a>",
    '<a "href=no" href=a>x</a>',
    "<html><head><a href=a></head><body><a href=b>",
    "<frameset><frame src=a></frameset>",
    "<button><a href=a></button>",
    "<dl><dt><a href=a><dd><a href=b></dl>",
    "<nobr><a href=a><nobr><a href=b>",
    "<center><font><a href=a></center></font><img src=b>",
    "<a href=''>x</a><img src=''>",
    "<a href='a\nb'>x</a>",
    "a < b <a href=a> && c",
    "<3 <a href=a> </ x> <img src=b>",
    "<?xml version=1?><a href=a>",
    "<![CDATA[<a href=a>]]>",
    "<plaintext><a href=no>",
    "<xmp><a href=no></xmp><a href=a>",
    "<a href=a",
    "<a href='a><img src=b>",
]
HOLDERS = {
    "href": ("a", "area"),
    "src": ("img", "video", "audio", "source", "track", "iframe", "frame", "embed", "script"),
    "data": ("object",),
    "poster": ("video",),
    "cite": ("blockquote", "q", "ins", "del"),
    "background": ("body", "table", "tr", "td", "th"),
}
# html.parser is no HTML5 parser: what it makes of these differs, and html5lib decides.
LENIENT = {
    page for page in PAGES if any(mark in page for mark in ("<plaintext", "<xmp", "<![CDATA", "<frameset", "--!>"))
} | {
    "<title><a href=no></title><a href=a>",
    "<textarea><a href=no></textarea><a href=a>",
    "<iframe src=a><a href=no></iframe>",
    "<img src='a' src='b'>",
    "<!-- unclosed <a href=no>",
    "<a href=a",
    "<a href='a><img src=b>",
    '<a "href=no" href=a>x</a>',
}


def theirs(page: str, parser: str) -> set[tuple[str, str, str]]:
    soup = BeautifulSoup(page, parser, multi_valued_attributes=None)
    found = set()
    for element in soup.find_all(True):
        assert isinstance(element, Tag)
        for attribute, elements in HOLDERS.items():
            value = element.get(attribute)
            if element.name in elements and isinstance(value, str):
                found.add((element.name, attribute, value.strip(" \t\n\f\r")))
    return found


def ours(page: str) -> set[tuple[str, str, str]]:
    return {
        (c.element or "", c.attribute or "", c.value)
        for c in candidates(page, page, Extraction())[0]
        if c.attribute in HOLDERS and c.element in HOLDERS[c.attribute]
    }


@pytest.mark.filterwarnings(f"ignore::{XMLParsedAsHTMLWarning.__module__}.{XMLParsedAsHTMLWarning.__name__}")
@pytest.mark.parametrize("page", PAGES)
def test_html5lib_sees_the_same(page: str) -> None:
    """The standard's reference parser agrees, also on malformed pages."""
    assert ours(page) == theirs(page, "html5lib")


@pytest.mark.filterwarnings(f"ignore::{XMLParsedAsHTMLWarning.__module__}.{XMLParsedAsHTMLWarning.__name__}")
@pytest.mark.parametrize("page", [page for page in PAGES if page not in LENIENT])
def test_html_parser_sees_the_same(page: str) -> None:
    """So does the standard library's, where it claims to."""
    assert ours(page) == theirs(page, "html.parser")
