"""HTML elements → references: which attributes count, as what, and where exactly."""

import pytest

from linkcheck.model import Document, Format, Kind, Reference
from linkcheck.references import Extraction, references

BASE = "https://site.test/a/page"


def found(text: str, extraction: Extraction = Extraction()) -> list[Reference]:  # noqa: B008  frozen
    document = Document("page.html", text, Format.HTML, url=BASE, base=BASE)
    result = list(references(document, extraction))
    for reference in result:
        assert text[reference.span.start : reference.span.end] == reference.raw
    return result


ROWS = [
    ('<a href="x">t</a>', [("link", "a", "href", "x")]),
    ("<A HREF=x>t</A>", [("link", "a", "href", "x")]),
    ("<a href = 'x y'>t</a>", [("link", "a", "href", "x y")]),
    ('<a href=" x\n">t</a>', [("link", "a", "href", "x")]),
    ('<a href="x" href="y">', [("link", "a", "href", "x")]),
    ('<a =href="y" href=x>', [("link", "a", "href", "x")]),
    ('<a title=\' href="no" \' href="yes">', [("link", "a", "href", "yes")]),
    ('<a href="a&amp;b">', [("link", "a", "href", "a&amp;b")]),
    ('<area href="m">', [("link", "area", "href", "m")]),
    ('<img src="a.png">', [("image", "img", "src", "a.png")]),
    ('<image src="a.png">', [("image", "img", "src", "a.png")]),
    ('<img src="">', [("image", "img", "src", "")]),
    ("<img class='lazyload' data-src='a.png'>", [("image", "img", "data-src", "a.png")]),
    (
        '<img src="data:image/gif;base64,R0" data-src="b">',
        [("image", "img", "src", "data:image/gif;base64,R0"), ("image", "img", "data-src", "b")],
    ),
    (
        '<img data-lazy-src="a" data-lazy-srcset="b 1x, c 2x">',
        [
            ("image", "img", "data-lazy-src", "a"),
            ("image", "img", "data-lazy-srcset", "b"),
            ("image", "img", "data-lazy-srcset", "c"),
        ],
    ),
    ('<div data-src="w">', [("media", "div", "data-src", "w")]),
    ('<div data-src="a.jpg?x">', [("image", "div", "data-src", "a.jpg?x")]),
    ('<div data-bg="a.png">', [("image", "div", "data-bg", "a.png")]),
    ("<div data-background-image=\"url('a.png')\">", [("image", "div", "data-background-image", "a.png")]),
    ('<iframe data-src="v">', [("media", "iframe", "data-src", "v")]),
    (
        '<video data-poster="p" data-src="v">',
        [("image", "video", "data-poster", "p"), ("media", "video", "data-src", "v")],
    ),
    ('<img srcSet="a 1x, b&amp;c 2x">', [("image", "img", "srcset", "a"), ("image", "img", "srcset", "b&amp;c")]),
    ('<img longdesc="d">', [("link", "img", "longdesc", "d")]),
    (
        '<picture><source srcset="a"><source src="b"></picture>',
        [("image", "source", "srcset", "a"), ("image", "source", "src", "b")],
    ),
    (
        '<video src="v" poster="p"><source src="s"><track src="t"></video>',
        [
            ("media", "video", "src", "v"),
            ("image", "video", "poster", "p"),
            ("media", "source", "src", "s"),
            ("media", "track", "src", "t"),
        ],
    ),
    ('<audio src="a"></audio>', [("media", "audio", "src", "a")]),
    ('<iframe src="i" srcdoc="<a href=no>"></iframe>', [("media", "iframe", "src", "i")]),
    ('<embed src="e">', [("media", "embed", "src", "e")]),
    ('<object data="o"></object>', [("media", "object", "data", "o")]),
    ('<applet code="no" archive="no"></applet>', []),
    ('<input type=image src="i"><input type=text src="no">', [("image", "input", "src", "i")]),
    (
        '<body background="b"><table background="t"><tr><td background="d">',
        [
            ("image", "body", "background", "b"),
            ("image", "table", "background", "t"),
            ("image", "td", "background", "d"),
        ],
    ),
    ('<p>x<body background="late">', [("image", "body", "background", "late")]),
    (
        '<blockquote cite="b"><q cite="q"></q><ins cite="i"></ins><del cite="d"></del>',
        [
            ("link", "blockquote", "cite", "b"),
            ("link", "q", "cite", "q"),
            ("link", "ins", "cite", "i"),
            ("link", "del", "cite", "d"),
        ],
    ),
    (
        '<svg><image href="i"/><image xlink:href="j"/><a xlink:href="k"/></svg>',
        [("image", "image", "href", "i"), ("image", "image", "xlink:href", "j"), ("link", "a", "xlink:href", "k")],
    ),
    ('<svg><use href="#in"/><use xlink:href="out.svg#x"/></svg>', [("resource", "use", "xlink:href", "out.svg#x")]),
    (
        '<link rel="stylesheet" href="s"><link rel=icon href=i>',
        [("resource", "link", "href", "s"), ("resource", "link", "href", "i")],
    ),
    (
        '<link rel=canonical href=c><link rel="alternate" href=f>',
        [("link", "link", "href", "c"), ("link", "link", "href", "f")],
    ),
    ('<link rel="preconnect" href=no><link rel="dns-prefetch preconnect" href=no>', []),
    (
        '<link rel=preload as=image href=i imagesrcset="a 1x">',
        [("image", "link", "href", "i"), ("image", "link", "imagesrcset", "a")],
    ),
    ('<script src="s"></script><script>"<a href=no>"</script>', [("resource", "script", "src", "s")]),
    (
        '<meta property="og:image" content="i"><meta name=twitter:image content=t>',
        [("image", "meta", "content", "i"), ("image", "meta", "content", "t")],
    ),
    (
        '<meta property="og:url" content="u"><meta property=og:video content=v>',
        [("link", "meta", "content", "u"), ("media", "meta", "content", "v")],
    ),
    ('<meta name=description content="https://no.test/">', []),
    ("<meta http-equiv=Refresh content=\"0; url='x'\">", [("link", "meta", "content", "x")]),
    ('<meta http-equiv=refresh content="5;URL= y z ">', [("link", "meta", "content", "y z")]),
    ('<meta http-equiv=refresh content="5">', []),
    ('<p style="background:url(a.png)">', [("image", "p", "style", "a.png")]),
    ('<p style="background:url(&quot;a&amp;b&quot;)">', [("image", "p", "style", "a&amp;b")]),
    (
        '<style>@import "i.css"; a{b:url( "c.png" )} @font-face{src:url(f.woff)}</style>',
        [
            ("resource", "style", None, "i.css"),
            ("image", "style", None, "c.png"),
            ("resource", "style", None, "f.woff"),
        ],
    ),
    ("<form action=no><button formaction=no></form><img usemap='#no'><a ping=no>", []),
    ("<!-- <a href=no> --><template><a href=no></template><textarea><a href=no></textarea>", []),
    ("<template><div><template><img src=no></template></div></template><a href=z>", [("link", "a", "href", "z")]),
    ("<noscript><img src=n></noscript>", [("image", "img", "src", "n")]),
    ("<head><noscript><link rel=stylesheet href=n></noscript></head>", [("resource", "link", "href", "n")]),
    ("<pre><code><a href=p>x</a></code></pre>", [("link", "a", "href", "p")]),
    ("<table><a href=fostered>x</a></table>", [("link", "a", "href", "fostered")]),
    ("<a href=1><p>x<a href=2>y", [("link", "a", "href", "1"), ("link", "a", "href", "2")]),
    ("<b><a href=1><p>x</b>y</p></a>", [("link", "a", "href", "1")]),
    ("</small></div><img src=a>", [("image", "img", "src", "a")]),
    ("<a href='unclosed>x</a><a href=b>", []),
    ("<a href=x\x00y>", [("link", "a", "href", "x\x00y")]),
    ("<a\r\nhref='x\r\ny'\r>\r<img src=z>", [("link", "a", "href", "x\r\ny"), ("image", "img", "src", "z")]),
    ("<a href=>x</a>", [("link", "a", "href", "")]),
    ("<a href>x</a>", [("link", "a", "href", "")]),
]


