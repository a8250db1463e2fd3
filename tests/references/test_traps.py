"""The traps of real archives, one row each: odd URLs, odd heads, odd file names."""

import pytest

from linkcheck.model import Document, Expects, Format, Kind, Reference, Role
from linkcheck.references import references

ARTICLE = "https://news.test/zh/slug/a-1"
LONG = "https://x.test/" + "a" * 2100


def of(value: str, *, base: str | None = ARTICLE, path: str = "docs/a.md", root: str = ".") -> Reference:
    text = f'<div><a href="{value}">t</a></div>'
    document = Document(path, text, Format.MARKDOWN, root=root, url=base, base=base)
    (reference,) = references(document)
    assert text[reference.span.start : reference.span.end] == reference.raw
    return reference


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("/mandarin/x", "https://news.test/mandarin/x"),
        ("/++plone++x/i.png", "https://news.test/++plone++x/i.png"),
        ("x/../y", "https://news.test/zh/slug/y"),
        ("http://www.rfi.test//cn/x", "http://www.rfi.test//cn/x"),
        ("//s4.test/r/?m=1&amp;t=2", "https://s4.test/r/?m=1&t=2"),
        ("https://x.test/中文，全角", "https://x.test/%E4%B8%AD%E6%96%87%EF%BC%8C%E5%85%A8%E8%A7%92"),
        ("https://中文.test/", "https://xn--fiq228c.test/"),
        ("https://x.test/a&amp;amp;b", "https://x.test/a&amp;b"),
        ("https://x.test/&#x4E2D;", "https://x.test/%E4%B8%AD"),
        ("https://x.test/a.", "https://x.test/a."),
        ("https://x.test/a b", "https://x.test/a%20b"),
        (" https://x.test/a ", "https://x.test/a"),
        ("https://x.test/a\n\tb", "https://x.test/ab"),
        ("https://x.test/share?u=a\n b", "https://x.test/share?u=a%20b"),
        ("https://x.test/{a}|^`", "https://x.test/%7Ba%7D|%5E%60"),
        ("https://x.test/%25E4", "https://x.test/%25E4"),
        ("https://x.test/70%%20x", "https://x.test/70%%20x"),
        ("https://x.test/a%20", "https://x.test/a%20"),
        ("https://x.test/a%0A", "https://x.test/a%0A"),
        ("https://x.test/a#:~:text=b", "https://x.test/a#:~:text=b"),
        ("https://x.test/a\u200bb", "https://x.test/a%E2%80%8Bb"),
        ("https://x.test/a\u00a0b", "https://x.test/a%C2%A0b"),
        ("https://user:pw@x.test/", "https://user:pw@x.test/"),
        ("https://web.test/web/2020im_/https://y.test/z", "https://web.test/web/2020im_/https://y.test/z"),
        ("https://x.test/a?b=1+2&a=&a=", "https://x.test/a?b=1+2&a=&a="),
        ("HTTPS://X.Test:443/A/./b", "https://x.test/A/b"),
        ("https://x.test", "https://x.test/"),
        ("www.x.test/missing-scheme", "https://news.test/zh/slug/www.x.test/missing-scheme"),
        ("mailto:a@b.test", "mailto:a@b.test"),
        ("javascript:void(0)", "javascript:void(0)"),
        ("tel:+1", "tel:+1"),
        ("data:image/png;base64,AA==", "data:image/png;base64,AA=="),
        ("http://my-http:8080/x", "http://my-http:8080/x"),
        (LONG, LONG),
    ],
)
def test_odd_urls_are_kept_as_written(value: str, url: str) -> None:
    """Nothing is collapsed, sorted or repaired: what is asked for is what the document says."""
    assert (of(value).url, of(value).problem) == (url, None)


@pytest.mark.parametrize(
    ("value", "suggestion"),
    [
        ("https://www.x.comhttps://y.test/z", "https://y.test/z"),
        ("http://https//www.y.test", "https://www.y.test"),
        ("http://https：//www.y.test/?a=b", "https://www.y.test/?a=b"),
        ("https://www.x.commailto:a@y.test", "mailto:a@y.test"),
        ("http://http://y.test/", "http://y.test/"),
        ("http://https：//", None),
        ("http://", None),
        ("http:// www.x.test/", None),
        ("https://专访 x/", None),
    ],
)
def test_urls_that_cannot_be_say_what_may_be_meant(value: str, suggestion: str | None) -> None:
    """Two URLs run together are no URL, although a parser may take the second one for a port."""
    reference = of(value)
    assert reference.url is None
    assert reference.problem
    assert (f"'{suggestion}'" in reference.problem) if suggestion else ("'" not in reference.problem)


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("b.md", "docs/b.md"),
        ("../c.md#h", "c.md#h"),
        ("../../out.md", "../out.md"),
        ("/top.md", "top.md"),
        ("/", "."),
        ("", "docs/a.md"),
        ("#", "docs/a.md#"),
        ("#标", "docs/a.md#%E6%A0%87"),
        ("?q", "docs/a.md?q"),
        ("a b.md", "docs/a%20b.md"),
        ("a%20b.md", "docs/a%20b.md"),
        ("中.md", "docs/%E4%B8%AD.md"),
        ("x/%2e%2e/y", "docs/y"),
        ("sub\\y.md", "docs/sub/y.md"),
        ("./", "docs/"),
        ("..", "."),
        ("file:///etc/x", "/etc/x"),
    ],
)
def test_without_a_web_base_a_relative_reference_is_a_file(value: str, url: str) -> None:
    """Its URL leads from the working directory, and it has its one local target even outside the root."""
    reference = of(value, base=None)
    assert reference.url is not None
    assert reference.url.rstrip("/") == url.rstrip("/")
    assert [(t.url, t.role, t.expects) for t in reference.targets] == [(reference.url, Role.LOCAL, Expects.ANY)]


