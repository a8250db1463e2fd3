"""srcset → candidates, by the cases that the standard's algorithm is about."""

import pytest

from linkcheck.references.srcset import images


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (",", []),
        (",,,", []),
        ("a", ["a"]),
        (" a ", ["a"]),
        (",a", ["a"]),
        ("a,b", ["a,b"]),
        ("a, b", ["a", "b"]),
        ("a,, b", ["a", "b"]),
        ("a 1x, b 2x", ["a", "b"]),
        ("a 1x,b 2x", ["a", "b"]),
        ("a 100w,\n\tb 200w", ["a", "b"]),
        ("data:,a ( , data:,b 1x, ), data:,c", ["!data:,a", "data:,c"]),
        ("data:,a 1x, b", ["data:,a", "b"]),
        ("https://x.test/a,b/c.png 1x", ["https://x.test/a,b/c.png"]),
        ("a 0w", ["!a"]),
        ("a -1x", ["!a"]),
        ("a 1.5e2x", ["a"]),
        ("a 1w 2x", ["!a"]),
        ("a 1w 1h", ["a"]),
        ("a 1h", ["!a"]),
        ("a 1x 1x", ["!a"]),
        ("a b", ["!a"]),
        ("a 1x (b, c) , d", ["!a", "d"]),
        ("a (", ["!a"]),
    ],
)
def test_candidates_are_split_as_browsers_split_them(text: str, expected: list[str]) -> None:
    """A comma belongs to the URL unless white space or a descriptor comes before; `!` marks what browsers ignore."""
    assert [("" if i.is_valid else "!") + text[i.start : i.end] for i in images(text)] == expected
