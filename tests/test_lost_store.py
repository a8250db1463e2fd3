"""A store that cannot be written or read to the end: one clear sentence, and the findings are reported all the same."""

import contextlib
import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from command import Done, files, linkcheck
from servers import Routes, Server, answer, redirect

HERE = Path(__file__).parent.parent
HOST = "a.example"
PAGE = answer(200, b"<title>A page</title><p>Some words")
TROUBLED = ("unusable: database or disk is full", "unusable: disk I/O error")


def _archive(folder: Path) -> Path:
    names = ["moved", "gone", *(f"page/{n}" for n in range(40))]
    return files(folder, {"linkcheck.toml": "", "a.md": "\n\n".join(f"<http://{HOST}/{name}>" for name in names)})


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    routes: Routes = {
        (HOST, "*"): PAGE,
        (HOST, "/moved"): redirect(f"http://{HOST}/end"),
        (HOST, "/gone"): answer(410),
    }
    with Server(routes) as running:
        yield running


def _run(folder: Path, server: Server, *more: str) -> Done:
    words = ["--connect-to", server.connect_to, "--host-rate", "0", "--max-age", "0s"]
    return linkcheck(folder, "run", ".", "--format", "json=report.json", *words, *more)


def _found(folder: Path) -> list[tuple[str, str, str, str]]:
    findings = json.loads((folder / "report.json").read_bytes())["findings"]
    return [tuple(finding[name] for name in ("raw", "outcome", "reason", "change")) for finding in findings]


def _limited(pages: int) -> Callable[..., sqlite3.Connection]:
    """Stores on disk may not grow beyond so many pages: what SQLite then says is what it says of a full disk."""
    connect = sqlite3.connect

    def connected(path: Any, *words: Any, **options: Any) -> sqlite3.Connection:
        db = connect(path, *words, **options)
        if str(path):
            db.execute(f"PRAGMA max_page_count = {pages}")
        return db

    return connected


@pytest.fixture(scope="module")
def known(server: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, str, str, str]]]:
    """(an archive that was checked, what checking it again finds)."""
    folder = _archive(tmp_path_factory.mktemp("known"))
    assert _run(folder, server).code == 1
    other = _archive(tmp_path_factory.mktemp("again"))
    _run(other, server)
    assert _run(other, server).code == 1
    return folder, _found(other)


