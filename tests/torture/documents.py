"""Rows: what documents write, from broken joins to Chinese prose, local files, and references to other articles."""

import gzip
from base64 import b64encode
from collections.abc import Iterable

from servers import Behaviour, answer, redirect
from torture.images import ICON
from torture.row import Expected, Row, at_risk, broken, ok, skipped, uncertain
from torture.world import FINE, GIF, GONE, JPEG, PNG, page, photo, text

FOUND, LOST = ok(), broken("not-found", "404")
LOCALLY = "available-locally"
_NO_ANCHOR = broken("anchor-not-found", "no anchor")

PROSE = [
    Row("bare", "看http://{host}/a，謝謝。\n", (FOUND,), {"/a": FINE}),
    Row("bare-full-stop", "全文在http://{host}/a。\n", (FOUND,), {"/a": FINE}),
    Row("bare-in-brackets", "（http://{host}/a）和「http://{host}/b」。\n", (FOUND, LOST), {"/a": FINE}),
    Row("bare-then-chinese", "http://{host}/a查看全文\n", (FOUND,), {"/a": FINE}),
    Row("bare-chinese-path", "http://{host}/港口，冬天\n", (FOUND,), {"/%E6%B8%AF%E5%8F%A3": FINE}),
    Row("bare-www", "www.{host}/a is old.\n", (FOUND,), {"www.{host}/a": FINE}),
    Row("autolink", "<http://{host}/a>\n", (FOUND,), {"/a": FINE}),
    Row("definition", "[winter][1]\n\n[1]: http://{host}/a\n", (FOUND,), {"/a": FINE}),
    Row("round-brackets", "[x](http://{host}/a_(b))\n", (FOUND,), {"/a_(b)": FINE}),
    Row("linked-image", "[![](http://{host}/a.png)](http://{host}/a)\n", (ok("a png"), LOST), {"/a.png": photo("png")}),
    Row("in-code", "`http://{host}/a`\n\n```\nhttp://{host}/b\n```\n\n[x](http://{host}/c)\n", (FOUND,), {"/c": FINE}),
    Row("in-a-comment", "<!-- http://{host}/a -->\n\n[x](http://{host}/c)\n", (FOUND,), {"/c": FINE}),
    Row("front-matter", "---\nfrom: http://{host}/a\n---\n\nWinter.\n", (FOUND,), {"/a": FINE}),
    Row(
        "title-line",
        "<!--1687231026000-->\n[標題](http://{host}/a)\n------\n\n<div>冬天</div>\n",
        (FOUND,),
        {"/a": FINE},
    ),
]

MARKUP = [
    Row("protocol-relative", '<img src="//{host}/a.png">\n', (ok("a png"),), {"/a.png": photo("png")}),
    Row(
        "srcset",
        '<img srcset="http://{host}/a.png 1x, http://{host}/b.png 2x,http://{host}/c,d.png 3x">\n',
        (ok("a png"), LOST, ok("a png")),
        {"/a.png": photo("png"), "/c,d.png": photo("png")},
    ),
    Row("data-src", "<img class='lazyload' data-src='http://{host}/a.png'>\n", (LOST,)),
    Row("data-srcset", "<img data-srcset='http://{host}/a.png 1x'>\n", (LOST,)),
    Row("style", "<div style=\"background:url('http://{host}/a.png')\">x</div>\n", (LOST,)),
    Row("og-image", '<head><meta property="og:image" content="http://{host}/a.png"></head>\n', (LOST,), suffix="html"),
    Row("nofollow", '<a rel="nofollow" href="http://{host}/a">x</a>\n', (LOST,)),
    Row("nofollow-noopener", '<a rel="nofollow noopener" href="http://{host}/a">x</a>\n', (LOST,)),
    Row("noscript", '<noscript><img src="http://{host}/a.png"></noscript>\n', (LOST,)),
    Row(
        "picture",
        '<picture><source srcset="http://{host}/a.webp"><img src="http://{host}/a.png"></picture>\n',
        (LOST, ok("a png")),
        {"/a.png": photo("png")},
    ),
    Row(
        "poster",
        '<video poster="http://{host}/a.png" src="http://{host}/a.mp4"></video>\n',
        (ok("a png"), LOST),
        {"/a.png": photo("png")},
    ),
    Row("iframe", '<iframe src="http://{host}/a"></iframe>\n', (FOUND,), {"/a": FINE}),
    Row("style-sheet", '<head><link rel="stylesheet" href="http://{host}/a.css"></head>\n', (LOST,), suffix="html"),
    Row("blanks-around", '<a href=" http://{host}/a\n">x</a>\n', (FOUND,), {"/a": FINE}, suffix="html"),
    Row(
        "base-element",
        '<head><base href="http://{host}/zh/"></head><a href="a">x</a>\n',
        (FOUND,),
        {"/zh/a": FINE},
        suffix="html",
    ),
    Row(
        "base-by-title",
        '[標題](http://{host}/zh/a)\n------\n\n<img src="/i/a.png">\n',
        (FOUND, ok("a png")),
        {"/zh/a": FINE, "/i/a.png": photo("png")},
    ),
    Row("svg-image", '<svg><image href="http://{host}/a.png"/></svg>\n', (LOST,), suffix="html"),
    Row(
        "refresh",
        '<meta http-equiv="refresh" content="0; url=http://{host}/a">\n',
        (FOUND,),
        {"/a": FINE},
        suffix="html",
    ),
]

