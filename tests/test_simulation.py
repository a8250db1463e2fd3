"""Three months of nightly runs over a world whose links die by a known law, with outages, glitches and walls.

No network: an engine that knows the world answers. The nights, the budget and every rule are the program's own.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command import files
from msgspec.structs import replace

from linkcheck.config import assembly
from linkcheck.config.settings import Settings
from linkcheck.engines.lanes import Deliver, Lane
from linkcheck.model import Content, Ending, Exchange, Failure, Outcome, Probe, Reason, Request, Target
from linkcheck.reports.progress import Progress
from linkcheck.run import run
from linkcheck.stages import survival
from linkcheck.store import findings, lives
from linkcheck.store.connection import open_store
from linkcheck.targets import load

BY_DEFAULT = assembly.remembering(Settings())
START = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
NIGHTS = 92
HALF_LIFE_DAYS = 4 * 365.25
BUDGET = 160
HOSTS = 30
DOCUMENTS = 60
LINKS = 16


class World:
    """Links with their day of death, and hosts with their bad days."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.dies_at: dict[str, datetime] = {}
        for number in range(DOCUMENTS):
            published = START - timedelta(days=self.random.uniform(10, 10 * 365))
            urls = [f"http://h{self.random.randrange(HOSTS)}.example/{number}/{link}" for link in range(LINKS)]
            for url in urls:
                age = self.random.expovariate(0.6931471805599453 / HALF_LIFE_DAYS)
                self.dies_at[url] = published + timedelta(days=age)
            text = "\n\n".join(f"<{url}>" for url in urls)
            files(folder, {f"{number}.md": f"---\ndate: {published:%Y-%m-%d}\n---\n\n{text}\n"})
        self.bad_nights = {
            (f"h{self.random.randrange(HOSTS)}.example", night + more): kind
            for night in range(0, NIGHTS, 2)
            for kind in [self.random.choice(["down", "down", "glitch", "trouble"])]
            for more in range(self.random.choice([1, 2, 3]) if kind != "glitch" else 1)
        }
        self.walls = {"h3.example"}

    def is_dead(self, url: str, now: datetime) -> bool:
        return now >= self.dies_at[url]

    def answer(self, target: Target, night: int, now: datetime) -> int | Failure:
        """The status that a request gets, or how it fails."""
        host = target.url.split("/")[2]
        if host in self.walls:
            return 403
        bad = self.bad_nights.get((host, night))
        if bad is not None:
            return {"down": Failure.CONNECTION_REFUSED, "glitch": 404, "trouble": 503}[bad]
        if self.random.random() < 0.03:
            return self.random.choice([500, 502, Failure.TIMED_OUT, Failure.CONNECTION_RESET])
        return (404 if len(target.url) % 3 else 410) if self.is_dead(target.url, now) else 200


class Nightly:
    """The engine of one night; it counts what it is asked."""

    def __init__(self, world: World, night: int, now: datetime) -> None:
        self.world, self.night, self.now = world, night, now
        self.asked = 0

    def run(
        self,
        lanes: Iterable[Lane],
        deliver: Deliver,
        deadline_s: float | None = None,
        settle: Callable[[], None] | None = None,
        put_off: Deliver | None = None,
    ) -> bool:
        """Every target is one request."""
        for lane in lanes:
            for number, target in lane.targets():
                self.asked += 1
                answer = self.world.answer(target, self.night, self.now)
                deliver(number, Probe(target, (_exchange(target, answer, self.now),)))
        return True


def _exchange(target: Target, answer: int | Failure, now: datetime) -> Exchange:
    request = Request("GET", target.url)
    if isinstance(answer, Failure):
        return Exchange(request, now, 0.1, failure=answer, error=("Error: so it was",))
    content = Content("text/plain", 2, 2, Ending.COMPLETE, "00" * 32, b"ok")
    return Exchange(request, now, 0.1, answer, headers=(("Content-Type", "text/plain"),), content=content)


