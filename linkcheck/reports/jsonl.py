"""Findings → JSON Lines, findings only."""

from collections.abc import Iterable
from typing import TextIO

from linkcheck.model import Finding
from linkcheck.reports import plain_json, record
from linkcheck.reports.record import FindingRecord
from linkcheck.reports.summary import Summary


def write(out: TextIO, summary: Summary, findings: Iterable[Finding]) -> None:
    """One finding a line, in document order."""
    write_records(out, summary, map(record.of_finding, findings))


def write_records(out: TextIO, summary: Summary, records: Iterable[FindingRecord]) -> None:
    """The same from what is printed of each finding."""
    for lines in plain_json.lines(records):
        # A large piece can arrive in part, without an error, when the reader of a pipe has gone: the next one tells.
        last = lines.rfind("\n", 0, -1) + 1
        out.write(lines[:last])
        out.write(lines[last:])