BYTES = [
    Row("entities", '<a href="http://{host}/a?x=1&amp;y=2">x</a>\n', (FOUND,), {"/a": FINE}, asked=("/a?x=1&y=2",)),
    Row("bare-ampersand", '<a href="http://{host}/a?x=1&y=2">x</a>\n', (FOUND,), {"/a": FINE}, asked=("/a?x=1&y=2",)),
    Row(
        "broken-escapes", "[x](http://{host}/a?q=70%%20&r=%zz)\n", (FOUND,), {"/a": FINE}, asked=("/a?q=70%%20&r=%zz",)
    ),
    Row("same-key-twice", "[x](http://{host}/a?b=2&a=1&b=1)\n", (FOUND,), {"/a": FINE}, asked=("/a?b=2&a=1&b=1",)),
    Row("plus-and-semicolon", "[x](http://{host}/a?b=1+2;c=%2B)\n", (FOUND,), {"/a": FINE}, asked=("/a?b=1+2;c=%2B",)),
    Row("encoded-slash", "[x](http://{host}/a%2Fb%2f)\n", (FOUND,), {"/a%2Fb%2f": FINE}, asked=("/a%2Fb%2f",)),
    Row("double-slash", "[x](http://{host}//cn//a)\n", (FOUND,), {"//cn//a": FINE}, asked=("//cn//a",)),
    Row("dots", "[x](http://{host}/b/../a/./c)\n", (FOUND,), {"/a/c": FINE}, asked=("/a/c",)),
    Row(
        "raw-chinese", "[x](http://{host}/港?q=口)\n", (FOUND,), {"/%E6%B8%AF": FINE}, asked=("/%E6%B8%AF?q=%E5%8F%A3",)
    ),
    Row("gbk-escapes", "[x](http://{host}/%B8%DB)\n", (FOUND,), {"/%B8%DB": FINE}, asked=("/%B8%DB",)),
    Row("space-inside", '<a href="http://{host}/a b">x</a>\n', (FOUND,), {"/a%20b": FINE}, asked=("/a%20b",)),
    Row("fragment-not-sent", "[x](http://{host}/a#part)\n", (FOUND,), {"/a": FINE}, asked=("/a",)),
    Row("anchor-of-a-page", "[x](http://{host}/a#part) [y](http://{host}/a#none)\n", (FOUND, _NO_ANCHOR), {"/a": FINE}),
    Row("text-fragment", "[x](http://{host}/a#:~:text=ice)\n", (FOUND,), {"/a": FINE}, asked=("/a",)),
    Row("empty-query", "[x](http://{host}/a?)\n", (FOUND,), {"/a": FINE}, asked=("/a?",)),
    Row("upper-case-host", "[x](HTTP://UPPER-CASE-HOST.TORTURE/A)\n", (FOUND,), {"/A": FINE}, asked=("/A",)),
    Row("userinfo", "[x](http://me:secret@{host}/a)\n", (FOUND,), {"/a": FINE}, asked=("/a",)),
]

