"""What is known of each reference → its finding, into the store."""

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime

from msgspec import Struct

from linkcheck.model import Change, Outcome, Reason, Verdict
from linkcheck.store import findings, runs
from linkcheck.store.findings import Case, Judged
from linkcheck.verdicts import policies, witnesses
from linkcheck.verdicts.fragments import anchored
from linkcheck.verdicts.policies import Policy

_PROBLEMS = frozenset({Outcome.AT_RISK, Outcome.BROKEN, Outcome.UNCERTAIN})


class Unasked(Struct, frozen=True):
    """What to say of a target that was due and was not asked."""

    reason: Reason
    detail: str


INTERRUPTED = Unasked(Reason.INTERRUPTED, "not asked: the run was interrupted")
OFFLINE = Unasked(Reason.OFFLINE, "not asked: offline, and the store does not know it")
NOT_DUE = Unasked(Reason.NOT_DUE, "not asked: not due in this run")


def judge(db: sqlite3.Connection, run_id: int, policy: Policy, today: date, unasked: Unasked) -> None:
    """Give every reference of the run exactly one finding; `today` decides which ignores still hold."""
    baseline = runs.baseline(db, run_id)
    findings.put(db, run_id, _judged(db, run_id, baseline, policy, today, unasked))


def _judged(
    db: sqlite3.Connection, run_id: int, baseline: int | None, policy: Policy, today: date, unasked: Unasked
) -> Iterator[Judged]:
    for case in findings.cases(db, run_id):
        verdicts = [verdict or _placeholder(unasked) for verdict in case.verdicts]
        accepted = policies.accept(policy, case.reference, verdicts)
        judgement = anchored(case.reference, accepted, witnesses.join(case.reference, accepted, case.held_by))
        judgement = policies.ignore(policy, case.reference, judgement, today)
        before = findings.previous(db, baseline, case.identity) if baseline is not None else None
        yield Judged(
            case,
            *judgement,
            change=change(before, (judgement.outcome, judgement.reason)),
            confirmed=False,
            failing_since=None,
            checked_at=_checked_at(case, verdicts),
        )


def _placeholder(unasked: Unasked) -> Verdict:
    return Verdict(Outcome.SKIPPED, unasked.reason, unasked.detail)


def _checked_at(case: Case, verdicts: list[Verdict]) -> datetime | None:
    times = [verdict.checked_at for verdict in verdicts if verdict.checked_at is not None]
    return max(times) if times else None


def change(before: tuple[Outcome, Reason] | None, now: tuple[Outcome, Reason]) -> Change:
    """How a finding compares with the last run's, problems being what counts."""
    if before is None:
        return Change.NEW
    if before == now:
        return Change.UNCHANGED
    was_problem, is_problem = before[0] in _PROBLEMS, now[0] in _PROBLEMS
    if is_problem:
        return Change.UPDATED if was_problem else Change.NEW
    return Change.ABSENT if was_problem else Change.UNCHANGED
