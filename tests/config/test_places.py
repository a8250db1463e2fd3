"""The lines where settings stand."""

from linkcheck.config.places import line_of, places

TEXT = """\
# retries = 0
retries = 1
hosts."a.example".rate = 1

[hosts."b.example"]
rate = 2
[ hosts . 'c.example' ]
rate = 3

[[site]]
id = "one"
[[site]]
id = "two"
match = [
  { re = "x" },
]
"""


def test_every_setting_has_its_line() -> None:
    """Dotted names, quoted names, and the tables of a list."""
    known = places(TEXT)
    expected = {
        ("retries",): 2,
        ("hosts", "a.example", "rate"): 3,
        ("hosts", "b.example", "rate"): 6,
        ("hosts", "c.example", "rate"): 8,
        ("site", "1", "id"): 11,
        ("site", "2", "id"): 13,
        ("site", "2", "match"): 14,
        ("site", "2", "hosts"): 12,
        ("hosts", "b.example", "timeout"): 5,
        ("nowhere",): 1,
    }
    assert {place: line_of(place, known) for place in expected} == expected
