"""Findings → GitLab's Code Quality report: a JSON array, one issue a place, written as they come.

Invariant: fingerprints are unique (GitLab drops duplicates) and survive moved lines; paths are relative, without `./`.
"""

from collections.abc import Iterable
from typing import Any, TextIO

from linkcheck.model import Finding, Outcome
from linkcheck.reports import plain_json
from linkcheck.reports.fingerprints import Fingerprints
from linkcheck.reports.grouping import address
from linkcheck.reports.printable import clipped, printable
from linkcheck.reports.summary import LISTED, Summary

_SEVERITIES = {
    Outcome.BROKEN: "major",
    Outcome.AT_RISK: "minor",
    Outcome.UNCERTAIN: "minor",
    Outcome.REDIRECTED: "info",
}
_LONGEST = 1000


def write(out: TextIO, summary: Summary, findings: Iterable[Finding]) -> None:
    """The whole array, in document order; `findings` are those of the outcomes in `LISTED`."""
    fingerprints, separator = Fingerprints(), "\n"
    out.write("[")
    for finding in findings:
        if finding.outcome not in LISTED:
            continue
        out.write(separator + plain_json.encode(_issue(finding, fingerprints.of(finding.reference))))
        separator = ",\n"
    out.write("\n]\n")


def _issue(finding: Finding, fingerprint: str) -> dict[str, Any]:
    reference = finding.reference
    sentence = f"{clipped(printable(address(reference)), 400)}: {printable(finding.detail)}"
    return {
        "type": "issue",
        "description": clipped(f"{finding.outcome} {finding.reason}: {sentence}", _LONGEST),
        "check_name": finding.reason,
        "fingerprint": fingerprint,
        "severity": "critical" if finding.confirmed else _SEVERITIES[finding.outcome],
        "location": {
            "path": reference.path.removeprefix("./"),
            "lines": {"begin": reference.span.line, "end": reference.span.end_line},
        },
    }
