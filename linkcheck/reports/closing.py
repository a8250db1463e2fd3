"""How long a run took, and which hosts held it up → the last lines of its log; pure."""

from collections.abc import Iterator, Sequence

from linkcheck.reports.printable import count
from linkcheck.store.hosts import HostTally

_MOST_HOSTS = 5


def lines(timings: Sequence[tuple[str, float]], slow: Sequence[HostTally], throttled: Sequence[HostTally]) -> list[str]:
    """Sentences without markup: the slow hosts, those that throttled us, the seconds of each stage."""
    return [*_slow(slow), *_throttled(throttled), _took(timings)]


def _slow(hosts: Sequence[HostTally]) -> Iterator[str]:
    for host in hosts[:_MOST_HOSTS]:
        longest = f", the slowest {host.slowest_s:.1f} s" if host.asked > 1 else ""
        yield f"slow: {host.name} took {host.mean_s:.1f} s a target ({count(host.asked, 'target')}{longest})"
    yield from _rest(hosts, "slow hosts")


def _throttled(hosts: Sequence[HostTally]) -> Iterator[str]:
    for host in hosts[:_MOST_HOSTS]:
        yield f"throttled: {host.name} told us to wait {count(host.throttled, 'time')} ({count(host.asked, 'target')})"
    yield from _rest(hosts, "hosts that throttled us")


def _rest(hosts: Sequence[HostTally], what: str) -> Iterator[str]:
    if len(hosts) > _MOST_HOSTS:
        yield f"and {len(hosts) - _MOST_HOSTS:,} more {what}"


def _took(timings: Sequence[tuple[str, float]]) -> str:
    parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in timings)
    return f"took {sum(seconds for _, seconds in timings):.1f} s: {parts}"
