"""What is known of each reference → its finding, into the store."""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from linkcheck import __version__
from linkcheck.model import PROBLEMS, Change, Outcome, Reason, Verdict
from linkcheck.store import findings, lives, runs, shortcuts, unjudged
from linkcheck.store.connection import of_checked_rows
from linkcheck.store.digests import blake2b
from linkcheck.store.findings import Case, Judged
from linkcheck.verdicts import aging, policies, witnesses
from linkcheck.verdicts.death import NEWBORN, Life, Rules
from linkcheck.verdicts.fragments import anchored
from linkcheck.verdicts.policies import Policy

_RULES = Rules()


class Unasked(Struct, frozen=True):
    """What to say of a target that was due and was not asked."""

    reason: Reason
    detail: str


INTERRUPTED = Unasked(Reason.INTERRUPTED, "not asked, or not to the end: the run was interrupted")
OFFLINE = Unasked(Reason.OFFLINE, "not asked: offline, and the store does not know it")
NOT_DUE = Unasked(Reason.NOT_DUE, "not asked: not due in this run")
BEYOND_BUDGET = Unasked(Reason.NOT_DUE, "not asked: beyond the budget of this run, others were due for longer")
_NOT_ASKED = frozenset({Reason.INTERRUPTED, Reason.OFFLINE, Reason.NOT_DUE})


def carry_over(
    db: sqlite3.Connection,
    run_id: int,
    policy: Policy,
    today: date,
    unasked: Unasked,
    rules: Rules = _RULES,
    *,
    fresh_since: datetime | None = None,
) -> bool:
    """Take over the last run's findings when nothing that a judgement depends on has changed; False: judge.

    With `fresh_since` before anything was drawn up, when no answer is older, so that nothing would be due.
    """
    since = fresh_since.isoformat() if fresh_since is not None else None
    return unjudged.carry_over(db, run_id, _digest(policy, today, unasked, rules), since)


def judge(
    db: sqlite3.Connection,
    run_id: int,
    policy: Policy,
    today: date,
    unasked: Unasked,
    rules: Rules = _RULES,
    *,
    takes_shortcuts: bool = True,
) -> None:
    """Give every reference of the run exactly one finding; `today` decides which ignores still hold.

    `rules` say by how much evidence over time a failure is confirmed. What nothing could have changed is carried over
    from the last run; of the rest, what needs no thought is judged by SQLite alone, about 6 µs a reference, and the
    exceptions here, about 30 µs (measured 2026-11-30). All findings are written, or none.
    """
    digest = _digest(policy, today, unasked, rules)
    baseline = runs.baseline(db, run_id)
    with of_checked_rows(db):
        unjudged.draw_up(db, run_id, digest)
        if takes_shortcuts:
            words = (unasked.reason.value, unasked.detail)
            shortcuts.take(db, run_id, baseline, words, has_ignores=bool(policy.ignores))
        findings.put(db, run_id, _judged(db, run_id, baseline, policy, today, unasked, rules))
        findings.tally(db, run_id)
        runs.measure(db, run_id)
        unjudged.remember(db, run_id, digest)


def _digest(policy: Policy, today: date, unasked: Unasked, rules: Rules) -> str:
    """Of everything besides references, observations and lives that a judgement depends on."""
    holding = tuple(rule for rule in policy.ignores if rule.until is None or today <= rule.until)
    parts = (__version__, replace(policy, ignores=holding), unasked, rules)
    encoded = msgspec.json.encode(parts, enc_hook=_plain, order="deterministic")
    return blake2b(encoded, digest_size=12).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, re.Pattern):
        return value.pattern
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(type(value))


def _judged(
    db: sqlite3.Connection,
    run_id: int,
    baseline: int | None,
    policy: Policy,
    today: date,
    unasked: Unasked,
    rules: Rules,
) -> Iterator[Judged]:
    for case in findings.cases(db, run_id, baseline):
        verdicts = [verdict or _placeholder(unasked) for verdict in case.verdicts]
        accepted = policies.accept(policy, case.reference, verdicts)
        lived = _lives(db, case, accepted)
        accepted = [aging.lasting(verdict, life, rules) for verdict, life in zip(accepted, lived, strict=True)]
        judgement = anchored(case.reference, accepted, witnesses.join(case.reference, accepted, case.held_by))
        aged = aging.aged(judgement, accepted, lived, rules)
        judgement = policies.ignore(policy, case.reference, aged.judgement, today)
        is_problem = judgement.outcome in PROBLEMS
        before = case.before
        if is_problem and before is not None and before[1] in _NOT_ASKED and baseline is not None:
            before = findings.last_asked(db, baseline, case.identity) or before
        yield Judged(
            case,
            *judgement,
            change=change(before, (judgement.outcome, judgement.reason)),
            confirmed=aged.confirmed and is_problem,
            failing_since=aged.failing_since if is_problem else None,
            checked_at=_checked_at(case, verdicts),
        )


def _lives(db: sqlite3.Connection, case: Case, verdicts: Sequence[Verdict]) -> list[Life]:
    """The lives of the targets that fail; nobody asks for those of the others."""
    return [
        lives.of_observation(db, number) if number is not None and verdict.outcome in aging.FAILING else NEWBORN
        for number, verdict in zip(case.observation_ids, verdicts, strict=True)
    ]


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
    was_problem, is_problem = before[0] in PROBLEMS, now[0] in PROBLEMS
    if is_problem:
        return Change.UPDATED if was_problem else Change.NEW
    # what was not asked is not fixed
    is_fine = now[0] is not Outcome.SKIPPED
    return Change.ABSENT if was_problem and is_fine else Change.UNCHANGED
