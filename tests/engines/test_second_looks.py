"""What failed is asked once more at the end, and told in any case."""

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest
from evidence import BEGAN

from linkcheck.engines.lanes import Lane
from linkcheck.engines.local import LocalEngine
from linkcheck.model import Exchange, Failure, Probe, Purpose, Request, Role, Target
from linkcheck.probes.pace import Manners
from linkcheck.probes.retry import Patience
from linkcheck.probes.steps import Asking

PATIENCE = Patience(retries=0)
HOSTS = {"refuses.test": 40, "other.test": 25, "one.test": 1}


class Refusing:
    """A network where nobody listens; `last_look` is what comes of a second look."""

    def __init__(self, last_look: str) -> None:
        self.last_look = last_look
        self.asked: list[Request] = []

    async def send(self, request: Request) -> Exchange:
        self.asked.append(request)
        await asyncio.sleep(0)
        if request.purpose is Purpose.SECOND_LOOK and self.last_look == "lasts":
            await asyncio.sleep(0.5)
        if request.purpose is Purpose.SECOND_LOOK and self.last_look == "answers":
            return Exchange(request, BEGAN, 0.1, 200)
        return Exchange(request, BEGAN, 0.1, failure=Failure.CONNECTION_REFUSED, error=("refused",))

    async def aclose(self) -> None:
        pass


def lane(host: str, number: int) -> Lane:
    def targets() -> Iterator[tuple[int, Target]]:
        for n in range(number):
            url = f"https://{host}/{n}"
            yield hash(url), Target(url, Role.SELF)

    return Lane(host, number, targets)


def told(network: Refusing, deadline_s: float | None = None) -> list[tuple[int, Probe]]:
    engine = LocalEngine(
        lambda: network, lambda target: Asking("x", patience=PATIENCE), _manners, concurrency=8, patience=PATIENCE
    )
    delivered: list[tuple[int, Probe]] = []
    engine.run([lane(*pair) for pair in HOSTS.items()], lambda *pair: delivered.append(pair), deadline_s)
    return delivered


def _manners(host: str) -> Manners:
    return Manners(concurrency=8, rate_per_s=0, first_rate_per_s=0)


@pytest.mark.parametrize("last_look", ["refuses", "answers"])
def test_everyone_gets_a_second_look_after_all_first_ones(last_look: str) -> None:
    """Each URL is asked twice, the second time when all were asked once, and told once with both answers."""
    network = Refusing(last_look)
    delivered = told(network)
    number = sum(HOSTS.values())
    purposes = [request.purpose for request in network.asked]
    assert purposes == [Purpose.FIRST] * number + [Purpose.SECOND_LOOK] * number
    assert {len(probe.exchanges) for _, probe in delivered} == {2}
    assert Counter(key for key, _ in delivered) == Counter(hash(probe.target.url) for _, probe in delivered)
    assert len({key for key, _ in delivered}) == len(delivered) == number


def test_what_waits_for_its_second_look_at_the_deadline_is_told_as_it_is() -> None:
    """Time is up while some second looks last and others wait: each URL is told once, most with one answer."""
    delivered = told(Refusing("lasts"), deadline_s=0.3)
    assert len({key for key, _ in delivered}) == len(delivered) == sum(HOSTS.values())
    looks = Counter(len(probe.exchanges) for _, probe in delivered)
    assert set(looks) == {1, 2}
    assert looks[2] <= 8
