"""CSV: every reference a row that a spreadsheet shows and does not compute."""

import csv
import io

import pytest
from reports import hostile
from reports.rendered import rendered

from linkcheck.reports.csv import COLUMNS
from linkcheck.reports.rendering import Rendering

CELLS = [
    ("=1+1", "'=1+1"),
    ("+1", "'+1"),
    ("-1", "'-1"),
    ("@x", "'@x"),
    ("\t=1", "\\t=1"),
    ("\r=1", "\\r=1"),
    (" =1", "' =1"),
    ("＝1", "'＝1"),
    ("＠x", "'＠x"),
    ("a;=1", "a\\x3b=1"),
    ('a; "=1', 'a\\x3b "=1'),
    ("a;b", "a;b"),
    ("a=1", "a=1"),
    ('say "x", y', 'say "x", y'),
    ("新聞", "新聞"),
    ("one\ntwo", "one\\ntwo"),
    ("a\x00b", "a\\x00b"),
]


@pytest.mark.parametrize(("text", "cell"), CELLS)
def test_a_cell_is_text(text: str, cell: str) -> None:
    """Formulas of every spelling are disarmed, all else stays as it is."""
    (row,) = csv.DictReader(io.StringIO(rendered("csv", [hostile.finding(text)]), newline=""))
    assert row["raw"] == row["detail"] == row["path"] == cell


def test_excel_can_be_told_that_it_is_utf_8() -> None:
    """Only when asked: other programs would take the mark as part of the first column's name."""
    plain, marked = (rendered("csv", [], rendering=Rendering(csv_bom=bom)) for bom in (False, True))
    assert plain == ",".join(COLUMNS) + "\r\n"
    assert marked == "\ufeff" + plain
