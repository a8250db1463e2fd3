"""At most so many requests in one run."""

from collections import deque
from collections.abc import Sequence
from pathlib import Path

import pytest
from command import files, linkcheck
from hypothesis import given
from hypothesis import strategies as st
from servers import Routes, Server, answer, redirect

from linkcheck.engines.budget import Budget

PAGE = answer(200, b"<title>A page</title>", media_type="text/html")


def _spent(most: int, costs: Sequence[int], at_once: int) -> tuple[int, int]:
    """(requests sent, targets finished) when targets cost so much and so many are under way at once."""
    budget = Budget(most)
    waiting, under_way = deque(costs), deque[list[int]]()
    sent = finished = 0
    while waiting or under_way:
        while waiting and len(under_way) < at_once and budget.admits():
            budget.begin()
            under_way.append([waiting.popleft(), 0])
        if not under_way:
            break
        target = under_way.popleft()
        sent += 1
        target[1] += 1
        is_over = budget.send()
        if target[1] == target[0]:
            finished += 1
            budget.finish(target[1])
        else:
            budget.follow()
            under_way.append(target)
        if is_over:
            break
    return sent, finished


@given(st.integers(1, 60), st.lists(st.integers(1, 6), max_size=80), st.integers(1, 64))
def test_a_budget_is_never_exceeded_and_never_left_unused(most: int, costs: list[int], at_once: int) -> None:
    """Whatever targets cost: not one request more, and not one less while there is something to ask."""
    sent, finished = _spent(most, costs, at_once)
    assert sent <= most
    assert sent == min(most, sum(costs))
    if sum(costs) <= most:
        assert finished == len(costs)


@pytest.mark.parametrize("cost", [1, 2, 3, 4])
@pytest.mark.parametrize("most", [50, 200, 1000])
def test_hardly_a_request_is_wasted(most: int, cost: int) -> None:
    """Targets that are begun are finished, but for one or two at the end."""
    sent, finished = _spent(most, [cost] * 2000, 64)
    assert sent == most
    assert sent - finished * cost <= 2 * cost


@pytest.mark.parametrize("budget", [1, 2, 3, 4, 5, 7, 11])
def test_what_was_cut_off_is_not_due_and_never_called_a_circle(budget: int, tmp_path: Path) -> None:
    """A redirect that could not be followed any more is no answer."""
    files(tmp_path, {"a.md": "\n\n".join(f"<http://h.example/{n}>" for n in range(8))})
    routes: Routes = {("h.example", f"/{n}"): redirect(f"http://h.example/{n}/{n}", 302) for n in range(8)}
    routes |= {("h.example", f"/{n}/{n}"): PAGE for n in range(8)}
    with Server(routes) as server:
        done = linkcheck(
            tmp_path,
            *("run", "a.md", "--no-store", "--format", "jsonl", "--budget", budget),
            *("--connect-to", server.connect_to, "--host-rate", "0", "--fail-on", "never"),
        )
        assert len(server.log) <= budget
    reasons = [row["reason"] for row in done.rows]
    assert set(reasons) <= {"available", "not-due"}
    assert reasons.count("available") >= budget // 2 - 1
