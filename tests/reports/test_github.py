"""Annotations: the ten of a type that GitHub keeps are spent on different problems, the worst first."""

import pytest
from reports import runner
from reports.rendered import rendered
from reports.runner import Command
from reports.some import finding

from linkcheck.model import Change, Finding, Outcome


def commands(findings: list[Finding]) -> list[Command]:
    return runner.commands(rendered("github", findings))


TYPES = [
    (Outcome.BROKEN, "error"),
    (Outcome.AT_RISK, "warning"),
    (Outcome.UNCERTAIN, "warning"),
    (Outcome.REDIRECTED, "notice"),
]


@pytest.mark.parametrize(("outcome", "type_"), TYPES)
def test_an_outcome_has_its_type(outcome: Outcome, type_: str) -> None:
    """Broken is an error, what may break or may be broken a warning, a move a notice."""
    (command,) = commands([finding(outcome=outcome, line=4)])
    assert command.name == type_
    place = {"file": "a.md", "line": "4", "endLine": "4", "col": "3", "endColumn": "9"}
    assert {name: value for name, value in command.properties.items() if name != "title"} == place


def test_what_is_fine_or_skipped_is_not_annotated() -> None:
    """And the log has the delta in a sentence."""
    fine = [finding(outcome=Outcome.OK), finding(outcome=Outcome.SKIPPED)]
    assert rendered("github", fine) == "linkcheck: 0 new, 0 fixed, 0 known, 2 removed\n"


def test_ten_are_shown_and_of_more_nine_with_the_number() -> None:
    """GitHub drops the eleventh without a word; we do not."""
    ten = [finding(f"https://a.example/{n}") for n in range(10)]
    assert [command.properties["title"] for command in commands(ten)] == ["broken: not-found"] * 10
    *shown, last = commands([*ten, finding("https://a.example/ten")])
    assert len(shown) == 9
    assert last == Command("error", {"title": "linkcheck"}, "and 2 more places; all are in: linkcheck report --run 7")


def test_one_image_in_300_articles_takes_one_annotation_while_others_wait() -> None:
    """Every target gets one place before any gets a second."""
    image = [finding("https://a.example/image", path=f"{n:03}.md") for n in range(300)]
    others = [finding(f"https://b.example/{n}") for n in range(5)]
    shown = commands([*image, *others])
    assert sum("image" in command.data for command in shown[:6]) == 1
    assert "300 places in all" in shown[0].data
    assert shown[-1].data.startswith("and 296 more places")


def test_new_problems_come_before_known_ones() -> None:
    """A pull request shows what it did."""
    known = [finding(f"https://a.example/{n}", change=Change.UNCHANGED) for n in range(20)]
    first, *_ = commands([*known, finding("https://z.example/new")])
    assert first.data.startswith("https://z.example/new")


def test_a_place_that_spans_lines_has_no_columns() -> None:
    """GitHub refuses them."""
    (command,) = commands([finding(line=4, end_line=6)])
    assert {"col", "endColumn"} & set(command.properties) == set()
    assert command.properties["endLine"] == "6"
