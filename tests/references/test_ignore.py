"""Comments that switch checking off: the reference stays, with the rule that excludes it."""

import pytest

from linkcheck.model import Document, Format
from linkcheck.references import references


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[t](a)\n\n<!-- linkcheck: off -->\n\n[t](b)\n\n<!-- linkcheck: on -->\n\n[t](c)", ["a", "b!3", "c"]),
        ("<div><a href=a><!--linkcheck:off--><a href=b><!-- LINKCHECK: ON --><a href=c></div>", ["a", "b!1", "c"]),
        ("<!-- linkcheck: off -->\n[t](a)\n", ["a!1"]),
        ("<!-- linkcheck: ignore-next-line -->\n\n[t](b)", ["b"]),
        ("<!-- linkcheck: ignore-next-line -->\n[t](a)\n[t](b)", ["a!1", "b"]),
        ("<!--\nlinkcheck: ignore-next-line because\n-->\r\n<b>[t](a)\r\n[t](b)", ["a!1", "b"]),
        (
            "<div>\n<a href=a>\n<!-- linkcheck: ignore-next-line: a mirror -->\n<a href=b>\n<a href=c>",
            ["a", "b!3", "c"],
        ),
        ("`<!-- linkcheck: off -->` [t](a)", ["a"]),
        ("```\n<!-- linkcheck: off -->\n```\n[t](a)", ["a"]),
        ("<!-- linkcheck: offbeat -->\n\n[t](a)", ["a"]),
    ],
)
def test_regions(text: str, expected: list[str]) -> None:
    """`off` holds up to `on` or the end, `ignore-next-line` for one line; the sentence names the comment's line."""
    found = references(Document("a.md", text, Format.MARKDOWN))
    shown = [r.raw + (f"!{r.ignored_by.rpartition(' ')[2]}" if r.ignored_by else "") for r in found]
    assert shown == expected


def test_the_sentence_says_which_comment() -> None:
    """A reader of a report finds the line."""
    text = "<!-- linkcheck: off -->\n\n[t](a)"
    (reference,) = references(Document("a.md", text, Format.MARKDOWN))
    assert reference.ignored_by == "the comment 'linkcheck: off' in line 1"
