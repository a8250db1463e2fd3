"""SARIF: alerts that keep their identity, levels that mean something, and an honest cut."""

import json
from typing import Any

import pytest
from reports import hostile
from reports.rendered import rendered
from reports.some import finding

from linkcheck.model import Change, Finding, Outcome, Reason
from linkcheck.reports import sarif
from linkcheck.reports.rendering import Rendering
from linkcheck.verdicts import catalogue


def run(findings: list[Finding], **options: Any) -> dict[str, Any]:
    (only,) = json.loads(rendered("sarif", findings, **options))["runs"]
    assert isinstance(only, dict)
    return only


def test_rules_are_the_catalogue() -> None:
    """Every reason is a rule, with its page as help and the level of its usual outcome."""
    rules = {rule["id"]: rule for rule in run([])["tool"]["driver"]["rules"]}
    assert list(rules) == [reason.value for reason in Reason]
    assert rules["not-found"]["help"]["markdown"] == catalogue.page(Reason.NOT_FOUND)
    levels = [rules[word]["defaultConfiguration"]["level"] for word in LEVELS]
    assert levels == list(LEVELS.values())


LEVELS = {
    "not-found": "error",
    "proxy-cache-only": "warning",
    "timed-out": "warning",
    "moved-permanently": "note",
    "available": "none",
    "excluded": "none",
}


def test_a_result_says_what_where_and_how_it_changed() -> None:
    """Level by outcome, a region in code points, the state against the last run."""
    log = run([finding(line=4, end_line=5, change=Change.UNCHANGED)])
    assert log["columnKind"] == "unicodeCodePoints"
    (result,) = log["results"]
    assert (result["ruleId"], result["level"], result["baselineState"]) == ("not-found", "error", "unchanged")
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a.md", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 4, "startColumn": 3, "endLine": 5, "endColumn": 9},
    }


PATHS = [
    ("文章/新聞 1.md", "%E6%96%87%E7%AB%A0/%E6%96%B0%E8%81%9E%201.md", True),
    ("./a#b?c:d.md", "a%23b%3Fc%3Ad.md", True),
    ("../up.md", "../up.md", True),
    ("/abs/a b.md", "file:///abs/a%20b.md", False),
]


@pytest.mark.parametrize(("path", "uri", "is_relative"), PATHS)
def test_paths_are_uris(path: str, uri: str, is_relative: bool) -> None:
    """Percent-encoded, relative to the working directory where they can be."""
    artifact = run([finding(path=path)])["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == ({"uri": uri, "uriBaseId": "%SRCROOT%"} if is_relative else {"uri": uri})


def test_an_alert_keeps_its_identity() -> None:
    """A moved line or another reason is the same alert; another document, or a second one beside it, is not."""
    before = [finding(line=3), finding(line=9)]
    moved = [finding(line=30, reason=Reason.GONE), finding(line=31)]
    elsewhere = [finding(path="b.md", line=3)]
    assert _fingerprints(before) == _fingerprints(moved)
    assert len({*_fingerprints(before), *_fingerprints(elsewhere)}) == 3


def _fingerprints(findings: list[Finding]) -> list[str]:
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in run(findings)["results"]]


def test_what_is_fixed_is_absent() -> None:
    """A problem that is fine now closes its alert."""
    (result,) = run([finding(outcome=Outcome.OK, change=Change.ABSENT)])["results"]
    assert (result["baselineState"], result["kind"], result["level"]) == ("absent", "pass", "none")


def test_the_worst_are_kept_and_the_cut_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken before uncertain, new before known, confirmed before the rest; the number left out is exact."""
    monkeypatch.setattr(sarif, "MOST_RESULTS", 4)
    findings = [
        finding("https://a.example/moved", outcome=Outcome.REDIRECTED),
        *(finding(f"https://a.example/{n}", outcome=Outcome.UNCERTAIN) for n in range(30)),
        finding("https://a.example/known", change=Change.UNCHANGED),
        finding("https://a.example/sure", change=Change.UNCHANGED, confirmed=True),
        finding("https://a.example/new"),
    ]
    log = run(findings)
    kept = [result["properties"]["url"].rpartition("/")[2] for result in log["results"]]
    assert kept == ["new", "sure", "known", "0"]
    (cut,) = _notifications(log)
    assert cut == (
        "30 results left out, the worst 4 are listed; all are in: linkcheck report --run 7 --format jsonl=FILE"
    )


def test_5000_results_are_kept() -> None:
    """As many as GitHub shows."""
    log = run([finding(f"https://a.example/{n}") for n in range(5001)])
    assert len(log["results"]) == 5000
    assert _notifications(log)[0].startswith("1 result left out")


def _notifications(log: dict[str, Any]) -> list[str]:
    (invocation,) = log["invocations"]
    told = invocation["toolExecutionNotifications"]
    return [note["message"]["text"] for note in told if note["descriptor"]["id"] == "results-cut"]


def test_an_interrupted_run_is_no_success() -> None:
    """Nobody takes half a run for a clean one."""
    whole, half = (
        run([], summary=hostile.summary([], status=status))["invocations"][0]["executionSuccessful"]
        for status in ("finished", "interrupted")
    )
    assert (whole, half) == (True, False)


def test_jobs_are_told_apart() -> None:
    """Two checks of one repository do not close each other's alerts."""
    assert run([], rendering=Rendering(job="nightly"))["automationDetails"]["id"] == "nightly/7"
