"""The store's memory → what was seen when, a line an observation or a run; nothing is asked."""

import sqlite3
from collections.abc import Iterator

from linkcheck.errors import UserFault
from linkcheck.model import Outcome
from linkcheck.reports.printable import count, printable
from linkcheck.store import history, lives
from linkcheck.store.lives import Remembering
from linkcheck.verdicts import death
from linkcheck.verdicts.death import Life, State, day


def of_url(db: sqlite3.Connection, url: str, remembering: Remembering) -> Iterator[str]:
    """A line an observation, the first one first, then what they amount to; raises UserFault for a URL never met."""
    target = history.target_id(db, url)
    if target is None:
        raise UserFault(f"the store does not know '{url}'; check a document that has it, then ask again")
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
        numbers = "".join(f"{run.outcomes.get(outcome, 0):>12,}" for outcome in shown)
        began = run.started_at[:16].replace("T", " ")
        yield f"{run.id:>6}  {began}  {run.status:<11}{numbers}{run.confirmed:>12,}{run.observed:>12,}"
