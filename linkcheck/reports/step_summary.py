"""Findings → the summary that GitHub shows on the page of a job, in Markdown, appended to what is there."""

from collections.abc import Iterable
from typing import TextIO

from linkcheck.model import Finding
from linkcheck.reports.markdown import page
from linkcheck.reports.summary import Summary


def write(out: TextIO, summary: Summary, findings: Iterable[Finding], *, step_summary_bytes: int) -> None:
    """The page, within the room that is left: GitHub throws away a summary of more than 1 MiB a step."""
    out.write(page(summary, findings, step_summary_bytes))
