"""What is read directly is what BeautifulSoup reads."""

from functools import partial
from html.entities import html5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkcheck.probes import cuttings, elements, soup

UTF8 = partial(str, encoding="utf-8", errors="replace")

PLAIN = [
    "<title>Rain &amp; storm</title>",
    "<TITLE>\n Rain\t and\u3000storm </TITLE>",
    "<title>One</title><title>Two</title>",
    "<title></title><title>Two</title>",
    "<title lang=de class='a b'>Regen &quot;heute&quot;</title>",
    "<title>Caf&eacute; &#8211; it&#39;s &hellip; &nbsp; open</title>",
    "<title>AT & T</title>",
    '<h1>Rain</h1><h1 class="x > y">Storm</h1>',
    "<h1><a href='/x' title=\"a\">Rain</a> <em>and</em> <br/>storm<br>!</h1>",
    "<h1><span class=a><b>大</b>家</span>好</h1>",
    "<h1>Rain<!-- -->, <div><p>storm</p></div><picture><source srcset=a><img src=b></picture></h1><h1>Second</h1>",
    "<title>&copy; &apos;a&apos; &CounterClockwiseContourIntegral; &#8364; &#128512; &#x1F600; &#xe9;</title>",
    "<h1> </h1><h1>Second</h1>",
    '<link rel="canonical" href="/a?x=1&amp;y=2">',
    "<link href=/b/ rel=canonical>",
    "<link rel=canonical href=https://e.org/a/ />",
    "<LINK REL=canonical HREF=' /c '/>",
    "<link rel='alternate canonical' href=/d><link rel=canonical href=/e>",
    "<link rel=Canonical href=/f><meta property=og:url content=/g>",
    "<link rel=canonical><link rel=canonical href=''>",
    '<meta property="og:url" content=""><meta name="og:url" content="/h">',
    "<meta content='Rain' property='og:title'><meta name=og:title content=Storm>",
    "<meta content='Rain' property='OG:title'>",
    "<meta property=og:title><meta property=og:title content=late>",
    "<meta http-equiv=Refresh content='0; url=/i'><meta http-equiv=refresh content=9>",
    "<meta http-equiv=refresh>",
    "<link rel = canonical\n href = '/j'\tdisabled>",
    "<link rel=canonical href=/k href=/l>",
]
ODD = [
    "<h1><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby></h1>",
    "<h1/><p>e</h1>",
    "<link rel=canonical href='a&copy;b'>",
    "<title>a <b>b</b></title>",
    "<title>a &copy b &#x110000; &unknown; &</title>",
    "<h1 title='a>b'>x <script>y</script></h1>",
    "<h1>a <!-- b --> c</h1>",
    "<h1>a < b</h1>",
    "<h1>x <b title='1'2>y</b></h1>",
    "<link rel=canonical href='/a'class=x>",
    '<link rel="canonical href=/a>',
    '<link rel=canonical href=/a"b>',
    "<meta property=og:title content=a`b>",
    "<h1><meta property=og:title content=a></h1>",
]


def both(html):
    """(read directly, read by BeautifulSoup)"""
    snippets = cuttings.cut(html.encode()).snippets
    return elements.read(snippets, UTF8), soup.read(snippets, UTF8)


@pytest.mark.parametrize("html", PLAIN)
def test_plain_markup_is_read_directly_and_alike(html):
    """The quick way is taken, and it leads to the same."""
    ours, theirs = both(html)
    assert ours == theirs


@pytest.mark.parametrize("html", ODD)
def test_odd_markup_is_left_to_beautiful_soup(html):
    """What is oddly written is not guessed at."""
    assert_alike(html)


def assert_alike(html):
    ours, theirs = both(html)
    assert ours is None or ours == theirs, html


def test_entities_mean_the_same():
    """Each that is read directly is read as BeautifulSoup reads it, with and without semicolon, in text and values."""
    for name in {name.rstrip(";") for name in html5}:
        for written in (f"&{name};", f"&{name}", f"&{name}x"):
            assert_alike(f"<title>a {written} b</title><link rel=canonical href='/{written}=1'>")


EDGES = [
    edge + step
    for edge in (0xD800, 0xDFFF, 0xE000, 0xFDD0, 0xFDEF, 0xFFFE, 0x10000, 0x1F000, 0x1FFFE, 0x20000, 0x10FFFF, 999_999)
    for step in (-1, 0, 1)
]


def test_numbers_mean_the_same():
    """Character references, too."""
    for number in (*range(1, 260), *range(8190, 8250), *EDGES):
        for written in (f"&#{number};", f"&#x{number:x};", f"&#{number}", f"&#0{number};"):
            assert_alike(f"<title>a{written}b</title><link rel=canonical href='/{written}'>")


PARTS = st.sampled_from(
    """<title> </title> <h1> </h1> <h1\tclass="a"> <b> </b> <a\thref='x'> </a> <br> <br/> <p> <!-- --> & &amp; &lt;
    <div> </div> </p> <h2> </h2> <source\tsrc=x> <!----> <!-- &copy; &#233; &notit; &#128512;
    <link rel=canonical rel="canonical" rel='x\tcanonical' href=/a href="/b&amp;c" href='/d' href= = > /> " ' ` < &copy
    <meta property=og:title property="og:url" name=og:title http-equiv=refresh content="0;url=/x" content=y / x 大
    """.split()
) | st.sampled_from([" ", "\n", "\xa0", "\0"])


@settings(deadline=None)
@given(st.lists(PARTS, max_size=24))
def test_any_markup_is_read_alike_or_left(parts):
    """Whatever is put together."""
    assert_alike("".join(parts).replace("\t", " "))


def attribute(name):
    value = st.text("ab /;=大", max_size=6)
    quoted = value.map('"{}"'.format) | value.map("'{}'".format)
    return st.builds(
        "{}{}{}{}".format, st.sampled_from([" ", "\n "]), st.just(name), st.sampled_from("= "), quoted
    ).map(lambda written: written.replace(f"{name} ", f"{name} = "))


RELATIONS = st.sampled_from(["canonical", "'canonical'", '"a canonical"', "icon"])
PROPERTIES = st.sampled_from(["og:title", "'og:url'", "og:type"])
LETTERS = st.text("ab \n&;大", max_size=8)
ELEMENT = st.one_of(
    st.builds("<link rel={}{}>".format, RELATIONS, attribute("href")),
    st.builds("<meta property={}{}>".format, PROPERTIES, attribute("content")),
    st.builds("<meta name={}{}{}/>".format, PROPERTIES, attribute("content"), attribute("data-x")),
    st.builds("<title>{}</title>".format, LETTERS),
    st.builds("<h1{}>{}<i>{}</i></h1>".format, attribute("class"), LETTERS, LETTERS),
)


@settings(deadline=None)
@given(st.lists(ELEMENT, max_size=8))
def test_pages_are_read_alike(parts):
    """Pages as they are written."""
    assert_alike("<p>".join(parts))