@pytest.mark.parametrize(
    ("path", "root", "value", "url"),
    [
        ("docs/a.md", "docs", "/x.md", "docs/x.md"),
        ("../d/a.md", "../d", "x.md", "../d/x.md"),
        ("../d/a.md", "../d", "../../x.md", "../../x.md"),
        ("/abs/a.md", "/abs", "x.md", "/abs/x.md"),
        ("/abs/a.md", "/abs", "/x.md", "/abs/x.md"),
        ("a.md", ".", "x.md", "x.md"),
        ("100%#?.md", ".", "#h", "100%25%23%3F.md#h"),
        (" a&'\"[x]\u3000😀.md", ".", "", "%20a&'%22%5Bx%5D%E3%80%80%F0%9F%98%80.md"),
        ("a:b\\c\u00a0.md", ".", "", "a%3Ab%5Cc%C2%A0.md"),
        ("a:b/c.md", ".", "x.md", "a%3Ab/x.md"),
        ("100%#? d/c.md", ".", "x.md", "100%25%23%3F%20d/x.md"),
        ("-", ".", "x.md", "x.md"),
    ],
)
def test_local_references_from_odd_places_and_names(path: str, root: str, value: str, url: str) -> None:
    """File names with spaces, signs and letters of any script are percent-encoded, once."""
    assert of(value, base=None, path=path, root=root).url == url


def test_a_fragment_alone_is_the_document_even_with_a_web_base() -> None:
    """`#x` never means the web page that the article came from."""
    reference = of("#note")
    assert (reference.url, reference.targets[0].role) == ("docs/a.md#note", Role.LOCAL)


def test_an_empty_image_source_is_no_url() -> None:
    """An empty link is the document itself; an empty image is nothing."""
    text = '<img src="">'
    (reference,) = references(Document("a.md", text, Format.MARKDOWN, url=ARTICLE, base=ARTICLE))
    assert (reference.raw, reference.url, reference.kind) == ("", None, Kind.IMAGE)
    assert reference.problem


def test_a_local_image_is_expected_to_be_one() -> None:
    """The look at the file needs to know."""
    (reference,) = references(Document("a.md", "![x](i.png)", Format.MARKDOWN))
    assert [(t.url, t.expects) for t in reference.targets] == [("i.png", Expects.IMAGE)]


@pytest.mark.parametrize(
    "value",
    [ARTICLE, f"{ARTICLE}#c", "/zh/slug/a-1", "a-1", "https://news.test//zh/slug/a-1", "HTTPS://NEWS.TEST/zh/slug/a-1"],
)
def test_the_documents_own_url_is_the_article(value: str) -> None:
    """However it is written."""
    assert of(value).kind is Kind.ARTICLE


@pytest.mark.parametrize("value", ["https://news.test/zh/slug/a-2", "https://news.test/zh/slug/a-1/", f"{ARTICLE}?x"])
def test_another_url_of_the_site_is_a_link(value: str) -> None:
    """Only the same resource is the article."""
    assert of(value).kind is Kind.LINK


def test_markup_without_target_is_no_reference() -> None:
    """Automatic topics have ids, not links."""
    text = '<div><span data-id="1" data-type="AUTO_TOPIC">x</span><a href="/e" rel="ExternalRef">y</a></div>'
    (reference,) = references(Document("a.md", text, Format.MARKDOWN, url=ARTICLE, base=ARTICLE))
    assert (reference.kind, reference.rel) == (Kind.LINK, ("externalref",))


def test_every_occurrence_counts() -> None:
    """An image inside a link to itself is two references: one target, both reported."""
    text = '<div><a href="/i.jpg"><img src="/i.jpg" srcset="/i.jpg 1x"></a></div>'
    found = references(Document("a.md", text, Format.MARKDOWN, url=ARTICLE, base=ARTICLE))
    assert [(r.element, r.attribute) for r in found] == [("a", "href"), ("img", "src"), ("img", "srcset")]