def _copied(known: Path, folder: Path) -> Path:
    store = known / ".linkcheck/store.db"
    with contextlib.closing(sqlite3.connect(store)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return files(_archive(folder), {".linkcheck/store.db": store.read_bytes()})


def _whole(folder: Path) -> None:
    with contextlib.closing(sqlite3.connect(folder / ".linkcheck/store.db")) as db:
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM run WHERE status = 'finished'").fetchone() == (1,)


@pytest.mark.parametrize("more_pages", [0, 1, 2, 3, 4, 5, 6, 8, 10])
def test_a_disk_that_fills_up_costs_the_memory_and_nothing_else(
    more_pages: int, server: Server, known: tuple[Path, list[tuple[str, str, str, str]]], tmp_path: Path
) -> None:
    """Wherever it happens: a sentence, exit 3, every finding with its history, and nothing is asked twice."""
    folder = _copied(known[0], tmp_path)
    with contextlib.closing(sqlite3.connect(folder / ".linkcheck/store.db")) as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    mark = len(server.log)
    with mock.patch("sqlite3.connect", _limited(pages + more_pages)):
        done = _run(folder, server)
    assert _found(folder) == known[1]
    asked = [seen.target for seen in server.log[mark:] if "page" in seen.target]
    assert len(asked) == len(set(asked)) == 40
    if done.code == 1:
        assert more_pages > 5
        return
    assert done.code == 3
    assert f"{TROUBLED[0]}; make room for it and let it be written, or name another by --store;" in done.stderr
    assert done.stderr.endswith("; what was found is reported, and will not be remembered\n")
    _whole(folder)
    assert _run(folder, server).code == 1


def test_a_store_that_cannot_even_be_made(server: Server, tmp_path: Path) -> None:
    """The disk is full from the beginning."""
    folder = _archive(tmp_path)
    with mock.patch("sqlite3.connect", _limited(5)):
        done = _run(folder, server)
    assert done.code == 3
    assert TROUBLED[0] in done.stderr
    assert len(_found(folder)) == 42
    assert _run(folder, server).code == 1


def test_a_file_that_may_not_grow(
    server: Server, known: tuple[Path, list[tuple[str, str, str, str]]], tmp_path: Path
) -> None:
    """What a quota says, by the operating system: the same sentence, the same findings."""
    folder = _copied(known[0], tmp_path)
    limit = (folder / ".linkcheck/store.db").stat().st_size // 2  # a run writes less than what it knows

    def prepare() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    words = ["--format", "json=report.json", "--connect-to", server.connect_to, "--host-rate", "0", "--max-age", "0s"]
    process = subprocess.run(
        [sys.executable, "-m", "linkcheck", "run", ".", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        capture_output=True,
        preexec_fn=prepare,
        timeout=60,
        check=False,
    )
    assert process.returncode == 3, process.stderr
    assert any(words in process.stderr.decode() for words in TROUBLED), process.stderr
    assert b"Traceback" not in process.stderr
    assert _found(folder) == known[1]
    _whole(folder)


@contextlib.contextmanager
def _nobody() -> Iterator[None]:
    """Root may write everywhere; others have to be kept out by modes alone."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("closed", [".linkcheck/store.db", ".linkcheck", "."])
def test_a_store_that_is_for_reading_only(
    closed: str, server: Server, known: tuple[Path, list[tuple[str, str, str, str]]]
) -> None:
    """Somebody else's store, or a disk that is mounted so: what it knows is used, and the findings are reported."""
    with tempfile.TemporaryDirectory() as place:
        folder = _copied(known[0], Path(place)) if closed != "." else _archive(Path(place))
        files(folder, {"report.json": ""})
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o777)
        there = sorted(path.name for path in folder.rglob("*"))
        (folder / closed).chmod(0o555)
        with _nobody():
            done = _run(folder, server)
        (folder / closed).chmod(0o777)
        assert done.code == 3, done.stderr
        assert done.stderr.endswith("; what was found is reported, and will not be remembered\n")
        assert "Traceback" not in done.stderr
        if closed == ".":
            assert len(_found(folder)) == 42
        else:
            assert _found(folder) == known[1]
            _whole(folder)
        if closed != ".linkcheck/store.db":
            assert sorted(path.name for path in folder.rglob("*")) == there


def test_two_runs_at_once_do_not_share_a_store(server: Server, tmp_path: Path) -> None:
    """The second asks nothing, and the first does not notice."""
    from linkcheck.store.connection import held

    folder = _archive(tmp_path)
    mark = len(server.log)
    with held(folder / ".linkcheck/store.db"):
        done = _run(folder, server, "--resume")
    assert (done.code, len(server.log)) == (3, mark)
    assert "another run is using the store" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("group", range(10))
def test_a_damaged_store_is_no_reason_to_stumble(
    group: int, known: tuple[Path, list[tuple[str, str, str, str]]], tmp_path: Path
) -> None:
    """Two hundred stores, cut off or with flipped bytes: a run works, or says in a sentence why it does not."""
    folder = _copied(known[0], tmp_path)
    store = folder / ".linkcheck/store.db"
    sound = store.read_bytes()
    expected = [row[:3] for row in known[1]]
    for seed in range(group * 20, group * 20 + 20):
        for left in store.parent.glob("store.db*"):
            left.unlink()
        store.write_bytes(_damaged(sound, random.Random(seed)))
        done = linkcheck(folder, "run", ".", "--offline", "--format", "jsonl", "--fail-on", "never")
        assert "Traceback" not in done.stderr, seed
        assert done.code in (0, 3), (seed, done.stderr)
        if done.code == 3:
            assert "unusable" in done.stderr, (seed, done.stderr)
            assert done.stderr.count("\n") <= 2, (seed, done.stderr)
            continue
        for row, known_row in zip(done.rows, expected, strict=True):
            said = row["raw"], row["outcome"], row["reason"]
            assert said in (known_row, (known_row[0], "skipped", "offline")), seed


def _damaged(sound: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.3:
        return sound[: chance.randrange(len(sound))]
    content = bytearray(sound)
    for _ in range(chance.choice([1, 10, 100, 1000])):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return bytes(content)
