"""Pages of one host with one body: which groups are worth a look."""

from datetime import UTC, datetime

import pytest

from linkcheck.model import (
    Content,
    Document,
    Ending,
    Expects,
    Format,
    Kind,
    Outcome,
    PageFacts,
    Probe,
    Reason,
    Reference,
    Role,
    Span,
    Target,
    Verdict,
)
from linkcheck.store import plan, runs, sightings
from linkcheck.store.collected import Collection, Stamp
from linkcheck.store.connection import open_store, transaction
from linkcheck.store.observations import Observations

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_LONG = "x" * 200

Pages = dict[str, tuple[str | None, str]]
"""URL → (digest of the body, its text)."""


def _pages(host: str, *bodies: str | None, text: str = _LONG) -> Pages:
    return {f"https://{host}/{number}": (body, text) for number, body in enumerate(bodies)}


CASES: dict[str, tuple[Pages, list[tuple[str, int, int]]]] = {
    "three of four": (_pages("a.example", "s", "s", "s", "t"), [("https://a.example/0", 3, 1)]),
    "all alike: perhaps drawn in the browser": (_pages("a.example", "s", "s", "s", "s"), []),
    "two alike": (_pages("a.example", "s", "s", "t", "u"), []),
    "little text": (_pages("a.example", "s", "s", "s", "t", text="Loading"), []),
    "bodies that were not read whole differ": (_pages("a.example", None, None, None, "t"), []),
    "a body that was not read whole is another one": (
        _pages("a.example", "s", "s", "s", None),
        [("https://a.example/0", 3, 1)],
    ),
    "alike at two hosts": (_pages("a.example", "s", "s", "t") | _pages("b.example", "s", "u", "v"), []),
    "two groups": (
        _pages("a.example", "s", "s", "s", "t", "t", "t", "t"),
        [("https://a.example/0", 3, 4), ("https://a.example/3", 4, 3)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_body_for_many_addresses_is_looked_at_beside_others(name: str) -> None:
    """What cannot condemn anybody makes no object."""
    pages, expected = CASES[name]
    db = open_store(None)
    run_id = runs.begin(db, NOW, "1", ["."])
    with transaction(db):
        collection = Collection(db, run_id)
        collection.recall(["a.md"])
        references = [
            Reference("a.md", Span(0, 1, 1, 1, 1, 2), url, url, Kind.LINK, None, None, None, (), (target,))
            for url in pages
            for target in [Target(url, Role.SELF, Expects.PAGE)]
        ]
        collection.add(Stamp("a.md", 1, 1, "rules"), Document("a.md", "", Format.MARKDOWN), b"1", None, references)
        collection.flush()
    plan.draw_up(db, run_id, "2026-01-01")
    seen = Observations(db, run_id)
    for number, url in db.execute("SELECT id, url FROM target ORDER BY id").fetchall():
        sha256, text = pages[url]
        content = Content("text/html", 9, None, Ending.COMPLETE, sha256=sha256, page=PageFacts(text=text))
        verdict = Verdict(Outcome.OK, Reason.AVAILABLE, "fine", 200, url, 1, 0.1, NOW, content)
        seen.add(number, Probe(Target(url, Role.SELF, Expects.PAGE), ()), verdict)
    seen.flush()
    sightings.sight(db)

    groups = sightings.of_one_body(db, "expects = 'page'", 3, 200)
    assert [(alike[0].url, len(alike), others) for alike, others in groups] == expected
