"""Lifetimes → survival curves, checked in closed form, against the law that made them, and against lifelines."""

import math
import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from linkcheck.survival import Curve, Lifetime, band, cohort, curve, wilson

AGES = st.integers(1, 30).map(float)


def survival(found: Curve) -> dict[float, float]:
    return {step.age: round(step.survival, 6) for step in found.steps}


CLOSED: dict[str, tuple[list[Lifetime], dict[float, float]]] = {
    "nothing": ([], {}),
    "all alive": ([Lifetime(3, None)] * 4, {3: 1.0}),
    "never watched at any age": ([Lifetime(0, None), Lifetime(2, None)], {2: 1.0}),
    "one of two": ([Lifetime(1, 1), Lifetime(5, None)], {1: 0.5, 5: 0.5}),
    "Kaplan and Meier by hand": (
        [Lifetime(1, 1), Lifetime(2, None), Lifetime(3, 3), Lifetime(3, None), Lifetime(5, 5)],
        {1: 0.8, 2: 0.8, 3: round(0.8 * 2 / 3, 6), 5: 0.0},
    ),
    "dead at first sight, all at one age": ([Lifetime(0, 2)] * 3 + [Lifetime(2, None)] * 7, {2: 0.7}),
    "each looked at once": ([Lifetime(0, 1), Lifetime(1, None), Lifetime(0, 2), Lifetime(0, 2)], {1: 0.5, 2: 0.0}),
    "between two looks": ([Lifetime(1, 2)] * 2 + [Lifetime(2, None)] * 2, {1: 1.0, 2: 0.5}),
    "dead before it was published": ([Lifetime(0, 0), Lifetime(0, -3), Lifetime(1, 1)], {1: 0.0}),
    "no number": ([Lifetime(math.nan, None), Lifetime(0, math.inf), Lifetime(1, 1)], {1: 0.0}),
}


@pytest.mark.parametrize(("lifetimes", "expected"), CLOSED.values(), ids=CLOSED)
def test_closed_forms(lifetimes: list[Lifetime], expected: dict[float, float]) -> None:
    """Cases that can be done by hand."""
    found = survival(curve(lifetimes))
    assert found == pytest.approx(expected, abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(AGES, st.booleans()), min_size=2, max_size=60))
def test_exact_deaths_give_the_curve_and_the_band_of_lifelines(seen: list[tuple[float, bool]]) -> None:
    """Kaplan–Meier with Greenwood's variance on the log-log scale: the same numbers as the known library's."""
    lifelines = pytest.importorskip("lifelines")
    fitted = lifelines.KaplanMeierFitter().fit([age for age, _ in seen], [died for _, died in seen])
    bands = fitted.confidence_interval_
    for step in curve([Lifetime(age, age if died else None) for age, died in seen]).steps:
        assert step.survival == pytest.approx(float(fitted.predict(step.age)), abs=1e-9)
        low, high = bands.loc[step.age]
        if 0 < step.survival < 1:
            assert (step.low, step.high) == pytest.approx((low, high), abs=1e-6)
        assert step.at_risk == pytest.approx(fitted.event_table.at_risk.loc[step.age])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9), st.booleans()), min_size=3, max_size=18))
def test_intervals_give_the_curve_of_lifelines(seen: list[tuple[int, int, bool]]) -> None:
    """Turnbull's estimate where deaths lie between two looks: as likely as the known library's, at every age."""
    lifelines = pytest.importorskip("lifelines")
    # No two bounds alike, so that half-open and closed intervals are the same.
    lifetimes = [
        Lifetime(
            10.0 * start + number / 20 if start else 0.0, 10.0 * (start + width) + 0.025 + number / 20 if d else None
        )
        for number, (start, width, d) in enumerate(seen)
    ]
    assume(any(life.dead_by is None or life.alive_at > 0 for life in lifetimes))
    assume(any(life.dead_by is not None for life in lifetimes))
    fitted = lifelines.KaplanMeierFitter().fit_interval_censoring(
        [life.alive_at for life in lifetimes],
        [life.dead_by if life.dead_by is not None else math.inf for life in lifetimes],
        tol=1e-9,
    )
    theirs = fitted.survival_function_
    found = curve(lifetimes)
    for step in found.steps:
        at = theirs[theirs.index <= step.age].iloc[-1]
        assert at.min() - 0.02 <= step.survival <= at.max() + 0.02


