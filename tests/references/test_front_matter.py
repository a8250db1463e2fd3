"""Front matter → references: whole values that are web URLs, with their keys and places."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkcheck.documents import Source, front_matter, read
from linkcheck.model import Document
from linkcheck.references import references


def found(text: str) -> list[str]:
    document = read(Source("a.md", "a.md", "."), text.encode())
    assert isinstance(document, Document)
    result = list(references(document))
    for reference in result:
        assert document.text[reference.span.start : reference.span.end] == reference.raw
    return [f"{r.kind} {r.attribute} {r.raw} {r.span.line}:{r.span.column}" for r in result]


U = "https://x.test/a"
ROWS = [
    (f"---\nurl: {U}\n---\n", [f"article url {U} 2:6"]),
    (f'---\ntitle: "x"\nfrom: "{U}"\n---\n', [f"article from {U} 3:8"]),
    (f"---\nurl: '{U}'\r\n---\r\n", [f"article url {U} 2:7"]),
    (f"---\nurl: {U} # note\n---\n", [f"article url {U} 2:6"]),
    (f"---\ntext: see {U}\n---\n", []),
    (f"---\ntext: {U} is good\n---\n", []),
    (f"---\nfrom: {U} b/c\n---\n", [f"article from {U} b/c 2:7"]),
    ("---\nurl: /rel\nmail: mailto:a@b.test\n---\n", []),
    (f"---\nother: {U}\n---\n", [f"link other {U} 2:8"]),
    (
        "---\ncover: https://x.test/c\npic: https://x.test/p.jpg\n---\n",
        ["image cover https://x.test/c 2:8", "image pic https://x.test/p.jpg 3:6"],
    ),
    (f"---\nlinks:\n  - {U}\n  - {{name: n, href: {U}}}\n---\n", [f"link links {U} 3:5", f"link href {U} 4:21"]),
    (f"---\ncomments:\n  - text: |\n      url: {U}\n    by: n\n---\n", []),
    (f"---\na: >-\n  {U}\n---\n", [f"link a {U} 3:3"]),
    (f"---\na: &x {U}\nb: *x\n---\n", [f"link a {U} 2:7"]),
    (f"---\ntitle: a: b: [c\nurl: {U}\n---\n", [f"article url {U} 3:6"]),
    (f'---\ntitle: "open\nurl: {U}\n---\n', [f"article url {U} 3:6"]),
    (f'+++\nurl = "{U}"\n+++\n', [f"article url {U} 2:8"]),
    (f"+++\ntags = ['x', \"{U}\"]\n[params]\nhome = '{U}'\n+++\n", [f"link tags {U} 2:15", f"link home {U} 4:9"]),
    (f'+++\nbroken = \nurl = "{U}"\n+++\n', [f"article url {U} 3:8"]),
    (f"---\nno end: {U}\n", [f"link None {U} 2:9"]),
    (f"text\n---\nurl: {U}\n---\n", [f"link None {U} 3:6"]),
    (f"---\n\n---\n{U}\n", [f"link None {U} 4:1"]),
    ("---\n---\nx", []),
]


@pytest.mark.parametrize(("text", "expected"), ROWS, ids=[repr(text) for text, _ in ROWS])
def test_whole_values_count(text: str, expected: list[str]) -> None:
    """YAML and TOML, in lists and below other keys; what does not parse is read line by line."""
    assert found(text) == expected


LINES = st.lists(
    st.sampled_from(
        ["a: b", "url: https://x.test/a", "t: 'q: #1'", 'd: "x"', "k:", "  - l", "- m", "g: [a, b]", "# c", ""]
    )
    | st.text("ab:#-'\"[]{}&*!|>%@ ,\\/\r", max_size=12),
    max_size=6,
)


@given(LINES)
@settings(max_examples=500, deadline=None)
def test_the_short_way_for_plain_front_matter_is_the_parsers(lines: list[str]) -> None:
    """What is read without the YAML parser is what the parser would read there."""
    inner = "".join(f"{line}\n" for line in lines)
    short, long = front_matter._simple(inner, 0), front_matter._yaml(inner, 0)
    if short and long is not None:
        assert set(short) <= set(long)
