"""The store's memory → how links die: curves by age and group, or cohorts after one look; as text or plain values.

A resource counts once, however many sizes of it are cited.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from linkcheck import targets, urls
from linkcheck.reports import curves
from linkcheck.reports.printable import count
from linkcheck.store import lifetimes, lives
from linkcheck.store.lifetimes import YEAR_S, Watched
from linkcheck.store.lives import Remembering
from linkcheck.survival import Cohort, Curve, Lifetime, cohort, curve
from linkcheck.targets import Rules, sites
from linkcheck.verdicts import death
from linkcheck.verdicts.death import day

_MOST_GROUPS = 12
_SHORT_DAYS = 6.0
"""So long no death can be confirmed (the death rule's days): what was seen is one look, however often."""
_NO_CURVE = Curve(0, 0, ())
_FEWEST = 10
"""Of fewer things no curve is drawn unasked."""


class Survival(Struct, frozen=True):
    """How what documents cite lives and dies."""

    by: str | None
    curves: Mapping[str, Curve]
    cohorts: tuple[Cohort, ...]
    """Filled instead of the curves when everything was seen within a few days."""
    undated: int
    """Things whose article has no date: they have no age."""
    unseen: int
    """Things that were neither seen alive nor dead: blocked, throttled, in trouble ever since."""


def survival(db: sqlite3.Connection, by: str | None, rules: Rules, remembering: Remembering) -> Survival:
    """Curves by age since publication, in years; cohorts by year of publication while there is but one look."""
    lives.complete(db, remembering)
    return _reckoned(db, by, rules)


def drawn(db: sqlite3.Connection, rules: Callable[[], Rules] | None) -> tuple[str, str, str, str] | None:
    """(title, what it shows, the curves of each kind as SVG, and as a table); None while there is not enough to draw.

    As long as everything was seen within a few days this costs a look at the runs.
    """
    if lifetimes.span_days(db) < _SHORT_DAYS:
        return None
    lives.gather(db)
    found = _reckoned(db, "kind", (rules or targets.load)())
    everything = found.curves.get("all", _NO_CURVE)
    if not everything.deaths or everything.number < _FEWEST:
        return None
    apart = _told_apart(found.curves)
    return "How links die with age", _in_words(everything), curves.svg(apart), "\n".join(curves.table(apart))


def _told_apart(found: Mapping[str, Curve]) -> dict[str, Curve]:
    """The curve of all, and of kinds that are not too few to tell anything."""
    return {name: one for name, one in found.items() if name == "all" or (one.number >= _FEWEST and one.deaths)}


def _in_words(everything: Curve) -> str:
    """A sentence: how many, what share outlives the last age that was seen, and when half are gone."""
    dated = f"Of {count(everything.number, 'link')} in articles with a date, {everything.deaths:,} died beyond doubt"
    last = everything.steps[-1]
    share, low, high = (f"{100 * share:.0f}" for share in (last.survival, last.low, last.high))
    words = [dated, f"{share} % live for {last.age:.1f} years or more (95 % band: {low} to {high} %)"]
    half = everything.half_life()
    if half is not None:
        words.append(f"half are gone after {half:.1f} years")
    return "; ".join(words)


def _reckoned(db: sqlite3.Connection, by: str | None, rules: Rules) -> Survival:
    left_out: Counter[str] = Counter()
    known = _known(_pooled(lifetimes.watched(db), rules), left_out)
    if lifetimes.span_days(db) < _SHORT_DAYS:
        cohorts = tuple(_cohorts(known, by or "year"))
        return Survival(by, {}, cohorts, left_out["undated"], left_out["unseen"])
    groups: dict[str, list[Lifetime]] = defaultdict(list)
    for thing in known:
        groups[_group(thing, by)].append(_lifetime(thing))
    return Survival(by, _largest(groups), (), left_out["undated"], left_out["unseen"])


def _known(things: Iterable[Watched], left_out: Counter[str]) -> Iterator[Watched]:
    """What has an age and was seen alive or dead; the rest is counted."""
    for thing in things:
        if thing.published_at is None:
            left_out["undated"] += 1
        elif not death.is_known(thing.life):
            left_out["unseen"] += 1
        else:
            yield thing


def _largest(groups: Mapping[str, list[Lifetime]]) -> dict[str, Curve]:
    """The curves of the largest groups, all of them first, and what the others make together last."""
    names = sorted(groups, key=lambda name: (-len(groups[name]), name))
    everything = [life for name in names for life in groups[name]]
    found = {"all": curve(everything)}
    if len(names) > 1:
        found |= {name: curve(groups[name]) for name in names[:_MOST_GROUPS]}
        rest = [life for name in names[_MOST_GROUPS:] for life in groups[name]]
        if rest:
            found[f"{len(names) - _MOST_GROUPS} others"] = curve(rest)
    return found


def _cohorts(things: Iterable[Watched], by: str) -> Iterator[Cohort]:
    number: Counter[str] = Counter()
    dead: Counter[str] = Counter()
    for thing in things:
        for name in {"all", _group(thing, by)}:
            number[name] += 1
            dead[name] += lifetimes.is_gone(thing.life)
    names = sorted(number.keys() - {"all"}, key=lambda name: (-number[name], name))
    others = [] if by == "year" else names[_MOST_GROUPS:]
    names = sorted(names) if by == "year" else names[:_MOST_GROUPS]
    if number:
        yield cohort("all", dead["all"], number["all"])
    yield from (cohort(name, dead[name], number[name]) for name in names)
    if others:
        yield cohort(f"{len(others)} others", sum(dead[name] for name in others), sum(number[name] for name in others))


def _lifetime(thing: Watched) -> Lifetime:
    """From the article's day; confirmed deaths count, from the last look alive to the first that failed."""
    life, origin = thing.life, thing.published_at or 0
    if life.died_before is not None:
        after = (life.died_after - origin) / YEAR_S if life.died_after is not None else 0.0
        return Lifetime(after, (life.died_before - origin) / YEAR_S)
    return Lifetime((life.last_alive_at - origin) / YEAR_S if life.last_alive_at is not None else 0.0, None)


def _group(thing: Watched, by: str | None) -> str:
    match by:
        case "host":
            return thing.host
        case "kind":
            return thing.kind
        case "year":
            return day(thing.published_at)[:4] if thing.published_at is not None else "no date"
        case "site":
            return thing.key.partition(":")[0] if thing.key else _domain(thing.article)
    return "all"


def _domain(article: str | None) -> str:
    return (urls.registrable_domain(urls.host(article)) or urls.host(article)) if article else "no site"


def _pooled(things: Iterable[Watched], rules: Rules) -> Iterator[Watched]:
    """Sizes of one picture as one thing: it is dead when all of them are, and lived as long as any of them."""
    pictures: dict[str, Watched] = {}
    for thing in things:
        key = sites.image_key(thing.url, rules) if thing.kind in ("image", "image-proxy") else None
        if key is None:
            yield thing
        else:
            pictures[key] = _joined(pictures[key], thing) if key in pictures else thing
    yield from pictures.values()


def _joined(one: Watched, other: Watched) -> Watched:
    """The one that is known to live longer stands for both."""
    return max(one, other, key=lambda thing: (thing.life.died_before is None, thing.life.last_alive_at or 0))


def lines(found: Survival, *, has_unicode: bool = True) -> Iterator[str]:
    """The picture, the table, and what is left out of them."""
    if found.cohorts:
        yield "Share of links that are dead, by one look at each (not confirmed):"
        yield from curves.cohorts(found.cohorts, has_unicode=has_unicode)
    elif found.curves.get("all", _NO_CURVE).steps:
        yield "Share of links that are still alive, by years since the article appeared (95 % band):"
        yield ""
        yield from curves.picture(found.curves["all"], has_unicode=has_unicode)
        yield ""
        yield from curves.table(found.curves, has_unicode=has_unicode)
    else:
        yield "nothing that has an age was looked at yet"
    if found.undated:
        yield f"left out: {count(found.undated, 'link')} of articles without a date"
    if found.unseen:
        yield f"left out: {count(found.unseen, 'link')} never seen alive nor dead (blocked, throttled, in trouble)"


def plain(found: Survival) -> dict[str, Any]:
    """The same as plain values."""
    return {
        "schema_version": 1,
        "by": found.by,
        "unit": "years",
        "groups": [{"name": name, **curves.of_curve(one)} for name, one in found.curves.items()],
        "cohorts": [curves.of_cohort(one) for one in found.cohorts],
        "left_out": {"undated": found.undated, "unseen": found.unseen},
    }
