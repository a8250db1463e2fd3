"""What a file's head says: every variant of the archive's format."""

from datetime import UTC, datetime

import pytest

from linkcheck.documents import Source, read
from linkcheck.documents.head import title_line
from linkcheck.model import Document, Format
from linkcheck.references import references

OWN = "https://news.test/zh/a-1"
SEED = (
    "<!--1687231026000-->\n"
    f"[規避[管制] 題(名)]({OWN}%20x)\n"
    "------\n"
    "\n"
    '<div><i><br>2023-06-20T02:48:54.779Z</i></div><img src="https://p.test/?url=i.test/1_303.jpg" width="100%">'
    '<div><small style="color: #999;">圖說</small></div><p><a href="https://api.test/1" rel="ArticleRef">連結</a></p>'
    '<a href="/zh/b">相對</a>'
)

SEED_BODY = SEED.split("\n")[4]


def document(text: str, name: str = "a.md") -> Document:
    found = read(Source(name, name, "."), text.encode())
    assert isinstance(found, Document)
    return found


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.html", "a"])
def test_the_archives_header_makes_any_file_markdown(name: str) -> None:
    """The same text gives the same references at the same places, whatever its file is called."""
    seed = document(SEED, name)
    assert (seed.format, seed.url, seed.title) == (Format.MARKDOWN, f"{OWN}%20x", "規避[管制] 題(名)")
    assert [(str(r.kind), r.span.line, r.span.column, r.url) for r in references(seed)] == [
        ("article", 2, 15, f"{OWN}%20x"),
        ("image", 5, 57, "https://p.test/?url=i.test/1_303.jpg"),
        ("link", 5, SEED_BODY.index("https://api") + 1, "https://api.test/1"),
        ("link", 5, SEED_BODY.index("/zh/b") + 1, "https://news.test/zh/b"),
    ]


def test_the_date_in_the_body_is_more_exact_than_the_stamp() -> None:
    """The stamp is the feed's; without a date in the body it is what there is."""
    assert document(SEED).published_at == datetime(2023, 6, 20, 2, 48, 54, 779000, tzinfo=UTC)
    assert document(SEED.replace("<i><br>", "<i>no ")).published_at == datetime(2023, 6, 20, 3, 17, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "url", "title", "date"),
    [
        (f"[t]({OWN})\n------\n日期：Tue, 30 Jun 2020 15:04:14 +0000\n\nbody\n", OWN, "t", "2020-06-30T15:04:14"),
        (
            f'---\nlayout: post\ntitle: "題: 名"\ndate: 2020-07-01T01:02:03.000Z\nfrom: {OWN}\ntags: [ x ]\n---\n'
            f"<!--1593565323000-->\n[t]({OWN})\n------\n\n<div>\nx\n</div>\n",
            OWN,
            "t",
            "2020-07-01T01:02:03",
        ),
        (f"---\ntitle: t\ndate: 2020-07-01\nfrom: {OWN}\n---\n<article>x</article>", OWN, "t", "2020-07-01T00:00:00"),
        (
            f"---\ntitle: t\nurl: {OWN}\nsource: S\ndate: 2020-07-01 08:00:00 +0800\n---\n\n# t\n",
            OWN,
            "t",
            "2020-07-01T00:00:00",
        ),
        (
            f'---\ntitle: "t"\nurl: "https://web.test/web/{OWN}"\noriginal_url: "{OWN}"\n---\nx',
            OWN,
            "t",
            None,
        ),
        ("---\ntitle: 't'\nslug: s\n---\nx", None, "t", None),
        ("---\nfrom: 某地\nsource: 某報\nlink: https://x.test/中\n---\nx", "https://x.test/%E4%B8%AD", None, None),
        ("# t\n\nbody", None, None, None),
        ("[t](rel)\n---\nx", None, "t", None),
        ("<!--99999999999999999-->\n[t](https://x.test/)\n---\n", "https://x.test/", "t", None),
        (f"<!--1687231026000-->\r\n[t]({OWN})\r\n------\r\n\r\n<p>x", OWN, "t", "2023-06-20T03:17:06"),
        (f"<!--1687231026000-->\n[t]({OWN}(x))\n---\n", f"{OWN}(x)", "t", "2023-06-20T03:17:06"),
        (f"<!--1687231026000-->\n[a](b) [t]({OWN})\n---\n", OWN, "a](b) [t", "2023-06-20T03:17:06"),
    ],
)
def test_variants_of_the_head(text: str, url: str | None, title: str | None, date: str | None) -> None:
    """Own URL, title and date, wherever a generator put them."""
    found = document(text)
    assert (found.url, found.base, found.title) == (url, url, title)
    assert (found.published_at.replace(tzinfo=None).isoformat()[:19] if found.published_at else None) == date


def test_the_time_of_archiving_comes_from_front_matter_alone() -> None:
    """Nothing else knows it."""
    found = document(f"---\nurl: {OWN}\ndate: 2020-01-01\nfetch_date: 2020-01-02T03:04:05Z\n---\n")
    assert found.archived_at == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert document(SEED).archived_at is None


def test_an_own_url_in_two_spellings_is_one_article() -> None:
    """Raw letters in front matter, percent-encoded and doubled slashes in the title line: both are listed."""
    text = "---\nfrom: https://x.test/中/a\n---\n[t](https://x.test//%E4%B8%AD/a)\n---\n\nx\n"
    assert [str(r.kind) for r in references(document(text))] == ["article", "article"]


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("<base href='https://b.test/x/'><base href=https://no.test/>", "https://b.test/x/"),
        ("<base target=_top><base href='https://b.test/'>", "https://b.test/"),
        ("<base href='/relative/'>", None),
        ("<!-- <base href='https://no.test/'> --><p>", None),
        ("<link rel=canonical href='https://no.test/'>", None),
        ("<script>'<base href=https://no.test/>'</script>", None),
    ],
)
def test_the_base_of_a_page(text: str, base: str | None) -> None:
    """The first absolute `<base href>`; never the canonical link."""
    assert document(text, "a.html").base == base


def test_front_matter_ends_where_it_ends() -> None:
    """The body starts after the second rule; a rule in the text is no front matter."""
    assert document("---\na: b\n---\nx").body_start == 13
    assert document("+++\na = 1\n+++\nx").body_start == 14
    assert document("---\ntext without keys\n---\nx").body_start == 0
    assert document("x\n---\na: b\n---\n").body_start == 0


def test_the_title_line_is_that_of_the_text_asked_for() -> None:
    """What is kept of the last answer serves the same text and start alone."""
    first, second = "[a](https://a.test/)\n---\n", "[b](https://b.test/)\n---\n"
    for text, url in ((first, "https://a.test/"), (first, "https://a.test/"), (second, "https://b.test/")):
        line = title_line(text, 0)
        assert line is not None
        assert line["url"] == url
    assert title_line(second, 3) is None
    assert title_line(first, 0) is not None


@pytest.mark.parametrize("end", ["", "\n---\n"])
def test_a_line_that_begins_like_a_title_again_and_again_is_read_once(end: str) -> None:
    """Quadratic, a megabyte of it would take half an hour; longer than a title, it is none."""
    assert title_line("[a](" * 250_000 + end, 0) is None
    assert title_line(f"[{'x' * 2000}](https://e.org/)\n---\n", 0) is not None
