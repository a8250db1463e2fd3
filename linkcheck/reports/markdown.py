"""Findings → Markdown for a comment that is kept up to date, grouped by target, the worst first, within a size.

Invariant: all that documents and the web say stands in code spans, where GitHub and GitLab obey nothing: no markup, no
link, no mention, no reference to an issue. The rest is ours. What does not fit is counted, with the place to find it.
"""

from collections.abc import Iterable, Iterator
from typing import TextIO

from linkcheck.model import Finding, Outcome
from linkcheck.reports.contents import Contents, gathered
from linkcheck.reports.grouping import Group
from linkcheck.reports.page_room import PageRoom
from linkcheck.reports.printable import count
from linkcheck.reports.spans import code
from linkcheck.reports.summary import LISTED, Summary, delta_sentence, left_out_words

COMMENT_BYTES = 60_000
"""GitHub documents 65,536 characters for a comment."""
_TAIL_BYTES = 600
"""For what is said last, whatever was cut."""
_BYTES_A_GROUP = 60
"""An entry takes more: a page of n bytes never shows n / 60 of them."""
_MOST_FIXED = 10
_MOST_UNREAD = 5
_TITLES = {
    Outcome.BROKEN: "Broken: a reader does not get it",
    Outcome.AT_RISK: "At risk: still there, but it hangs by a thread",
    Outcome.UNCERTAIN: "Uncertain: we cannot tell",
    Outcome.REDIRECTED: "Redirected for good: worth an edit",
}
_FOLDED = frozenset({Outcome.UNCERTAIN, Outcome.REDIRECTED})
"""What one may want to know and need not act on."""


def write(out: TextIO, summary: Summary, findings: Iterable[Finding], *, job: str = "linkcheck") -> None:
    """The comment, its first line for a bot to find it by; `findings` come as the store sorts them by target."""
    out.write(page(summary, findings, COMMENT_BYTES, first_line=f"<!-- linkcheck:{job} -->\n"))


def page(summary: Summary, findings: Iterable[Finding], most_bytes: int, *, first_line: str = "") -> str:
    """The whole text, less than `most_bytes` in UTF-8, though never less than its head."""
    contents = gathered(findings, most_bytes // _BYTES_A_GROUP + 1, _MOST_FIXED)
    room = PageRoom(most_bytes - _TAIL_BYTES)
    room.add(first_line + "".join(_head(summary)))
    shown: list[Group] = []
    for outcome in LISTED:
        groups = [group for group in contents.problems if group.finding.outcome is outcome]
        shown += _section(room, outcome, groups, contents, labels_new=summary.since is not None)
        if len(shown) < sum(contents.groups[earlier] for earlier in LISTED[: LISTED.index(outcome) + 1]):
            break
    fixed = "".join(_fixed(contents))
    if room.fits(fixed):
        room.add(fixed)
    return room.text() + _last(summary, contents, shown)


def _head(summary: Summary) -> Iterator[str]:
    yield f"### linkcheck: {delta_sentence(summary)}\n\n"
    numbers = [(summary.outcomes.get(outcome, 0), outcome) for outcome in LISTED]
    told = " · ".join(f"**{number:,}** {outcome}" for number, outcome in numbers if number) or "nothing to act on"
    yield f"{told}, in {count(summary.references, 'reference')} of {count(summary.documents, 'document')}"
    yield f"; compared with {code(summary.since)}\n" if summary.since is not None else "\n"
    if summary.status == "interrupted":
        yield "\n**The run was interrupted:** what it had not asked by then is skipped.\n"
    left_out = left_out_words(summary)
    if left_out is not None:
        yield f"\n{code(left_out)}\n"
    if summary.problems:
        yield f"\n{count(len(summary.problems), 'problem')} with what was to be read:\n\n"
        for problem in summary.problems[:_MOST_UNREAD]:
            yield f"- {code(problem.path)}: {code(problem.message)}\n"
        if len(summary.problems) > _MOST_UNREAD:
            yield f"- … and {len(summary.problems) - _MOST_UNREAD:,} more\n"


def _section(
    room: PageRoom, outcome: Outcome, groups: list[Group], contents: Contents, *, labels_new: bool
) -> list[Group]:
    """Add an outcome's entries as long as they fit; the groups that are shown."""
    if not groups:
        return []
    size = f"{count(contents.groups[outcome], 'target')}, {count(contents.places[outcome], 'place')}"
    title = f"{_TITLES[outcome]} ({size})"
    start, end = (
        (f"\n<details><summary>{title}</summary>\n\n", "\n</details>\n")
        if outcome in _FOLDED
        else (f"\n#### {title}\n\n", "")
    )
    shown: list[Group] = []
    for group in groups:
        entry = ("" if shown else start) + "".join(_entry(group, labels_new=labels_new))
        if not room.fits(entry + end):
            break
        room.add(entry)
        shown.append(group)
    if shown:
        room.add(end)
    return shown


def _entry(group: Group, *, labels_new: bool) -> Iterator[str]:
    finding = group.finding
    label = ""
    if labels_new and group.new:
        label = "**new** " if group.new == group.number else f"**{group.new:,} new** "
    confirmed = ", confirmed" if finding.confirmed else ""
    yield f"- {label}{code(group.address)} ({finding.reference.kind}{confirmed})\n"
    yield f"  - `{finding.reason}`: {code(finding.detail)}\n"
    places = ", ".join(code(f"{place.path}:{place.span.line}:{place.span.column}") for place in group.places)
    rest = group.number - len(group.places)
    yield f"  - in {places}{f' and {rest:,} more' if rest else ''}\n"


def _fixed(contents: Contents) -> Iterator[str]:
    if not contents.fixed_groups:
        return
    yield f"\n#### Fixed ({count(contents.fixed_groups, 'target')})\n\n"
    for group in contents.fixed:
        yield f"- {code(group.address)}\n"
    if contents.fixed_groups > len(contents.fixed):
        yield f"- … and {contents.fixed_groups - len(contents.fixed):,} more\n"


def _last(summary: Summary, contents: Contents, shown: list[Group]) -> str:
    """What was cut, exactly, and where everything is."""
    whole = f"`linkcheck report --run {summary.run_id} --format jsonl`"
    parts = []
    for outcome in LISTED:
        of_this = [group for group in shown if group.finding.outcome is outcome]
        groups = contents.groups[outcome] - len(of_this)
        places = contents.places[outcome] - sum(group.number for group in of_this)
        if groups:
            parts.append(f"{count(groups, 'target')} {outcome} ({count(places, 'place')})")
    if not parts:
        return f"\nEvery reference: {whole}\n"
    return f"\n**Cut to the size of this page:** not shown are {'; '.join(parts)}. Everything is in {whole}\n"
