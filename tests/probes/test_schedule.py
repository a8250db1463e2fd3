"""Who may ask when."""

import asyncio
from collections.abc import Iterator

from evidence import BEGAN

from linkcheck.model import Exchange, Purpose, Request, Role, Target
from linkcheck.probes import retry
from linkcheck.probes.pace import Manners
from linkcheck.probes.schedule import Inquiry, Opening, Schedule
from linkcheck.probes.steps import Ask

FREE = Manners(concurrency=0, rate_per_s=0, first_rate_per_s=0)


def inquiries(host: str, number: int) -> Iterator[Inquiry]:
    for i in range(number):
        url = f"https://{host}/{i}"
        yield Inquiry(i, Target(url, Role.SELF), Request("GET", url))


async def work(schedule: Schedule, workers: int, answer, log: list[tuple[float, str]]) -> None:
    """Let `workers` take turns until the end; `answer(inquiry)` gives a further Ask or None."""
    loop = asyncio.get_running_loop()

    async def one() -> None:
        while (inquiry := await schedule.turn()) is not None:
            log.append((loop.time(), inquiry.request.url))
            await asyncio.sleep(0.001)
            exchange = Exchange(inquiry.request, BEGAN, 0.001, status=200)
            ask = answer(inquiry)
            schedule.answered(inquiry, exchange)
            if ask is not None:
                schedule.submit(inquiry, ask)

    await asyncio.wait_for(asyncio.gather(*(one() for _ in range(workers))), 20)


async def test_a_throttled_host_does_not_delay_another() -> None:
    """600 URLs wait at a slow host; the other host's 20 are asked at once, even with few workers."""
    slow = Manners(concurrency=6, rate_per_s=50, first_rate_per_s=50)
    schedule = Schedule(lambda host: slow if host == "slow.test" else FREE, retry.Patience())
    schedule.add("slow.test", inquiries("slow.test", 60), 600)
    schedule.add("quick.test", inquiries("quick.test", 20), 20)
    log: list[tuple[float, str]] = []
    began = asyncio.get_running_loop().time()
    await work(schedule, 4, lambda inquiry: None, log)
    quick = [time - began for time, url in log if "quick" in url]
    assert len(log) == 80
    assert max(quick) < 0.5
    assert max(time for time, _ in log) - began > 1.0


async def test_nobody_is_forgotten_and_nobody_asked_twice() -> None:
    """Every inquiry of every host gets exactly one turn."""
    schedule = Schedule(lambda host: Manners(concurrency=3, rate_per_s=0, first_rate_per_s=0), retry.Patience())
    for host in range(20):
        schedule.add(f"h{host}.test", inquiries(f"h{host}.test", host), host)
    log: list[tuple[float, str]] = []
    await work(schedule, 8, lambda inquiry: None, log)
    assert len(log) == len({url for _, url in log}) == sum(range(20))


async def test_a_retry_waits_without_holding_a_worker() -> None:
    """While one inquiry waits for its retry, a single worker serves all others."""
    schedule = Schedule(lambda host: FREE, retry.Patience())
    schedule.add("a.test", inquiries("a.test", 5), 5)
    asked_again: set[str] = set()

    def answer(inquiry: Inquiry) -> Ask | None:
        url = inquiry.request.url
        if url.endswith("/0") and url not in asked_again:
            asked_again.add(url)
            return Ask(inquiry.request, wait_s=0.2)
        return None

    log: list[tuple[float, str]] = []
    await work(schedule, 1, answer, log)
    assert [url[-1] for _, url in log] == ["0", "1", "2", "3", "4", "0"]
    assert log[-1][0] - log[0][0] >= 0.2


async def test_second_looks_come_last() -> None:
    """What failed transiently is looked at once more when all else was asked."""
    schedule = Schedule(lambda host: FREE, retry.Patience())
    schedule.add("a.test", inquiries("a.test", 3), 3)
    schedule.add("b.test", inquiries("b.test", 3), 3)

    def answer(inquiry: Inquiry) -> Ask | None:
        if inquiry.request.url == "https://a.test/0" and inquiry.request.purpose is Purpose.FIRST:
            return Ask(Request("GET", inquiry.request.url, purpose=Purpose.SECOND_LOOK), late=True)
        return None

    log: list[tuple[float, str]] = []
    await work(schedule, 2, answer, log)
    assert len(log) == 7
    assert log[-1][1] == "https://a.test/0"