REFUSED = [
    Row("joined", "[x](https://www.economist.comhttps://{host}/a)\n", (broken("invalid-url", "run together"),)),
    Row("joined-scheme", "[x](http://https//{host}/a)\n", (broken("invalid-url", "run together"),)),
    Row("joined-full-width", '<a href="http://https：//{host}/a">x</a>\n', (broken("invalid-url", "run together"),)),
    Row(
        "joined-mail", '<a href="https://www.economist.commailto:a@b.torture">x</a>\n', (broken("invalid-url", "run"),)
    ),
    Row("impossible-port", "[x](http://{host}:99999/)\n", (broken("invalid-url", "no valid URL"),)),
    Row("empty-source", '<img src="">\n', (broken("invalid-url", "empty"),)),
    Row("empty-href", '<a href="">x</a>\n', (ok("is there", LOCALLY),)),
    Row("private", "[x](http://127.0.0.1/a)\n", (skipped("private-address", "127.0.0.1"),)),
    Row("private-network", "[x](http://192.168.1.1/a)\n", (skipped("private-address", "192.168.1.1"),)),
    Row("private-in-hex", "[x](http://0x7f.1/a)\n", (skipped("private-address", "127.0.0.1"),)),
    Row("private-as-number", "[x](http://2130706433/a)\n", (skipped("private-address", "127.0.0.1"),)),
    Row("private-mapped", "[x](http://[::ffff:127.0.0.1]/a)\n", (skipped("private-address", "public"),)),
    Row("private-name", "[x](http://localhost/a)\n", (skipped("private-address", "localhost"),)),
    Row("metadata", "[x](http://metadata.google.internal/a)\n", (skipped("private-address", "internal"),)),
    Row("ssh-port", "[x](http://{host}:22/a)\n", (skipped("blocked-port", "22"),)),
    Row("database-port", "[x](http://{host}:6379/a)\n", (skipped("blocked-port", "database"),)),
    Row("mail", "[x](mailto:a@b.torture)\n", (skipped("unsupported-scheme", "mailto"),)),
    Row("telephone", '<a href="tel:+4930">x</a>\n', (skipped("unsupported-scheme", "tel"),)),
    Row("script", '<a href="javascript:void(0)">x</a>\n', (skipped("unsupported-scheme", "javascript"),)),
    Row("ftp", "[x](ftp://{host}/a)\n", (skipped("unsupported-scheme", "ftp"),)),
    Row("archive-today", "[x](https://archive.ph/AbCdE)\n", (skipped("excluded", "CAPTCHA"),)),
]

_HEADINGS = """\
# 冬天 的 港口

## Ice

## Ice

<a name=quay></a>

[a](#冬天-的-港口) [b](#ice-1) [c](#ice-2) [d](#quay) [e](#)
"""
_HELD = "[標題](http://www.post.torture/zh/ferry/a-507)\n------\n\n<div>渡輪</div>\n"
_THERE = ok("is there", LOCALLY)
_DATA_PNG = b64encode(ICON).decode()

LOCAL = [
    Row("anchors", _HEADINGS, (_THERE, _THERE, _NO_ANCHOR, _THERE, _THERE)),
    Row("anchor-encoded", "# 港\n\n[a](#%E6%B8%AF)\n", (_THERE,)),
    Row("anchor-elsewhere", "[a](anchors.md#ice) [b](anchors.md#fire)\n", (_THERE, _NO_ANCHOR)),
    Row(
        "file",
        "[a](files/港%20口.md) [b](files/none.md)\n",
        (_THERE, broken("file-not-found", "no file")),
        files={"files/港 口.md": "no references here\n"},
    ),
    Row("directory", "[a](files/)\n", (ok("folder", LOCALLY),)),
    Row("root-relative", "[a](/files/港%20口.md)\n", (_THERE,)),
    Row("outside", "[a](../outside.txt)\n", (skipped("outside-root", "outside"),)),
    Row("outside-by-file", '<a href="file:///etc/hostname">x</a>\n', (skipped("outside-root", "outside"),)),
    Row(
        "local-image",
        "![](files/a.png) ![](files/half.jpg) ![](files/no.png)\n![](files/page.png) ![](files/empty.png)\n",
        (
            ok("a png", LOCALLY),
            broken("image-truncated", "jpeg"),
            broken("file-not-found", "no file"),
            broken("not-an-image", "HTML"),
            broken("image-empty", "empty"),
        ),
        files={
            "files/a.png": PNG,
            "files/half.jpg": JPEG[:900],
            "files/page.png": "<html>no</html>",
            "files/empty.png": b"",
        },
    ),
    Row("data-image", f'<img src="data:image/png;base64,{_DATA_PNG}">\n', (ok("a png"),)),
    Row(
        "data-image-cut",
        f'<img src="data:image/gif;base64,{b64encode(GIF[:700]).decode()}">\n',
        (broken("image-truncated", "gif"),),
    ),
    Row("data-image-text", '<img src="data:image/png,hello">\n', (broken("not-an-image", "not an image"),)),
]


