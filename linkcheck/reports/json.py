"""Findings → one JSON object, written as they come, so that memory stays flat."""

from collections.abc import Iterable
from typing import TextIO

import msgspec

from linkcheck.model import Finding
from linkcheck.reports import plain_json, record
from linkcheck.reports.summary import Summary, head


def write(out: TextIO, summary: Summary, findings: Iterable[Finding]) -> None:
    """The whole report: `schema_version`, `tool`, `run`, `counts`, `delta`, `findings` in document order."""
    start = msgspec.json.format(plain_json.encode(head(summary)), indent=1)
    out.write(start.rstrip().removesuffix("}").rstrip() + ',\n "findings": [')
    separator = "\n"
    for finding in findings:
        out.write(separator + plain_json.encode(record.of_finding(finding)))
        separator = ",\n"
    out.write("\n ]\n}\n")