class Lived:
    """All nights of one world."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.world = World(folder, seed)
        self.asked: list[int] = []
        self.false: Counter[str] = Counter()
        store = folder / "store.db"
        settings = Settings(max_age="auto", budget=BUDGET, store=str(store))
        for night in range(NIGHTS):
            now = START + timedelta(days=night, minutes=self.world.random.uniform(-30, 30))
            engine = Nightly(self.world, night, now)
            plan = assembly.plan(settings, [str(folder)], folder, lambda now=now: now)  # type: ignore[misc]  # a clock
            probing = replace(plan.probing, engine=lambda engine=engine: engine, network_is_up=None)
            ran = run(replace(plan, probing=probing), Progress())
            self.asked.append(engine.asked)
            for finding in findings.findings(ran.db, ran.run_id, (Outcome.BROKEN,)):
                if finding.confirmed and not self.world.is_dead(finding.reference.url or "", now):
                    self.false[finding.reference.url or ""] += 1
            ran.db.close()
        self.end = now
        self.db = open_store(store)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return Lived(tmp_path_factory.mktemp("world"), 7)


def test_the_confirmed_dead_are_dead(lived: Lived) -> None:
    """In no night a living link is on the list, whatever outages, glitches and walls there were."""
    assert lived.false == Counter()


def test_the_long_dead_are_confirmed(lived: Lived) -> None:
    """What died a month ago or more, on hosts that let us look, is on the list."""
    died = {
        url
        for url, at in lived.world.dies_at.items()
        if at < lived.end - timedelta(days=30) and url.split("/")[2] not in lived.world.walls
    }
    confirmed = {
        finding.reference.url for finding in findings.findings(lived.db, NIGHTS, (Outcome.BROKEN,)) if finding.confirmed
    }
    assert len(died) > 300
    assert len(died & confirmed) >= 0.97 * len(died)


def test_no_night_exceeds_its_budget(lived: Lived) -> None:
    """The requests of each night stay within the budget, and once all is known far below it."""
    assert max(lived.asked) <= BUDGET
    assert len(lived.world.dies_at) > 4 * BUDGET
    assert sum(lived.asked[-30:]) / 30 < BUDGET / 2


def test_every_link_is_looked_at_and_none_for_ever(lived: Lived) -> None:
    """The budget is spread: all were seen, the living at least every six weeks."""
    lives.complete(lived.db, BY_DEFAULT)
    seen = lived.db.execute("SELECT count(*), min(iif(state = 'alive', last_at, NULL)) FROM temp.lived").fetchone()
    assert seen[0] == len(lived.world.dies_at)
    assert lived.end.timestamp() - seen[1] < 45 * 86_400


def test_the_curve_covers_the_law(lived: Lived) -> None:
    """Half of the links die in four years: at nine of ten ages the band holds that."""
    found = survival.survival(lived.db, None, load({}), BY_DEFAULT)
    curve = found.curves["all"]
    ages = [step for step in curve.steps if 0.25 <= step.age <= 9.5]
    held = [step.low <= 0.5 ** (step.age * 365.25 / HALF_LIFE_DAYS) <= step.high for step in ages]
    assert len(ages) >= 20
    assert sum(held) >= 0.9 * len(held)
    half_life = curve.half_life()
    assert half_life is not None
    assert abs(half_life - 4) < 1
    walled = sum(url.split("/")[2] in lived.world.walls for url in lived.world.dies_at)
    assert (found.unseen, found.undated) == (walled, 0)


def test_telling_all_again_gives_the_same(lived: Lived) -> None:
    """Three months in one go make the lives that the nights made."""
    before = lived.db.execute("SELECT * FROM life ORDER BY target_id").fetchall()
    lives.rebuild(lived.db, BY_DEFAULT)
    assert lived.db.execute("SELECT * FROM life ORDER BY target_id").fetchall() == before


def test_an_outage_is_told_and_not_counted(lived: Lived) -> None:
    """Nights in which a host was down left looks that say so, and nothing that counts against its links."""
    told = lived.db.execute("SELECT count(*) FROM revision WHERE reason = ? OR stage = 'outage'", (Reason.HOST_DOWN,))
    assert told.fetchone()[0] > 0
