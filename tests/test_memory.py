"""Runs over many nights: what is confirmed when, what is asked when, and what `linkcheck history` tells of it."""

import json
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest
from command import Done, files, linkcheck
from pictures import encoded
from PIL import Image
from servers import Routes, Server, answer

PAGE = answer(200, b"<title>A page</title>", media_type="text/html")
PICTURE = encoded(Image.new("RGB", (80, 80), (9, 99, 199)), "JPEG")
GONE = answer(404, b"nothing here")
TROUBLE = answer(503, b"trouble")


class Nights:
    """A folder, a server, and runs on given days of November 2026."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server = folder, server

    def run(self, day: float, *words: str, report: str = "jsonl") -> Done:
        polite = ["--connect-to", self.server.connect_to, "--host-rate", "0", "--retries", "0", "--format", report]
        hour = round(day % 1 * 24)
        return linkcheck(self.folder, "run", ".", *polite, *words, environment=_now(f"2026-11-{int(day):02}T{hour:02}"))

    def history(self, *words: str) -> Done:
        return linkcheck(self.folder, "history", *words, environment=_now("2026-11-30T00"))

    def asked(self) -> list[str]:
        seen = sorted({f"{one.host}{one.path}" for one in self.server.log})
        self.server.log.clear()
        return seen


def _now(text: str) -> dict[str, str | None]:
    return {"LINKCHECK_NOW": f"{text}:00:00Z"}


@pytest.fixture
def routes() -> Routes:
    return {}


@pytest.fixture
def nights(tmp_path: Path, routes: Routes) -> "Nights":
    with Server(routes) as server:
        yield Nights(tmp_path, server)  # type: ignore[misc]  # a fixture


def _links(*names: str) -> str:
    return "\n\n".join(f"<http://{name}/>" for name in names)


def _told(done: Done) -> list[tuple[str, bool, str | None]]:
    return [(row["outcome"], row["confirmed"], row["failing_since"]) for row in done.rows]


def test_death_takes_three_checks_and_six_days(nights: Nights) -> None:
    """Broken at the first look, confirmed at the third, and the exit code of a nightly job follows."""
    files(nights.folder, {"a.md": _links("gone.example")})
    done = [nights.run(day, "--fail-on", "confirmed") for day in (2, 5, 8)]
    assert [one.code for one in done] == [0, 0, 1]
    assert [one.rows[0]["detail"].partition("; ")[2] for one in done] == [
        "failing, 1 of 3 checks since 2026-11-02",
        "failing, 2 of 3 checks since 2026-11-02",
        "confirmed: 3 checks failed since 2026-11-02",
    ]
    since = "2026-11-02T00:00:0"
    assert [(o, c, (s or "")[: len(since)]) for one in done for o, c, s in _told(one)] == [
        ("broken", False, since),
        ("broken", False, since),
        ("broken", True, since),
    ]


def test_a_success_takes_it_all_back(nights: Nights, routes: Routes) -> None:
    """What was failing and is fine again begins anew; what does so again and again is called flaky."""
    files(nights.folder, {"a.md": _links("odd.example")})
    done = []
    for night, day in enumerate((1, 4, 7, 10, 13, 16)):
        routes["odd.example", "/"] = TROUBLE if night % 2 else PAGE
        done.append(nights.run(day, "--max-age", "0s"))
    assert [one.rows[0]["outcome"] for one in done] == ["ok", "uncertain"] * 3
    assert "failing, 1 of 5 checks since 2026-11-16; flaky: it came back 2 times lately" in done[-1].rows[0]["detail"]


def test_trouble_that_lasts_becomes_broken(nights: Nights, routes: Routes) -> None:
    """A server that fails for thirty days, five checks: broken, confirmed, with the same reason."""
    files(nights.folder, {"a.md": _links("busy.example", "good.example")})
    routes |= {("busy.example", "/"): TROUBLE, ("good.example", "/"): PAGE}
    done = [nights.run(day) for day in (1, 8, 15, 22)]
    last = linkcheck(
        nights.folder,
        *("run", ".", "--connect-to", nights.server.connect_to, "--retries", "0", "--format", "jsonl"),
        environment=_now("2026-12-01T00"),
    )
    assert [(one.rows[0]["outcome"], one.rows[0]["confirmed"]) for one in done] == [("uncertain", False)] * 4
    assert done[3].rows[0]["detail"].endswith("failing, 4 of 5 checks since 2026-11-01")
    row = last.rows[0]
    assert (row["outcome"], row["reason"], row["confirmed"], last.code) == ("broken", "server-error", True, 1)


def test_an_outage_of_a_host_confirms_nothing(nights: Nights, routes: Routes) -> None:
    """Six links of one host in trouble at once: it is told, and counts once for the host."""
    files(
        nights.folder,
        {"a.md": "\n\n".join(f"<http://h.example/{n}>" for n in range(6)) + "\n\n" + _links("ok.example")},
    )
    routes |= {("h.example", "*"): TROUBLE, ("ok.example", "/"): PAGE}
    done = nights.run(1)
    assert "6 of 6 targets of this host are in trouble: it counts once for the host" in done.rows[0]["detail"]
    told = nights.history("http://h.example/0").out
    assert "failing, 1 of 5 checks since 2026-11-01" in told


def test_a_dead_origin_leaves_only_the_proxy(nights: Nights, routes: Routes) -> None:
    """An origin in trouble for good is gone: what the proxy still shows is at risk."""
    proxied = "https://images.weserv.nl/?url=http://origin.example/a.jpg"
    files(nights.folder, {"a.md": f"![x]({proxied.replace('https', 'http')})\n\n" + _links("ok.example")})
    routes |= {
        ("origin.example", "*"): TROUBLE,
        ("images.weserv.nl", "*"): answer(
            200, encoded(Image.new("RGB", (80, 80), (9, 99, 199)), "JPEG"), media_type="image/jpeg"
        ),
        ("ok.example", "/"): PAGE,
    }
    for day in (1, 8, 15, 22):
        done = nights.run(day)
    assert done.rows[0]["outcome"] == "ok"
    done = linkcheck(
        nights.folder,
        *("run", ".", "--connect-to", nights.server.connect_to, "--retries", "0", "--format", "jsonl"),
        environment=_now("2026-12-01T00"),
    )
    assert (done.rows[0]["outcome"], done.rows[0]["reason"]) == ("at-risk", "proxy-cache-only")
    first, *_ = nights.history("--save-first").out.split("\n")
    assert first.startswith("!")
    assert "images.weserv.nl" in first


def test_due_times_decide(nights: Nights, routes: Routes) -> None:
    """With `max_age = "auto"` the failing are asked after days, the living after a week, and all are reported."""
    files(nights.folder, {"a.md": _links("good.example", "gone.example"), "linkcheck.toml": 'max_age = "auto"\n'})
    routes["good.example", "/"] = PAGE
    asked = []
    for day in range(1, 17):
        done = nights.run(day)
        asked.append(Counter(name.partition("/")[0] for name in nights.asked()))
        assert [row["outcome"] for row in done.rows] == ["ok", "broken"]
    assert 2 <= sum(night["good.example"] > 0 for night in asked) <= 4
    assert sum(night["gone.example"] > 0 for night in asked) == 3
    assert done.rows[1]["confirmed"]


def test_a_budget_is_spread_over_hosts_and_nights(nights: Nights, routes: Routes) -> None:
    """So many requests a night, one host after the other; what was not due is counted; all are seen in the end."""
    routes["*", "*"] = PAGE
    links = "\n\n".join(
        f"<http://{host}.example/{n}>" for host, number in (("big", 20), ("tiny", 2)) for n in range(number)
    )
    files(nights.folder, {"a.md": links, "linkcheck.toml": 'max_age = "auto"\nbudget = 6\n'})
    first = nights.run(1)
    assert len(nights.server.log) == 6
    hosts = Counter(name.partition("/")[0] for name in nights.asked())
    assert hosts == {"big.example": 4, "tiny.example": 2}
    reasons = Counter(row["reason"] for row in first.rows)
    assert reasons == {"available": 6, "not-due": 16}
    left = {row["detail"] for row in first.rows if row["reason"] == "not-due"}
    assert left == {"not asked: beyond the budget of this run, others were due for longer"}
    for day in (2, 3, 4):
        done = nights.run(day)
        assert len(nights.server.log) <= 6
        nights.asked()
    assert Counter(row["reason"] for row in done.rows) == {"available": 22}


def test_a_problem_that_was_beyond_the_budget_is_no_new_one(nights: Nights) -> None:
    """What was not asked last night and was known before cries no wolf."""
    files(nights.folder, {"a.md": "\n\n".join(f"<http://h{n}.example/>" for n in range(4))})
    nights.run(1)
    nights.run(4, "--budget", "2")
    done = nights.run(7, "--fail-on", "new")
    assert {row["change"] for row in done.rows} == {"unchanged"}
    assert done.code == 0


def test_history_tells_a_url_and_the_runs(nights: Nights, routes: Routes) -> None:
    """A line an observation, what they amount to; a line a run."""
    files(nights.folder, {"a.md": _links("odd.example")})
    for day, behaviour in ((1, PAGE), (4, GONE)):
        routes["odd.example", "/"] = behaviour
        nights.run(day, "--max-age", "0s")
    lines = nights.history("http://odd.example").out.splitlines()
    assert lines[0] == "2026-11-01 00:00  ok         available            200 odd.example answered 200 OK"
    assert lines[-1].startswith("2 observations; failing, 1 of 3 checks since 2026-11-04")
    head, *rows = nights.history().out.splitlines()
    assert head.split() == ["run", "began", "status", "ok", "broken", "confirmed", "observed"]
    assert rows[1].split() == ["2", "2026-11-04", "00:00", "finished", "0", "1", "0", "1"]
    assert nights.history("http://never.example/").code == 2


def test_survival_is_drawn(nights: Nights, routes: Routes) -> None:
    """After one night cohorts by year; after a week curves, as a picture with a table, JSON and SVG."""
    routes["*", "*"] = PAGE
    for year in range(2018, 2026):
        for n in range(year % 2018):
            routes[f"h{n}.example", f"/{2025 + 2018 - year}/{n}"] = GONE
        text = "\n\n".join(f"<http://h{n}.example/{year}/{n}>" for n in range(8))
        files(nights.folder, {f"{year}.md": f"---\ndate: {year}-06-01\n---\n{text}"})
    files(nights.folder, {"undated.md": _links("undated.example")})
    nights.run(1)
    once = nights.history("--survival").out
    assert "dead, by one look at each" in once
    assert "2018" in once
    assert "left out: 1 link of articles without a date" in once
    for day in (4, 7, 10):
        nights.run(day, "--max-age", "0s")
    drawn = nights.history("--survival", "--by", "host").out
    assert "⠉" in drawn
    assert "h0.example" in drawn
    shown = json.loads(nights.history("--survival", "--format", "json").out)
    assert (shown["groups"][0]["links"], shown["groups"][0]["died"]) == (64, 28)
    assert ET.fromstring(nights.history("--survival", "--format", "svg").out).tag.endswith("svg")
    found = json.loads(nights.history("--save-first", "3", "--format", "json").out)
    assert len(found) == 3
    assert found[0]["risk"] >= found[1]["risk"] >= found[2]["risk"] > 0


def test_places_are_those_of_the_documents_as_they_are(nights: Nights, routes: Routes) -> None:
    """An article that was edited ten times cites a link once; what none cites any more need not be saved."""
    routes["*", "*"] = PAGE
    for day, names in ((1, ["kept.example", "left.example"]), (4, ["kept.example", "new.example"])):
        files(nights.folder, {"a.md": _links(*names), "b.md": _links("kept.example")})
        nights.run(day)
    found = json.loads(nights.history("--save-first", "--format", "json").out)
    assert {one["url"]: one["places"] for one in found} == {"http://kept.example/": 2, "http://new.example/": 1}


def test_the_store_is_kept_up(nights: Nights, routes: Routes, tmp_path: Path) -> None:
    """Told again, pruned, exported and imported: each says in a sentence what it did."""
    files(nights.folder, {"a.md": _links("good.example", "gone.example")})
    routes["good.example", "/"] = PAGE
    for day in range(1, 21):
        nights.run(day, "--max-age", "0s")
    assert nights.history("--rebuild").out == "told 2 lives again from all observations\n"
    pruned = nights.history("--prune", "--keep-runs", "2", "--keep-looks", "2").out
    assert pruned.startswith("took out ")
    assert nights.history("--export", "all.gz").out.startswith("wrote ")
    again = nights.history("--import", "all.gz").out
    assert again.startswith("took in 0 observations of 0 targets; ")
    other = linkcheck(nights.folder, "history", "--import", "all.gz", "--store", "other.db")
    assert (other.code, other.stderr) == (
        3,
        "linkcheck: there is no store 'other.db'; it is written by 'linkcheck run'\n",
    )
    assert linkcheck(nights.folder, "report", "--format", "jsonl").rows[1]["confirmed"]
    assert nights.run(21).rows[1]["confirmed"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--by", "host"], "--by belongs to --survival"),
        (["--rebuild", "--prune"], "--rebuild and --prune exclude each other"),
        (["http://a.example/", "--survival"], "a URL and --survival exclude each other"),
        (["--format", "svg"], "--format svg belongs to --survival"),
        (["--format", "json"], "--format json belongs to --survival or --save-first"),
        (["--import", "nothing.gz"], "there is no store"),
    ],
)
def test_words_that_make_no_sense_together(words: list[str], expected: str, tmp_path: Path) -> None:
    """One sentence, before the store is touched."""
    done = linkcheck(tmp_path, "history", *words)
    assert done.code in (2, 3)
    assert expected in done.stderr


BAD_SETTINGS: dict[str, tuple[str, str]] = {
    "failures": ("[death]\nfailures = 0", "death: failures and kinds must be at least 1"),
    "apart": ('[death]\napart = "soon"', "death.apart: 'soon' is no age"),
    "reason": ("[death.reasons.nonsense]\nfailures = 1\ndays = 1", "'death': unknown 'nonsense'"),
    "interval": ('[recheck]\nalive = "often"', "recheck.alive: 'often' is no age"),
    "jitter": ("[recheck]\njitter = 2", "recheck.jitter must lie between 0 and 1"),
    "budget": ("budget = 0", "budget must be at least 1"),
}


@pytest.mark.parametrize(("text", "expected"), BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_settings_without_meaning_are_refused(text: str, expected: str, tmp_path: Path) -> None:
    """With the file and the line."""
    files(tmp_path, {"linkcheck.toml": text, "a.md": "x"})
    done = linkcheck(tmp_path, "run", "a.md")
    assert done.code == 2
    assert expected in done.stderr


def test_the_death_rule_is_mine_to_choose(nights: Nights) -> None:
    """Two failures within a day are enough here; the past is told by the new rule at once."""
    files(nights.folder, {"a.md": _links("gone.example")})
    assert not nights.run(1).rows[0]["confirmed"]
    assert not nights.run(2).rows[0]["confirmed"]
    files(nights.folder, {"linkcheck.toml": "[death]\nfailures = 2\ndays = 1\n"})
    assert nights.run(2.1).rows[0]["confirmed"]
