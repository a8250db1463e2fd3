"""Pages of one host with one body: which groups are worth a look."""

import pytest
from store_made import NOW, Made, observe, planned, reference, targets

from linkcheck.model import Content, Ending, Expects, Outcome, PageFacts, Reason, Role, Target, Verdict
from linkcheck.store import sightings
from linkcheck.store.connection import open_store

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


def _fine(url: str, sha256: str | None, text: str) -> Verdict:
    content = Content("text/html", 9, None, Ending.COMPLETE, sha256=sha256, page=PageFacts(text=text))
    return Verdict(Outcome.OK, Reason.AVAILABLE, "fine", 200, url, 1, 0.1, NOW, content)


@pytest.mark.parametrize("name", CASES)
def test_one_body_for_many_addresses_is_looked_at_beside_others(name: str) -> None:
    """What cannot condemn anybody makes no object."""
    pages, expected = CASES[name]
    db = open_store(None)
    asked = {url: Target(url, Role.SELF, Expects.PAGE) for url in pages}
    run_id = planned(db, Made("a.md", [reference("a.md", (target,)) for target in asked.values()]))
    observe(db, run_id, [(number, asked[url], _fine(url, *pages[url])) for number, url in targets(db)])
    sightings.sight(db)

    groups = sightings.of_one_body(db, "expects = 'page'", 3, 200)
    assert [(alike[0].url, len(alike), others) for alike, others in groups] == expected
