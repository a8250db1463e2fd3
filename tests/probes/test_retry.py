"""When to ask again, and how long to wait before."""

import pytest
from evidence import exchange, failed

from linkcheck.model import Failure
from linkcheck.probes import retry

PATIENCE = retry.Patience()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("2.5", 2.5),
        ("1m30s", 90.0),
        ("2s", 2.0),
        ("1h", 3600.0),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60.0),
        ("Friday, 02-Jan-26 03:05:05 GMT", 60.0),
        ("Fri Jan  2 03:05:05 2026", 60.0),
        ("Fri, 02 Jan 2026 03:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("500ms", None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(value: str, seconds: float | None) -> None:
    """A server that asks for time gets it, whichever of the usual notations it uses."""
    assert retry.retry_after_s(exchange(status=429, headers=[("Retry-After", value)])) == seconds


def test_an_http_date_is_measured_against_the_servers_own_clock() -> None:
    """A server whose clock is a day ahead does not make us wait a day."""
    headers = [("Retry-After", "Sat, 03 Jan 2026 03:04:35 GMT"), ("Date", "Sat, 03 Jan 2026 03:04:05 GMT")]
    assert retry.retry_after_s(exchange(status=503, headers=headers)) == 30.0


def test_a_429_without_a_time_rests_a_minute() -> None:
    """Too many requests means: leave the host alone for a while."""
    assert retry.wait_s(exchange(status=429), 1, PATIENCE) == 60.0


def test_waits_double_with_full_jitter() -> None:
    """Retries of many targets do not come back in step."""
    for attempt, longest in ((1, 1.0), (2, 2.0), (3, 4.0), (9, 30.0)):
        waits = [retry.wait_s(exchange(status=500), attempt, PATIENCE) for _ in range(200)]
        assert 0 <= min(waits) <= max(waits) <= longest
        assert max(waits) > longest / 2


def test_only_so_many_attempts() -> None:
    """`--retries 2` means three requests."""
    assert [retry.may_retry(attempt, PATIENCE) for attempt in (1, 2, 3)] == [True, True, False]
    assert not retry.may_retry(1, retry.Patience(retries=0))


@pytest.mark.parametrize(
    ("answer", "rests"),
    [
        (exchange(status=429), True),
        (exchange(status=503, headers=[("Retry-After", "3")]), True),
        (exchange(status=503), False),
        (exchange(status=500, headers=[("Retry-After", "3")]), False),
        (exchange(status=429, headers=[("CF-Mitigated", "challenge")]), False),
        (failed(Failure.TIMED_OUT), False),
        (failed(Failure.HOST_RESTS), True),
    ],
)
def test_what_speaks_for_the_whole_host(answer, rests: bool) -> None:
    """One throttled URL tells about all of the host, one failing URL does not."""
    assert retry.rests_host(answer) is rests


def test_a_budget_ends() -> None:
    """Fifty failing targets do not become two hundred requests."""
    budget = retry.Budget(tokens=3)
    assert [budget.spend() for _ in range(5)] == [True, True, True, False, False]
