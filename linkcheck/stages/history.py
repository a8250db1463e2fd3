"""The store's memory → what was seen when, a line an observation or a run; nothing is asked."""

import sqlite3
from collections.abc import Iterator, Sequence

import msgspec

from linkcheck.model import Outcome
from linkcheck.reports.printable import count, printable
from linkcheck.store import history, lives
from linkcheck.store.lives import Remembering
from linkcheck.store.records import RunRow
from linkcheck.verdicts import death
from linkcheck.verdicts.death import Life, State, day


def of_url(db: sqlite3.Connection, url: str, remembering: Remembering) -> Iterator[str]:
    """A line an observation, the first one first, then what they amount to; raises UserFault for a URL never met."""
    target = history.target_id(db, url)
    seen = list(history.seen(db, target))
    for one in seen:
        status = str(one.status) if one.status is not None else ""
        yield printable(
            f"{one.checked_at or '':<16.16}  {one.outcome:<10} {one.reason:<20} {status:<4}{one.detail}".rstrip()
        ).replace("T", " ", 1)
    life = lives.of_target(db, target, remembering)
    yield f"{_seen_times(len(seen))}; {_amounts_to(life, remembering.rules)}"


def _seen_times(number: int) -> str:
    return "never looked at" if not number else count(number, "observation")


def _amounts_to(life: Life, rules: death.Rules) -> str:
    said = death.sentence(life, rules)
    match life.state:
        case State.ALIVE if life.alive_since is not None:
            words = f"alive since {day(life.alive_since)}"
        case State.DEAD if life.dead_since is not None:
            words = f"dead, confirmed on {day(life.dead_since)}"
        case State.FAILING:
            words = said or "failing"
            said = None
        case _:
            words = "nothing is known for sure"
    return "; ".join(filter(None, [words, said]))


def of_runs(db: sqlite3.Connection, number: int) -> Iterator[str]:
    """A line a run with its numbers, the latest last."""
    runs = history.runs(db, number)
    if not runs:
        yield "the store has no run yet"
        return
    shown = [outcome for outcome in Outcome if any(run.outcomes.get(outcome) for run in runs)]
    head = "".join(f"{outcome:>12}" for outcome in shown)
    yield f"{'run':>6}  {'began':<16}  {'status':<11}{head}{'confirmed':>12}{'observed':>12}"
    for run in runs:
        found = [run.outcomes.get(outcome, 0) for outcome in shown] + [run.confirmed]
        # Of a run that was pruned, or never judged, no number is known: a 0 would be one.
        numbers = "".join(f"{number:>12,}" if run.outcomes else f"{'–':>12}" for number in found)
        began = run.started_at[:16].replace("T", " ")
        yield f"{run.id:>6}  {began}  {run.status:<11}{numbers}{run.observed:>12,}"


def of_team(runs: Sequence[RunRow]) -> Iterator[str]:
    """A line a run of anybody, the latest last; a store is known by the first letters of its name."""
    if not runs:
        yield "the team's store has no run yet"
        return
    told = [(run, msgspec.json.decode(run.counts or "{}", type=dict[str, int])) for run in runs]
    shown = [outcome for outcome in Outcome if any(counts.get(outcome) for _, counts in told)]
    head = "".join(f"{outcome:>12}" for outcome in shown)
    yield f"{'store':<8}{'run':>6}  {'began':<16}  {'status':<11}{head}".rstrip()
    for run, counts in told:
        numbers = "".join(f"{counts.get(outcome, 0):>12,}" for outcome in shown)
        line = f"{run.store[:7]:<8}{run.number:>6}  {run.started_at:%Y-%m-%d %H:%M}  {run.status or '':<11}{numbers}"
        yield printable(line.rstrip())
