"""Whole runs over a loopback server: what is asked, what is kept, what changed, and what stays secret."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from command import Done, files, linkcheck
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers import Behaviour, Certificates, Routes, Server, answer, in_turn, redirect

PAGE = answer(200, b"<title>A page</title>", media_type="text/html")
GONE = answer(404, b"nothing here")
TROUBLE = answer(500, b"trouble")


@pytest.fixture
def world(tmp_path: Path) -> "World":
    return World(tmp_path)


class World:
    """A folder and a server; every run of a test asks the same server over plain HTTP."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self, server: Server, *words: str, report: str = "jsonl", environment: dict[str, str] | None = None
    ) -> Done:
        polite = ["--connect-to", server.connect_to, "--host-rate", "0", "--retries", "0", "--format", report]
        return linkcheck(self.folder, "run", ".", *polite, *words, environment=environment or {})

    def write(self, **contents: str) -> None:
        files(self.folder, {f"{name}.md": content for name, content in contents.items()})


def _links(*names: str) -> str:
    return "\n\n".join(f"<http://{name}/>" for name in names)


def _asked(server: Server) -> list[str]:
    hosts = [seen.host for seen in server.log]
    server.log.clear()
    return sorted(set(hosts))


def test_fresh_answers_are_used_again_and_failures_are_not(world: World) -> None:
    """The second run asks only what failed; with no age allowed it asks everything, a later day too."""
    world.write(a=_links("good.example", "gone.example", "moved.example", "busy.example"))
    routes: Routes = {
        ("good.example", "/"): PAGE,
        ("moved.example", "/"): redirect("http://good.example/new", 301),
        ("good.example", "/new"): PAGE,
        ("busy.example", "/"): TROUBLE,
    }
    with Server(routes) as server:
        first = world.run(server)
        assert _asked(server) == ["busy.example", "gone.example", "good.example", "moved.example"]
        second = world.run(server)
        assert "good.example" not in {seen.host for seen in server.log if seen.path == "/"}
        assert {"busy.example", "gone.example"} <= set(_asked(server))
        world.run(server, "--max-age", "0s")
        assert _asked(server) == ["busy.example", "gone.example", "good.example", "moved.example"]
        world.run(server, environment={"LINKCHECK_NOW": "2999-01-01T00:00:00Z"})
        assert _asked(server) == ["busy.example", "gone.example", "good.example", "moved.example"]
    judged = [[(row["url"], row["outcome"], row["reason"]) for row in done.rows] for done in (first, second)]
    assert judged[0] == judged[1]
    assert first.rows[0]["checked_at"] == second.rows[0]["checked_at"]


def test_unchanged_files_are_not_opened_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night's second run reads what changed, and knows when the rules did."""
    from linkcheck import documents

    opened: list[str] = []
    load = documents.load

    def counting(source: documents.Source) -> object:
        opened.append(source.path)
        return load(source)

    monkeypatch.setattr(documents, "load", counting)
    world.write(a=_links("a.example"), b=_links("b.example"))
    run = ["run", ".", "--offline", "--format", "jsonl"]
    first = linkcheck(world.folder, *run)
    world.write(b=_links("c.example"))
    second = linkcheck(world.folder, *run)
    linkcheck(world.folder, *run, "--exclude", "x")
    assert opened == ["a.md", "b.md", "b.md", "a.md", "b.md"]
    assert [row["url"] for row in first.rows] == ["http://a.example/", "http://b.example/"]
    assert [row["url"] for row in second.rows] == ["http://a.example/", "http://c.example/"]


def test_offline_uses_what_the_store_knows(world: World) -> None:
    """No request; what was seen is reported however old, the rest is `skipped` `offline`."""
    world.write(a=_links("good.example", "gone.example"))
    with Server({("good.example", "/"): PAGE}) as server:
        world.run(server)
        server.log.clear()
        world.write(b=_links("new.example"))
        done = world.run(server, "--offline", environment={"LINKCHECK_NOW": "2999-01-01T00:00:00Z"})
        assert server.log == []
    judged = [(row["outcome"], row["reason"]) for row in done.rows]
    assert judged == [("ok", "available"), ("broken", "not-found"), ("skipped", "offline")]


