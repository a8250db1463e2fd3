"""Findings → what a person reads in a terminal: by outcome, host and reason, the worst first, then a summary.

Invariant: nothing from a document or the web is taken as markup, and none of it reaches the terminal unescaped.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TextIO

from linkcheck import urls
from linkcheck.model import Finding, Outcome, Reason, Reference
from linkcheck.reports import grouping
from linkcheck.reports.grouping import Group
from linkcheck.reports.paper import Paper, paper
from linkcheck.reports.printable import count, printable
from linkcheck.reports.summary import LISTED, Summary, left_out_words, since_words

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


def write(out: TextIO, summary: Summary, findings: Iterable[Finding]) -> None:
    """The report; `findings` are those of the outcomes in `LISTED`, as the store sorts them by target."""
    console = paper(out)
    listed = (finding for finding in findings if finding.outcome in LISTED)
    problems = grouping.by_target(listed, _MOST_PLACES)
    for outcome, same in groupby(problems, key=lambda problem: problem.finding.outcome):
        _write_outcome(console, outcome, same)
    _write_summary(console, summary)


def _write_outcome(console: Paper, outcome: Outcome, problems: Iterable[Group]) -> None:
    """Written as they come: memory holds what one host has for one reason."""
    style = _STYLES[outcome]
    console((f"{outcome.upper()} · {_MEANING[outcome]}", style))
    for (host, reason), group in groupby(problems, key=lambda problem: (problem.host, problem.finding.reason)):
        same = list(group)
        console()
        name = printable(host or "files of this archive")
        console(("  " + name, "bold"), ("  ", ""), (reason, style), _number(same))
        if reason in _OF_THE_HOST and len(same) > 1:
            _write_host(console, same)
            continue
        for problem in same:
            _write_problem(console, problem)
    console()


def _write_host(console: Paper, problems: list[Group]) -> None:
    """What is the host's fault is told once, however many of its targets suffer."""
    console(("      " + printable(problems[0].finding.detail), "dim"))
    places = [place for problem in problems for place in problem.places]
    for place in _places(places, sum(problem.number for problem in problems)):
        console(("      " + place, ""))


def _number(problems: list[Group]) -> tuple[str, str]:
    places = sum(problem.number for problem in problems)
    words = f"  {count(len(problems), 'target')}, {count(places, 'place')}" if places > 1 else ""
    return words, "dim"


def _write_problem(console: Paper, problem: Group) -> None:
    finding = problem.finding
    address = problem.address
    # Only what a URL parser made may become a link: a terminal obeys an escape in it.
    is_safe = finding.reference.url is not None and address.isascii() and address.isprintable()
    link = f"link {address}" if is_safe and urls.is_web(address) else ""
    console(("    ", ""), (printable(urls.readable(address)), link), (f"  ({finding.reference.kind})", ""))
    console(("      " + printable(finding.detail), "dim"))
    for place in _places(problem.places, problem.number):
        console(("      " + place, ""))


def _places(references: Sequence[Reference], number: int) -> Iterator[str]:
    """The first few of `number` places."""
    for reference in references[:_MOST_PLACES]:
        yield f"{printable(reference.path)}:{reference.span.line}:{reference.span.column}"
    if number > _MOST_PLACES:
        yield f"… and {number - _MOST_PLACES} more places"


def _write_summary(console: Paper, summary: Summary) -> None:
    references, documents = count(summary.references, "reference"), count(summary.documents, "document")
    console((f"{references} in {documents}, {count(summary.targets, 'target')}", "bold"))
    most = max(summary.outcomes.values(), default=0)
    for outcome in Outcome:
        number = summary.outcomes.get(outcome, 0)
        if number:
            bar = "█" * max(1, round(_BAR_WIDTH * number / most))
            line = f"  {outcome:<11}{number:>8,}  "
            console((line, _STYLES[outcome]), (f"{bar:<{_BAR_WIDTH}}  ", ""), (_MEANING[outcome], "dim"))
    for problem in summary.problems:
        console((f"  not read: {printable(problem.path)}: {printable(problem.message)}", "yellow"))
    left_out = left_out_words(summary)
    if left_out is not None:
        console(("  " + printable(left_out), "dim"))
    since = since_words(summary)
    if since is not None:
        console(("  " + printable(since), ""))
