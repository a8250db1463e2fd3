"""A run that is killed at any instant, and resumed: SIGKILL of a real process, real sockets, a real store on disk."""

import itertools
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import dying
import pytest
from command import files, linkcheck
from servers import Behaviour, End, Routes, Server, after, answer, in_turn, redirect, steps

from linkcheck.store.connection import open_store
from linkcheck.store.schema import APPLICATION_ID, MIGRATIONS

HERE = Path(__file__).parent.parent
CONTEXT = multiprocessing.get_context("forkserver")
PRELOADED = """cli run config.assembly config.engine config.outputs stages.reading stages.report probes.httpx_transport
probes.local_files verdicts.judge verdicts.drift references.html references.markdown reports.json reports.plain"""
CONTEXT.set_forkserver_preload([f"linkcheck.{name}" for name in PRELOADED.split()] + ["uvloop", "turbohtml", "pytest"])
"""The processes are real, but need not import the program two hundred times."""
HOSTS = [f"h{n}.example" for n in range(3)]
KILLS_A_SEED = 20
SEEN_TWICE = """
SELECT target_id FROM observation JOIN target ON target.id = target_id WHERE host <> ''
GROUP BY target_id HAVING count(*) > 1
"""
LIVES = "SELECT target_id, state, reason, failing_since, last_at, streaks FROM life ORDER BY 1"
PAGE = answer(200, b"<title>A page</title><p>Some words")


def _world() -> Routes:
    """A few of everything that takes one request or several; nothing depends on how often it was asked."""
    routes: dict[tuple[str, str], Behaviour] = {}
    for host in HOSTS:
        routes[host, "*"] = after(0.015, PAGE)
        routes[host, "/moved"] = after(0.015, redirect(f"http://{HOSTS[0]}/further"))
        routes[host, "/gone"] = after(0.01, answer(410))
        routes[host, "/trouble"] = after(0.01, answer(500))
        routes[host, "/no-head"] = lambda seen: (answer(405) if seen.method == "HEAD" else after(0.015, PAGE))(seen)
    routes[HOSTS[0], "/further"] = after(0.015, redirect("/end"))
    return routes


def _archive(folder: Path) -> Path:
    names = ["moved", "gone", "trouble", *(f"page/{n}" for n in range(6))]
    contents: dict[str, str | bytes] = {
        f"{number}.md": "\n\n".join(
            [*(f"<http://{host}/{name}>" for name in names), f'<script src="http://{host}/no-head"></script>']
            + ["[here](0.md) [nowhere](missing.md)"]
        )
        for number, host in enumerate(HOSTS)
    }
    return files(folder, {"linkcheck.toml": "retry_wait = 0.02\nretries = 1", **contents})


def _words(server: Server, *more: str) -> list[str]:
    pace = ["--concurrency", "4", "--host-rate", "0", "--host-concurrency", "0"]
    return ["run", ".", "--format", "json=report.json", "--connect-to", server.connect_to, *pace, *more]


def _begun(folder: Path, words: list[str], fatal: int = -1) -> BaseProcess:
    process = CONTEXT.Process(target=dying.run, args=(folder, words, fatal))
    process.start()
    return process


def _python(folder: Path, words: list[str], environment: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "linkcheck", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(HERE), "COLUMNS": "100", **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    path = folder / ".linkcheck/store.db"
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall() if db.execute("PRAGMA user_version").fetchone()[0] else []


def _stored(folder: Path, run_id: int = 1) -> set[str]:
    """The web addresses that a run has answers for."""
    query = "SELECT url FROM observation JOIN target ON target.id = target_id WHERE host <> '' AND run_id = "
    return {url for (url,) in _rows(folder, f"{query}{run_id}")}


def _timeless(report: Mapping[str, Any]) -> str:
    """A report without what the clock says."""
    text = json.loads(json.dumps(report))
    for name in ("started_at", "finished_at"):
        del text["run"][name]
    for finding in text["findings"]:
        for part in (finding, *finding["targets"]):
            part.pop("checked_at")
            part.pop("elapsed_s", None)
            part.pop("failing_since", None)
            part["detail"] = str(part.get("detail")).partition("; failing,")[0]
    return json.dumps(text, indent=1)


def _report(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "report.json").read_bytes())


