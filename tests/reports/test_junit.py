"""JUnit: who reads it sees what failed, what we cannot tell, and what was not asked; nothing is cut without a word."""

import pytest
from lxml import etree
from reports.rendered import rendered
from reports.some import finding

from linkcheck.model import Finding, Outcome
from linkcheck.reports import junit_limits
from linkcheck.reports.rendering import JunitDialect, Rendering

GITLAB = Rendering(junit_dialect=JunitDialect.GITLAB)


def parsed(findings: list[Finding], rendering: Rendering | None = None) -> etree._Element:
    return etree.fromstring(rendered("junit", findings, rendering=rendering).encode())


OUTCOMES = [
    (Outcome.OK, []),
    (Outcome.REDIRECTED, ["system-out"]),
    (Outcome.AT_RISK, ["system-out"]),
    (Outcome.BROKEN, ["failure"]),
    (Outcome.UNCERTAIN, ["error"]),
    (Outcome.SKIPPED, ["skipped"]),
]


@pytest.mark.parametrize(("outcome", "elements"), OUTCOMES)
def test_an_outcome_has_its_element(outcome: Outcome, elements: list[str]) -> None:
    """Broken fails, uncertain is an error, skipped is skipped, the rest passes; what to look at says so."""
    (case,) = parsed([finding(outcome=outcome)]).findall("testsuite/testcase")
    assert [child.tag for child in case] == elements


def test_a_document_is_a_suite() -> None:
    """Suites come in document order, and count their own."""
    suites = parsed([finding(), finding(line=2, outcome=Outcome.UNCERTAIN), finding(path="b/c.md")]).findall(
        "testsuite"
    )
    told = [[suite.get(name) for name in ("name", "tests", "failures", "errors", "time")] for suite in suites]
    assert told == [["a.md", "2", "1", "1", "0.500"], ["b/c.md", "1", "1", "0", "0.250"]]


def test_the_dialects_differ_in_what_their_readers_show() -> None:
    """Jenkins makes packages of dots, GitLab shows the class name as it is, and links to file and line."""
    (jenkins,) = parsed([finding(path="b/c.md")]).findall("testsuite/testcase")
    (gitlab,) = parsed([finding(path="b/c.md", line=4)], GITLAB).findall("testsuite/testcase")
    assert jenkins.attrib == {"name": "L1:C3 https://a.example/x", "classname": "b.c_md", "time": "0.250"}
    assert gitlab.attrib == {
        "name": "L4:C3 https://a.example/x",
        "classname": "b/c.md",
        "file": "b/c.md",
        "line": "4",
        "time": "0.250",
    }


def test_names_are_unique_within_a_document() -> None:
    """GitLab drops what has the name of another case."""
    cases = parsed([finding(), finding(), finding()]).findall("testsuite/testcase")
    assert len({case.get("name") for case in cases}) == 3


def test_gitlab_gets_what_it_takes_and_is_told_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many for GitLab: what is fine is left out first, and the report says how many and where they are."""
    monkeypatch.setattr(junit_limits, "_MOST_CASES", 3)
    findings = [finding(line=n, outcome=outcome) for outcome, number in COUNTS.items() for n in range(1, number + 1)]
    left_out, kept = _split(parsed(findings, GITLAB))
    assert kept == ["failure", "error"]
    assert left_out == (
        "7 references left out to stay within GitLab's limits (2 redirected, 5 ok); all are in:"
        " linkcheck report --run 7 --format jsonl=FILE"
    )
    assert len(parsed(findings).findall("testsuite/testcase")) == 9


COUNTS = {Outcome.BROKEN: 1, Outcome.UNCERTAIN: 1, Outcome.REDIRECTED: 2, Outcome.OK: 5}


def test_more_breakage_than_gitlab_takes_is_cut_by_cases_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even the worst is cut rather than a file written that GitLab refuses whole."""
    findings = [finding(line=n) for n in range(1, 6)]
    monkeypatch.setattr(junit_limits, "_MOST_CASES", 3)
    left_out, kept = _split(parsed(findings, GITLAB))
    assert (len(kept), left_out.split(" (")[0]) == (3, "2 references left out to stay within GitLab's limits")
    monkeypatch.setattr(junit_limits, "_MOST_BYTES", 500)
    left_out, kept = _split(parsed(findings, GITLAB))
    assert (len(kept), left_out.split(" (")[0]) == (2, "3 references left out to stay within GitLab's limits")


def _split(root: etree._Element) -> tuple[str, list[str]]:
    *suites, last = root.findall("testsuite")
    assert last.get("name") == "linkcheck: left out"
    return last.find("testcase/skipped").get("message"), [case[0].tag for suite in suites for case in suite]