def _says_json(body: bytes, *headers: tuple[str, str]) -> Behaviour:
    return answer(200, body, *headers, media_type="application/json")


def _crossing(name: str, number: int, expected: Expected, **routes: Behaviour) -> Row:
    """A reference to another article by its API's address, as DW's feeds write it."""
    document = f'<a href="http://api.post.torture/detail/article/{number}" rel="ArticleRef">x</a>\n'
    places = {"page": f"www.post.torture/zh/a-{number}", "api": f"api.post.torture/detail/article/{number}"}
    base = "[標題](http://www.post.torture/zh/own/a-500)\n------\n\n"
    hosts = {places[role]: says for role, says in routes.items()} | {"www.post.torture/zh/own/a-500": FINE}
    return Row(name, base + document, (FOUND, expected), hosts, is_ours=True)


_ARTICLE = b'{"id": 501, "name": "Winter"}'
_NOTHING = b'\xef\xbb\xbf{"id": null, "error": "no such article"}'
_JSON = _says_json(_ARTICLE)
_JSON_IN_GZIP = _says_json(gzip.compress(_ARTICLE), ("Content-Encoding", "gzip"))
_NO_ARTICLE = _says_json(_NOTHING)
_NO_ARTICLE_IN_GZIP = _says_json(gzip.compress(_NOTHING), ("Content-Encoding", "gzip"))
_DEEP_JSON = _says_json(b'{"x": ' + b"[" * 1000 + b"]" * 1000 + b"}")
_MUCH_JSON = _says_json(b'{"text": "' + b"snow " * 2000 + b'", "id": 501}')

ARTICLES = [
    _crossing("page-and-api", 501, ok("page is there"), page=FINE, api=_JSON),
    _crossing("page-alone", 502, ok("page is there"), page=FINE, api=GONE),
    _crossing("api-alone", 503, at_risk("api-only", "only the API"), page=GONE, api=_JSON),
    _crossing("neither", 504, broken("not-found", "API"), page=GONE, api=GONE),
    _crossing("api-says-html", 505, broken("not-found", "not JSON"), page=GONE, api=FINE),
    _crossing("api-in-gzip", 509, at_risk("api-only", "only the API"), page=GONE, api=_JSON_IN_GZIP),
    _crossing("api-without-article", 510, broken("not-found", "no `id`"), page=GONE, api=_NO_ARTICLE),
    _crossing("api-without-article-in-gzip", 511, broken("not-found", "no `id`"), page=GONE, api=_NO_ARTICLE_IN_GZIP),
    _crossing("api-alone-says-much", 512, at_risk("api-only", "only the API"), page=GONE, api=_MUCH_JSON),
    Row(
        "fallback-to-api-without-article",
        "[x](http://www.post.torture/zh/a-602)\n",
        (broken("not-found", "404"),),
        {"api.post.torture/detail/article/602": _NO_ARTICLE},
        is_ours=True,
    ),
    _crossing(
        "page-says-so", 513, broken("soft-not-found", "no `id`"), page=page("Nothing to see | Post"), api=_NO_ARTICLE
    ),
    Row(
        "site-says-not-found",
        "[x](http://www.post.torture/zh/b) [y](http://www.post.torture/zh/c)\n",
        (broken("soft-not-found", "Nothing to see"), ok("200")),
        {
            "www.post.torture/zh/b": page("Nothing to see | Post"),
            "www.post.torture/zh/c": page("Nothing to see here, say the harbour's fishers"),
        },
        is_ours=True,
    ),
    _crossing("api-in-depths", 514, at_risk("api-only", "only the API"), page=GONE, api=_DEEP_JSON),
    Row(
        "headline-with-a-colon",
        "[x](http://www.post.torture/zh/d)\n",
        (ok("200"),),
        {"www.post.torture/zh/d": page("Nothing to see: how a harbour froze | Post")},
        is_ours=True,
    ),
    _crossing("page-forbidden", 506, ok("API has it"), page=text(403), api=_JSON),
    _crossing("held-here", 507, ok("this archive holds", LOCALLY), page=GONE, api=GONE),
    Row("held", _HELD, (LOST,)),
    Row(
        "fallback-to-api",
        "[x](http://www.post.torture/zh/a-601)\n",
        (at_risk("api-only", "only the API"),),
        {"api.post.torture/detail/article/601": _JSON},
        is_ours=True,
    ),
    _crossing("both-trouble", 508, uncertain("server-error", "API"), page=text(500), api=text(500)),
]


