"""Plainly written HTML, read without a tree, gives what the tree gives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkcheck.references import tree as trees
from linkcheck.references.candidate import Candidate, place
from linkcheck.references.html import parseable, plainly

INSERTED = (
    *(
        "p",
        "a",
        "img",
        "br",
        "div",
        "span",
        "b",
        "i",
        "em",
        "li",
        "ul",
        "h2",
        "hr",
        "pre",
        "font",
        "code",
        "blockquote",
    ),
    *("section", "small", "del", "q", "video", "embed", "dd", "dt", "center", "strike", "picture", "source", "link"),
    "o:p",
)
DROPPED = ("table", "tr", "td", "caption", "tbody", "noscript", "button", "input", "label", "details")
OTHERS = (
    *("table", "tr", "td", "th", "caption", "tbody", "iframe", "select", "option", "button", "form", "input", "svg"),
    *("image", "template", "script", "style", "textarea", "title", "noscript", "head", "body", "html", "base", "meta"),
    *("link", "frameset", "colgroup", "nobr", "math", "plaintext", "source", "picture", "details", "ruby", "object"),
)
URLS = (
    *("https://a.test/x", "/y", " b.test ", "", "#", "a&amp;b", "a&b", "&#47;", "x\ny", "a, b 2x"),
    "url(https://c.test/)",
)
REL = ("nofollow", "ArticleRef", " a  B ", "stylesheet", "&#97;", "icon")
attributes = st.tuples(
    st.sampled_from((" ", "\n", "  ", "", "/", "\t\f")),
    st.sampled_from(
        ("href", "src", "srcset", "style", "alt", "class", "rel", "cite", "data-src", "data-mine", "HREF", "x:y")
    ),
    st.sampled_from(('="{}"', "='{}'", "={}", "", ' = "{}"', '="{}', "=")),
    st.one_of(
        st.sampled_from(URLS), st.sampled_from(REL), st.sampled_from(("color: red", "background: url(z)", "a\0b"))
    ),
).map(lambda part: part[0] + part[1] + part[2].format(part[3]))
tags = st.tuples(
    st.sampled_from(("<", "<", "</", "< ", "<!")),
    st.one_of(st.sampled_from(INSERTED), st.sampled_from(INSERTED), st.sampled_from(OTHERS)),
    st.lists(attributes, max_size=3).map("".join),
    st.sampled_from((">", ">", "/>", " >", " / >", "", "></iframe>")),
).map("".join)
plain_tags = st.tuples(
    st.sampled_from(("<", "<", "</")),
    st.sampled_from((*INSERTED, *DROPPED)),
    st.just(">"),
).map("".join)
COMMENTS = (
    "<!--x-->",
    "<!-- a-b -->",
    "<!---->",
    "<!-- <a href=/x> -->",
    "<!--a--->",
    "<!-->",
    "<!--->",
    "<!--a--!>",
    "<!-- --b",
)
SCRIPTS = (
    "<script src=/s></script>",
    "<script async>a&b</script>",
    "<iframe src='/f'></iframe>",
    "<script>'<!--'</script>",
)
texts = st.sampled_from(("文", "a", " ", "\n", "&lt;", "<", ">", "\0", '"', "'", *COMMENTS, *SCRIPTS))
neat_attributes = st.tuples(
    st.sampled_from(("href", "src", "srcset", "style", "alt", "class", "rel", "cite", "data-src", "data-mine")),
    st.sampled_from(("", '="{}"', "='{}'")),
    st.sampled_from((*URLS, *REL, "color: red", "background: url(z)")),
).map(lambda part: " " + part[0] + part[1].format(part[2]))
neat_tags = st.tuples(
    st.sampled_from((*INSERTED, "a", "img")),
    st.lists(neat_attributes, max_size=3).map("".join),
    st.sampled_from((">", "/>")),
).map(lambda part: "<" + "".join(part))
neat_pages = st.lists(
    st.one_of(neat_tags, neat_tags, plain_tags, st.sampled_from(("文", "</a>", *COMMENTS[:5], *SCRIPTS[:3]))),
    max_size=14,
)
pages = st.one_of(st.lists(st.one_of(tags, neat_tags, plain_tags, texts), max_size=14), neat_pages).map("".join)


def found_by(source: str) -> tuple[list[Candidate] | None, list[Candidate]]:
    """Without a tree (None: it cannot tell) and with one; in order, nothing twice."""
    lazy = ("data-mine",)
    plain = plainly(source, source, 0, lazy)
    assert plain is None or plain[0] == sorted(plain[0], key=place)
    return (None if plain is None else in_order(plain[0])), in_order(trees.candidates(source, source, lazy))


def in_order(found: list[Candidate]) -> list[Candidate]:
    """As the references of a document are."""
    unique = {(one.start, one.end, one.element, one.attribute): one for one in found}
    return sorted(unique.values(), key=lambda one: (one.start, one.end, str(one.attribute)))


@settings(max_examples=600, deadline=None)
@given(pages)
def test_what_is_read_without_a_tree_is_what_the_tree_has(page: str) -> None:
    """Places, values, kinds, elements and link types; whatever is opened, closed or left open around them."""
    plain, tree = found_by(parseable(page))
    assert plain is None or plain == tree


@pytest.mark.parametrize(
    "page",
    [
        '<div><img src="/a.jpg" width="100%"><p>文<a href="https://a.test/">b</a></p></div>',
        "<p><a href='/1' rel='nofollow noopener' target=_blank>x</a><br/><img alt='\"' src=/b.png></p>",
        '<table><tr><td width="1"><a href="/x">y</a></td></tr></table><!-- more --><iframe src="//v.test/1"></iframe>',
        '<a href="/1">one <a href="/2">two</a></a><p><b><p>x</b><img srcset="a 1x, b 2x" style="background: url(c)">',
        '<span style="color: #999;">x</span><img src="/1" src="/2">',
        "<p>" * 2000 + '<a href="/deep">x</a>',
        "<span>" * 2000 + '<img src="/deep">',
        '<picture><source srcset="/a 1x"><img src="/b"></picture><noscript><img src="/c"></noscript><o:p></o:p>',
        '<!-- <a href="/no"> a--b ---><script async src="/s.js">x && y</script><link rel=icon href="/i.png"><button>',
        "no tag at all",
    ],
)
def test_the_usual_article_is_plain(page: str) -> None:
    """It is read without a tree, and as with one."""
    plain, tree = found_by(page)
    assert plain == tree


@pytest.mark.parametrize(
    "page",
    [
        '<template><a href="/x">y</a></template>',
        '<script>"<a href=/x>"</script>',
        "<textarea><img src=/x></textarea>",
        "<svg><image href=/x></svg>",
        "<image href=/x>",
        "<select><a href=/x></select>",
        "<picture><source src=/x></picture>",
        "<video><source type=a src='/x'></video>",
        "<script src=/x>'<a href=/y>'</script>",
        "<input type=image src=/x>",
        "<td background=/x>",
        "<!-- a > b -- c --!><a href=/x>",
        "<!--><a href=/x> -->",
        "<!-- a --!><a href=/x><!-- b -->",
        "<style>a { background: url(/x) }</style>",
        "<iframe src=/x><a href=/y></iframe>",
        '<a href="/x"title="y">',
        "<A HREF=/x>",
        "<a href = /x>",
        '<a href="/x',
        "<body background=/x>",
        "<plaintext><a href=/x>",
        "<p <a href=/x>",
        "<a/href=/x>",
    ],
)
def test_what_only_a_tree_can_tell_is_left_to_it(page: str) -> None:
    """Raw text, templates, other namespaces, what a table drops, odd quotes and capitals."""
    assert plainly(page, page, 0, ("data-mine",)) is None


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>a</p>", False),
        ('<p>a! <a href="/x">--</a>', False),
        ("<p>a</p><!-- b -->", True),
        ('<!--a--><a href="/x">b</a>', True),
        ('<p title="<!-- a -->">b</p>', False),
    ],
)
def test_comments_are_told(page: str, expected: bool) -> None:
    """Only where there are some they are looked into; what an attribute holds is none."""
    found = plainly(page, page, 0, ())
    assert found is not None
    assert found[1] is expected