async def test_a_redirect_to_another_host_goes_by_that_hosts_manners() -> None:
    """A hop to a slow host waits in the slow host's own lane."""
    slow = Manners(concurrency=1, rate_per_s=20, first_rate_per_s=20)
    schedule = Schedule(lambda host: slow if host == "slow.test" else FREE, retry.Patience())
    schedule.add("a.test", inquiries("a.test", 5), 5)

    def answer(inquiry: Inquiry) -> Ask | None:
        url = inquiry.request.url
        return Ask(Request("GET", url.replace("a.test", "slow.test"))) if "a.test" in url else None

    log: list[tuple[float, str]] = []
    await work(schedule, 5, answer, log)
    slow_times = [time for time, url in log if "slow" in url]
    assert len(slow_times) == 5
    assert slow_times[-1] - slow_times[0] >= 0.19


async def test_stop_ends_all_waiting() -> None:
    """After an interruption nobody waits for a turn that will not come."""
    schedule = Schedule(lambda host: Manners(rate_per_s=0.1, first_rate_per_s=0.1), retry.Patience())
    schedule.add("a.test", inquiries("a.test", 5), 5)
    asyncio.get_running_loop().call_later(0.05, schedule.stop)
    log: list[tuple[float, str]] = []
    await work(schedule, 3, lambda inquiry: None, log)
    assert len(log) == 1


def opened(schedule: Schedule) -> int:
    return len(schedule._lanes)


async def test_hosts_are_opened_one_after_the_other_and_closed_again() -> None:
    """A hundred thousand hosts take no more memory than those that are being asked."""
    schedule = Schedule(lambda host: FREE, retry.Patience())
    schedule.open(Opening(f"h{i}.test", inquiries(f"h{i}.test", 1), 1) for i in range(200))
    most = 0

    def answer(inquiry: Inquiry) -> Ask | None:
        nonlocal most
        most = max(most, opened(schedule))
        return None

    log: list[tuple[float, str]] = []
    await work(schedule, 4, answer, log)
    assert len(log) == 200
    assert most <= 8
    assert opened(schedule) <= 1


async def test_heavier_hosts_are_opened_first() -> None:
    """What takes longest starts first, as if all had been there from the start."""
    schedule = Schedule(lambda host: FREE, retry.Patience())
    schedule.open(Opening(f"h{n}.test", inquiries(f"h{n}.test", n), n) for n in (5, 3, 2, 1))
    log: list[tuple[float, str]] = []
    await work(schedule, 1, lambda inquiry: None, log)
    hosts = "".join(url[len("https://h")] for _, url in log)
    assert hosts[:2] == "55"
    assert hosts[-1] == "1"
    assert sorted(hosts) == sorted("55555333221")


async def test_a_rest_outlives_the_work_at_a_host() -> None:
    """A host that asked for a rest gets it, though a redirect leads there when its own work was done."""
    schedule = Schedule(lambda host: FREE, retry.Patience())
    schedule.add("a.test", inquiries("a.test", 1), 1)
    first = await schedule.turn()
    assert first is not None
    schedule.answered(first, Exchange(first.request, BEGAN, 0.001, status=429, headers=(("Retry-After", "0.2"),)))
    late = Inquiry(9, first.target, first.request)
    schedule.submit(late, Ask(first.request))
    began = asyncio.get_running_loop().time()
    assert await schedule.turn() is late
    assert asyncio.get_running_loop().time() - began > 0.15


async def test_a_redirect_at_the_last_url_of_a_host_keeps_its_pace() -> None:
    """The pace is not forgotten while something is still to be asked there."""
    slow = Manners(concurrency=1, rate_per_s=10, first_rate_per_s=10)
    schedule = Schedule(lambda host: slow, retry.Patience())
    schedule.open(iter([Opening("a.test", inquiries("a.test", 1), 1)]))
    first = await schedule.turn()
    assert first is not None
    schedule.submit(first, Ask(Request("GET", "https://a.test/there")))
    schedule.answered(first, Exchange(first.request, BEGAN, 0.001, status=301))
    began = asyncio.get_running_loop().time()
    assert await schedule.turn() is first
    assert asyncio.get_running_loop().time() - began > 0.08