TWO_RUNS: dict[str, tuple[Behaviour, str, str]] = {
    # name: (how the server answers in turn, the change seen by the second run, its outcome)
    "stays": (in_turn(GONE), "unchanged", "broken"),
    "breaks": (in_turn(PAGE, GONE), "new", "broken"),
    "heals": (in_turn(GONE, PAGE), "absent", "ok"),
    "worsens": (in_turn(TROUBLE, TROUBLE, GONE), "updated", "broken"),
    "fine": (in_turn(PAGE), "unchanged", "ok"),
}


def test_changes_between_two_runs(world: World) -> None:
    """Each finding says how it compares with the last run; the numbers add up, also for what left the documents."""
    names = {name: f"{name}.example" for name in TWO_RUNS}
    routes: Routes = {(host, "/"): TWO_RUNS[name][0] for name, host in names.items()}
    world.write(a=_links(*names.values()), b=_links("removed.example"))
    with Server(routes) as server:
        first = world.run(server, report="json")
        assert json.loads(first.out)["delta"] == {"new": 4, "fixed": 0, "updated": 0, "unchanged": 0, "removed": 0}
        (world.folder / "b.md").unlink()
        # a moved line changes nothing
        world.write(a="\n\nA new first line\n\n" + _links(*names.values(), "late.example"))
        second = json.loads(world.run(server, "--max-age", "0s", report="json").out)
    found = {row["url"].split("/")[2]: (row["change"], row["outcome"]) for row in second["findings"]}
    assert found.pop("late.example") == ("new", "broken")
    assert found == {host: TWO_RUNS[name][1:] for name, host in names.items()}
    assert second["delta"] == {"new": 2, "fixed": 1, "updated": 1, "unchanged": 1, "removed": 1}


@pytest.mark.parametrize(
    ("words", "first", "second"),
    [
        ("broken", 1, 1),
        ("never", 0, 0),
        ("new", 1, 0),
        ("new,broken", 1, 0),
        ("uncertain", 1, 1),
        ("uncertain,new", 1, 0),
        ("at-risk,redirected", 0, 0),
        ("confirmed", 0, 0),
    ],
)
def test_fail_on(words: str, first: int, second: int, world: World) -> None:
    """The exit code is what `--fail-on` makes of the findings, over two runs of the same trouble."""
    world.write(a=_links("good.example", "gone.example", "busy.example"))
    with Server({("good.example", "/"): PAGE, ("busy.example", "/"): TROUBLE}) as server:
        codes = [world.run(server, "--fail-on", words).code for _ in range(2)]
    assert codes == [first, second]


def test_never_says_what_would_have_been(world: World) -> None:
    """A green run must not look like a healthy archive."""
    world.write(a=_links("gone.example"))
    with Server() as server:
        done = world.run(server, "--fail-on", "never")
    assert done.code == 0
    assert "1 broken" in done.stderr


def test_uncertain_alone_fails_nothing(world: World) -> None:
    """An unknown never fails a build unless asked."""
    world.write(a=_links("busy.example"))
    with Server({("*", "*"): TROUBLE}) as server:
        assert world.run(server).code == 0


def test_a_report_is_the_run_again_byte_for_byte(world: World) -> None:
    """`report` renders the last run, or the one I name, and asks nothing."""
    world.write(a=_links("good.example", "gone.example") + " [x](nowhere.md) [y](mailto:a@b.example)")
    with Server({("good.example", "/"): PAGE}) as server:
        runs = [world.run(server)]
        world.write(b=_links("busy.example"))
        runs.append(world.run(server))
        server.log.clear()
        assert linkcheck(world.folder, "report", "--format", "jsonl").stdout == runs[1].stdout
        for number, done in enumerate(runs, start=1):
            again = linkcheck(world.folder, "report", "--run", number, "--format", "jsonl")
            assert (again.code, again.stdout) == (0, done.stdout)
        assert server.log == []
    assert linkcheck(world.folder, "report", "--run", "3").code == 2


