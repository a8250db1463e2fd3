"""The HTML report as a file: nothing leaves it, nothing in it is obeyed, and it says what it left out."""

import io
import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import html5lib
import pytest
from reports import hostile, many

from linkcheck.model import Change, Finding, Kind, Outcome, Problem, Reason
from linkcheck.reports import html, island, pictures
from linkcheck.reports.printable import printable
from linkcheck.reports.rows import Rows, decider, link, shown
from linkcheck.reports.summary import LISTED, Summary

HOSTILE = hostile.findings()
ATTRIBUTES_WITH_ADDRESSES = {"src", "href", "action", "formaction", "data", "poster", "srcset", "background", "cite"}


def page(findings: Sequence[Finding], summary: Summary | None = None) -> str:
    out = io.StringIO()
    html.write(out, summary or many.summary(findings), iter(findings))
    return out.getvalue()


def tree(text: str) -> Any:
    return html5lib.parse(text, treebuilder="etree", namespaceHTMLElements=False)


def words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def data(text: str) -> dict[str, Any]:
    found = json.loads(tree(text).find(".//script[@id='data']").text)
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def hostile_page() -> str:
    return page(HOSTILE, hostile.summary(HOSTILE))


def test_the_policy_allows_the_one_style_sheet_and_the_one_script() -> None:
    """A browser runs what we wrote and nothing besides, whatever a page was called."""
    root = tree(page([many.finding()]))
    policy = root.find(".//meta[@http-equiv='Content-Security-Policy']").get("content")
    style, script = root.find(".//style").text, root.findall(".//script")[-1].text
    digests = {
        name: b64encode(sha256(text.encode()).digest()).decode()
        for name, text in (("style", style), ("script", script))
    }
    assert policy.split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digests['style']}'",
        f"script-src 'sha256-{digests['script']}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
    ]
    assert len(root.findall(".//style")) == 1
    assert [one.get("type") for one in root.iter("script")] == ["application/json", None]


def test_nothing_is_loaded_and_nothing_hostile_becomes_an_element(hostile_page: str) -> None:
    """2,000 nasty strings: the page has the elements of a harmless one, no handler, and links only to the web."""
    harmless = {one.tag for one in tree(page(list(many.findings(300)))).iter() if isinstance(one.tag, str)}
    root = tree(hostile_page)
    assert {one.tag for one in root.iter() if isinstance(one.tag, str)} <= harmless | {"details", "summary"}
    for one in root.iter():
        assert not [name for name in one.attrib if name.startswith("on") or name in ("style", "srcdoc")]
        for name in ATTRIBUTES_WITH_ADDRESSES & one.attrib.keys():
            assert one.tag in ("a", "link"), one.tag
            assert re.match(r"#|data:image/svg|https?://[!-~]+\Z", one.get(name)), one.get(name)
    leaving = [one for one in root.iter("a") if not one.get("href").startswith("#")]
    assert {one.get("rel") for one in leaving} == {"noreferrer noopener"}


def test_hostile_text_is_shown_and_not_changed(hostile_page: str) -> None:
    """What a document holds is what I read, with escapes for what no page can show."""
    found = data(hostile_page)
    texts = {found["strings"][row[3]] for row in found["rows"]} | {found["strings"][row[6]] for row in found["rows"]}
    for one in HOSTILE:
        assert printable(one.detail) in texts
        assert shown(one.reference.raw if one.reference.url is None else one.reference.url) in texts
    static = {"".join(one.itertext()) for one in tree(hostile_page).iter("bdi")}
    assert {printable(text) for text in hostile.STRINGS[:200]} <= static


def test_the_file_is_well_formed_text(hostile_page: str) -> None:
    """UTF-8 without control characters, and the data cannot end its element."""
    hostile_page.encode()
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]", hostile_page
    )
    rows = Rows(5_000)
    for one in HOSTILE:
        rows.add(one)
    assert not re.search("[<>&\u2028\u2029]", "".join(island.pieces(rows.worst_first())))


def test_one_dead_image_in_300_articles_is_one_row() -> None:
    """With its 300 places; the static table names some and counts the rest."""
    text = page([many.finding(path=f"{number}.md") for number in range(300)])
    found = data(text)
    assert len(found["rows"]) == 1
    assert len(found["rows"][0][11]) == 300 * 4
    assert "0.md:1:7, 1.md:1:7, 2.md:1:7 … and 297 more" in words(tree(text).find(".//tbody[@id='rows']"))


def test_every_text_is_there_once() -> None:
    """The file stays small: a host, a path or an address is written once, however often it occurs."""
    strings = data(page(list(many.findings(2_000))))["strings"]
    assert strings[0] == ""
    assert len(strings) == len(set(strings))


