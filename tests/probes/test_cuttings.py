"""What is cut out of a page is what a plain reading of it from tag to tag finds, and what a browser's parser sees."""

import re

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkcheck.probes import cuttings
from linkcheck.probes.pages import described, facts

REST = rb"[^\"'>]{0,4096}+(?:(?:\"[^\"]{0,4096}\"|'[^']{0,4096}')[^\"'>]{0,4096}+){0,64}+>"
OPENING = re.compile(
    rb"<(!--|(?:s(?:cript|tyle|vg|elect)|t(?:itle|emplate|extarea)|noscript|nav|iframe|h1|body)(?=[\s/>])"
    rb"|(?:link|meta)(?=[\s/>])" + REST + rb")",
    re.IGNORECASE,
)
TELLING = (b"canonical", b"og:title", b"og:url", b"refresh")


def plainly(page, room):
    """(elements, visible pieces) of a page, by one search after the other."""
    snippets, visible, left, at, patience = [], [], room, 0, 64
    while left > 0 and patience > 0 and len(snippets) < 24:
        opening = OPENING.search(page, at)
        start, end = opening.span() if opening else (len(page), 0)
        if page[at:start].strip():
            visible.append(page[at:start][:left])
            left -= start - at
        if opening is None:
            return snippets, visible
        name = opening[1].lower()
        if name.endswith(b">"):
            if any(word in name for word in TELLING):
                snippets.append((name[:4].decode(), page[start:end], b""))
            at = end
            continue
        if name == b"!--":
            closing = re.compile(b"-->").search(page, end)
        elif name != b"body":
            limit = end + 8192 if name in (b"title", b"h1") else len(page)
            closing = re.compile(b"</" + name + rb"(?=[\s/>])[^>]*>?", re.IGNORECASE).search(page, end, limit)
        if name in (b"title", b"h1") and closing is None:
            patience -= 1
        elif name in (b"title", b"h1"):
            snippets.append(element(name.decode(), page, start, end, closing.start()))
        if name in (b"h1", b"body"):
            rest = re.compile(REST).match(page, end, end + 4096)
            patience -= rest is None
            at = rest.end() if rest else end
        elif closing is not None:
            at = closing.end()
        elif name == b"title":
            at = end
        else:
            return snippets, visible
        if name == b"body":
            visible, left = [], room
    late = re.compile(rb"<h1(?=[\s>])", re.IGNORECASE).search(page, at)
    if late and not any(name == "h1" for name, _, _ in snippets):
        closing = re.compile(rb"</h1(?=[\s/>])", re.IGNORECASE).search(page, late.end(), late.end() + 8192)
        if closing is not None:
            snippets.append(element("h1", page, late.start(), late.end(), closing.start()))
    return snippets, visible


def element(name, page, start, end, closes):
    rest = re.compile(REST).match(page, end, closes)
    inside = rest.end() if rest else closes
    return name, page[start:inside], page[inside:closes]


def assert_alike(page, room):
    cut = cuttings.cut(page, room)
    found = [(snippet.name, snippet.tag, snippet.inside) for snippet in cut.snippets]
    assert (found, cut.visible) == plainly(page, room)


PIECES = [
    "<!--", "-->", "<title>", "</title>", "<TITLE lang='>'>", "</Title >", "<h1 a='", "<h1>", "</h1>", "<H1 class=x>",
    "</H1>", "<meta http-equiv=refresh content='0;url=/x'>", '<META HTTP-EQUIV=Refresh CONTENT="0; url=/y">',
    "<link rel=canonical href=/a>", "<Link rel='CANONICAL' href='/b' />", "<meta name=x content='y'>", "<link/>",
    '<meta property="og:title" content="A <b>x</b> > y">', '<meta content="<script>" name=x>', "<linked>", "<meta ",
    '<link rel=icon href="canonical" title="<h1>">', "<body>", "<body class='>'>", "<script>", "</script>",
    "<SCRIPT src=x>", "</SCRIPT foo>", "</script", "<style>", "</style>", "<nav>", "</nav>", "<navigation>", "<svg/>",
    "</svg>", "<noscript>", "</noscript>", "<textarea>", "</textarea>", "<select>", "</select>",
    "<iframe>", "</iframe>",
    "<template>", "</template>", "text ", "大", "<p>", "</p>", " ", "\n", "'", '"', ">", "<", "x" * 300, "y " * 600,
    "<link ", "<title", "<h1", "</h1", "canonical", "refresh", "og:url", "\0",
]  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from([40, 700, 24_000]))
def test_one_pass_finds_what_a_search_after_the_other_finds(pieces, room):
    """Whatever is put together, in however little room."""
    assert_alike("".join(pieces).encode(), room)