@pytest.mark.parametrize(("text", "expected"), ROWS, ids=[text for text, _ in ROWS])
def test_every_holder_of_a_url_counts_as_what_it_is(
    text: str, expected: list[tuple[str, str, str | None, str]]
) -> None:
    """Each element and attribute is reported with its kind, exactly where it is written."""
    assert [(str(r.kind), r.element, r.attribute, r.raw) for r in found(text)] == expected


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("<a href='?a=1&amp;b=2'>", BASE + "?a=1&b=2"),
        ("<a href='?a&amp;amp;b'>", BASE + "?a&amp;b"),
        ("<a href='?a&copy=1'>", BASE + "?a&copy=1"),
        ("<a href='?a&copy;'>", BASE + "?a%C2%A9"),
        ("<a href='a\r\nb'>", "https://site.test/a/ab"),
        ("<a href='  /x%zz '>", "https://site.test/x%zz"),
        ("<p style='background:url(\\61.png)'>", "https://site.test/a/a.png"),
        ("<img srcset='a?x&amp;y 2x'>", "https://site.test/a/a?x&y"),
    ],
)
def test_a_value_is_unescaped_as_a_browser_does(text: str, url: str) -> None:
    """Character references, CSS escapes and line breaks are gone from the URL, but not from `raw`."""
    assert [r.url for r in found(text)] == [url]


def test_link_types_come_in_lower_case() -> None:
    """`rel="ArticleRef"` is how some archives mark a link to another article."""
    assert found('<a href=x rel="ArticleRef NoFollow">')[0].rel == ("articleref", "nofollow")


def test_more_lazy_attributes_can_be_configured() -> None:
    """A site's own attribute is read like the known ones; a name in `srcset` as a srcset."""
    extraction = Extraction(lazy_attributes=("data-mine", "data-my-srcset"))
    text = '<img data-mine="a" data-my-srcset="b 1x, c 2x" data-other="no">'
    assert [r.raw for r in found(text, extraction)] == ["a", "b", "c"]
    assert found(text) == []


def test_front_matter_of_a_page_is_no_html() -> None:
    """A generator's source page keeps its offsets although its front matter is read apart."""
    text = '---\nlink: https://own.test/\n---\n<img src="a.png">\n'
    document = Document("p.html", text, Format.HTML, body_start=text.index("<"))
    assert [(r.attribute, r.raw, r.span.line) for r in references(document)] == [
        ("link", "https://own.test/", 2),
        ("src", "a.png", 4),
    ]


def test_a_candidate_that_browsers_ignore_says_so() -> None:
    """A space inside a srcset URL makes browsers drop the candidate: the author should know."""
    first, second = found('<img srcset="my photo.jpg 2x, ok.jpg 1x">')
    assert (first.raw, first.url, first.problem is not None) == ("my", None, True)
    assert (second.raw, second.problem) == ("ok.jpg", None)


def test_kinds_are_the_syntax_alone() -> None:
    """Proxies and sites are decided later, by rules."""
    assert found('<img src="https://images.weserv.nl/?url=x.test/a.png">')[0].kind is Kind.IMAGE
