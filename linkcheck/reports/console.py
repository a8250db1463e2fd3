"""Findings → what a person reads in a terminal: by outcome, host and reason, the worst first, then a summary.

Invariant: nothing from a document or the web is taken as markup, and none of it reaches the terminal unescaped.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TextIO

from rich.console import Console
from rich.style import Style
from rich.text import Text

from linkcheck import urls
from linkcheck.model import Finding, Outcome, Reason, Reference
from linkcheck.reports.printable import count, printable
from linkcheck.reports.summary import LISTED, Summary

_STYLES = {
    Outcome.OK: "green",
    Outcome.REDIRECTED: "cyan",
    Outcome.AT_RISK: "magenta",
    Outcome.BROKEN: "bold red",
    Outcome.UNCERTAIN: "yellow",
    Outcome.SKIPPED: "bright_black",
}
_MEANING = {
    Outcome.OK: "there, and what the documents expect",
    Outcome.REDIRECTED: "there, elsewhere for good: worth an edit",
    Outcome.AT_RISK: "still there, but it hangs by a thread: save it now",
    Outcome.BROKEN: "a reader does not get it",
    Outcome.UNCERTAIN: "cannot tell: blocked, throttled or in trouble",
    Outcome.SKIPPED: "not asked",
}
_MOST_PLACES = 5
_OF_THE_HOST = frozenset({Reason.HOST_DOWN, Reason.HOST_NOT_FOUND, Reason.DNS_FAILURE})
_BAR_WIDTH = 24


class _Problem:
    """One target with one verdict, and all places that lead to it."""

    __slots__ = ("finding", "places")

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        self.places: list[Reference] = []

    def sorting(self) -> tuple[int, str, str, str]:
        finding = self.finding
        return LISTED.index(finding.outcome), _host(finding.reference), finding.reason, _address(finding.reference)


def write(out: TextIO, summary: Summary, findings: Iterable[Finding]) -> None:
    """The report; `findings` are those of the outcomes in `LISTED`."""
    console = Console(file=out, highlight=False, soft_wrap=True, emoji=False)
    problems = sorted(_by_target(findings), key=_Problem.sorting)
    for outcome, group in groupby(problems, key=lambda problem: problem.finding.outcome):
        _write_outcome(console, outcome, list(group))
    _write_summary(console, summary)


def _by_target(findings: Iterable[Finding]) -> Iterable[_Problem]:
    found: dict[tuple[str, str, str], _Problem] = {}
    for finding in findings:
        if finding.outcome not in LISTED:
            continue
        key = (_address(finding.reference), finding.reason, finding.detail)
        found.setdefault(key, _Problem(finding)).places.append(finding.reference)
    return found.values()


def _write_outcome(console: Console, outcome: Outcome, problems: list[_Problem]) -> None:
    style = _STYLES[outcome]
    title = Text(f"{outcome.upper()} · {_MEANING[outcome]}", style=style)
    console.print(title)
    for (host, reason), group in groupby(problems, key=lambda p: (_host(p.finding.reference), p.finding.reason)):
        same = list(group)
        console.print()
        name = printable(host or "files of this archive")
        console.print(Text.assemble(("  " + name, "bold"), "  ", (reason, style), _number(same)))
        if reason in _OF_THE_HOST and len(same) > 1:
            _write_host(console, same)
            continue
        for problem in same:
            _write_problem(console, problem)
    console.print()


def _write_host(console: Console, problems: list[_Problem]) -> None:
    """What is the host's fault is told once, however many of its targets suffer."""
    console.print(Text("      " + printable(problems[0].finding.detail), style="dim"))
    places = [place for problem in problems for place in problem.places]
    for place in _places(places):
        console.print(Text("      " + place))


def _number(problems: list[_Problem]) -> tuple[str, str]:
    places = sum(len(problem.places) for problem in problems)
    words = f"  {count(len(problems), 'target')}, {count(places, 'place')}" if places > 1 else ""
    return words, "dim"


def _write_problem(console: Console, problem: _Problem) -> None:
    finding = problem.finding
    address = _address(finding.reference)
    # Only what a URL parser made may become a link: a terminal obeys an escape in it.
    is_safe = finding.reference.url is not None and address.isascii() and address.isprintable()
    link = Style(link=address) if is_safe and urls.is_web(address) else Style()
    console.print(Text.assemble("    ", (printable(urls.readable(address)), link), f"  ({finding.reference.kind})"))
    console.print(Text("      " + printable(finding.detail), style="dim"))
    for place in _places(problem.places):
        console.print(Text("      " + place))


def _places(references: list[Reference]) -> Iterator[str]:
    for reference in references[:_MOST_PLACES]:
        yield f"{printable(reference.path)}:{reference.span.line}:{reference.span.column}"
    if len(references) > _MOST_PLACES:
        yield f"… and {len(references) - _MOST_PLACES} more places"


def _address(reference: Reference) -> str:
    return reference.url if reference.url is not None else reference.raw


def _host(reference: Reference) -> str:
    return urls.authority(reference.url) if reference.url else ""


def _write_summary(console: Console, summary: Summary) -> None:
    references, documents = count(summary.references, "reference"), count(summary.documents, "document")
    console.print(Text(f"{references} in {documents}, {count(summary.targets, 'target')}", "bold"))
    most = max(summary.outcomes.values(), default=0)
    for outcome in Outcome:
        number = summary.outcomes.get(outcome, 0)
        if number:
            bar = "█" * max(1, round(_BAR_WIDTH * number / most))
            line = f"  {outcome:<11}{number:>8,}  "
            console.print(Text.assemble((line, _STYLES[outcome]), f"{bar:<{_BAR_WIDTH}}  ", (_MEANING[outcome], "dim")))
    for problem in summary.problems:
        console.print(Text(f"  not read: {printable(problem.path)}: {printable(problem.message)}", style="yellow"))
    delta = summary.delta()
    if summary.changes and delta["unchanged"] + delta["fixed"] + delta["updated"]:
        console.print(
            Text(f"  since the last run: {delta['new']} new, {delta['fixed']} fixed, {delta['unchanged']} known")
        )
