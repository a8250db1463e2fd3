"""The time, or the time a rehearsal pretends; and ages."""

from datetime import UTC, datetime, timedelta

import pytest

from linkcheck.config.clock import clock
from linkcheck.config.settings import age
from linkcheck.errors import UserFault


@pytest.mark.parametrize("text", ["2030-01-02T03:04:05Z", "2030-01-02T04:04:05+01:00"])
def test_a_pretended_time_goes_on_from_there(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`LINKCHECK_NOW` sets the clock; it does not stop it."""
    monkeypatch.setenv("LINKCHECK_NOW", text)
    now = clock()
    first = now()
    assert first - datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC) < timedelta(seconds=5)
    assert now() > first


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tomorrow", "is no RFC 3339 time: 'tomorrow'"),
        ("2030-01-02T03:04:05", "lacks a time zone"),
        ("2030-01-02", "lacks a time zone"),
        ("2030-02-30T00:00:00Z", "is no RFC 3339 time"),
        ("0001-01-01T00:00:00+14:00", "must lie between"),
        ("9999-12-31T23:59:59-12:00", "must lie between"),
    ],
)
def test_a_time_that_is_none_is_refused(text: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with the variable's name."""
    monkeypatch.setenv("LINKCHECK_NOW", text)
    with pytest.raises(UserFault, match=f"LINKCHECK_NOW {expected}"):
        clock()


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("1.5h", 5400), ("1h30m", 5400), ("2 w", 1_209_600), ("0s", 0)]
)
def test_ages(text: str, seconds: float) -> None:
    """Numbers with units, also several."""
    assert age(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "1", "1y", "-1d", "1d x", "99999999w", "9" * 400 + "d"])
def test_what_is_no_age(text: str) -> None:
    """Anything else is refused, however large."""
    with pytest.raises(UserFault):
        age(text)
