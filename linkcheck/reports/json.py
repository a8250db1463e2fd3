"""Findings → one JSON object, written as they come, so that memory stays flat."""

from collections.abc import Iterable
from typing import TextIO

import msgspec

from linkcheck.model import Finding
from linkcheck.reports import plain_json, record
from linkcheck.reports.record import FindingRecord
from linkcheck.reports.summary import Summary, head


def write(out: TextIO, summary: Summary, findings: Iterable[Finding]) -> None:
    """The whole report: `schema_version`, `tool`, `run`, `counts`, `delta`, `findings` in document order."""
    write_records(out, summary, map(record.of_finding, findings))


def write_records(out: TextIO, summary: Summary, records: Iterable[FindingRecord]) -> None:
    """The same from what is printed of each finding."""
    start = msgspec.json.format(plain_json.encode(head(summary)), indent=1)
    out.write(start.rstrip().removesuffix("}").rstrip() + ',\n "findings": [')
    separator = "\n"
    for lines in plain_json.lines(records):
        # within a line of JSON there is no line's end
        out.write(separator + lines[:-1].replace("\n", ",\n"))
        separator = ",\n"
    out.write("\n ]\n}\n")
