"""Findings → JUnit XML: a suite a document, a test case a reference, written as they come.

Invariant: well-formed whatever the documents hold; a suite's counts are those of its cases; names are unique within a
suite. `broken` is a failure, `uncertain` an error, `skipped` is skipped; `at-risk` and `redirected` pass and say so.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TextIO

from linkcheck.model import Finding, Outcome
from linkcheck.reports.grouping import address
from linkcheck.reports.junit_limits import Room, room
from linkcheck.reports.printable import clipped, printable
from linkcheck.reports.rendering import JunitDialect
from linkcheck.reports.summary import Summary

_ELEMENTS = {
    Outcome.BROKEN: "failure",
    Outcome.UNCERTAIN: "error",
    Outcome.SKIPPED: "skipped",
    Outcome.AT_RISK: "system-out",
    Outcome.REDIRECTED: "system-out",
}
_LONGEST_URL = 500
_LONGEST_DETAIL = 2000
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})


def write(
    out: TextIO,
    summary: Summary,
    findings: Iterable[Finding],
    *,
    junit_dialect: JunitDialect = JunitDialect.JENKINS,
) -> None:
    """The whole report, in document order; in GitLab's dialect cut to GitLab's limits, with a suite that says so."""
    left = room(summary, junit_dialect)
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="linkcheck">\n')
    for path, same in groupby(findings, key=lambda finding: finding.reference.path):
        for text in _suite(path, same, summary, junit_dialect, left):
            out.write(text)
    if left.was_cut:
        out.write(_cut_suite(left, summary))
    out.write("</testsuites>\n")


def _suite(
    path: str, findings: Iterable[Finding], summary: Summary, dialect: JunitDialect, left: Room
) -> Iterator[str]:
    """The text of a document's suite; nothing when it has no case."""
    counts: Counter[Outcome] = Counter()
    cases: list[str] = []
    names: Counter[str] = Counter()
    took_s = 0.0
    for finding in findings:
        name = _name(finding)
        names[name] += 1
        case = _case(finding, name if names[name] == 1 else f"{name} ({names[name]})", dialect)
        if left.takes(finding.outcome, case):
            cases.append(case)
            counts[finding.outcome] += 1
            took_s += _elapsed_s(finding)
    if not cases:
        return
    head = (
        f"<testsuite name={_quoted(path)} file={_quoted(path)}{_counted(counts)}"
        f' time="{took_s:.3f}" timestamp="{summary.started_at:%Y-%m-%dT%H:%M:%S}">\n'
    )
    left.spend(head)
    yield head
    yield from cases
    yield "</testsuite>\n"


def _counted(counts: Counter[Outcome]) -> str:
    failures, errors, skipped = counts[Outcome.BROKEN], counts[Outcome.UNCERTAIN], counts[Outcome.SKIPPED]
    return f' tests="{counts.total()}" failures="{failures}" errors="{errors}" skipped="{skipped}"'


def _name(finding: Finding) -> str:
    span = finding.reference.span
    return f"L{span.line}:C{span.column} {clipped(printable(address(finding.reference)), _LONGEST_URL)}"


def _case(finding: Finding, name: str, dialect: JunitDialect) -> str:
    reference = finding.reference
    start = f"<testcase name={_quoted(name)} classname={_quoted(_class_name(reference.path, dialect))}"
    if dialect is JunitDialect.GITLAB:
        start += f' file={_quoted(reference.path)} line="{reference.span.line}"'
    start += f' time="{_elapsed_s(finding):.3f}"'
    body = _body(finding)
    return f"{start}>{body}</testcase>\n" if body else f"{start}/>\n"


def _body(finding: Finding) -> str:
    element = _ELEMENTS.get(finding.outcome)
    if element is None:
        return ""
    sentence = _escaped(clipped(printable(finding.detail), _LONGEST_DETAIL))
    if element == "system-out":
        return f"<system-out>{finding.outcome} {finding.reason}: {sentence}</system-out>"
    return f'<{element} type="{finding.reason}" message="{sentence}">{_more(finding)}</{element}>'


def _more(finding: Finding) -> str:
    """What else a reader of the case wants to know, a line each."""
    reference, span = finding.reference, finding.reference.span
    lines = [
        f"{finding.outcome} {finding.reason} ({reference.kind}, {finding.change})",
        f"{printable(reference.path)}:{span.line}:{span.column}",
        clipped(printable(address(reference)), _LONGEST_DETAIL),
    ]
    return _escaped("\n".join(lines))


def _class_name(path: str, dialect: JunitDialect) -> str:
    """Jenkins shows what stands before the last dot as a package; GitLab shows it all as the suite."""
    if dialect is JunitDialect.GITLAB:
        return path
    return path.replace(".", "_").replace("/", ".").strip(".")


def _elapsed_s(finding: Finding) -> float:
    return sum(verdict.elapsed_s for verdict in finding.verdicts)


def _cut_suite(left: Room, summary: Summary) -> str:
    words = left.words(f"linkcheck report --run {summary.run_id} --format jsonl=FILE")
    return (
        '<testsuite name="linkcheck: left out" tests="1" failures="0" errors="0" skipped="1">\n'
        f'<testcase name="what is not listed" classname="linkcheck"><skipped message={_quoted(words)}/></testcase>\n'
        "</testsuite>\n"
    )


def _quoted(text: str) -> str:
    return f'"{_escaped(printable(text))}"'


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)
