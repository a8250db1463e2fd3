"""The HTML report in a real browser: it opens, finds, sorts, listens to keys, can be heard, and keeps to itself.

Needs a Chromium of the system; nothing is installed from here. Without one the tests are skipped and say so.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from reports import hostile, many
from reports.browsing import CHROMIUM, READ, STRANGERS, Watched

from linkcheck.model import Change, Finding, Outcome, Reason
from linkcheck.reports import html
from linkcheck.reports.printable import printable
from linkcheck.reports.rows import shown
from linkcheck.reports.summary import LISTED, Summary

MANY = 50_000
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH (Debian: apt-get install chromium)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # A sandbox needs rights that a container rarely gives, and what is opened here is our own.
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Any]:
    """Open a file as an ordinary reader; at the end, it must have asked for nothing and broken no rule."""
    contexts = []

    def open_file(file: Path, *, anchor: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.route(lambda url: not url.startswith("file:"), lambda route: route.abort())
        watched = Watched(context)
        contexts.append((context, watched))
        watched.page.goto(file.as_uri() + anchor)
        return watched.page

    yield open_file
    for context, watched in contexts:
        watched.check()
        context.close()


def written(folder: Path, findings: list[Finding], summary: Summary | None = None) -> Path:
    file = folder / "report.html"
    with file.open("w", encoding="utf-8", newline="\n") as out:
        html.write(out, summary or many.summary(findings), iter(findings))
    return file


SMALL = list(many.findings(600))
DATED = {
    f"{year}-0{month}": {Outcome.BROKEN: 2030 - year, Outcome.OK: 40} for year in range(2012, 2030) for month in (1, 6)
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("small"), SMALL, many.summary(SMALL, published=DATED))


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    findings = SMALL[:40]
    return written(tmp_path_factory.mktemp("few"), findings, many.summary(findings, published=DATED))


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("big"), list(many.findings(MANY)))


def status(page: Page) -> str:
    return page.locator("#status").inner_text()


def listed(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.outcome in LISTED]


def rows(page: Page) -> Any:
    return page.locator("#rows tr.row")


def test_50_000_findings_open_and_are_paged(opened: Any, big: Path, record_property: Any) -> None:
    """A page of them is there in about a second (measured, not judged), and every page can be reached."""
    page = opened(big)
    took = page.evaluate("performance.getEntriesByType('navigation')[0].domComplete")
    record_property("opened_ms", round(took))
    record_property("size_bytes", big.stat().st_size)
    assert took < 30_000
    assert rows(page).count() == 100
    places = len(listed(list(many.findings(MANY))))
    assert f"in {places:,} places; page 1 of " in status(page)
    page.locator("#last-page").click()
    assert page.locator("#next-page").is_disabled()
    page.locator("#search").fill("no such thing anywhere")
    expect(page.locator("#status")).to_have_text("0 targets in 0 places")
    page.locator("#search").fill("static.host7.example 新聞")
    expect(page.locator("#status")).not_to_have_text("0 targets in 0 places")
    texts = rows(page).all_inner_texts()
    assert all("static.host7.example" in text for text in texts)


def test_search_finds_every_word_anywhere(opened: Any, small: Path) -> None:
    """Address, file, host, reason or kind, in any order and case; Chinese as it is read."""
    page = opened(small)
    for words, matches in {
        "HARBOUR not-found": lambda one: one.reason.endswith("not-found") and "/harbour/" in one.reference.path,
        "jpeg at-risk": lambda one: one.outcome is Outcome.AT_RISK and len(one.verdicts) == 2,
        "zh/新聞": lambda one: "%E6%96%B0" in (one.reference.url or ""),
    }.items():
        page.locator("#search").fill(words)
        # A row is found with all its places, so the number of targets is what agrees.
        targets = {one.reference.url for one in listed(SMALL) if matches(one)}
        expect(page.locator("#status")).to_contain_text(f"{len(targets)} target")


FILTERS = {
    "reason": ("timed-out", lambda one: one.reason == "timed-out"),
    "kind": ("image-proxy", lambda one: one.reference.kind == "image-proxy"),
    "change": ("new", lambda one: one.change == "new"),
    "host": ("host1.example", lambda one: any("host1.example" in target.url for target in one.reference.targets)),
    "document": ("新聞/1", lambda one: "新聞/1" in one.reference.path),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_shows_what_it_says(name: str, opened: Any, small: Path) -> None:
    """The number of places is that of the findings which fit."""
    value, fits = FILTERS[name]
    page = opened(small)
    box = page.locator(f"#{name}")
    box.select_option(value) if name in ("reason", "kind", "change") else box.fill(value)
    expect(page.locator("#status")).to_contain_text(f"in {sum(map(fits, listed(SMALL)))} place")
    page.locator("#clear").click()
    expect(page.locator("#status")).to_contain_text(f"in {len(listed(SMALL))} places")


def test_outcomes_are_switched_on_and_off(opened: Any, small: Path) -> None:
    """At first I see what is neither ok nor skipped; a button for each outcome changes that."""
    page = opened(small)
    chips = page.locator("#outcomes button")
    assert [chip.get_attribute("aria-pressed") for chip in chips.all()] == ["true"] * 4 + ["false"] * 2
    for outcome in ("at-risk", "uncertain", "redirected"):
        page.locator(f"#outcomes button[value={outcome}]").click()
    expect(page.locator("#status")).to_contain_text(f"in {sum(one.outcome is Outcome.BROKEN for one in SMALL)} places")
    page.locator("a.tile.ok").click()
    expect(page.locator("#status")).to_contain_text(f"in {sum(one.outcome is Outcome.OK for one in SMALL)} place")
    assert page.url.endswith("#outcome=ok")


def test_columns_sort_both_ways(opened: Any, small: Path) -> None:
    """A click on a heading sorts, another one turns it round; a screen reader is told."""
    page = opened(small)
    heading = page.get_by_role("columnheader", name="Target")
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    texts = page.locator("#rows .address").all_inner_texts()
    assert texts == sorted(texts)
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    texts = page.locator("#rows .address").all_inner_texts()
    assert texts == sorted(texts, reverse=True)
    page.get_by_role("columnheader", name="Places").get_by_role("button").click()
    numbers = [int(text) for text in page.locator("#rows td.right").all_inner_texts()]
    assert numbers == sorted(numbers, reverse=True)


def test_what_is_shown_can_be_mailed(opened: Any, small: Path) -> None:
    """The address of the page brings back search, filters, order and page; that of a row brings back the row."""
    page = opened(small)
    page.locator("#search").fill("host")
    page.locator("#outcomes button[value=broken]").click()
    page.get_by_role("columnheader", name="Target").get_by_role("button").click()
    page.locator("#next-page").click()
    anchor = "#" + page.url.partition("#")[2]
    again = opened(small, anchor=anchor)
    assert status(again) == status(page)
    assert rows(again).all_inner_texts() == rows(page).all_inner_texts()

    page.locator("#rows .toggle").nth(5).click()
    address = page.locator("#rows .address").nth(5).inner_text()
    row = opened(small, anchor=page.locator(".permalink").get_attribute("href"))
    assert address in row.locator("tr.open").inner_text()
    assert row.locator("tr.more").is_visible()
    assert "not in this report" in status(opened(small, anchor="#row=nothing"))


def test_a_hostile_address_of_the_page_does_nothing(opened: Any, small: Path) -> None:
    """Whatever stands after `#` is text."""
    page = opened(
        small, anchor="#q=<img src=x onerror=alert(1)>&outcome=__proto__&sort=constructor&page=-7&host=%00&reason=%"
    )
    assert page.locator("#search").input_value() == "<img src=x onerror=alert(1)>"
    assert status(page) == "0 targets in 0 places"


def test_a_row_opens_with_both_sides_and_all_places(opened: Any, tmp_path: Path) -> None:
    """300 places, a hundred at first and the rest on demand; the proxy beside the origin."""
    findings = [many.proxied("https://static.a.example/1.jpg", path=f"news/{number}.md") for number in range(300)]
    page = opened(written(tmp_path, findings))
    assert status(page) == "1 target in 300 places"
    toggle = page.locator("#rows .toggle")
    toggle.click()
    assert toggle.get_attribute("aria-expanded") == "true"
    assert page.locator(f"#{toggle.get_attribute('aria-controls')}").is_visible()
    heads = [text.split() for text in page.locator(".side h3").all_inner_texts()]
    assert [(head[0], head[2], head[3]) for head in heads] == [
        ("proxy", "ok", "available"),
        ("origin", "at-risk", "proxy-cache-only"),
    ]
    assert "JPEG, 700×394 pixels, 5,935 bytes" in page.locator(".side").first.inner_text()
    assert page.locator(".all-places li").count() == 100
    page.get_by_role("button", name="Show 200 more places").click()
    assert page.locator(".all-places li").count() == 300
    toggle.click()
    assert page.locator("tr.more").count() == 0


def focused(page: Page) -> int:
    return int(
        page.evaluate(
            "[...document.querySelectorAll('#rows tr.row')].indexOf(document.activeElement.closest('tr.row'))"
        )
    )


def test_everything_can_be_done_with_keys(opened: Any, small: Path) -> None:
    """/ searches, j and k walk, Enter opens, Esc steps back, n and p turn pages, ? helps."""
    page = opened(small)
    keys = page.keyboard
    for key, place in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        keys.press(key)
        assert focused(page) == place
    keys.press("Enter")
    assert page.locator("tr.more").count() == 1
    assert focused(page) == 1
    keys.press("Escape")
    assert page.locator("tr.more").count() == 0
    keys.press("n")
    assert "page 2 of" in status(page)
    keys.press("p")
    assert "page 1 of" in status(page)
    keys.press("/")
    keys.type("jk?n/")
    assert page.locator("#search").input_value() == "jk?n/"
    expect(page.locator("#status")).to_have_text("0 targets in 0 places")
    keys.press("Escape")
    keys.press("Escape")
    expect(page.locator("#status")).to_contain_text(f"in {len(listed(SMALL))} places")
    keys.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.get_by_label("Single keys are commands").uncheck()
    keys.press("Escape")
    assert not page.locator("#help").is_visible()
    keys.press("?")
    assert not page.locator("#help").is_visible()


def test_walking_goes_on_over_the_page(opened: Any, small: Path) -> None:
    """After the last row of a page comes the first one of the next."""
    page = opened(small)
    page.locator("#rows .toggle").last.focus()
    page.keyboard.press("j")
    assert "page 2 of" in status(page)
    assert focused(page) == 0
    page.keyboard.press("k")
    assert focused(page) == 99


def test_dark_follows_the_system_and_the_switch(opened: Any, small: Path) -> None:
    """Dark where the system is dark; the button goes from system to dark to light and is remembered."""
    background = "getComputedStyle(document.body).backgroundColor"
    light, dark = opened(small, color_scheme="light"), opened(small, color_scheme="dark")
    white, black = light.evaluate(background), dark.evaluate(background)
    assert white != black
    button = light.locator("#theme")
    button.click()
    assert (button.inner_text(), light.evaluate(background)) == ("Theme: dark", black)
    light.reload()
    assert (button.inner_text(), light.evaluate(background)) == ("Theme: dark", black)
    button.click()
    assert (button.inner_text(), light.evaluate(background)) == ("Theme: light", white)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_barrier_is_found(scheme: str, width: int, opened: Any, few: Path) -> None:
    """axe finds no violation, with a row and the pictures' tables open, and none in the help."""
    # The policy forbids whatever is not ours; axe is let in.
    page = opened(few, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    page.locator("#rows .toggle").first.click()
    for table in page.locator("figure summary").all():
        table.click()
    assert _barriers(page) == []
    page.keyboard.press("?")
    assert _barriers(page) == []


def _barriers(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['impact']}: {one['id']}: {one['nodes'][0]['html']}" for one in found]


def test_a_screen_reader_finds_its_way(opened: Any, small: Path) -> None:
    """Landmarks, a named table, a live count, and pictures that say what they show."""
    page = opened(small)
    for role in ("banner", "main", "contentinfo", "search", "table"):
        assert page.get_by_role(role).first.is_visible(), role
    assert page.get_by_role("table", name="One row for each target").count() == 1
    assert page.get_by_role("status").get_attribute("aria-live") == "polite"
    said = [
        page.locator(f"#{one.get_attribute('aria-labelledby')}").inner_text()
        for one in page.locator("svg[role=img]").all()
    ]
    assert [text.split(":")[0].split(".")[0] for text in said] == [
        "Problems by host",
        "Share of problems by kind of reference",
        "Share of references with problems by when the article appeared",
    ]


def test_a_narrow_page_is_not_wider_than_the_screen(opened: Any, small: Path) -> None:
    """On a telephone nothing scrolls sideways, also with a row open."""
    page = opened(small, viewport={"width": 360, "height": 700})
    page.locator("#rows .toggle").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("#rows td.target").first.bounding_box()["width"] > 150


def test_chinese_hebrew_and_arabic_keep_to_their_direction(opened: Any, tmp_path: Path) -> None:
    """Right-to-left text does not turn its surroundings round, and addresses always run left to right."""
    arabic = many.finding("https://a.example/%D8%A3%D8%AE", path="أخبار/مقال.md", detail="العنوان: الصفحة غير موجودة")
    chinese = many.finding("https://b.example/%E6%96%B0", path="新聞/一.md", detail="標題「新聞」")
    page = opened(written(tmp_path, [arabic, chinese]))
    for row, one, way in zip(rows(page).all(), (arabic, chinese), ("rtl", "ltr"), strict=True):
        detail = row.locator(".detail bdi")
        assert detail.inner_text() == one.detail
        assert detail.evaluate("(it) => it.matches(':dir(rtl)') ? 'rtl' : 'ltr'") == way
        assert row.locator(".address bdi").get_attribute("dir") == "ltr"
        assert one.reference.path in row.locator(".places").inner_text()


def test_without_a_script_the_worst_can_be_read(opened: Any, small: Path, browser: Browser) -> None:
    """Summary, pictures and the worst 200 rows; no control that would do nothing."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(small.as_uri())
    assert rows(page).count() == 200
    assert page.locator("noscript").is_visible()
    assert not page.locator("form.tools").is_visible()
    assert not page.locator("#theme").is_visible()
    context.close()


def test_nothing_to_act_on_is_said(opened: Any, tmp_path: Path) -> None:
    """An archive in good health has a report too."""
    fine = many.finding(outcome=Outcome.OK, reason=Reason.AVAILABLE, change=Change.UNCHANGED)
    page = opened(written(tmp_path, [fine]))
    assert page.locator("#rows").inner_text() == "Nothing to act on."


def test_2_000_nasty_strings_are_text(opened: Any, tmp_path: Path) -> None:
    """Nothing runs, nothing is asked for, nothing leads elsewhere; each text is read as it was written."""
    findings = hostile.findings()
    page = opened(written(tmp_path, findings, hostile.summary(findings)))
    for outcome in ("ok", "skipped"):
        page.locator(f"#outcomes button[value={outcome}]").click()
    expected = Counter(
        (
            shown(one.reference.raw if one.reference.url is None else one.reference.url),
            printable(one.detail),
            printable(one.reference.path),
        )
        for one in findings
    )
    read: Counter[tuple[str, str, str]] = Counter()
    while True:
        page.evaluate("document.querySelectorAll('#rows .toggle[aria-expanded=false]').forEach((one) => one.click())")
        read.update(tuple(texts) for texts in page.evaluate(READ))
        assert page.evaluate(STRANGERS) == []
        if page.locator("#next-page").is_disabled():
            break
        page.locator("#next-page").click()
    assert read == expected
