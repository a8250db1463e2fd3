"""Groups, and the worst of many: the same as with all in memory, without having all in memory."""

import tracemalloc
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from reports import hostile
from reports.some import finding

from linkcheck.model import Change, Finding, Outcome
from linkcheck.reports.contents import gathered
from linkcheck.reports.grouping import by_target
from linkcheck.reports.worst import Worst


@given(st.lists(st.tuples(st.integers(0, 9), st.integers()), max_size=200), st.integers(0, 20))
def test_the_worst_are_those_that_sorting_would_keep(items: list[tuple[int, int]], most: int) -> None:
    """Ties keep their order; all are counted."""
    worst: Worst[tuple[int, int]] = Worst(most)
    for item in items:
        worst.push((item[0],), item)
    assert worst.kept() == sorted(items, key=lambda item: item[0])[:most]
    assert worst.seen == len(items)


def test_a_group_is_one_target_with_one_judgement() -> None:
    """Places are counted and the first kept; another reason, outcome or a fix is another group."""
    same = [finding(path=f"{n}.md", change=Change.UNCHANGED if n else Change.NEW) for n in range(4)]
    others = [finding(detail="another"), finding(outcome=Outcome.UNCERTAIN), finding("https://b.example/")]
    groups = list(by_target(hostile.by_target([*same, *others]), most_places=2))
    told = [(group.address, group.number, len(group.places), group.new) for group in groups]
    assert told == [
        ("https://a.example/x", 4, 2, 1),
        ("https://a.example/x", 1, 1, 1),
        ("https://b.example/", 1, 1, 1),
        ("https://a.example/x", 1, 1, 1),
    ]


def test_a_hundred_times_as_many_findings_take_no_more_memory() -> None:
    """What a page does not show, it does not keep."""
    small, large = (_peak_bytes(number) for number in (300, 30_000))
    assert large < 2 * small


def _peak_bytes(number: int) -> int:
    tracemalloc.start()
    gathered(_stream(number), 50, 10)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _stream(number: int) -> Iterator[Finding]:
    return (finding(f"https://a.example/{n}") for n in range(number))