def _many(name: str, paths: Iterable[str], routes: dict[str, Behaviour], *expected: Expected, pending: str = "") -> Row:
    document = "".join(f"[x](http://{{host}}{path})\n" for path in paths)
    return Row(name, document, expected, routes, pending=pending)


_SECTION = {"*": redirect("/news/section-9", 302), "/news/section-9": FINE}
_LONG = page("The Harbour", "<p>" + "Everything about the harbour, its ferries and its lighthouse. " * 6)
_OTHER = page("Ferries", "<p>" + "The ferry leaves at seven, at noon, and again before the light goes. " * 6)
_CANONICAL = "<link rel=canonical href=http://canonical-elsewhere.torture/news>"
_SLUGS = [f"/2021/{n}/some-slug-{n}" for n in (1, 2, 3)]
_SAME = broken("soft-not-found", "same page")
_ONE_OF_MANY = {"*": FINE, "/1": text(403)}
_ABOUT_TRAVEL = page("十大旅遊景點推薦", "<p>" + "夏天去哪裡玩最涼快，本站編輯為您挑選海邊與山上的十個好去處。" * 8)
_KEEPERS = (
    "[燈塔管理員退休](http://{host}/a)\n------\n\n<div>"
    + "燈塔管理員退休後，守望改由志工接手，鎮公所公布了輪值名單與交接的日期。" * 5
    + "</div>\n"
)

CONTEXT = [
    _many("all-to-one-section", _SLUGS, _SECTION, *[broken("soft-not-found", "redirects 3 different addresses")] * 3),
    _many("two-to-one-section", _SLUGS[:2], _SECTION, FOUND, FOUND),
    _many("three-the-same-page", [*_SLUGS, "/o"], {"*": _LONG, "/o": _OTHER}, _SAME, _SAME, _SAME, FOUND),
    _many("all-the-same-page", _SLUGS, {"*": _LONG}, FOUND, FOUND, FOUND),
    _many(
        "all-forbidden", map("/{}".format, range(6)), {"*": text(403)}, *[uncertain("blocked", "wall against us")] * 6
    ),
    _many(
        "one-forbidden",
        map("/{}".format, range(1, 21)),
        _ONE_OF_MANY,
        uncertain("blocked", "perhaps gone"),
        *[FOUND] * 19,
    ),
    Row(
        "the-same-for-any-path",
        _KEEPERS,
        (broken("soft-not-found", "cannot exist"),),
        {"*": _ABOUT_TRAVEL},
    ),
    Row(
        "canonical-elsewhere",
        "[x](http://{host}/a-77001122)\n",
        (broken("soft-not-found", "canonical"),),
        {"*": page("News", _CANONICAL)},
    ),
    Row(
        "another-title",
        _KEEPERS,
        (uncertain("content-drifted", "十大旅遊景點推薦"),),
        {"/a": _ABOUT_TRAVEL},
    ),
]

POLICIES = [
    Row("accept-403", "[x](http://{host}/a)\n", (ok("403 is accepted by"),), {"/a": text(403)}, is_ours=True),
    Row("known-404", "[x](http://{host}/a)\n", (skipped("excluded", "ignored by"),)),
]

ROWS = [*PROSE, *MARKUP, *BYTES, *REFUSED, *LOCAL, *ARTICLES, *CONTEXT, *POLICIES]
