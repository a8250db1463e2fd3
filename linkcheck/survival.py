"""Lifetimes, each known as far as it was watched → the share that is still alive at each age, with a band; pure.

What was dead at first sight died somewhere before (left-censored), what died between two looks died somewhere between
(interval-censored), what is alive or out of sight is known to have lived so long (right-censored). With deaths known
to the point this is the estimate of Kaplan and Meier (1958) with Greenwood's variance; else Turnbull's (1976), the
most likely curve, found by expectation and maximisation, its variance from the observed information. Bands are made
on the scale of log(-log S), so that they stay between 0 and 1.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from math import exp, isfinite, log, sqrt
from typing import NamedTuple

from msgspec import Struct

Z_95 = 1.959963984540054
_MOST_AGES = 40
_ITERATIONS = 4000
_CLOSE = 1e-7
_NO_MASS = 1e-4
_UNEVEN = 1e-9


class Lifetime(NamedTuple):
    """How long one thing lived, in any unit of age."""

    alive_at: float
    """The last age at which it is known to have lived; 0 when it was never seen alive."""
    dead_by: float | None
    """The first age at which it was seen dead; None: it was not."""


class Step(Struct, frozen=True):
    """The curve from one age on."""

    age: float
    survival: float
    low: float
    high: float
    at_risk: float
    """How many were alive and watched just before, as expected by the curve."""
    deaths: float
    """How many died since the step before, as expected by the curve."""


class Curve(Struct, frozen=True):
    """Survival by age: 1.0 at age 0, then a step down at each age given."""

    number: int
    deaths: int
    steps: tuple[Step, ...]

    def at(self, age: float) -> Step | None:
        """The step that holds at an age; None before the first one."""
        found = bisect_left(self.steps, age, key=lambda step: step.age)
        if found < len(self.steps) and self.steps[found].age == age:
            return self.steps[found]
        return self.steps[found - 1] if found else None

    def half_life(self) -> float | None:
        """The first age at which half or less is alive; None: it was not reached."""
        return next((step.age for step in self.steps if step.survival <= 0.5), None)


class Cohort(Struct, frozen=True):
    """Things of one age, seen once."""

    name: str
    number: int
    dead: int
    share: float
    low: float
    high: float


Groups = Mapping[tuple[int, int], int]
"""How many died between two numbered ages, both included; the number after the last one is `later`."""


def curve(lifetimes: Iterable[Lifetime], z: float = Z_95) -> Curve:
    """The survival curve; its ages are those that were watched, or as many of them as tell it well."""
    usable = [life for life in map(_ordered, lifetimes) if life is not None]
    ages = _ages(usable)
    groups = Counter(_group(life, ages) for life in usable)
    deaths = sum(life.dead_by is not None for life in usable)
    if not ages:
        return Curve(len(usable), deaths, ())
    if all(first == last or last == len(ages) for first, last in groups):
        masses, variances = _kaplan_meier(groups, len(ages))
    else:
        masses = _turnbull(groups, len(ages))
        variances = _variances(groups, masses)
    return Curve(len(usable), deaths, tuple(_steps(ages, groups, masses, variances, z)))


def _ordered(life: Lifetime) -> Lifetime | None:
    """A lifetime that makes sense; None: nothing is known by it."""
    alive_at, dead_by = max(life.alive_at, 0.0), life.dead_by
    if not isfinite(alive_at) or (dead_by is not None and not isfinite(dead_by)):
        return None
    if dead_by is not None:
        return Lifetime(min(alive_at, dead_by), dead_by) if dead_by > 0 else None
    return Lifetime(alive_at, None)


def _ages(lifetimes: Sequence[Lifetime]) -> list[float]:
    """The ages at which the curve may fall: all that matter, or so many that equally much happens between them."""
    seen = sorted(age for life in lifetimes for age in (life.alive_at, life.dead_by) if age)
    distinct = sorted({life.dead_by for life in lifetimes if life.dead_by is not None} | set(seen))
    if len(distinct) <= _MOST_AGES:
        return distinct
    return sorted({seen[(number * (len(seen) - 1)) // (_MOST_AGES - 1)] for number in range(_MOST_AGES)})


def _group(life: Lifetime, ages: Sequence[float]) -> tuple[int, int]:
    """The numbers of the first and the last age at which it may have died."""
    first = _nearest(life.alive_at, ages) + 1 if life.alive_at > 0 else 0
    if life.dead_by is None:
        return min(first, len(ages)), len(ages)
    last = max(_nearest(life.dead_by, ages), 0)
    return min(first, last), last


def _nearest(age: float, ages: Sequence[float]) -> int:
    """The number of the nearest age; -1 when that is age 0."""
    right = bisect_left(ages, age)
    if right == len(ages):
        return right - 1
    before = ages[right - 1] if right else 0.0
    return right - 1 if age - before < ages[right] - age else right


def _kaplan_meier(groups: Groups, number: int) -> tuple[list[float], list[float]]:
    """(share that dies at each age and later, Greenwood's variance of survival at each age)."""
    deaths, at_risk = _tally(groups, number)
    masses, variances, survival, total = [], [], 1.0, 0.0
    for died, watched in zip(deaths, at_risk, strict=True):
        after = survival * (1 - died / watched) if watched else survival
        total += died / (watched * (watched - died)) if watched > died else 0.0
        masses.append(survival - after)
        variances.append(after * after * total)
        survival = after
    return [*masses, survival], variances


def _tally(groups: Groups, number: int) -> tuple[list[float], list[float]]:
    """(deaths at each age, how many were watched just before), deaths being known to the point."""
    deaths, leaving = [0.0] * number, [0.0] * (number + 1)
    for (first, last), size in groups.items():
        if last < number:
            deaths[last] += size
        leaving[min(last, first) if last < number else first - 1] += size
    # Whoever was never watched at any age (first 0, alive) leaves before the first one: index -1 is the last place.
    leaving[number] = 0.0
    return deaths, list(accumulate(reversed(leaving[:number])))[::-1]


def _turnbull(groups: Groups, number: int) -> list[float]:
    """The most likely share that dies at each age, and later."""
    total = sum(groups.values())
    masses = [1 / (number + 1)] * (number + 1)
    items = list(groups.items())
    for _ in range(_ITERATIONS):
        sums = [0.0, *accumulate(masses)]
        weights = [0.0] * (number + 2)
        for (first, last), size in items:
            share = size / max(sums[last + 1] - sums[first], 1e-300)
            weights[first] += share
            weights[last + 1] -= share
        before, masses = masses, [m * w / total for m, w in zip(masses, accumulate(weights[:-1]), strict=True)]
        if max(abs(new - old) for new, old in zip(masses, before, strict=True)) < _CLOSE:
            break
    return masses


def _variances(groups: Groups, masses: Sequence[float]) -> list[float]:
    """The variance of survival at each age, by the inverse of the observed information."""
    support = [place for place, mass in enumerate(masses) if mass > _NO_MASS]
    information = _information(groups, masses)
    last = support[-1]
    own = information[last][last]
    free = support[:-1]
    matrix = [[information[i][j] - information[i][last] - information[last][j] + own for j in free] for i in free]
    covariance = _inverse(matrix)
    found, total, used = [], 0.0, 0
    for place in range(len(masses) - 1):
        while used < len(free) and free[used] <= place:
            total += covariance[used][used] + 2 * sum(covariance[used][:used])
            used += 1
        found.append(max(total, 0.0) if place < last else 0.0)
    return found


def _information(groups: Groups, masses: Sequence[float]) -> list[list[float]]:
    """Minus the second derivatives of the log-likelihood by any two masses."""
    number = len(masses)
    sums = [0.0, *accumulate(masses)]
    table = [[0.0] * number for _ in range(number)]
    for (first, last), size in groups.items():
        table[first][last] += size / max(sums[last + 1] - sums[first], 1e-12) ** 2
    for first in range(number):
        for last in range(number - 2, -1, -1):
            table[first][last] += table[first][last + 1]
    for first in range(1, number):
        for last in range(number):
            table[first][last] += table[first - 1][last]
    return [[table[min(i, j)][max(i, j)] for j in range(number)] for i in range(number)]


def _inverse(matrix: list[list[float]]) -> list[list[float]]:
    """The inverse of a symmetric matrix by elimination; a trace of the diagonal is added where it is singular."""
    size = len(matrix)
    ridge = _UNEVEN * max((matrix[i][i] for i in range(size)), default=0.0)
    rows = [[*row, *(1.0 if i == j else 0.0 for j in range(size))] for i, row in enumerate(matrix)]
    for place in range(size):
        rows[place][place] += ridge
    for place in range(size):
        best = max(range(place, size), key=lambda number: abs(rows[number][place]))
        rows[place], rows[best] = rows[best], rows[place]
        pivot = rows[place][place] or 1e-300
        rows[place] = [value / pivot for value in rows[place]]
        for number in range(size):
            factor = rows[number][place]
            if number != place and factor:
                rows[number] = [a - factor * b for a, b in zip(rows[number], rows[place], strict=True)]
    return [row[size:] for row in rows]


def _steps(
    ages: Sequence[float], groups: Groups, masses: Sequence[float], variances: Sequence[float], z: float
) -> Iterable[Step]:
    at_risk = _watched(groups, masses)
    survival = 1.0
    for place, age in enumerate(ages):
        before, survival = survival, max(survival - masses[place], 0.0)
        if survival < _UNEVEN:
            survival = 0.0
        low, high = band(survival, variances[place], z)
        yield Step(age, survival, low, high, at_risk[place], at_risk[place] * (before - survival) / (before or 1.0))


def _watched(groups: Groups, masses: Sequence[float]) -> list[float]:
    """How many are expected to have been alive and watched just before each age."""
    number = len(masses) - 1
    sums = [0.0, *accumulate(masses)]
    found = []
    for place in range(number):
        watched = 0.0
        for (first, last), size in groups.items():
            if last == number:
                watched += size * (first > place)
            elif last >= place:
                whole = sums[last + 1] - sums[first]
                watched += size * (1.0 if first >= place else (sums[last + 1] - sums[place]) / whole if whole else 0.0)
        found.append(watched)
    return found


def band(survival: float, variance: float, z: float = Z_95) -> tuple[float, float]:
    """The confidence band of a survival, on the scale of log(-log S)."""
    if not 0 < survival < 1 or variance <= 0:
        return survival, survival
    width = z * sqrt(variance) / abs(survival * log(survival))
    # Far out the power under- or overflows to 0 or 1, which is what it means.
    width = min(width, 50.0)
    return survival ** min(exp(width), 1e300), survival ** exp(-width)


def wilson(dead: int, number: int, z: float = Z_95) -> tuple[float, float]:
    """The interval of a share (Wilson 1927); (0, 1) when nothing was seen."""
    if number == 0:
        return 0.0, 1.0
    share, zz = dead / number, z * z
    middle = (share + zz / (2 * number)) / (1 + zz / number)
    half = z / (1 + zz / number) * sqrt(share * (1 - share) / number + zz / (4 * number * number))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def cohort(name: str, dead: int, number: int) -> Cohort:
    """A cohort with its share of dead and the interval of that."""
    return Cohort(name, number, dead, dead / number if number else 0.0, *wilson(dead, number))