def watched(generator: random.Random, number: int, half_life: float, looks: int) -> list[Lifetime]:
    """Links that die by halves, each looked at a few times at ages of up to 12 years."""
    found = []
    for _ in range(number):
        death = generator.expovariate(math.log(2) / half_life)
        ages = sorted(generator.uniform(0.05, 12) for _ in range(looks))
        found.append(
            Lifetime(
                max((age for age in ages if age < death), default=0.0),
                min((age for age in ages if age >= death), default=None),
            )
        )
    return found


@pytest.mark.parametrize("looks", [1, 2, 8])
def test_the_band_holds_the_law(looks: int) -> None:
    """Five archives of 400 links that die by halves in four years: at nine of ten ages the band holds the truth."""
    held = all_of_them = 0
    for seed in range(5):
        found = curve(watched(random.Random(seed), 400, 4.0, looks))
        # Where a look lies on the grid is rounded: the law is read half a step to either side.
        ages = [0.0, *(step.age for step in found.steps)]
        for place, step in enumerate(found.steps[:-1], start=1):
            if not 0.5 <= step.age <= 10:
                continue
            older, younger = (ages[place + side] / 2 + ages[place] / 2 for side in (1, -1))
            all_of_them += 1
            held += step.low - 1e-9 <= 0.5 ** (younger / 4) and 0.5 ** (older / 4) <= step.high + 1e-9
    assert all_of_them > 100
    assert held / all_of_them >= 0.9


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 50), st.floats(0, 50), st.booleans()).map(
            lambda one: Lifetime(one[0], one[0] + one[1] if one[2] else None)
        ),
        max_size=120,
    )
)
def test_a_curve_falls_within_its_band(lifetimes: list[Lifetime]) -> None:
    """Whatever was watched: from 1 downwards, never below 0, and the band around it."""
    before = 1.0
    for step in curve(lifetimes).steps:
        assert 0 <= step.survival <= before + 1e-9
        assert 0 <= step.low <= step.survival + 1e-9
        assert step.survival - 1e-9 <= step.high <= 1
        assert -1e-6 <= step.deaths <= step.at_risk + 1e-6
        before = step.survival


def test_reading_a_curve() -> None:
    """At an age between two steps the earlier one holds; the half-life is the first age with half alive."""
    found = curve([Lifetime(2, 2), Lifetime(4, 4), Lifetime(6, None)])
    assert found.at(1) is None
    assert [round(found.at(age).survival, 3) for age in (2, 3, 4, 99)] == [0.667, 0.667, 0.333, 0.333]  # type: ignore[union-attr]  # there is one
    assert found.half_life() == 4
    assert curve([Lifetime(2, None)]).half_life() is None


@pytest.mark.parametrize(
    ("dead", "number", "expected"),
    [(0, 0, (0.0, 1.0)), (0, 10, (0.0, 0.2775)), (5, 10, (0.2366, 0.7634)), (10, 10, (0.7225, 1.0))],
)
def test_wilson(dead: int, number: int, expected: tuple[float, float]) -> None:
    """Textbook values."""
    assert wilson(dead, number) == pytest.approx(expected, abs=1e-4)
    assert (cohort("2019", dead, number).low, cohort("2019", dead, number).high) == wilson(dead, number)


def test_bands_at_the_ends() -> None:
    """Certainty has no band, and a wild variance breaks nothing."""
    assert band(1.0, 0.1) == (1.0, 1.0)
    assert band(0.5, 0.0) == (0.5, 0.5)
    low, high = band(0.999999, 1e9)
    assert 0 <= low <= high <= 1
