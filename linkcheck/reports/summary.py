"""What a run amounts to: the part of every report that is not a finding."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from linkcheck import __version__
from linkcheck.model import PROBLEMS, Change, Kind, Outcome, Problem, Reason
from linkcheck.reports.printable import count
from linkcheck.reports.record import time

LISTED = (Outcome.BROKEN, Outcome.AT_RISK, Outcome.UNCERTAIN, Outcome.REDIRECTED)
"""What reports for people list: all that is neither `ok` nor `skipped`."""
_MOST_LEFT_OUT = 5


class Summary(Struct, frozen=True):
    """The numbers of one run."""

    run_id: int
    started_at: datetime
    finished_at: datetime | None
    status: str
    paths: tuple[str, ...]
    documents: int
    targets: int
    outcomes: Mapping[Outcome, int]
    reasons: Mapping[Reason, int]
    kinds: Mapping[Kind, int]
    changes: Mapping[tuple[Outcome, Change], int]
    removed: int
    """Problems of the last run whose reference is gone."""
    problems: tuple[Problem, ...]
    since: str | None = None
    """What the findings are compared with, for a sentence; None: nothing came before."""
    left_out: int = 0
    """How many files and folders were not read because of `--exclude-path`."""
    left_out_paths: tuple[str, ...] = ()
    """The first of them, as displayed; a folder ends with `/`."""
    published: Mapping[str, Mapping[Outcome, int]] = {}
    """Outcomes by the month their document appeared (`2019-07`); filled in for reports that draw it."""

    @property
    def references(self) -> int:
        """How many findings there are."""
        return sum(self.outcomes.values())

    def delta(self) -> dict[str, int]:
        """How the problems changed since the last run."""
        changed: Counter[Change] = Counter()
        for (outcome, change), number in self.changes.items():
            if outcome in PROBLEMS or change is Change.ABSENT:
                changed[change] += number
        return {
            "new": changed[Change.NEW],
            "fixed": changed[Change.ABSENT],
            "updated": changed[Change.UPDATED],
            "unchanged": changed[Change.UNCHANGED],
            "removed": self.removed,
        }


def delta_sentence(summary: Summary) -> str:
    """`3 new, 2 fixed, 412 known`: problems compared with the last run's; known ones may have another reason now."""
    delta = summary.delta()
    known = delta["unchanged"] + delta["updated"]
    removed = f", {delta['removed']:,} removed" if delta["removed"] else ""
    return f"{delta['new']:,} new, {delta['fixed']:,} fixed, {known:,} known{removed}"


def since_words(summary: Summary) -> str | None:
    """`since the last run: 3 new, 2 fixed, 412 known`; None when there is nothing to compare with."""
    return f"since {summary.since}: {delta_sentence(summary)}" if summary.since is not None else None


def left_out_words(summary: Summary) -> str | None:
    """`2 paths left out by --exclude-path: drafts/, notes.md`; None when there are none."""
    return left_out_sentence(summary.left_out, summary.left_out_paths) if summary.left_out else None


def left_out_sentence(number: int, paths: Sequence[str]) -> str:
    """How many, and the first of them."""
    listed = ", ".join(paths[:_MOST_LEFT_OUT])
    more = f" and {number - _MOST_LEFT_OUT:,} more" if number > _MOST_LEFT_OUT else ""
    return f"{count(number, 'path')} left out by --exclude-path: {listed}{more}"


def counted(
    rows: Iterable[tuple[Outcome, Reason, Kind, Change, int]],
) -> tuple[Counter[Outcome], Counter[Reason], Counter[Kind], Counter[tuple[Outcome, Change]]]:
    """Counts of each combination → counts of each part."""
    outcomes: Counter[Outcome] = Counter()
    reasons: Counter[Reason] = Counter()
    kinds: Counter[Kind] = Counter()
    changes: Counter[tuple[Outcome, Change]] = Counter()
    for outcome, reason, kind, change, number in rows:
        outcomes[outcome] += number
        reasons[reason] += number
        kinds[kind] += number
        changes[outcome, change] += number
    return outcomes, reasons, kinds, changes


def head(summary: Summary) -> dict[str, Any]:
    """Everything of the JSON report before its findings."""
    return {
        "schema_version": 1,
        "tool": {"name": "linkcheck", "version": __version__},
        "run": {
            "id": summary.run_id,
            "status": summary.status,
            "started_at": time(summary.started_at),
            "finished_at": time(summary.finished_at),
            "paths": summary.paths,
            "documents": summary.documents,
            "targets": summary.targets,
            "problems": [{"path": problem.path, "message": problem.message} for problem in summary.problems],
            "excluded_paths": {"number": summary.left_out, "listed": summary.left_out_paths},
        },
        "counts": {
            "references": summary.references,
            **{outcome.value: summary.outcomes.get(outcome, 0) for outcome in Outcome},
            "reasons": {reason.value: number for reason, number in sorted(summary.reasons.items())},
            "kinds": {kind.value: number for kind, number in sorted(summary.kinds.items())},
        },
        "delta": summary.delta(),
    }
