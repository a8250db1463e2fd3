"""Findings → the file that a repository commits: its known problems, one a line, in an order that does not move.

JSON Lines; `store.baselines` reads it back. Invariant: nothing in it changes while the problems stay the same, neither
with the time, nor with the line that a reference stands on, nor with the release that wrote it.
"""

from collections import Counter
from collections.abc import Iterable
from typing import TextIO

from linkcheck.model import Finding
from linkcheck.reports import plain_json
from linkcheck.reports.summary import PROBLEMS, Summary
from linkcheck.store.baselines import HEAD, Row


def write(out: TextIO, summary: Summary, findings: Iterable[Finding]) -> None:
    """A head, then the problems by path, URL and kind; `findings` are all of a run, since equal ones are counted."""
    write_rows(out, _problems(findings))


def write_rows(out: TextIO, rows: Iterable[Row]) -> None:
    """The same of rows in any order; those that are no problems are left out."""
    out.write(plain_json.encode(HEAD) + "\n")
    for row in sorted((row for row in rows if row.outcome in PROBLEMS), key=_place):
        out.write(plain_json.encode(row) + "\n")


def _problems(findings: Iterable[Finding]) -> Iterable[Row]:
    path, seen = None, Counter[tuple[str, str]]()
    for finding in findings:
        reference = finding.reference
        if reference.path != path:
            path, seen = reference.path, Counter()
        place = (reference.url or reference.raw, reference.kind.value)
        if finding.outcome in PROBLEMS:
            yield Row(
                reference.path,
                reference.url,
                reference.kind.value,
                finding.outcome,
                finding.reason.value,
                seen[place],
                finding.confirmed,
                None if reference.url else reference.raw,
            )
        seen[place] += 1


def _place(row: Row) -> tuple[str, str, str, int]:
    return row.path, row.url or row.raw or "", row.kind, row.ordinal