def test_a_replay_gives_the_findings_of_the_recorded_run(world: World) -> None:
    """Same findings, byte for byte, whatever the clock."""
    world.write(a=_links("good.example", "gone.example", "moved.example"))
    routes: Routes = {("good.example", "/"): PAGE, ("moved.example", "/"): redirect("http://good.example/")}
    with Server(routes) as server:
        live = world.run(server, "--record", "c.jsonl.gz", "--no-store")
    for now in ("2030-01-01T00:00:00Z", "2040-01-01T00:00:00Z"):
        again = linkcheck(
            world.folder, "run", ".", "--replay", "c.jsonl.gz", "--format", "jsonl", environment={"LINKCHECK_NOW": now}
        )
        assert (again.code, again.stdout) == (live.code, live.stdout)


def test_one_target_is_asked_once_however_often_it_is_referenced(world: World) -> None:
    """Forty references, one request; each has its finding."""
    world.write(**{f"f{n}": _links("good.example", "good.example") for n in range(20)})
    with Server({("*", "*"): PAGE}) as server:
        done = world.run(server)
    assert (len(server.log), len(done.rows)) == (1, 40)


CREDENTIALS = """[a](http://user:hunter2@good.example/p?token=SECRET77#f)

![b](https://images.weserv.nl/?url=http://bob:hunter3@pics.example/i.jpg)

![c](https://images.weserv.nl/?url=http%3A%2F%2Fbob:hunter4@pics.example/j.jpg)

[d](http://good.example/redirect) [e](http://eve:hunter5@:99999/x) [f](//carol:hunter6@good.example/y)

[g](http:http://dan:hunter7@good.example/z) [h](ftp://dan:hunter8@good.example/z) <http://good.example/SECRET78>
"""
SECRET = re.compile(rb"hunter\d|SECRET\d\d|dXNlcjpodW50ZXIy")


def _leaks(folder: Path, *parts: bytes) -> set[str]:
    """Secrets in what was said, and in every file but the documents."""
    written = [
        path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix not in (".md", ".toml")
    ]
    return {match.decode() for content in (*written, *parts) for match in SECRET.findall(content)}


def _secretive(world: World, certificates: Certificates, ca_file: str) -> tuple[Done, Server]:
    files(world.folder, {"a.md": CREDENTIALS, "linkcheck.toml": r'secrets = ["SECRET\\d+"]'})
    routes: Routes = {
        ("good.example", "/redirect"): redirect("http://zoe:hunter9@good.example/final?SECRET79", 302),
        ("*", "*"): answer(200, b"<title>SECRET80</title>"),
    }
    with Server(routes, certificates) as server:
        reports = ["--format", "console=c.out", "--format", "json=r.json"]
        return world.run(server, *reports, "--record", "c.jsonl", "--ca-file", ca_file), server


def test_secrets_are_sent_and_shown_nowhere(world: World, certificates: Certificates, ca_file: str) -> None:
    """Userinfo and configured patterns reach the server, and no report, store or cassette."""
    done, server = _secretive(world, certificates, ca_file)
    assert _leaks(world.folder, done.stdout, done.stderr.encode()) == set()
    sent = {(seen.host, seen.target): seen.header("authorization") for seen in server.log}
    basic = base64.b64encode(b"user:hunter2").decode()
    assert sent["good.example", "/p?token=SECRET77"] == f"Basic {basic}"
    assert ("good.example", "/SECRET78") in sent
    assert ("images.weserv.nl", "/?url=http://bob:hunter3@pics.example/i.jpg") in sent
    assert ("images.weserv.nl", "/?url=http%3A%2F%2Fbob:hunter4@pics.example/j.jpg") in sent
    raws = [row["raw"] for row in done.rows]
    assert raws[0] == "http://***@good.example/p?token=***#f"
    assert raws[1] == "https://images.weserv.nl/?url=http://***@pics.example/i.jpg"


def test_a_recording_with_secrets_replays(world: World, certificates: Certificates, ca_file: str) -> None:
    """What was masked in the cassette still matches what the documents say."""
    done, _ = _secretive(world, certificates, ca_file)
    again = linkcheck(world.folder, "run", ".", "--replay", "c.jsonl", "--format", "jsonl")
    assert again.stderr == ""
    assert [(row["raw"], row["outcome"], row["reason"]) for row in again.rows] == [
        (row["raw"], row["outcome"], row["reason"]) for row in done.rows
    ]


