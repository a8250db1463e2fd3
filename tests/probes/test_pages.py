"""What a fetched page says of itself."""

import gzip
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkcheck.probes.pages import described, facts, header_signs

HTML = (("Content-Type", "text/html; charset=utf-8"),)
URL = "https://e.org/news/1"


def read(html, headers=HTML, **options):
    return facts(html.encode() if isinstance(html, str) else html, described(headers), URL, **options)


PAGE = """<!doctype html><html><head><meta charset=utf-8>
<script>var a = "<title>wrong</title><h1>wrong</h1>";</script><!-- <title>old</title> -->
<title>Rain &amp; storm – Example</title>
<link href="/news/one" rel="canonical">
<meta content="Rain and storm" property="og:title"><meta property=og:url content=https://e.org/other>
<style>h1 > b {}</style></head>
<body class="a > b"><nav><a href=/>Home</a></nav>
<h1 class=x>Rain <b>and</b> storm</h1><p>First <i>sen</i>tence.</p><p>大<b>家</b>好 &lt;3</p>
<noscript>turn it on</noscript><h1>Second</h1></body></html>"""


def test_a_page_is_read():
    """Title, headings, canonical address and text, without scripts, comments and navigation."""
    page = read(PAGE)
    assert page.title == "Rain & storm – Example"
    assert page.headings == ("Rain and storm", "Second")
    assert page.canonical == "https://e.org/news/one"
    assert page.og_title == "Rain and storm"
    assert page.text == "Rain and storm First sentence. 大家好 <3 Second"
    assert (page.anchors, page.refresh, page.signs) == ((), None, ())


def test_og_url_stands_in_for_a_canonical_link():
    """A page without `rel=canonical` may still say its address."""
    assert read('<meta property="og:url" content="/a-1">').canonical == "https://e.org/a-1"
    assert read("<link rel=canonical href=''>").canonical is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0; url=/new", "https://e.org/new"),
        ("5;URL='https://x.org/a'", "https://x.org/a"),
        ("0;/new", "https://e.org/new"),
        ("6; url=/new", None),
        ("0", None),
        ("soon; url=/new", None),
    ],
)
def test_an_immediate_refresh_is_a_redirect(content, expected):
    """Pages that move readers on within five seconds are followed; those that reload later are not."""
    assert read(f'<title>x</title><meta http-equiv="Refresh" content="{content}">').refresh == expected


def test_anchors_only_when_asked_for():
    """Fragments can be looked up."""
    html = '<p id=one><a name="two">x</a><h2 id="三">'
    assert read(html).anchors == ()
    assert read(html, anchors=True).anchors == ("one", "two", "三")


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda body: zlib.compress(body)[2:-4]),
        ("identity", bytes),
    ],
)
def test_content_encodings_are_undone(encoding, encode):
    """A compressed page reads like a plain one."""
    headers = (*HTML, ("Content-Encoding", encoding))
    assert read(encode(PAGE.encode()), headers).title == "Rain & storm – Example"


def test_a_compressed_page_may_break_off():
    """What was read up to the limit is used."""
    body = gzip.compress(("<title>Hello</title>" + "".join(f"<p>{n * n}" for n in range(9000))).encode())
    page = read(body[: len(body) // 2], (*HTML, ("content-encoding", "gzip")))
    assert page.title == "Hello"


def test_a_bomb_stays_small():
    """A page that inflates without end takes no memory."""
    body = gzip.compress(b"<title>x</title>" + b" " * 50_000_000, 1)
    tracemalloc.start()
    assert read(body, (*HTML, ("content-encoding", "gzip"))).title == "x"
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 20_000_000


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((*HTML, ("content-encoding", "br")), b"\x0b\x02\x80"),
        ((*HTML, ("content-encoding", "gzip")), b"no gzip"),
        ((("content-type", "application/json"),), b"{}"),
        ((("content-type", "image/png"),), b"<html>"),
        ((), b"just text"),
    ],
)
def test_what_cannot_be_read_as_a_page_is_none(headers, body):
    """No facts are better than wrong facts."""
    assert read(body, headers) is None


