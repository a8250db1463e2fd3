"""Findings → SARIF 2.1.0 for code scanning: the worst 5,000 as results, the reasons as rules.

Invariant: valid against the OASIS schema whatever the documents hold; what was left out is counted in a notification.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TextIO
from urllib.parse import quote

from linkcheck import __version__
from linkcheck.model import Change, Finding, Outcome, Reason, Reference
from linkcheck.reports import plain_json
from linkcheck.reports.fingerprints import Fingerprints
from linkcheck.reports.grouping import address, is_fixed, outcome_rank
from linkcheck.reports.printable import clipped, count, printable
from linkcheck.reports.record import time
from linkcheck.reports.summary import LISTED, Summary
from linkcheck.reports.worst import Worst
from linkcheck.verdicts import catalogue

MOST_RESULTS = 5000
"""GitHub takes 25,000 and keeps the top 5,000 (documented, 2026-11)."""
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    Outcome.BROKEN: "error",
    Outcome.AT_RISK: "warning",
    Outcome.UNCERTAIN: "warning",
    Outcome.REDIRECTED: "note",
}
_ROOT = "%SRCROOT%"
_REASONS = tuple(Reason)
_LONGEST_URL = 500
_LONGEST_MESSAGE = 2000


def write(out: TextIO, summary: Summary, findings: Iterable[Finding], *, job: str = "linkcheck") -> None:
    """The whole log, the worst first; `findings` are those of `LISTED` and what is fixed, in document order."""
    results: Worst[tuple[Finding, str]] = Worst(MOST_RESULTS)
    fingerprints = Fingerprints()
    for finding in findings:
        if finding.outcome in LISTED or is_fixed(finding):
            results.push(_rank(finding), (finding, fingerprints.of(finding.reference)))
    kept = results.kept()
    run = plain_json.encode(_run(summary, job, results.seen - len(kept)))
    out.write(f'{{"$schema": "{_SCHEMA}", "version": "2.1.0", "runs": [{run[:-1]},\n"results": [')
    for number, (finding, fingerprint) in enumerate(kept):
        out.write((",\n" if number else "\n") + plain_json.encode(_result(finding, fingerprint)))
    out.write("\n]}]}\n")


def _rank(finding: Finding) -> tuple[int, int, bool]:
    is_old = finding.change not in (Change.NEW, Change.UPDATED)
    return outcome_rank(finding), int(is_old), not finding.confirmed


def _run(summary: Summary, job: str, left_out: int) -> dict[str, Any]:
    """Everything of a run but its results."""
    return {
        "tool": {
            "driver": {
                "name": "linkcheck",
                "version": __version__,
                "rules": list(_rules()),
                "notifications": [
                    {"id": "results-cut", "shortDescription": {"text": "Not every result is listed."}},
                    {"id": "not-read", "shortDescription": {"text": "An input could not be read."}},
                ],
            }
        },
        "automationDetails": {"id": f"{job}/{summary.run_id}"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The working directory of the run."}}},
        "invocations": [_invocation(summary, left_out)],
        "properties": {"references": summary.references, "documents": summary.documents, "delta": summary.delta()},
    }


def _rules() -> Iterator[dict[str, Any]]:
    for reason in _REASONS:
        entry = catalogue.entry(reason)
        usual = catalogue.USUAL_OUTCOME[reason]
        yield {
            "id": reason,
            "shortDescription": {"text": entry.summary},
            "fullDescription": {"text": entry.means},
            "help": {"text": f"{entry.evidence}\n\n{entry.remedy}", "markdown": catalogue.page(reason)},
            "defaultConfiguration": {"level": _LEVELS.get(usual, "none")},
            "properties": {"tags": ["links", usual]},
        }


def _invocation(summary: Summary, left_out: int) -> dict[str, Any]:
    notifications = [
        _notification("not-read", f"{problem.path}: {problem.message}") for problem in summary.problems[:MOST_RESULTS]
    ]
    if left_out:
        whole = f"linkcheck report --run {summary.run_id} --format jsonl=FILE"
        words = f"{count(left_out, 'result')} left out, the worst {MOST_RESULTS:,} are listed; all are in: {whole}"
        notifications.insert(0, _notification("results-cut", words))
    invocation = {
        "executionSuccessful": summary.status == "finished",
        "startTimeUtc": time(summary.started_at),
        "toolExecutionNotifications": notifications,
    }
    if summary.finished_at is not None:
        invocation["endTimeUtc"] = time(summary.finished_at)
    return invocation


def _notification(name: str, words: str) -> dict[str, Any]:
    return {"descriptor": {"id": name}, "level": "warning", "message": {"text": _plain(words)}}


def _result(finding: Finding, fingerprint: str) -> dict[str, Any]:
    is_problem = finding.outcome in LISTED
    result = {
        "ruleId": finding.reason,
        "ruleIndex": _REASONS.index(finding.reason),
        "level": _LEVELS.get(finding.outcome, "none"),
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": _location(finding.reference)}],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint, "linkUrlHash/v1": fingerprint},
        "baselineState": finding.change,
        "properties": {
            "outcome": finding.outcome,
            "kind": finding.reference.kind,
            "url": finding.reference.url,
            "confirmed": finding.confirmed,
            "failingSince": time(finding.failing_since),
        },
    }
    return result if is_problem else {**result, "kind": "pass"}


def _message(finding: Finding) -> str:
    url = clipped(printable(address(finding.reference)), _LONGEST_URL)
    return _plain(f"{url}: {finding.outcome}, {printable(finding.detail)}")


def _plain(text: str) -> str:
    """A message without embedded links or placeholders (SARIF 2.1.0, 3.11.5 and 3.11.6)."""
    shown = clipped(printable(text), _LONGEST_MESSAGE)
    return shown.replace("{", "{{").replace("}", "}}").replace("](", "\\](")


def _location(reference: Reference) -> dict[str, Any]:
    span = reference.span
    return {
        "artifactLocation": _artifact(reference.path),
        "region": {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        },
    }


def _artifact(path: str) -> dict[str, Any]:
    """A relative path below the root; an absolute one as a file URL (RFC 8089)."""
    uri = quote(path.removeprefix("./").encode("utf-8", "surrogatepass"), safe="/-._~")
    return {"uri": f"file://{uri}"} if path.startswith("/") else {"uri": uri, "uriBaseId": _ROOT}
