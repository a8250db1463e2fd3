"""Findings → the text of any report, as the store would deliver them to it."""

import io

from reports import hostile

from linkcheck.model import Finding, Outcome
from linkcheck.reports.rendering import Rendering
from linkcheck.reports.summary import Summary
from linkcheck.stages.report import REPORTS, reporter


def rendered(
    name: str, findings: list[Finding], summary: Summary | None = None, rendering: Rendering | None = None
) -> str:
    """The whole report of `findings`, which are in document order."""
    report = REPORTS[name]
    told = summary or hostile.summary(findings)
    listed = [one for one in findings if report.lists is None or {one.outcome, one.change} & {*report.lists}]
    ordered = hostile.by_target(listed) if report.is_by_target else listed
    out = io.StringIO()
    reporter(name, rendering or Rendering())(out, told, ordered)
    return out.getvalue()


def listed(findings: list[Finding]) -> list[Finding]:
    """What is neither ok nor skipped."""
    return [one for one in findings if one.outcome not in (Outcome.OK, Outcome.SKIPPED)]
