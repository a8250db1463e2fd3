"""Findings → workflow commands that GitHub shows as annotations beside the lines of a pull request.

Invariant: no line is a command but ours, and each of ours is parsed by the runner as it was meant. GitHub keeps 10
annotations of each type a step: the worst are taken, one place of each target before a second one of any.
"""

from collections.abc import Iterable, Iterator
from typing import TextIO

from linkcheck.model import Finding, Outcome, Reference
from linkcheck.reports import grouping
from linkcheck.reports.grouping import Group
from linkcheck.reports.printable import clipped, count, printable
from linkcheck.reports.summary import LISTED, Summary, delta_sentence
from linkcheck.reports.worst import Worst

MOST_OF_A_TYPE = 10
"""GitHub drops further ones without a word."""
_TYPES = {
    Outcome.BROKEN: "error",
    Outcome.AT_RISK: "warning",
    Outcome.UNCERTAIN: "warning",
    Outcome.REDIRECTED: "notice",
}
_LONGEST_URL = 500
_LONGEST_DETAIL = 1000

Annotation = tuple[Group, Reference]


def write(out: TextIO, summary: Summary, findings: Iterable[Finding]) -> None:
    """The annotations and a sentence; `findings` come as the store sorts them by target."""
    worst: dict[str, Worst[Annotation]] = {type_: Worst(MOST_OF_A_TYPE) for type_ in _TYPES.values()}
    for group in grouping.by_target(findings, MOST_OF_A_TYPE):
        if group.finding.outcome not in LISTED:
            continue
        for nth, place in enumerate(group.places):
            worst[_TYPES[group.finding.outcome]].push((nth, *group.rank()), (group, place))
    for type_, annotations in worst.items():
        total = sum(summary.outcomes.get(outcome, 0) for outcome in LISTED if _TYPES[outcome] == type_)
        for line in _commands(type_, annotations.kept(), total, summary):
            out.write(line + "\n")
    out.write(f"linkcheck: {delta_sentence(summary)}\n")


def _commands(type_: str, annotations: list[Annotation], total: int, summary: Summary) -> Iterator[str]:
    """At most `MOST_OF_A_TYPE` lines; the last one tells how many more there are."""
    is_cut = total > len(annotations)
    shown = annotations[: MOST_OF_A_TYPE - 1] if is_cut else annotations
    for group, place in shown:
        yield _command(type_, place, _title(group), _message(group))
    if is_cut:
        rest = f"and {count(total - len(shown), 'more place')}; all are in: linkcheck report --run {summary.run_id}"
        yield f"::{type_} title=linkcheck::{_data(rest)}"


def _command(type_: str, place: Reference, title: str, message: str) -> str:
    span = place.span
    properties = f"file={_property(place.path)},line={span.line},endLine={span.end_line}"
    if span.line == span.end_line:
        # GitHub refuses columns of a place that spans lines.
        properties += f",col={span.column},endColumn={span.end_column}"
    return f"::{type_} {properties},title={_property(title)}::{_data(message)}"


def _title(group: Group) -> str:
    return f"{group.finding.outcome}: {group.finding.reason}"


def _message(group: Group) -> str:
    url = clipped(printable(group.address), _LONGEST_URL)
    detail = clipped(printable(group.finding.detail), _LONGEST_DETAIL)
    places = f"\n{count(group.number, 'place')} in all" if group.number > 1 else ""
    return f"{url}\n{detail}{places}"


def _data(text: str) -> str:
    """As the runner unescapes what follows the second `::`."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """As the runner unescapes a property's value."""
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
