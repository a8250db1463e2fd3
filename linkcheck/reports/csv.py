"""Findings → CSV (RFC 4180), every reference one row, for spreadsheets and for `cut`.

Invariant: a row is one line, and no cell is a formula. What could be obeyed is shown as an escape (`\\x1b`); the exact
text is in the JSON reports.
"""

import csv
import re
from collections.abc import Iterable
from typing import TextIO

from linkcheck.model import Finding
from linkcheck.reports.printable import printable
from linkcheck.reports.record import time
from linkcheck.reports.summary import Summary

COLUMNS = (
    *(
        "path",
        "line",
        "column",
        "end_line",
        "end_column",
        "kind",
        "url",
        "raw",
        "outcome",
        "reason",
        "detail",
        "change",
    ),
    *("confirmed", "failing_since", "checked_at", "role", "status", "final_url", "media_type", "memento"),
)
"""One row has these; `role` to `media_type` are the target's that decided."""
_FORMULA = re.compile(r"[\s\"']*[=+\-@＝＋－＠]")
"""OWASP's list and its full-width twins; TAB, CR and LF, which it has too, are shown as escapes anyway."""
_LATER_CELL = re.compile(r";(?=[\s\"']*[=+\-@＝＋－＠])")
"""A spreadsheet whose locale separates by semicolons would begin a cell there."""


def write(out: TextIO, summary: Summary, findings: Iterable[Finding], *, csv_bom: bool = False) -> None:
    """The whole table; `csv_bom` puts a byte order mark first, by which Excel knows UTF-8."""
    if csv_bom:
        out.write("\ufeff")
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for finding in findings:
        rows.writerow(_row(finding))


def _row(finding: Finding) -> list[object]:
    reference, span, memento = finding.reference, finding.reference.span, finding.memento
    return [
        _cell(reference.path),
        span.line,
        span.column,
        span.end_line,
        span.end_column,
        reference.kind,
        _cell(reference.url),
        _cell(reference.raw),
        finding.outcome,
        finding.reason,
        _cell(finding.detail),
        finding.change,
        "true" if finding.confirmed else "false",
        time(finding.failing_since),
        time(finding.checked_at),
        *_decisive(finding),
        _cell(memento.url if memento is not None else None),
    ]


def _decisive(finding: Finding) -> list[object]:
    """Of the first target that was judged as its reference is, else of the first."""
    pairs = list(zip(finding.reference.targets, finding.verdicts, strict=True))
    if not pairs:
        return [None] * 4
    target, verdict = next((pair for pair in pairs if pair[1].reason is finding.reason), pairs[0])
    content = verdict.content
    media_type = content.media_type if content is not None else None
    return [target.role, verdict.status, _cell(verdict.final_url), _cell(media_type)]


def _cell(text: str | None) -> str | None:
    if not text:
        return text
    shown = printable(text)
    if ";" in shown:
        shown = _LATER_CELL.sub(r"\\x3b", shown)
    return "'" + shown if _FORMULA.match(shown) else shown