def kept(most: int, *findings: Finding) -> tuple[list[tuple[Outcome, Change]], int]:
    rows = Rows(most)
    for one in findings:
        rows.add(one)
    return [(row.outcome, place.change) for row, places in rows.worst_first() for place in places], rows.left_out


def test_the_worst_are_kept_and_the_rest_is_counted() -> None:
    """However many findings there are, memory holds so many; what is broken stays, what is new before what is known."""
    outcomes = [Outcome.OK, Outcome.REDIRECTED, Outcome.BROKEN, Outcome.SKIPPED, Outcome.UNCERTAIN, Outcome.AT_RISK]
    every = [
        many.finding(f"https://a.example/{outcome}-{change}", outcome=outcome, change=change)
        for change in (Change.UNCHANGED, Change.NEW)
        for outcome in outcomes
    ]
    worst = [
        (outcome, change) for outcome in (Outcome.BROKEN, Outcome.AT_RISK) for change in (Change.NEW, Change.UNCHANGED)
    ]
    assert kept(4, *every) == (worst, 8)
    assert kept(4, *reversed(every)) == (worst, 8)
    assert kept(0, *every) == ([], 12)
    assert len(kept(12, *every)[0]) == 12


def test_a_page_that_is_not_whole_says_where_the_rest_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond 50,000 findings I read how many are missing, and the command that prints them."""
    monkeypatch.setattr(html, "MOST", 5)
    note = words(tree(page(list(many.findings(12)))).find(".//p[@id='rest']"))
    assert note.startswith("This page holds the 5 worst findings; 7 milder ones are not in it.")
    assert "linkcheck report --run 12 --format jsonl=FILE" in note
    assert tree(page(list(many.findings(5)))).find(".//p[@id='rest']") is None


def test_without_a_script_the_page_is_a_summary_and_the_worst_rows() -> None:
    """The worst 200 are there as a plain table; what is fine is only counted."""
    findings = list(many.findings(1_000))
    root = tree(page(findings))
    rows = root.findall(".//tbody[@id='rows']/tr")
    assert len(rows) == 200
    assert {words(row.find(".//span[@class='reason']")) for row in rows} <= {one.reason for one in findings}
    assert "lists the worst 200 of" in words(root.find(".//noscript"))
    few = tree(page([many.finding(), many.finding("https://b.example/", outcome=Outcome.OK, reason=Reason.AVAILABLE)]))
    assert len(few.findall(".//tbody[@id='rows']/tr")) == 1
    assert "Nothing to act on." in words(tree(page([])))


def test_the_head_says_what_changed() -> None:
    """`3 new, 2 fixed, 412 known`, and since when; a first run says that it is one."""
    changes = [*[Change.NEW] * 3, *[Change.UNCHANGED] * 4]
    findings = [many.finding(f"https://a.example/{place}", change=change) for place, change in enumerate(changes)]
    findings += [many.finding(outcome=Outcome.OK, reason=Reason.AVAILABLE, change=Change.ABSENT)] * 2
    root = tree(page(findings, many.summary(findings, since="run 11")))
    assert words(root.find(".//p[@class='delta']")) == "3 new, 2 fixed, 4 known since run 11"
    first = tree(page(findings[:3], many.summary(findings[:3], since=None)))
    assert words(first.find(".//p[@class='delta']")) == "3 problems and no earlier run to compare with"


def test_the_proxy_and_the_origin_stand_side_by_side() -> None:
    """Of a proxied image I see at a glance who still has it, in which format and size."""
    root = tree(page([many.proxied("https://static.a.example/1.jpg", reason=Reason.PROXY_CACHE_ONLY)]))
    sides = [words(one) for one in root.findall(".//ul[@class='sides']/li")]
    assert sides == ["✓ proxy: ok 200, JPEG 700×394", "▲ origin: at-risk 404"]


LINKS = {
    "https://a.example/x?y#z": True,
    "http://a.example/": True,
    "javascript:alert(1)": False,
    "data:text/html,<script>": False,
    "ftp://a.example/": False,
    "mailto:a@b.example": False,
    "//a.example/": False,
    "local/file.md": False,
    "https://***@a.example/": False,
    "https://a.example/\u202e": False,
    "https://a.example/\n": False,
    "https://a.example/ x": False,
}


@pytest.mark.parametrize(("url", "may_lead"), LINKS.items(), ids=LINKS)
def test_only_a_web_address_of_our_parser_is_a_link(url: str, may_lead: bool) -> None:
    """Nothing that runs, nothing that hides, nothing with a password."""
    assert link(url) == (url if may_lead else None)
    anchors = [one.get("href") for one in tree(page([many.finding(url)])).iter("a") if one.get("rel")]
    assert anchors == [url] * may_lead
    assert not [one for one in tree(page([many.finding(None, raw=url)])).iter("a") if one.get("rel")]


def test_chinese_is_read_as_chinese_and_leads_where_the_document_says() -> None:
    """The address is readable, the link is exact."""
    anchor = next(
        one for one in tree(page([many.finding("https://a.example/%E6%96%B0%E8%81%9E")])).iter("a") if one.get("rel")
    )
    assert (words(anchor), anchor.get("href")) == ("https://a.example/新聞", "https://a.example/%E6%96%B0%E8%81%9E")


def test_the_host_that_decided_is_blamed() -> None:
    """A proxy that works is not named for an origin that lost its image."""
    assert decider(many.proxied("https://static.a.example/1.jpg")) == "static.a.example"
    assert decider(many.finding()) == "a.example"
    assert decider(many.finding(None)) == ""


def tallied(findings: Sequence[Finding]) -> pictures.Tally:
    tally = pictures.Tally()
    for one in findings:
        tally.add(one)
    return tally


def test_what_is_drawn_is_what_was_counted() -> None:
    """Bars and columns add up to the findings, by host, by kind and by age; each picture says it in words too."""
    findings = list(many.findings(3_000))
    tally = tallied(findings)
    kinds, hosts = tally.kinds(), tally.hosts()
    assert kinds is not None
    assert hosts is not None
    assert {line.label: line.total for line in kinds.lines} == Counter(one.reference.kind.value for one in findings)
    of_host = Counter(
        decider(one) for one in findings if one.outcome in (Outcome.BROKEN, Outcome.AT_RISK, Outcome.UNCERTAIN)
    )
    assert [sum(line.numbers) for line in hosts.lines] == [number for _, number in of_host.most_common(10)]
    assert str(of_host.most_common(1)[0][1]) in hosts.says
    for picture in (kinds, hosts):
        for line in picture.lines:
            assert [piece.number for piece in line.pieces] == [number for number in line.numbers if number]
            assert all(-0.1 <= piece.x <= piece.x + piece.width <= pictures.WIDTH + 1 for piece in line.pieces)


def test_nothing_rots_and_nothing_is_drawn() -> None:
    """An archive without problems has no picture of hosts, and one without dates none of ages."""
    fine = many.finding(outcome=Outcome.OK, reason=Reason.AVAILABLE)
    assert tallied([fine]).hosts() is None
    assert tallied([]).kinds() is None
    assert pictures.ages({}) is None


def ages(*months: str) -> list[str]:
    picture = pictures.ages({month: {Outcome.BROKEN: 1, Outcome.OK: 3} for month in months})
    assert picture is not None
    assert sum(line.total for line in picture.lines) == 4 * len(months)
    assert all(0 <= piece.y <= piece.y + piece.height <= 150.1 for line in picture.lines for piece in line.pieces)
    return [line.label for line in picture.lines]


def test_ages_are_by_month_or_by_year() -> None:
    """As fine as fits: months of one or two years, years of a longer time, the earliest together."""
    assert ages("2019-07", "2019-01", "2020-03") == ["2019-01", "2019-07", "2020-03"]
    long = [f"{year}-{month:02}" for year in range(2009, 2019) for month in (1, 6, 9)]
    assert ages(*long) == [str(year) for year in range(2009, 2019)]
    centuries = ages(*[f"{year}-01" for year in range(1900, 2000)])
    assert len(centuries) == 40
    assert (centuries[0], centuries[1], centuries[-1]) == ("earlier", "1961", "1999")


def test_inputs_that_could_not_be_read_are_listed() -> None:
    """With their reasons, and at most 200 of them."""
    findings = [many.finding()]
    problems = [Problem(f"{number}.md", "cannot be decoded") for number in range(250)]
    told = words(tree(page(findings, many.summary(findings, problems=problems))).find(".//details[@class='unread']"))
    assert told.startswith("250 inputs could not be read 0.md: cannot be decoded")
    assert "… and 50 more" in told


def test_a_report_is_the_same_each_time() -> None:
    """The same run makes the same file, byte by byte."""
    findings = list(many.findings(400))
    assert page(findings) == page(findings)


def test_a_kind_or_reason_keeps_its_place() -> None:
    """What the script reads by number is what was written by name."""
    found = data(page([many.finding(kind=Kind.MEDIA, outcome=Outcome.UNCERTAIN, reason=Reason.TIMED_OUT)]))
    row = found["rows"][0]
    assert found["outcomes"][row[0]] == "uncertain"
    assert found["reasons"][row[1]] == "timed-out"
    assert found["kinds"][row[2]] == "media"
    assert found["changes"][row[11][3]] == "new"
    assert set(found["advice"]) == {"timed-out"}
    assert set(LISTED) < set(found["outcomes"])