@settings(deadline=None, max_examples=60)
@given(st.integers(8150, 8192), st.lists(st.sampled_from(PIECES), min_size=1, max_size=8), st.sampled_from(["p", "s"]))
def test_nothing_is_lost_where_a_window_ends(length, pieces, kind):
    """A tag may stand anywhere, also across the end of what is searched at once."""
    before, after = ("<p>", "") if kind == "p" else ("<script>", "</script>")
    for page in ("".join(pieces).join([before + "x" * length + after] * 3), "\n" * length + "".join(pieces)):
        assert_alike(page.encode(), 24_000)


@pytest.mark.parametrize("token", cuttings._TOKENS)
def test_a_token_may_be_cut_by_a_window(token):
    """Each is found wherever it begins."""
    for offset in range(-len(token) - 2, 3):
        start = b"<meta " if not token.startswith(b"<") else b""
        page = b"x" * (cuttings._WINDOW + offset - len(start)) + start + token + b" >y</script></title></h1></nav>z"
        assert_alike(page, 24_000)


def test_a_script_may_be_longer_than_a_window():
    """Nothing in it counts, and the page goes on behind it."""
    script = (
        "<script>" + "var a = '<title>no</title><link rel=canonical href=/no>'; if (a</b/) {}\n" * 900 + "</SCRIPT\n>"
    )
    page = facts(f"<title>Yes</title>{script}<link rel=canonical href=/yes><p>Text".encode(), HTML, "https://e.org/")
    assert (page.title, page.canonical, page.text) == ("Yes", "https://e.org/yes", "Text")


HTML = described([("Content-Type", "text/html; charset=utf-8")])
WORDS = st.text("ab 大&;", min_size=1, max_size=8).map(lambda text: text.replace("&", "&amp;"))
VALUES = st.text("ab <>/'大", max_size=10)
IN_HEAD = st.one_of(
    st.builds('<meta name="description" content="{}">'.format, VALUES),
    st.builds('<meta property="og:url" content="https://e.org/{}">'.format, st.text("abc", max_size=3)),
    st.builds(
        '<link rel="{}" href="https://e.org/{}"/>'.format, st.sampled_from(["icon", "canonical"]), st.text("xyz")
    ),
    st.builds(
        "<script>if (a<b) w('<title>{}</title>')</script>\n".format, VALUES.map(lambda text: text.replace("'", ""))
    ),
    st.builds("<style>a>b {{content: '{}'}}</style>".format, WORDS),
    st.builds("<!-- {} -->".format, WORDS),
)
IN_BODY = st.one_of(
    st.builds("<p class='a>b'>{}</p>".format, WORDS),
    st.builds("<h1>{}</h1>\n".format, WORDS),
    st.builds("<nav><h1>{}</h1></nav>".format, WORDS),
    st.builds("<div><svg><title>{}</title></svg></div>".format, WORDS),
)


@settings(deadline=None, max_examples=150)
@given(WORDS, st.lists(IN_HEAD, max_size=6), st.lists(IN_HEAD, max_size=6), st.lists(IN_BODY, max_size=6))
def test_pages_say_what_a_browsers_parser_says(title, before, after, body):
    """Title, headings outside navigation, and the page's own address, read from the tree of the whole page."""
    html = (
        f"<!doctype html><html><head>{''.join(before)}<title>{title}</title>{''.join(after)}</head>"
        f"<body>{''.join(body)}</body></html>"
    )
    page = facts(html.encode(), HTML, "https://e.org/")
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    outside = [h1 for part in tree.find("body") if part.tag != "nav" for h1 in part.iter("h1")]
    links = [link.get("href") for link in tree.iter("link") if link.get("rel") == "canonical"]
    urls = [meta.get("content") for meta in tree.iter("meta") if meta.get("property") == "og:url"]
    assert page.title == (" ".join(tree.find("head/title").text.split()) or None)
    assert list(page.headings) == list(filter(None, (" ".join("".join(h1.itertext()).split()) for h1 in outside)))[:8]
    assert page.canonical == next(iter(links or urls), None)


@pytest.mark.parametrize("before", [0, 110, 300])
@pytest.mark.parametrize("after", [0, 110, 300])
def test_a_row_of_links_as_long_as_some_windows_hides_nothing(before, after):
    """A page in a hundred languages lists them all before it says its own address."""
    other = '<link rel="alternate" hreflang="de" href="https://www.example.org/de/some/path">\n'
    telling = '<link rel=canonical href="/c"><meta http-equiv=refresh content="0;url=/r">'
    html = f"<title>x</title>{other * before}{telling}{other * after}<body>h"
    page = facts(html.encode(), HTML, "https://e.org/")
    assert (page.canonical, page.refresh) == ("https://e.org/c", "https://e.org/r")
