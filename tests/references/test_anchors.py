"""What a fragment may point at."""

import pytest

from linkcheck.model import Document, Format
from linkcheck.references.anchors import anchors, slug


def named(text: str, kind: Format = Format.MARKDOWN) -> set[str]:
    return {name for name in anchors(Document("a.md", text, kind)) if not name.startswith("user-content-")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Hello World", {"hello-world"}),
        ("Setext\n===", {"setext"}),
        ("# A\n# A\n## a", {"a", "a-1", "a-2"}),
        ("# A\n# A-1\n# A", {"a", "a-1", "a-2"}),
        ("# 中文 标题，完", {"中文-标题完"}),
        ("# What's new? (1.0)", {"whats-new-10"}),
        ("# a_b - c", {"a_b---c"}),
        ("# `code` and *em* [link](u)", {"code-and-em-link"}),
        ("# ![alt](i) text", {"text"}),
        ("# a &amp; b", {"a--b"}),
        ("# É ß 😀", {"é-ß-"}),
        ("<a name='x'></a> <b id=y>t</b>", {"x", "y"}),
        ("<div id='i'>\n<input name=no>\n</div>", {"i"}),
        ("```\n# no\n```\n`<a id=no>`", set()),
        ("<h2 id='user-content-z'>z</h2>", {"z"}),
    ],
)
def test_names_in_markdown(text: str, expected: set[str]) -> None:
    """Headings as GitHub writes them, duplicates numbered; explicit ids as they are."""
    assert named(text) == expected


def test_names_in_html() -> None:
    """Every `id`, and `name` of `a` alone."""
    assert named("<h1 id=a>x</h1><a name=b><img name=no id=c>", Format.HTML) == {"a", "b", "c"}


def test_githubs_prefix_is_tolerated() -> None:
    """GitHub serves ids with `user-content-`; both spellings work there."""
    assert {"t", "user-content-t"} <= anchors(Document("a.md", "# T", Format.MARKDOWN))


def test_plain_text_has_none() -> None:
    """There is nothing to point at."""
    assert anchors(Document("a.txt", "# T", Format.TEXT)) == frozenset()


def test_slug() -> None:
    """The rule alone."""
    assert slug("  A b!  ") == "a-b"
