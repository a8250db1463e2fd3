"""Survival curves as a table, JSON, an SVG and a picture in the terminal."""

import itertools
import xml.etree.ElementTree as ET

from linkcheck.reports import curves
from linkcheck.survival import Curve, Lifetime, cohort, curve

HALF = curve([Lifetime(age, age if age % 2 else None) for age in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)])
EMPTY = Curve(0, 0, ())


def test_the_table_reads_the_curves_at_full_years() -> None:
    """Name, numbers, survival with its band, half-life."""
    head, row, empty = curves.table({"pics.example": HALF, "new.example": EMPTY})
    assert head.split() == "group links died 1 y 2 y 3 y 5 y half-life".split()
    assert row.split()[:4] == ["pics.example", "6", "3", "83%"]
    assert row.split()[-2:] == ["5.0", "y"]
    assert empty.split() == ["new.example", "0", "0", "–", "–", "–", "–", "–"]
    assert all(line.isascii() for line in curves.table({"a": HALF}, has_unicode=False))


def test_the_cells_of_the_table_stand_apart() -> None:
    """The widest of them, too: where nearly everything is alive."""
    lives = [Lifetime(1.0, None)] * 4_000 + [Lifetime(0.5, 0.9), Lifetime(8.0, None)]
    _, row = curves.table({"all": curve(lives)})
    assert "100% (100–100)  100% (" in row


def test_names_cannot_command_the_terminal() -> None:
    """A host's name is shown, not obeyed."""
    assert "\x1b" not in "\n".join(curves.table({"\x1b[31mred": HALF}))
    assert "\x1b" not in "\n".join(curves.cohorts([cohort("\x1b[31mred", 1, 2)]))
    assert "<script>" not in curves.svg({"<script>": HALF})


def test_the_picture_falls_from_the_upper_left() -> None:
    """A line a row, the axes named; asterisks where there is no Unicode."""
    drawn = list(curves.picture(HALF, 40, 9))
    assert len(drawn) == 11
    assert drawn[0].startswith("100% │⠉")
    assert drawn[-1].split() == ["0", "6.0", "years"]
    plain = list(curves.picture(HALF, 40, 9, has_unicode=False))
    assert all(line.isascii() for line in plain)
    columns = [[row for row, line in enumerate(plain[:9]) if line[6 + x : 7 + x] == "*"] for x in range(40)]
    assert all(columns)
    assert all(max(left) <= min(right) for left, right in itertools.pairwise(columns))
    assert list(curves.picture(EMPTY)) == []


def test_the_svg_is_well_formed_and_says_the_same_in_words() -> None:
    """An image with a title and the table as its description; a line and a band for each curve."""
    root = ET.fromstring(curves.svg({"a & b": HALF, "none": EMPTY}))
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert (root.findtext(f"{space}title") or "").startswith("Share of links")
    assert "83%" in (root.findtext(f"{space}desc") or "")
    texts = [text.text or "" for text in root.iter(f"{space}text")]
    assert "a & b (6 links, 3 died)" in texts
    assert ET.fromstring(curves.svg({})).tag == f"{space}svg"


def test_json_has_years_and_shares() -> None:
    """Plain values with units in their names."""
    shown = curves.of_curve(HALF)
    assert (shown["links"], shown["died"], shown["half_life_years"]) == (6, 3, 5.0)
    assert shown["steps"][0].keys() == {"age_years", "survival", "low", "high", "at_risk", "deaths"}
    assert curves.of_cohort(cohort("2019", 1, 4)) == {
        "name": "2019",
        "links": 4,
        "dead": 1,
        "share": 0.25,
        "low": 0.045587,
        "high": 0.699358,
    }