def test_a_page_without_media_type_is_sniffed():
    """Some servers forget to say that it is HTML."""
    assert read(b"<!doctype html><title>x</title>", ()).title == "x"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<title>雨和風暴</title>".encode("gb18030"), "text/html; charset=GB2312"),
        ('<meta charset="big5"><title>雨和風暴</title>'.encode("big5"), "text/html"),
        (
            '<meta http-equiv=Content-Type content="text/html; charset=gbk"><title>雨和風暴</title>'.encode("gbk"),
            "text/html",
        ),
        ("<title>雨和風暴</title>".encode(), "text/html; charset=nonsense"),
        ("<title>雨和風暴</title>".encode("gb18030"), "text/html"),
        ("<title>雨和風暴</title>".encode("utf-16"), "text/html; charset=gbk"),
        ("<title>雨和風暴</title>風".encode()[:-1], "text/html"),
        ("<title>雨和風暴</title>".encode("iso2022_jp"), "text/html; charset=iso-2022-jp"),
        ("<TITLE>雨和風暴</Title>".encode("shift_jis"), "text/html; charset=shift_jis"),
    ],
)
def test_the_charset_is_found(body, content_type):
    """By mark, header, declaration or looks."""
    assert read(body, (("content-type", content_type),)).title == "雨和風暴"


def test_western_pages_without_charset_are_not_taken_for_chinese():
    """Old German pages name no encoding."""
    assert read("<title>Für Bücher über Öl</title>".encode("cp1252"), (("content-type", "text/html"),)).title == (
        "Für Bücher über Öl"
    )


@pytest.mark.parametrize("label", ["rot13", "hex", "idna", "utf-7\0", "a" * 500, "undefined"])
def test_no_label_can_make_it_raise(label):
    """A charset is only a word."""
    assert read(b"<title>x</title>", (("content-type", f"text/html; charset={label}"),)) is not None


def test_a_late_heading_is_found():
    """A long menu before the heading hides nothing."""
    menu = "<li><a href=/x>entry</a></li>" * 2000
    assert read(f"<title>t</title><body>{menu}<h1>Late</h1>").headings == ("Late",)


def test_text_is_capped():
    """Memory does not grow with the page."""
    assert len(read("<body>" + "word " * 20_000).text) == 4000


@pytest.mark.parametrize(
    "body",
    [
        "<p>" + "word " * 900,
        "<div class=x></div>" * 20 + "<p>" + "word " * 900,
        "<div class=x></div>" * 500 + "<p>" + "word " * 900,
        "<div class=x></div>" * 500 + "<p>" + "大家好" * 300,
    ],
)
def test_of_most_pages_the_beginning_of_the_text_is_enough(body):
    """Whether a page says anything is known even if its words come late."""
    page = read(f"<title>t</title><body>{body}", whole_text=False)
    assert page.text == read(f"<title>t</title><body>{body}").text[:240]


def test_a_nearly_empty_page_stays_nearly_empty():
    """Markup is no text."""
    page = read("<title>t</title><body>" + "<div class=x></div>" * 500 + "<p>one two<h1>Late</h1>", whole_text=False)
    assert (page.text, page.headings) == ("one two Late", ("Late",))


def test_signs_are_reported():
    """Walls are named; a policy that names them is none."""
    assert read("<title>Just a moment...</title><script>window._cf_chl_opt={}").signs == ("cloudflare-challenge",)
    headers = (*HTML, ("Content-Security-Policy", "script-src challenges.cloudflare.com"))
    assert read("<title>News</title>", headers).signs == ()
    assert header_signs([("cf-mitigated", "challenge")]) == ("cloudflare-challenge",)


def test_a_replayed_page_is_shown_as_it_was():
    """The archive's banner is not the page's text, and addresses are the original's."""
    html = (
        "<body><!-- BEGIN WAYBACK TOOLBAR INSERT --><h1>Archive</h1><!-- END WAYBACK TOOLBAR INSERT -->"
        '<link rel=canonical href="https://web.archive.org/web/20200101000000/https://e.org/a"><p>Old text'
    )
    page = read(html, archived=True)
    assert (page.text, page.canonical, page.headings) == ("Old text", "https://e.org/a", ())


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_an_answer(body):
    """No page on the web can make it raise."""
    read(body)
    read(b"<title>" + body + b"</title><h1>" + body, archived=True)


PIECES = [
    "<!--", "-->", "<title", ">", "</title>", "<h1 a='", "</h1", "<meta http-equiv=refresh content='",
    "0;url=", "<link rel=canonical href=", '"', "<![CDATA[",
    "<!x", "&#x110000;", "&#0;", "<body", "<script", "</script", "//[", "\0", "x",
]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_broken_markup_gives_an_answer(pieces):
    """Tag soup is eaten."""
    read("".join(pieces), anchors=True)


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<title>",
        "<h1 ",
        "<meta '",
        "<script ",
        "<",
        "<a ",
        "&",
        "<link refresh ",
        "<h1>x</h1>",
        "<meta " * 600 + '"',
    ],
)
def test_time_grows_with_length_only(piece):
    """A hostile page of 64 KB is read in a moment."""
    html = piece * (65_536 // len(piece))
    started = time.perf_counter()
    read(html)
    assert time.perf_counter() - started < 1.5
