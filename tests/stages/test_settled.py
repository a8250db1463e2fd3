"""A night on which nothing changed: nothing is drawn up, and nothing is missed that had to be asked or judged."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from command import Done, files, linkcheck
from servers import Server, answer

_PAGE = answer(200, b"<title>A page</title>", media_type="text/html")


class Archive:
    """Two folders of documents that lead to one server."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder = folder
        self.server = server
        self.write("a/one.md", "/", "/other")

    def write(self, name: str, *paths: str, mark: str = "") -> None:
        """A document with a link to each path."""
        links = " ".join(f"{mark}[x](http://127.0.0.1:{self.server.port}{path})" for path in paths)
        files(self.folder, {name: links})

    def run(self, *words: str) -> Done:
        """One run over `a`, or what `words` say, with a fresh log."""
        self.server.log.clear()
        return linkcheck(self.folder, "run", *(words or ("a",)), "--allow-private", "--fail-on", "never")

    def findings(self, run_id: int) -> list[tuple[object, ...]]:
        """What the store holds of a run's references."""
        with closing(sqlite3.connect(self.folder / ".linkcheck/store.db")) as db:
            return db.execute(
                "SELECT position, identity, reference_id, outcome, reason, detail,"
                " iif(run.findings_of IS NULL, change, 'unchanged'), confirmed, failing_since, checked_at, observations"
                " FROM run JOIN finding ON finding.run_id = coalesce(run.findings_of, run.id) WHERE run.id = ?"
                " ORDER BY position",
                (run_id,),
            ).fetchall()

    def forget_that_all_was_fresh(self) -> None:
        """Let the next run draw up what is due."""
        with closing(sqlite3.connect(self.folder / ".linkcheck/store.db")) as db, db:
            assert db.execute("SELECT json_extract(summary, '$.fresh_from') FROM run ORDER BY id DESC").fetchone()[0]
            db.execute("UPDATE run SET summary = NULL")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Server({("127.0.0.1", "/"): _PAGE, ("127.0.0.1", "/other"): _PAGE}) as server:
        yield Archive(tmp_path, server)


def test_a_settled_run_is_the_run_that_would_have_been_drawn_up(archive: Archive) -> None:
    """The short way and the long way store the same findings."""
    archive.run()
    assert archive.run().code == 0
    assert archive.server.log == []
    archive.forget_that_all_was_fresh()
    archive.run()
    assert archive.server.log == []
    assert archive.findings(2) == archive.findings(3) != []
    archive.forget_that_all_was_fresh()


def test_what_is_too_old_is_asked_again(archive: Archive) -> None:
    """However long nothing has changed."""
    archive.run()
    archive.run()
    archive.run("a", "--max-age", "0s")
    assert len(archive.server.log) == 2


def test_what_is_wanted_as_an_image_by_now_is_asked_again(archive: Archive) -> None:
    """Though the documents of this run are the same: another run's documents want more of their target."""
    archive.run()
    archive.write("b/two.md", "/other", mark="!")
    archive.run("b", "--offline")
    assert archive.server.log == []
    archive.run()
    assert [asked.path for asked in archive.server.log] == ["/other"]


def test_what_failed_is_asked_every_night(archive: Archive) -> None:
    """A run with a dead link is never settled."""
    archive.write("a/two.md", "/nowhere")
    archive.run()
    archive.run()
    assert {asked.path for asked in archive.server.log} == {"/nowhere"}


def test_local_files_are_looked_at_every_night(archive: Archive) -> None:
    """They ask nobody, and may have gone."""
    files(archive.folder, {"a/two.md": "[y](table.csv)", "a/table.csv": "1"})
    archive.run()
    assert "not found" not in archive.run().out
    (archive.folder / "a/table.csv").unlink()
    assert "table.csv" in archive.run().out
