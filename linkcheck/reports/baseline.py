"""Findings → the file that a repository commits: its known problems, one a line, in an order that does not move.

JSON Lines; `store.baselines` reads it back. Invariant: nothing in it changes while the problems stay the same, neither
with the time, nor with the line that a reference stands on, nor with the release that wrote it.
"""

from collections.abc import Iterable
from typing import TextIO

from linkcheck.model import PROBLEMS, Finding
from linkcheck.reports import plain_json
from linkcheck.reports.summary import Summary
from linkcheck.store.baselines import HEAD, Row, counted


def write(out: TextIO, summary: Summary, findings: Iterable[Finding]) -> None:
    """A head, then the problems by path, URL and kind; `findings` are all of a run, since equal ones are counted."""
    write_rows(out, counted(map(_row, findings)))


def write_rows(out: TextIO, rows: Iterable[Row]) -> None:
    """The same of rows in any order; those that are no problems are left out."""
    out.write(plain_json.encode(HEAD) + "\n")
    for row in sorted((row for row in rows if row.outcome in PROBLEMS), key=_place):
        out.write(plain_json.encode(row) + "\n")


def _row(finding: Finding) -> Row:
    reference = finding.reference
    return Row(
        reference.path,
        reference.url,
        reference.kind.value,
        finding.outcome,
        finding.reason.value,
        confirmed=finding.confirmed,
        raw=None if reference.url else reference.raw,
    )


def _place(row: Row) -> tuple[str, str, str, int]:
    return row.path, row.url or row.raw or "", row.kind, row.ordinal
