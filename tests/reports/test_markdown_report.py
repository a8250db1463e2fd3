"""The comment: what changed in its first words, one entry a target, and never too long to be posted."""

import re

import pytest
from reports import hostile
from reports.rendered import listed, rendered
from reports.some import finding

from linkcheck.model import Change, Finding, Outcome
from linkcheck.reports import markdown
from linkcheck.reports.rendering import Rendering


def comment(findings: list[Finding], since: str | None = None) -> str:
    return rendered("markdown", findings, _summary(findings, since))


def _summary(findings: list[Finding], since: str | None = None) -> hostile.Summary:
    from msgspec.structs import replace

    return replace(hostile.summary(findings, since=since), problems=(), removed=0)


def test_its_first_line_is_the_mark_of_its_job_and_the_next_one_what_changed() -> None:
    """A bot finds its own comment again, and a reader need not scroll."""
    changes = [Change.NEW] * 3 + [Change.UNCHANGED] * 4
    findings = [finding(f"https://a.example/{n}", change=change) for n, change in enumerate(changes)]
    fixed = [finding(f"https://b.example/{n}", outcome=Outcome.OK, change=Change.ABSENT) for n in range(2)]
    text = rendered("markdown", [*findings, *fixed], _summary([*findings, *fixed]), Rendering(job="nightly"))
    assert text.splitlines()[:2] == ["<!-- linkcheck:nightly -->", "### linkcheck: 3 new, 2 fixed, 4 known"]


def test_one_image_in_300_articles_is_one_problem_with_300_places() -> None:
    """The first few places are named, the others counted."""
    text = comment([finding(path=f"{n:03}.md") for n in range(300)])
    assert "(1 target, 300 places)" in text
    assert text.count("https://a.example/x") == 1
    assert "  - in `000.md:1:3`, `001.md:1:3`, `002.md:1:3`, `003.md:1:3`, `004.md:1:3` and 295 more\n" in text


def test_what_is_new_is_marked_when_there_is_something_to_compare_with() -> None:
    """The first run of all would mark everything."""
    findings = [finding(), finding("https://b.example/", change=Change.UNCHANGED)]
    assert "**new** `https://a.example/x`" in comment(findings, since="the last run")
    assert "**new** `https://b.example/`" not in comment(findings, since="the last run")
    assert "**new**" not in comment(findings)


def test_what_is_fixed_is_named() -> None:
    """Work that was done is seen."""
    assert "#### Fixed (1 target)\n\n- `https://a.example/x`\n" in comment(
        [finding(outcome=Outcome.OK, change=Change.ABSENT)]
    )


def test_nothing_to_act_on() -> None:
    """A clean run is short."""
    assert "nothing to act on, in 1 reference of 1 document\n" in comment([finding(outcome=Outcome.OK)])


SIZES = [700, 2000, 60_000, 900 * 1024]


@pytest.mark.parametrize("most_bytes", SIZES)
def test_it_never_exceeds_its_size_and_tells_exactly_what_was_cut(most_bytes: int) -> None:
    """Shown and not shown add up, for every outcome, whatever the size."""
    findings = [
        finding(f"https://a.example/{'新' * (n % 50)}{n}", path=f"{n % 7}.md", outcome=list(Outcome)[n % 6])
        for n in range(9000)
    ]
    told = listed(findings)
    text = markdown.page(_summary(findings), hostile.by_target(told), most_bytes)
    assert len(text.encode()) < most_bytes
    assert text.count("<details>") == text.count("</details>")
    numbers = re.findall(r"([\d,]+) targets? (at-risk|[a-z]+) \(", text)
    cut = {outcome: int(number.replace(",", "")) for number, outcome in numbers}
    assert text.count("\n- `") + sum(cut.values()) == len(told)
    order = ["broken", "at-risk", "uncertain", "redirected"]
    assert list(cut) == order[len(order) - len(cut) :], "the worst are cut last"


def test_a_head_alone_when_there_is_no_room_for_more() -> None:
    """A summary that others have filled still says what changed, and where the rest is."""
    text = markdown.page(_summary([finding()]), [finding()], 0)
    assert text.startswith("### linkcheck: 1 new, 0 fixed, 0 known\n")
    assert "not shown are 1 target broken (1 place)" in text


def test_the_step_summary_keeps_to_the_room_that_is_left() -> None:
    """GitHub throws all of it away when it grows beyond 1 MiB."""
    findings = [finding(f"https://a.example/{n}") for n in range(500)]
    text = rendered("step-summary", findings, rendering=Rendering(step_summary_bytes=5000))
    assert len(text.encode()) < 5000
    assert "<!--" not in text
