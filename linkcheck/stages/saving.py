"""The store's memory → what to save first: what is alive now, on hosts and of kinds that die fastest."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from heapq import nlargest
from typing import Any

from msgspec import Struct

from linkcheck.model import Outcome
from linkcheck.reports.printable import count, printable
from linkcheck.store import lifetimes, lives
from linkcheck.store.lifetimes import Watched
from linkcheck.store.lives import Remembering
from linkcheck.verdicts import death
from linkcheck.verdicts.catalogue import USUAL_OUTCOME
from linkcheck.verdicts.death import Life, State

_PRIOR = 5.0
"""A host with so many links is half believed, against what its kind does elsewhere."""


class Urgent(Struct, frozen=True):
    """One thing that is alive and should be saved."""

    url: str
    kind: str
    risk: float
    """The share of its like that is dead: its host's, leaning on its kind's where the host has few."""
    why: str
    places: int
    is_at_risk: bool


def save_first(db: sqlite3.Connection, number: int, remembering: Remembering) -> list[Urgent]:
    """What is alive now and likely to die next, the most urgent first; what hangs by a thread before all others."""
    lives.complete(db, remembering)
    hosts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for thing in lifetimes.watched(db):
        if death.is_known(thing.life):
            for tally in (hosts[thing.host], kinds[thing.kind]):
                tally[0] += 1
                tally[1] += lifetimes.is_gone(thing.life)
    threads = lifetimes.by_a_thread(db)
    alive = (thing for thing in lifetimes.watched(db) if thing.places and _is_alive(thing.life))
    found = (_urgent(thing, hosts[thing.host], kinds[thing.kind], threads) for thing in alive)
    return nlargest(number, found, key=_urgency)


def _is_alive(life: Life) -> bool:
    is_risky = life.reason is not None and USUAL_OUTCOME[life.reason] is Outcome.AT_RISK
    return life.state is State.ALIVE or (is_risky and life.state is not State.DEAD)


def _urgency(one: Urgent) -> tuple[bool, float, int]:
    return one.is_at_risk, one.risk, one.places


def _urgent(thing: Watched, host: list[int], kind: list[int], threads: frozenset[int]) -> Urgent:
    of_kind = kind[1] / kind[0] if kind[0] else 0.0
    risk = (host[1] + _PRIOR * of_kind) / (host[0] + _PRIOR)
    reason = thing.life.reason
    is_at_risk = thing.target_id in threads or (reason is not None and USUAL_OUTCOME[reason] is Outcome.AT_RISK)
    why = f"{thing.host}: {host[1]} of {host[0]} dead; {thing.kind}: {of_kind:.0%}"
    if death.is_flaky(thing.life):
        why += "; flaky"
    return Urgent(thing.url, thing.kind, risk, f"at risk; {why}" if is_at_risk else why, thing.places, is_at_risk)


def lines(found: Iterable[Urgent]) -> Iterator[str]:
    """A line each: how likely it is to go, what, and why."""
    is_empty = True
    for one in found:
        is_empty = False
        mark = "!" if one.is_at_risk else " "
        yield printable(f"{mark}{one.risk:>4.0%}  {one.url}  ({one.why}; {count(one.places, 'place')})")
    if is_empty:
        yield "nothing that is alive was looked at yet"


def plain(found: Iterable[Urgent]) -> list[dict[str, Any]]:
    """The same as plain values."""
    return [
        {
            "url": one.url,
            "kind": one.kind,
            "at_risk": one.is_at_risk,
            "risk": round(one.risk, 4),
            "places": one.places,
            "why": one.why,
        }
        for one in found
    ]