def test_a_secret_rule_that_comes_later_holds_for_files_that_did_not_change(world: World) -> None:
    """A pattern that I add is honoured at once, though the store knows the file."""
    world.write(a="<http://good.example/SECRET77>")
    linkcheck(world.folder, "run", ".", "--offline")
    files(world.folder, {"linkcheck.toml": r'secrets = ["SECRET\\d+"]'})
    done = linkcheck(world.folder, "run", ".", "--offline", "--format", "jsonl")
    assert [row["url"] for row in done.rows] == ["http://good.example/***"]


def test_headers_go_to_their_host_alone(world: World) -> None:
    """A token from the environment is sent to its host only, not where that one redirects."""
    text = '[hosts."api.example"]\nheaders = { Authorization = "env:API_TOKEN", X-Mine = "plain" }'
    files(world.folder, {"a.md": _links("api.example", "other.example"), "linkcheck.toml": text})
    routes: Routes = {("api.example", "/"): redirect("http://other.example/landing"), ("*", "*"): PAGE}
    with Server(routes) as server:
        done = world.run(server, "--record", "c.jsonl", environment={"API_TOKEN": "Bearer hunter1"})
    sent = {(seen.host, seen.target): (seen.header("authorization"), seen.header("x-mine")) for seen in server.log}
    assert sent.pop(("api.example", "/")) == ("Bearer hunter1", "plain")
    assert set(sent.values()) == {(None, None)}
    assert _leaks(world.folder, done.stdout, done.stderr.encode()) == set()


def test_an_interruption_while_reading_reports_what_was_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C before the first request: 130, and every reference found by then is `skipped` `interrupted`."""
    from linkcheck import documents
    from linkcheck.stages import collect

    load = documents.load

    def impatient(source: documents.Source) -> object:
        if source.path == "b.md":
            raise KeyboardInterrupt
        return load(source)

    monkeypatch.setattr(documents, "load", impatient)
    monkeypatch.setattr(collect, "_DOCUMENTS_A_TRANSACTION", 1)
    world.write(a=_links("a.example"), b=_links("b.example"))
    with Server() as server:
        done = world.run(server)
        assert server.log == []
    assert (done.code, [(row["outcome"], row["reason"]) for row in done.rows]) == (130, [("skipped", "interrupted")])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300), suffix=st.sampled_from(["md", "html", "txt"]))
def test_any_bytes_at_all_are_extracted_and_reported(content: bytes, suffix: str, tmp_path: Path) -> None:
    """Whatever a file holds, the program says something sensible about it."""
    _whole(tmp_path, f"a.{suffix}", content)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(
        st.one_of(
            st.sampled_from(
                ["[a](", "http://", "<a href='", "'>", ")", "\x1b]8;;", "[bold]", "\u202e", "//u:p@", "&#0;"]
            ),
            st.text(max_size=5),
        ),
        max_size=12,
    )
)
def test_any_text_at_all_is_extracted_and_reported(parts: list[str], tmp_path: Path) -> None:
    """The same for what almost looks like references."""
    _whole(tmp_path, "a.md", "".join(parts).encode("utf-8", "surrogatepass"))


def _whole(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    extracted = linkcheck(folder, "extract", name, "--allow-empty")
    words = ["--offline", "--no-store", "--allow-empty", "--fail-on", "never"]
    done = linkcheck(folder, "run", name, *words, "--format", "console", "--format", "json=r.json")
    assert (extracted.code, done.code) == (0, 0), extracted.stderr + done.stderr
    report: dict[str, Any] = json.loads((folder / "r.json").read_bytes())
    assert len(report["findings"]) == len(extracted.rows) == report["counts"]["references"]
    shown = done.stdout.decode().replace("\n", "")
    assert shown.isprintable() or {c for c in shown if not c.isprintable()} <= set("\u200c\u200d\u3000\xa0")