def _until(condition: Callable[[], bool], limit_s: float = 20) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(_world()) as running:
        yield running


@dataclass(frozen=True)
class Truth:
    """An uninterrupted run."""

    report: str
    took_s: float
    statements: int


@pytest.fixture(scope="module")
def truth(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """What everything is compared with, and within which bounds a run can be killed."""
    folder = _archive(tmp_path_factory.mktemp("truth"))
    _begun(folder, _words(server, "--no-store")).join(60)  # the first one waits for the fork server
    began = time.monotonic()
    process = _begun(folder, _words(server))
    process.join(60)
    took_s = time.monotonic() - began
    assert process.exitcode == 1, (folder / "said.log").read_text()
    return Truth(_timeless(_report(folder)), min(took_s, 2.0), int((folder / "statements.log").read_text()))


def _asked_again(server: Server, mark: int, stored: set[str]) -> set[str]:
    """What was asked since a mark though it was stored by then."""
    return {url for seen in server.log[mark:] if (url := f"http://{seen.host}{seen.target}") in stored}


def _killed(folder: Path, server: Server, truth: Truth, chance: random.Random) -> bool:
    """Begin or resume a run, and kill it: at some instant, or at some statement; whether it was still alive."""
    words = _words(server, "--resume")
    if chance.random() < 0.5:
        process = _begun(folder, words, fatal=chance.randrange(truth.statements))
        process.join(20)
    else:
        process = _begun(folder, words)
        time.sleep(chance.uniform(0, truth.took_s))
        process.kill()
        process.join(20)
    return process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("seed", range(10))
def test_killed_at_random_instants_and_resumed(seed: int, server: Server, truth: Truth, tmp_path: Path) -> None:
    """Two hundred kills in all: no answer that was stored is asked for again, and the report is that of one go."""
    chance = random.Random(seed)
    kills = 0
    for series in itertools.count():
        if kills >= KILLS_A_SEED:
            break
        folder = _archive(tmp_path / str(series))
        stored: set[str] = set()
        while _rows(folder, "SELECT status FROM run") != [("finished",)] and chance.random() < 0.8:
            mark = len(server.log)
            kills += _killed(folder, server, truth, chance)
            assert _asked_again(server, mark, stored) == set()
            assert _rows(folder, "SELECT id, status FROM run") in ([], [(1, "running")], [(1, "finished")])
            stored = _stored(folder)
        mark = len(server.log)
        is_finished = _rows(folder, "SELECT status FROM run") == [("finished",)]
        words = ["report", "--format", "json=report.json"] if is_finished else _words(server, "--resume")
        done = linkcheck(folder, *words)
        assert done.code == (0 if is_finished else 1), done.stderr
        assert _asked_again(server, mark, stored) == set()
        assert _timeless(_report(folder)) == truth.report
        assert _rows(folder, SEEN_TWICE) == []
        said = folder / "said.log"
        assert not said.exists() or "Traceback" not in said.read_text()


def test_what_was_answered_is_on_disk_within_moments(tmp_path: Path) -> None:
    """Nothing more is delivered, and yet nothing waits in memory: all but what hangs survives the kill."""
    names = [f"http://{HOSTS[0]}/page/{n}" for n in range(4)]
    files(tmp_path, {"a.md": "\n".join(f"<{url}>\n" for url in [*names, f"http://{HOSTS[1]}/hangs"])})
    with Server({**_world(), (HOSTS[1], "/hangs"): steps(End.HANG)}) as own:
        process = _begun(tmp_path, _words(own))
        _until(lambda: len(own.log) == 5)
        _until(lambda: _stored(tmp_path) == set(names), 3)
        process.kill()
        process.join(10)
    assert _stored(tmp_path) == set(names)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_half_an_answer_is_none(number: signal.Signals, tmp_path: Path) -> None:
    """A redirect that was not followed, a retry that was waiting: not settled in the report, asked anew on resuming."""
    host, other = HOSTS[0], HOSTS[1]
    names = [f"http://{host}/moved", f"http://{host}/busy", f"http://{other}/fine"]
    files(tmp_path, {"a.md": "\n\n".join(f"<{url}>" for url in names), "linkcheck.toml": "retry_wait = 30"})
    routes: dict[tuple[str, str], Behaviour] = {
        (host, "/moved"): redirect(f"http://{other}/end"),
        (host, "/busy"): answer(500),
        (other, "/end"): steps(End.HANG),
        (other, "/fine"): PAGE,
    }
    with Server(routes) as own:
        process = _python(tmp_path, _words(own))
        _until(lambda: len(own.log) >= 4 and _stored(tmp_path) == {names[2]})
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
        assert process.returncode == 130, err
        found = {finding["raw"]: finding for finding in _report(tmp_path)["findings"]}
        for url in names[:2]:
            assert (found[url]["outcome"], found[url]["reason"]) == ("skipped", "interrupted")
            assert found[url]["detail"] == "not asked, or not to the end: the run was interrupted"
        assert _stored(tmp_path) == {names[2]}
        assert _rows(tmp_path, "SELECT count(*) FROM life WHERE failing_since IS NOT NULL") == [(0,)]

        routes[other, "/end"] = routes[host, "/busy"] = PAGE
        mark = len(own.log)
        done = linkcheck(tmp_path, *_words(own, "--resume"))
        assert (done.code, len(own.asked(other, "/fine"))) == (0, 1), done.stderr
        assert "going on with run 1, begun " in done.stderr
        assert ": 1 target was answered by then" in done.stderr
        assert {(seen.host, seen.target) for seen in own.log[mark:]} == {
            (host, "/moved"),
            (other, "/end"),
            (host, "/busy"),
        }
        resumed = _report(tmp_path)
        assert resumed["run"]["status"] == "finished"
        other_folder = files(tmp_path / "other", {"a.md": (tmp_path / "a.md").read_bytes(), "linkcheck.toml": ""})
        assert linkcheck(other_folder, *_words(own)).code == 0
        assert _timeless(resumed) == _timeless(_report(other_folder))


def _kill_half_way(folder: Path, own: Server, *more: str, run_id: int = 1) -> set[str]:
    """Killed when some answers are stored, and some are not; which are."""
    process = _begun(folder, _words(own, *more))
    _until(lambda: len(_stored(folder, run_id)) > 5)
    process.kill()
    process.join(10)
    stored = _stored(folder, run_id)
    assert 5 < len(stored) < 30
    return stored


def test_without_resume_a_killed_run_is_closed_and_its_answers_are_kept(server: Server, tmp_path: Path) -> None:
    """The next run is a new one; the dead one is no run to report, nor to compare with, but what it saw is evidence."""
    folder = _archive(tmp_path)
    stored = _kill_half_way(folder, server)
    assert linkcheck(folder, "report").code == 2
    mark = len(server.log)
    done = linkcheck(folder, *_words(server))
    assert done.code == 1
    assert "run 1 was killed; what it had learned is kept (--resume goes on with such a run)" in done.stderr
    assert _rows(folder, "SELECT id, status FROM run") == [(1, "aborted"), (2, "finished")]
    assert _rows(folder, "SELECT count(*) FROM finding WHERE run_id = 1") == [(0,)]
    assert {finding["change"] for finding in _report(folder)["findings"]} == {"new"}
    fine = {url for url in stored if "/page/" in url}
    assert _asked_again(server, mark, fine) == set()
    before = _rows(folder, LIVES)
    assert before
    assert linkcheck(folder, "history", "--rebuild").code == 0
    assert _rows(folder, LIVES) == before


def test_documents_may_change_before_a_run_is_resumed(server: Server, tmp_path: Path) -> None:
    """They are read again: what is new is asked, what is gone is not reported, and what was answered is known."""
    folder = _archive(tmp_path)
    stored = _kill_half_way(folder, server)
    first = f"http://{HOSTS[0]}/page/0"
    files(folder, {"0.md": f"<{first}>\n\n<http://{HOSTS[0]}/page/new>"})
    (folder / "2.md").unlink()
    mark = len(server.log)
    done = linkcheck(folder, *_words(server, "--resume"))
    assert done.code == 1
    assert _asked_again(server, mark, stored) == set()
    assert not [seen for seen in server.log[mark:] if seen.host == HOSTS[2]]
    fresh = files(tmp_path / "fresh", {path.name: path.read_bytes() for path in folder.glob("*.[mt]*")})
    linkcheck(fresh, *_words(server))
    assert _timeless(_report(folder)) == _timeless(_report(fresh))


def test_what_would_ask_for_something_else_begins_anew(server: Server, tmp_path: Path) -> None:
    """Other paths and other rules make another run, which says so; another pace does not."""
    folder = _archive(tmp_path)
    done = linkcheck(folder, *_words(server, "--resume", "--offline"))
    assert "--resume: no run is unfinished, so a new run begins" in done.stderr
    _kill_half_way(folder, server, "--max-age", "0s", run_id=2)
    done = linkcheck(folder, *_words(server, "--resume", "--exclude", "/page/"))
    assert "--resume: run 2 read other documents or by other rules, so a new run begins" in done.stderr
    assert _rows(folder, "SELECT id, status FROM run") == [(1, "finished"), (2, "aborted"), (3, "finished")]
    _kill_half_way(folder, server, "--max-age", "0s", run_id=4)
    done = linkcheck(folder, *_words(server, "--resume", "--timeout", "7", "--retries", "0"))
    assert "going on with run 4" in done.stderr
    assert _rows(folder, "SELECT id, status FROM run WHERE id > 3") == [(4, "finished")]


def test_an_interrupted_run_is_remembered_once(tmp_path: Path) -> None:
    """It was judged, and is judged again as a whole: its failures are evidence once, and changes are the last run's."""
    gone, slow = [[f"http://{host}/{n}" for n in range(8)] for host in HOSTS[:2]]
    folder = files(tmp_path, {"a.md": "\n\n".join(f"<{url}>" for url in gone + slow), "linkcheck.toml": ""})
    routes: dict[tuple[str, str], Behaviour] = {(HOSTS[0], "*"): answer(410), (HOSTS[1], "*"): PAGE}
    with Server(routes) as own:
        assert linkcheck(folder, *_words(own)).code == 1
        routes[HOSTS[1], "*"] = steps(End.HANG)
        process = _python(folder, [*_words(own, "--max-age", "0s"), "--concurrency", "16"])
        _until(lambda: _stored(folder, 2) == set(gone))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        assert process.returncode == 130
        routes[HOSTS[1], "*"] = answer(410)
        done = linkcheck(folder, *_words(own, "--resume", "--max-age", "0s"))
        assert "going on with run 2" in done.stderr
        assert ": 8 targets were answered by then" in done.stderr
    findings = _report(folder)["findings"]
    assert {finding["detail"].partition("; ")[2][:26] for finding in findings} == {"failing, 1 of 3 checks sin"}
    assert [finding["change"] for finding in findings] == ["unchanged"] * 8 + ["new"] * 8
    lives = _rows(folder, LIVES)
    assert len(lives) == 16
    assert linkcheck(folder, "history", "--rebuild").code == 0
    assert _rows(folder, LIVES) == lives


def test_what_waits_for_its_second_look_is_asked_only_for_that(tmp_path: Path) -> None:
    """Failures that may pass are asked again at the end; killed before, their first answers count as given."""
    names = [f"http://{HOSTS[0]}/{n}" for n in range(4)]
    contents = {
        "a.md": "\n\n".join(f"<{url}>" for url in [*names, f"http://{HOSTS[1]}/"]),
        "linkcheck.toml": "retries = 1",
    }
    folder, fresh = (files(tmp_path / name, contents) for name in ("killed", "fresh"))
    routes: dict[tuple[str, str], Behaviour] = {(HOSTS[0], "*"): answer(500), (HOSTS[1], "*"): steps(End.HANG)}
    with Server(routes) as own:
        process = _begun(folder, _words(own))
        _until(lambda: _rows(folder, "SELECT count(*) FROM due WHERE note IS NOT NULL") == [(4,)])
        process.kill()
        process.join(10)
        assert _stored(folder) == set()
        files(folder, {"b.md": f"<http://{HOSTS[1]}/>"})
        routes[HOSTS[1], "*"] = PAGE
        assert linkcheck(folder, *_words(own, "--resume")).code == 0
        asked = len(own.asked(HOSTS[0]))
        (folder / "b.md").unlink()
        assert linkcheck(fresh, *_words(own)).code == 0
        assert len(own.asked(HOSTS[0])) == 2 * asked
    attempts = [[one["targets"][0]["attempts"] for one in _report(where)["findings"]][:4] for where in (folder, fresh)]
    assert attempts[0] == attempts[1]


def test_an_outage_that_was_seen_half_is_seen_whole(tmp_path: Path) -> None:
    """Four failures before the interruption and six after it are ten of one host: nobody's death."""
    names = [f"http://{HOSTS[0]}/{n}" for n in range(10)]
    folder = files(tmp_path, {"a.md": "\n\n".join(f"<{url}>" for url in names), "linkcheck.toml": "retries = 0"})
    trouble = answer(500)
    routes: dict[tuple[str, str], Behaviour] = {(HOSTS[0], "*"): trouble}
    routes |= {(HOSTS[0], f"/{n}"): in_turn(trouble, steps(End.HANG)) for n in range(4, 10)}
    with Server(routes) as own:
        process = _python(folder, [*_words(own), "--concurrency", "16"])
        _until(lambda: len(_stored(folder)) == 4)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        assert process.returncode == 130
        routes.update({(HOSTS[0], f"/{n}"): trouble for n in range(4, 10)})
        done = linkcheck(folder, *_words(own, "--resume"))
    assert ": 4 targets were answered by then" in done.stderr
    assert all("10 of 10 targets of this host are in trouble" in one["detail"] for one in _report(folder)["findings"])


def test_what_a_killed_run_saw_is_evidence(tmp_path: Path) -> None:
    """Failing on day 1 and day 8, and on day 4 in a run that was killed: that makes three."""
    folder = files(tmp_path, {"a.md": f"<http://{HOSTS[0]}/gone>\n\n<http://{HOSTS[1]}/>", "linkcheck.toml": ""})
    routes: dict[tuple[str, str], Behaviour] = {(HOSTS[0], "*"): answer(410), (HOSTS[1], "*"): PAGE}
    days = [{"LINKCHECK_NOW": f"2026-11-0{day}T01:00:00Z"} for day in (1, 4, 8)]
    with Server(routes) as own:
        words = _words(own, "--max-age", "0s")
        linkcheck(folder, *words, environment=days[0])
        routes[HOSTS[1], "*"] = steps(End.HANG)
        process = _python(folder, words, environment=days[1])
        _until(lambda: len(_stored(folder, 2)) == 1)
        process.kill()
        process.communicate(timeout=20)
        routes[HOSTS[1], "*"] = PAGE
        linkcheck(folder, *words, environment=days[2])
    finding = _report(folder)["findings"][0]
    assert (finding["confirmed"], finding["detail"].partition("; ")[2]) == (
        True,
        "confirmed: 3 checks failed since 2026-11-01",
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--no-store", "resume goes on with what a store knows, and no_store keeps none"),
        ("--record c.jsonl", "resume asks only what is left, and record wants the whole run"),
    ],
)
def test_what_resuming_cannot_be_combined_with(words: str, sentence: str, tmp_path: Path) -> None:
    """A contradiction is wrong usage, and nothing is asked."""
    done = linkcheck(files(tmp_path, {"a.md": "<http://a.example/>"}), "run", ".", "--resume", *words.split())
    assert (done.code, done.stderr) == (2, f"linkcheck: {sentence}\n")


def _of_version_1(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(
            f"BEGIN;{MIGRATIONS[0]}PRAGMA user_version = 1;PRAGMA application_id = {APPLICATION_ID};COMMIT;"
        )
        db.execute(
            "INSERT INTO run (started_at, status, tool_version, paths) VALUES ('2026-01-01', 'finished', '0', '[]')"
        )


@pytest.mark.parametrize("is_old", [False, True])
def test_killed_while_a_store_is_made_or_migrated(is_old: bool, tmp_path: Path) -> None:
    """At whatever statement: the file is a store of the one version or of the other, and the next run opens it."""
    for fatal in range(0, 75, 5 if is_old else 7):
        path = tmp_path / f"{fatal}.db"
        if is_old:
            _of_version_1(path)
        process = CONTEXT.Process(target=dying.open_it, args=(path, fatal))
        process.start()
        process.join(20)
        with closing(open_store(path)) as db:
            assert db.execute("SELECT count(*) FROM run").fetchone() == (int(is_old),)
            assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
            assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert process.exitcode in (0, -signal.SIGKILL)
