"""How links die stands in the HTML report as soon as the store has seen any die; a first report does without."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from command import files, linkcheck
from reports.browsing import CHROMIUM
from servers import Server, answer

PAGE = answer(200, b"<title>A page</title>", media_type="text/html")
GONE, FINE = 8, 8
LINKS = "".join(f"<http://gone{n}.example/>\n\n" for n in range(GONE)) + "".join(
    f"<http://fine{n}.example/>\n\n" for n in range(FINE)
)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An archive of which half is dead, after nine days of looking."""
    files(tmp_path, {"a.md": f"---\ndate: 2016-03-01\n---\n\n{LINKS}"})
    with Server({(f"fine{n}.example", "/"): PAGE for n in range(FINE)}) as server:
        for day in (2, 5, 8, 11):
            polite = ("--connect-to", server.connect_to, "--host-rate", "0", "--retries", "0")
            now = {"LINKCHECK_NOW": f"2026-11-{day:02}T00:00:00Z"}
            done = linkcheck(tmp_path, "run", ".", *polite, "--format", f"html=day{day}.html", environment=now)
            assert done.code == 1, done.stderr
        yield tmp_path


def test_a_picture_as_soon_as_deaths_are_confirmed(folder: Path) -> None:
    """None while everything was seen within a few days; then the share alive, in words too."""
    first, *_, last = ((folder / f"day{day}.html").read_text() for day in (2, 5, 8, 11))
    assert "How links die with age" not in first
    assert "Of 16 links in articles with a date, 8 died beyond doubt; 50 % live for 10.7 years or more" in last
    assert 'role="img"' in last
    assert "half-life" in last[last.index("<pre>") : last.index("</pre>")]
    assert " style=" not in last


def test_a_report_writes_nothing(folder: Path) -> None:
    """By other rules of death the lives are told again by the next run, not by whoever looks."""
    store = folder / ".linkcheck/store.db"
    before = store.read_bytes()
    files(folder, {"linkcheck.toml": "[death]\nfailures = 9\n"})
    assert linkcheck(folder, "report", "--format", "html=again.html").code == 0
    assert "8 died beyond doubt" in (folder / "again.html").read_text()
    assert store.read_bytes() == before


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
def test_it_is_shown(folder: Path) -> None:
    """In a real browser, under the page's own policy, without a complaint."""
    from playwright.sync_api import sync_playwright

    said: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1000, "height": 800})
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto((folder / "day11.html").as_uri())
        box = page.locator("figure.further svg").bounding_box()
        browser.close()
    assert said == []
    assert box is not None
    assert 500 < box["width"] <= 46 * 16
    assert box["height"] < box["width"]
