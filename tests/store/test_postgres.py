"""A team's store: what one sees all know, each look counts once, and no failure costs a finding or tells a secret."""

import builtins
import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
import pytest
from command import Done, files, linkcheck
from postgres import PASSWORD, USER, Postgres, programs, running
from servers import Routes, Server, answer
from store_history import BY_DEFAULT, night, store, target_id, told

from linkcheck.errors import StoreFault
from linkcheck.store import lives, postgres, retention, team
from linkcheck.store.team import Team
from linkcheck.verdicts.death import State

PAGE = answer(200, b"<title>A page</title>", media_type="text/html")
A, B, C = "https://a.example/", "https://b.example/", "https://c.example/"


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with running(folder) as found:
        yield found


@pytest.fixture
def url(server: Postgres) -> str:
    return server.database()


@pytest.fixture
def ours(url: str) -> Team:
    return Team(url)


def _pull(db: sqlite3.Connection, ours: Team) -> int:
    with team.connected(ours) as server:
        return team.pull(db, ours, server, BY_DEFAULT)


def _push(db: sqlite3.Connection, ours: Team) -> int:
    with team.connected(ours) as server:
        return team.push(db, server)


def _looks(db: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Every observation by what it is known by, whatever its number here."""
    return db.execute(
        "SELECT target.key, run.started_at, checked_at, outcome, reason, detail FROM observation AS seen"
        " JOIN target ON target.id = target_id JOIN run ON run.id = run_id ORDER BY 1, 2, 3"
    ).fetchall()


def test_two_stores_know_all(ours: Team) -> None:
    """Whoever pushes and pulls ends with everything, however often, and with the same lives as if alone."""
    one, two, alone = store(), store(), store()
    for day in range(4):
        db, seen = (one, two)[day % 2], {A: "not-found", (B, C)[day % 2]: "available"}
        _pull(db, ours)
        night(db, day, seen)
        night(alone, day, seen)
        assert _push(db, ours) == 2
    assert [_pull(one, ours), _pull(one, ours), _pull(two, ours), _push(one, ours), _push(two, ours)] == [2, 0, 0, 0, 0]
    assert _looks(one) == _looks(two) == _looks(alone)
    assert told(one) == told(two) == told(alone)


def test_what_went_out_does_not_come_back(ours: Team) -> None:
    """Where nobody else was in between, neither way is gone twice."""
    db = store()
    night(db, 0, {A: "available", B: "available"})
    _push(db, ours)
    with team.connected(ours) as server, mock.patch.object(server, "add", side_effect=AssertionError):
        assert server.after(team._marks(db, server).pulled, 10) == []
        assert team.push(db, server) == 0
    other = store()
    assert _pull(other, ours) == 2
    with team.connected(ours) as server, mock.patch.object(server, "add", side_effect=AssertionError):
        assert team.push(other, server) == 0


def test_death_takes_the_looks_of_all(ours: Team) -> None:
    """Three failures over six days confirm a death, whoever saw them."""
    stores = [store() for _ in range(3)]
    for day, db in zip((0, 3, 6), stores, strict=True):
        _pull(db, ours)
        night(db, day, {A: "not-found"})
        _push(db, ours)
    states = [lives.of_target(db, target_id(db, A), BY_DEFAULT).state for db in stores]
    assert states == [State.FAILING, State.FAILING, State.DEAD]
    _pull(stores[0], ours)
    assert lives.of_target(stores[0], target_id(stores[0], A), BY_DEFAULT).state is State.DEAD


class _Killed(BaseException):
    """As if the process had ended here."""


@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_between_batches(ours: Team, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the server had committed or not: the next push goes on, and every look is there once."""
    monkeypatch.setattr(team, "_BATCH", 2)
    db = store()
    night(db, 0, {f"https://h.example/{number}": "available" for number in range(7)})
    add, calls = postgres.Server.add, iter(range(9))

    def killed(server: postgres.Server, looks: Any) -> Any:
        if next(calls) != 1:
            return add(server, looks)
        if where == "after":
            add(server, looks)
        raise _Killed

    with mock.patch.object(postgres.Server, "add", killed), pytest.raises(_Killed):
        _push(db, ours)
    other = store()
    assert _pull(other, ours) == (4 if where == "after" else 2)
    assert _push(db, ours) == (3 if where == "after" else 5)
    _pull(other, ours)
    assert _looks(other) == _looks(db)


def test_killed_while_pulling(ours: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was taken in stays, the rest comes next time, and the lives are those of all looks."""
    monkeypatch.setattr(team, "_BATCH", 5)
    monkeypatch.setattr("linkcheck.store.records._FEW", 3)
    db, other = store(), store()
    for day in (0, 4, 8):
        night(db, day, {f"https://h.example/{number}": "not-found" for number in range(7)})
    _push(db, ours)
    with mock.patch.object(lives, "rebuild", side_effect=_Killed), pytest.raises(_Killed):
        _pull(other, ours)
    night(other, 9, {"https://h.example/0": "not-found"})
    assert _pull(other, ours) == 0
    night(db, 9, {"https://h.example/0": "not-found"})
    assert told(other) == told(db)
    assert len(told(other)) == 7


def test_many_push_at_once(ours: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight stores push while one pulls all the time: it misses nothing, and nothing is there twice."""
    monkeypatch.setattr(team, "_BATCH", 3)
    done = threading.Event()
    faults: list[BaseException] = []

    def push(number: int) -> None:
        try:
            db = store()
            shared = {f"https://h.example/{place}": "available" for place in range(6)}
            night(db, number, {**shared, f"https://own{number}.example/": "not-found"})
            _push(db, ours)
        except BaseException as fault:  # noqa: BLE001 - told where the threads are joined
            faults.append(fault)

    reader = store()
    threads = [threading.Thread(target=push, args=(number,)) for number in range(8)]

    def pull() -> None:
        while not done.is_set():
            _pull(reader, ours)

    watching = threading.Thread(target=pull)
    for thread in (watching, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    watching.join()
    _pull(reader, ours)
    assert faults == []
    assert reader.execute("SELECT count(*), count(DISTINCT target_id) FROM observation").fetchone() == (56, 14)


def test_looks_become_visible_in_their_order(ours: Team) -> None:
    """A slow push is waited for: else a reader who saw a later one would never see it."""
    first, second, reader = store(), store(), store()
    night(first, 0, {A: "available"})
    night(second, 0, {B: "available"})
    head, calls, entered, go = postgres.Server.head, iter(range(9)), threading.Event(), threading.Event()

    def slow(server: postgres.Server) -> int:
        # Asked before its looks are added, and after.
        if threading.current_thread() is slowly and next(calls) == 1:
            entered.set()
            assert go.wait(20)
        return head(server)

    slowly = threading.Thread(target=_push, args=(first, ours))
    quickly = threading.Thread(target=_push, args=(second, ours))
    with mock.patch.object(postgres.Server, "head", slow):
        slowly.start()
        assert entered.wait(20)
        quickly.start()
        quickly.join(0.5)
        _pull(reader, ours)
        go.set()
        slowly.join()
        quickly.join()
    _pull(reader, ours)
    assert [row[0] for row in _looks(reader)] == [A, B]


def test_what_is_pruned_makes_no_gap(ours: Team) -> None:
    """Numbers that are given out again after a pruning are not taken for what the team knows already."""
    db = store()
    for day in range(30):
        night(db, day, {A: "available"})
    _push(db, ours)
    db.execute("UPDATE target SET last_observation = 1")
    db.execute("DELETE FROM observation WHERE id > 25")
    retention.prune(db, retention.Retention(runs=1, looks=1))
    night(db, 40, {B: "not-found"})
    assert _push(db, ours) == 1


def test_a_server_from_an_older_copy_is_filled_again(ours: Team) -> None:
    """What it lost it gets from those who know."""
    db = store()
    night(db, 0, {A: "available", B: "available"})
    _push(db, ours)
    with psycopg.connect(ours.url) as connection:
        connection.execute("DELETE FROM linkcheck.look WHERE sequence > 1")
    assert _push(db, ours) == 1


def test_long_and_odd_texts_travel(ours: Team) -> None:
    """A URL longer than an index takes, control characters in what a server said, a header that cannot be sent."""
    db, other = store(), store()
    long = "https://h.example/" + "ä".encode().hex() * 2000
    night(db, 0, {long: "not-found", A: "available"}, details={long: "said \0 \x1b \U0001f600"})
    db.execute("UPDATE observation SET etag = 'W/é'")
    _push(db, ours)
    assert _pull(other, ours) == 2
    assert _looks(other) == _looks(db)


# The command


class Runner:
    """One machine of a team: a folder with the same articles, and a store of its own."""

    def __init__(self, folder: Path, web: Server, url: str) -> None:
        self.folder, self.web, self.url = folder, web, url

    def run(self, day: float, *words: str, report: str = "jsonl", url: str | None = None) -> Done:
        polite = ["--connect-to", self.web.connect_to, "--host-rate", "0", "--retries", "0", "--format", report]
        store = ("--store", url or self.url)
        return linkcheck(self.folder, "run", ".", *polite, *store, *words, environment=_now(day))

    def say(self, command: str, *words: str) -> Done:
        return linkcheck(self.folder, command, *words, "--store", self.url, environment=_now(30))


def _now(day: float) -> dict[str, str | None]:
    return {"LINKCHECK_NOW": f"2026-11-{int(day):02}T{round(day % 1 * 24):02}:00:00Z"}


@pytest.fixture
def routes() -> Routes:
    return {("a.example", "/"): PAGE}


@pytest.fixture
def runners(tmp_path: Path, routes: Routes, url: str) -> Iterator[list[Runner]]:
    with Server(routes) as web:
        found = []
        for name in ("one", "two", "three"):
            articles = {"a.md": "<http://a.example/>\n\n<http://gone.example/>\n", "b.md": "<http://gone.example/>\n"}
            found.append(Runner(files(tmp_path / name, articles), web, url))
        yield found


def _changes(done: Done) -> list[tuple[str, str]]:
    return [(row["outcome"], row["change"]) for row in done.rows]


def test_a_fresh_runner_knows_what_is_known(runners: list[Runner]) -> None:
    """A second machine asks nothing again that is fresh, fails for nothing that was known, and tells what is new."""
    one, two, three = runners
    first = one.run(2, "--fail-on", "new")
    assert (first.code, _changes(first)) == (1, [("ok", "new"), ("broken", "new"), ("broken", "new")])
    one.web.log.clear()
    second = two.run(2.5, "--fail-on", "new")
    assert (second.code, _changes(second)) == (0, [("ok", "unchanged")] + [("broken", "unchanged")] * 2)
    assert {seen.host for seen in one.web.log} == {"gone.example"}
    files(three.folder, {"b.md": "<http://gone.example/>\n\n<http://lost.example/>\n"})
    third = three.run(3, "--fail-on", "new")
    assert third.code == 1
    assert [row["url"] for row in third.rows if row["change"] == "new"] == ["http://lost.example/"]
    console = three.run(3.5, report="console", url="")
    assert "the last run" in console.out


def test_a_look_at_a_part_hides_nothing(runners: list[Runner]) -> None:
    """Whoever looks at images alone does not make everything else new for the others, nor known."""
    one, two, three = runners
    assert one.run(2).code == 1
    assert two.run(3, "--kind", "image", "--fail-on", "new").code == 0
    assert three.run(4, "--fail-on", "new").code == 0
    assert two.run(5, "--exclude", "nothing", "--fail-on", "new").code == 1


def test_the_death_rule_counts_the_looks_of_all(runners: list[Runner]) -> None:
    """Three runners, three nights: the third one's finding is confirmed, and each of them can tell the story."""
    done = [runner.run(day, "--fail-on", "confirmed") for runner, day in zip(runners, (2, 5, 8), strict=True)]
    assert [one.code for one in done] == [0, 0, 1]
    assert [row["confirmed"] for row in done[2].rows if row["outcome"] == "broken"] == [True, True]
    story = runners[0].say("history", "http://gone.example/").out
    assert story.count("not-found") >= 3
    assert "dead, confirmed on 2026-11-08" in story


def test_what_commands_tell_of_a_team(runners: list[Runner]) -> None:
    """`history` lists the runs of all, `baseline` their problems, `explain` what anybody saw; `report` is our own."""
    one, two, three = runners
    one.run(2)
    two.run(3)
    listed = three.say("history").out.splitlines()
    assert [line.split()[2:6] for line in listed[1:]] == [
        ["2026-11-02", "00:00", "finished", "1"],
        ["2026-11-03", "00:00", "finished", "1"],
    ]
    assert len({line.split()[0] for line in listed[1:]}) == 2
    problems = [json.loads(line) for line in three.say("baseline").out.splitlines()]
    assert [(row["path"], row["reason"]) for row in problems[1:]] == [("a.md", "not-found"), ("b.md", "not-found")]
    assert "not-found" in three.say("explain", "http://gone.example/").out
    assert one.say("report", "--format", "jsonl").out.count("\n") == 3
    files(three.folder, {"linkcheck.toml": f'store = "{one.url}"\n'})
    assert linkcheck(three.folder, "history").out.splitlines() == listed
    assert not (three.folder / "postgresql:").exists()


def test_a_server_that_dies_while_we_ask(runners: list[Runner], routes: Any, server: Postgres) -> None:
    """The report is written and exit is 3; what was found waits, and the next run shares it."""
    one, two, _ = runners

    def dies(seen: Any) -> Any:
        server.stop()
        return PAGE(seen)

    routes["a.example", "/"] = dies
    try:
        done = one.run(2)
    finally:
        server.start()
    assert (done.code, len(done.rows)) == (3, 3)
    assert "the next run shares it" in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    routes["a.example", "/"] = PAGE
    assert one.run(2.5).code == 1
    two.run(3)
    with psycopg.connect(one.url) as connection:
        assert connection.execute("SELECT count(DISTINCT run_id), count(*) FROM linkcheck.look").fetchone() == (3, 4)


def test_interrupted_while_handing_over(runners: list[Runner]) -> None:
    """Everything was found by then: it is reported, and shared by the next run."""
    one = runners[0]
    with mock.patch.object(team, "push", side_effect=KeyboardInterrupt):
        done = one.run(2)
    assert (done.code, len(done.rows)) == (130, 3)
    one.run(2.5)
    with psycopg.connect(one.url) as connection:
        assert connection.execute("SELECT count(DISTINCT run_id) FROM linkcheck.look").fetchone() == (2,)


def test_an_unreachable_server_asks_nothing(runners: list[Runner], server: Postgres) -> None:
    """Before anything is asked: one sentence, exit 3."""
    one = runners[0]
    server.stop()
    try:
        done = one.run(2)
    finally:
        server.start()
    assert (done.code, done.out, len(one.web.log)) == (3, "", 0)
    assert "connection refused" in done.stderr.lower()
    assert done.stderr.count("\n") == 1


def test_no_credentials_anywhere(runners: list[Runner], server: Postgres) -> None:
    """Neither in reports, nor on standard error, nor in the store, whether it goes well or not."""
    one, two, _ = runners
    said = [one.run(2, "--verbose", report="json"), two.run(2.2, "--verbose", "--format", "html=out.html")]
    wrong = one.url.replace(PASSWORD, "wrong-77x")
    said += [one.run(3, url=wrong), one.run(3, url=wrong.replace("/db", "/nowhere"))]
    said += [one.run(3, url=f"postgresql://127.0.0.1:{server.port}/x?user={USER}&password=wrong-77x")]
    said += [one.run(3, url=f"postgresql://{USER}:wrong-77x/9@127.0.0.1:{server.port}/x")]
    said += [one.run(3, url=f"postgresql://{USER}:wrong-77x@[127.0.0.1:{server.port}/x")]
    assert [done.code for done in said] == [1, 1, 3, 3, 3, 3, 3]
    assert "password authentication failed" in said[2].stderr
    kept = [path.read_bytes() for folder in (one.folder, two.folder) for path in folder.rglob("*") if path.is_file()]
    everything = b"\n".join([*kept, *(done.stdout + done.stderr.encode() for done in said)])
    for word in (PASSWORD, "wrong-77x", USER):
        assert word.encode() not in everything
    assert "postgresql://***@127.0.0.1" in said[2].stderr
    with psycopg.connect(one.url) as connection:
        rows = connection.execute("SELECT record::text FROM linkcheck.look").fetchall()
        assert rows
        assert not any(PASSWORD in row[0] for row in rows)


def test_a_password_from_the_environment(runners: list[Runner]) -> None:
    """PGPASSWORD works, as with every PostgreSQL client."""
    one = runners[0]
    bare = one.url.replace(f":{PASSWORD}", "")
    with mock.patch.dict("os.environ", {"PGPASSWORD": PASSWORD}):
        assert one.run(2, url=bare).code == 1
    assert "no password supplied" in one.run(3, url=bare).stderr


def test_without_psycopg(runners: list[Runner]) -> None:
    """It is an extra: one sentence says how to install it."""
    real = builtins.__import__

    def blocked(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "psycopg":
            raise ImportError(name)
        return real(name, *rest, **more)

    with mock.patch.dict("sys.modules"), mock.patch.object(builtins, "__import__", blocked):
        import sys

        import linkcheck.store

        for name in [name for name in sys.modules if name.startswith(("psycopg", "linkcheck.store.postgres"))]:
            del sys.modules[name]
        with mock.patch.object(linkcheck.store, "postgres", create=True):
            del linkcheck.store.postgres
            done = runners[0].run(2)
    assert (done.code, done.out) == (3, "")
    assert "pip install 'linkcheck-archive[postgres]'" in done.stderr


# The schema


def test_a_schema_of_another_program(ours: Team) -> None:
    """It is not touched."""
    with psycopg.connect(ours.url) as connection:
        connection.execute("CREATE SCHEMA linkcheck")
        connection.execute("CREATE TABLE linkcheck.version (number integer)")
    with pytest.raises(StoreFault, match="that of another program"):
        _pull(store(), ours)


def test_a_schema_of_a_later_version(ours: Team) -> None:
    """An older program does not write what it does not understand."""
    _pull(store(), ours)
    with psycopg.connect(ours.url) as connection:
        connection.execute("UPDATE linkcheck.version SET number = 99")
    with pytest.raises(StoreFault, match="later version of linkcheck"):
        _pull(store(), ours)


def test_a_schema_of_an_earlier_version(ours: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is brought up by whoever comes first, and keeps what is in it."""
    db = store()
    night(db, 0, {A: "available"})
    _push(db, ours)
    monkeypatch.setattr(postgres, "MIGRATIONS", (*postgres.MIGRATIONS, "ALTER TABLE linkcheck.run ADD note text"))
    assert _pull(store(), ours) == 1
    with psycopg.connect(ours.url) as connection:
        assert connection.execute("SELECT version.number, note FROM linkcheck.version, linkcheck.run").fetchone() == (
            2,
            None,
        )


def test_many_meet_an_empty_database(ours: Team) -> None:
    """One of them makes the tables, the others find them."""
    faults: list[Exception] = []

    def meet() -> None:
        try:
            _pull(store(), ours)
        except StoreFault as fault:
            faults.append(fault)

    threads = [threading.Thread(target=meet) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_database_that_cannot_hold_all_letters(server: Postgres) -> None:
    """Better refused than with question marks in it."""
    url = server.database("ENCODING 'LATIN1'", "LOCALE 'C'", "TEMPLATE template0")
    with pytest.raises(StoreFault, match="not in UTF-8"):
        _pull(store(), Team(url))


@pytest.mark.parametrize("record", ["{}", '{"type": "look"}', "[1]"])
def test_a_look_that_nobody_can_read(ours: Team, record: str) -> None:
    """Nothing of its batch is taken in."""
    db, other = store(), store()
    night(db, 0, {A: "available", B: "available"})
    _push(db, ours)
    with psycopg.connect(ours.url) as connection:
        connection.execute("UPDATE linkcheck.look SET record = %s WHERE sequence = 2", (record,))
    with pytest.raises(StoreFault, match="look 2 is none that this version can read"):
        _pull(other, ours)
    assert _looks(other) == []


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p@h/db", "postgresql://***@h/db"),
        ("postgresql://h/db", "postgresql://h/db"),
        ("postgresql://h/db?password=p", "postgresql://h/db"),
        ("postgresql://u:p@q/r?s@h:1/db?sslmode=require", "postgresql://***@h:1/db"),
        ("postgresql:///db?host=/run&user=u@v", "postgresql://***@v"),
        ("postgresql://", "postgresql://"),
    ],
)
def test_how_an_address_is_shown(url: str, shown: str) -> None:
    """Nothing that might be a credential, however mistyped."""
    assert Team(url).name == shown
    assert repr(Team(url)) == f"Team('{shown}')"


def test_an_unknown_scheme(tmp_path: Path) -> None:
    """It is not taken for a file."""
    done = linkcheck(files(tmp_path, {"a.md": ""}), "run", ".", "--store", "mysql://u:p@h/db")
    assert (done.code, "'mysql://' is not known" in done.stderr, "p@h" in done.stderr) == (2, True, False)
