"""Findings → JSON Lines, findings only."""

from collections.abc import Iterable
from typing import TextIO

from linkcheck.model import Finding
from linkcheck.reports import plain_json, record
from linkcheck.reports.summary import Summary


def write(out: TextIO, summary: Summary, findings: Iterable[Finding]) -> None:
    """One finding a line, in document order."""
    for finding in findings:
        out.write(plain_json.encode(record.of_finding(finding)) + "\n")
