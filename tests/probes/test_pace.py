"""How a host's answers set its pace."""

from evidence import exchange, failed

from linkcheck.model import Failure
from linkcheck.probes.pace import Manners, Pace
from linkcheck.probes.retry import Patience

PATIENCE = Patience()


def test_a_new_host_is_asked_politely_and_faster_while_it_answers_well() -> None:
    """One request first, then the pace starts at 20 a second and two or three at a time, and grows to its bounds."""
    pace = Pace(Manners(), 0.0)
    assert [pace.admits(active) for active in (0, 1)] == [True, False]
    pace.start(0.0)
    assert pace.due_at() == 0.05
    pace.learn(exchange(elapsed_s=2.0), 1.0, PATIENCE)
    assert [pace.admits(active) for active in (0, 1, 2)] == [True, True, False]
    for _ in range(100):
        pace.learn(exchange(elapsed_s=0.02), 1.0, PATIENCE)
    assert pace.admits(5)
    assert not pace.admits(6)
    pace.start(10.0)
    assert round(pace.due_at() - 10.0, 4) == round(1 / 60, 4)


def test_trouble_halves_the_pace() -> None:
    """A host that times out is asked half as fast."""
    pace = Pace(Manners(), 0.0)
    pace.learn(failed(Failure.TIMED_OUT), 0.0, PATIENCE)
    pace.start(0.0)
    assert pace.due_at() == 0.1
    assert not pace.admits(1)


def test_a_rest_is_kept_whatever_else_the_host_answers() -> None:
    """A good answer that was under way does not cut a requested rest short."""
    pace = Pace(Manners(), 0.0)
    pace.learn(exchange(status=429, headers=[("Retry-After", "30")]), 5.0, PATIENCE)
    pace.learn(exchange(), 6.0, PATIENCE)
    assert pace.due_at() == 35.0


def test_what_the_user_sets_is_taken_as_it_is() -> None:
    """`--host-rate 0 --host-concurrency 0` means no limit, as soon as the host has answered at all."""
    pace = Pace(Manners(concurrency=0, rate_per_s=0, first_rate_per_s=0), 0.0)
    assert not pace.admits(1)
    pace.learn(failed(Failure.TIMED_OUT), 0.0, PATIENCE)
    assert pace.admits(1000)
    for _ in range(10):
        pace.start(1.0)
    assert pace.due_at() <= 1.0


def test_a_late_timer_does_not_slow_the_pace_down() -> None:
    """Ten a second stays ten a second when each start comes a little late."""
    pace = Pace(Manners(rate_per_s=10, first_rate_per_s=10), 0.0)
    now = 0.0
    for _ in range(100):
        now = max(now, pace.due_at()) + 0.004
        pace.start(now)
    assert now < 10.1


def test_a_published_limit_holds_in_any_window() -> None:
    """2,250 in ten minutes: however fast answers come, no ten minutes see more."""
    pace = Pace(Manners(requests=100, window_s=10, rate_per_s=0, first_rate_per_s=0), 0.0)
    starts, now = [], 0.0
    while now < 60:
        now = max(now, pace.due_at())
        pace.start(now)
        starts.append(now)
    most = max(sum(1 for other in starts if start <= other < start + 10) for start in starts)
    assert 60 <= most <= 100
