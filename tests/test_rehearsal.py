"""The rehearsal of a pull request: run, break two links, fix one, take one out, run again; every report tells it."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command import Done, files, linkcheck
from pictures import encoded
from PIL import Image
from servers import Behaviour, Certificates, Server, answer

from linkcheck.config.settings import FORMATS

HOST = "https://site.example"
BEFORE = {
    "news/a.md": f"[fine]({HOST}/fine) [breaks]({HOST}/breaks)\n\n![falls]({HOST}/falls.jpg)\n",
    "news/二.md": f"[known]({HOST}/known) [mended]({HOST}/mended)\n",
    "news/c.html": f"<a href='{HOST}/fine'>x</a><a href='{HOST}/taken-out'>y</a>",
}
NEW, FIXED, KNOWN = {"/breaks", "/falls.jpg"}, {"/mended"}, {"/known"}
DELTA = {"new": 2, "fixed": 1, "updated": 0, "unchanged": 1, "removed": 1}
SENTENCE = "2 new, 1 fixed, 1 known, 1 removed"
PICTURE = encoded(Image.new("RGB", (120, 90), (30, 90, 140)), "JPEG")


class Rehearsal:
    """An archive, a server for all its links, and one way to ask for a run."""

    def __init__(self, folder: Path, server: Server, routes: dict[tuple[str, str], Behaviour], ca_file: str) -> None:
        self.folder = folder
        self._routes = routes
        self._asked = ("--connect-to", server.connect_to, "--ca-file", ca_file, "--host-rate", "0", "--max-age", "0s")
        files(folder, {**BEFORE, "linkcheck.toml": "retry_wait = 0.01\n"})
        self._answer("/fine /breaks", "/falls.jpg")

    def _answer(self, pages: str, image: str | None) -> None:
        self._routes.clear()
        self._routes.update({("site.example", path): answer(200, b"<title>Here</title>") for path in pages.split()})
        if image is not None:
            self._routes["site.example", image] = answer(200, PICTURE, media_type="image/jpeg")

    def run(self, *words: object) -> Done:
        return linkcheck(self.folder, "run", "news", *self._asked, *words)

    def happen(self) -> None:
        """Two links break, one is mended, one is taken out of its document, and lines move."""
        self._answer("/fine /mended", None)
        files(self.folder, {"news/c.html": f"<p>\n<a href='{HOST}/fine'>x</a>"})
        files(self.folder, {"news/a.md": "A line more.\n\n" + BEFORE["news/a.md"]})


@pytest.fixture
def rehearsal(tmp_path: Path, certificates: Certificates, ca_file: str) -> Iterator[Rehearsal]:
    routes: dict[tuple[str, str], Behaviour] = {}
    with Server(routes, certificates) as server:
        yield Rehearsal(tmp_path, server, routes, ca_file)


Found = tuple[set[str], set[str] | None]
"""What a report calls new, and what it calls fixed (None: it has no words for it)."""


def _json(text: str) -> Found:
    report = json.loads(text)
    assert report["delta"] == DELTA
    return _rows(report["findings"])


def _jsonl(text: str) -> Found:
    return _rows([json.loads(line) for line in text.splitlines()])


def _csv(text: str) -> Found:
    return _rows(list(csv.DictReader(io.StringIO(text))))


def _rows(rows: list[dict[str, str]]) -> Found:
    changed = {change: {row["url"] for row in rows if row["change"] == change} for change in ("new", "absent")}
    return changed["new"], changed["absent"]


def _console(text: str) -> Found:
    assert re.search(f"since (the last run|the baseline '.*'|run 1): {SENTENCE}\n", text)
    return {f"{HOST}{path}" for path in NEW}, None


def _github(text: str) -> Found:
    assert text.splitlines()[-1] == f"linkcheck: {SENTENCE}"
    return {f"{HOST}{path}" for path in NEW}, None


def _markdown(text: str) -> Found:
    assert f"### linkcheck: {SENTENCE}" in text
    return set(re.findall(r"\*\*new\*\* `([^`]+)`", text)), None


def _sarif(text: str) -> Found:
    results = json.loads(text)["runs"][0]["results"]
    found = {state: {one["properties"]["url"] for one in results if one["baselineState"] == state} for state in _STATES}
    assert found["unchanged"] == {f"{HOST}{path}" for path in KNOWN}
    return found["new"], found["absent"]


_STATES = ("new", "unchanged", "absent")


def _junit(text: str) -> Found:
    cases = ElementTree.fromstring(text).iter("testcase")
    told = {case.attrib["name"].split()[-1]: "".join(case.itertext()) for case in cases}
    assert f"{HOST}/known" in {url for url, words in told.items() if ", unchanged)" in words}
    return {url for url, words in told.items() if ", new)" in words}, None


def _gitlab(text: str) -> Found:
    """GitLab compares the fingerprints of two reports itself."""
    described = "\n".join(issue["description"] for issue in json.loads(text))
    assert f"{HOST}/mended" not in described
    assert f"{HOST}/known" in described
    return {f"{HOST}{path}" for path in NEW if f"{HOST}{path}" in described}, None


def _html(text: str) -> Found:
    island = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert island is not None
    report = json.loads(island[1])
    found: dict[str, set[str]] = {change: set() for change in report["changes"]}
    for row in report["rows"]:
        for change in row[-1][3::4]:
            found[report["changes"][change]].add(report["strings"][row[3]])
    return found["new"], found["absent"]


READ: dict[str, Callable[[str], Found]] = {
    "console": _console,
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
    "github": _github,
    "gitlab": _gitlab,
    "markdown": _markdown,
    "sarif": _sarif,
    "junit": _junit,
    "html": _html,
}


def _told(folder: Path, done: Done) -> None:
    """Every format tells the same story."""
    for name in READ:
        text = (folder / f"r.{name}").read_text(encoding="utf-8")
        new, fixed = READ[name](text)
        assert new == {f"{HOST}{path}" for path in NEW}, name
        assert fixed is None or fixed == {f"{HOST}{path}" for path in FIXED}, name
    assert SENTENCE in done.out


def _reports(folder: Path) -> list[str]:
    return [word for name in READ for word in ("--format", f"{name}={folder / f'r.{name}'}")] + ["--format", "console"]


def test_every_format_is_read_here() -> None:
    """A format that is added has to tell what changed, too."""
    assert set(READ) == set(FORMATS) - {"baseline"}


def test_with_the_store_as_a_cache(rehearsal: Rehearsal) -> None:
    """The nightly run's store is restored, and only what the pull request broke fails it."""
    assert rehearsal.run("--fail-on", "broken").code == 1
    assert rehearsal.run("--fail-on", "new").code == 0
    rehearsal.happen()
    again = rehearsal.run("--fail-on", "new", *_reports(rehearsal.folder))
    assert again.code == 1, again.stderr
    _told(rehearsal.folder, again)
    quiet = rehearsal.run("--fail-on", "new")
    assert (quiet.code, "0 new, 0 fixed, 3 known" in quiet.out) == (0, True)


@pytest.mark.parametrize("kind", ["baseline", "json"])
def test_with_a_file(kind: str, rehearsal: Rehearsal) -> None:
    """No store at all: a committed baseline, or yesterday's report, knows what was broken."""
    rehearsal.run("--format", f"{kind}=known", "--no-store")
    rehearsal.happen()
    compared = ("--no-store", "--baseline", "known")
    again = rehearsal.run(*compared, "--fail-on", "new", *_reports(rehearsal.folder))
    assert again.code == 1, again.stderr
    _told(rehearsal.folder, again)
    assert rehearsal.run(*compared, "--format", f"{kind}=now", "--no-store").code == 1
    assert rehearsal.run("--no-store", "--baseline", "now", "--fail-on", "new").code == 0


def test_a_committed_baseline_is_written_from_the_store(rehearsal: Rehearsal) -> None:
    """`linkcheck baseline` and `--format baseline` write the same lines; a refresh changes only what changed."""
    rehearsal.run("--format", "baseline=by-format")
    assert linkcheck(rehearsal.folder, "baseline", "--output", "known").code == 0
    before = (rehearsal.folder / "known").read_text(encoding="utf-8")
    assert before == (rehearsal.folder / "by-format").read_text(encoding="utf-8")
    rehearsal.happen()
    assert rehearsal.run("--baseline", "known", "--fail-on", "new").code == 1
    _told(rehearsal.folder, linkcheck(rehearsal.folder, "report", *_reports(rehearsal.folder)))
    after = linkcheck(rehearsal.folder, "baseline").out
    gone, come = set(before.splitlines()) - set(after.splitlines()), set(after.splitlines()) - set(before.splitlines())
    assert {json.loads(line)["url"] for line in gone} == {f"{HOST}/mended", f"{HOST}/taken-out"}
    assert {json.loads(line)["url"] for line in come} == {f"{HOST}{path}" for path in NEW}


def test_any_two_runs_are_compared(rehearsal: Rehearsal) -> None:
    """`report --run 3 --since 1`: in every format, however many runs lie between; the store itself stays as it is."""
    rehearsal.run()
    rehearsal.happen()
    rehearsal.run()
    rehearsal.run()
    before = linkcheck(rehearsal.folder, "report", "--format", "jsonl").stdout
    done = linkcheck(rehearsal.folder, "report", "--since", "1", *_reports(rehearsal.folder))
    assert done.code == 0, done.stderr
    _told(rehearsal.folder, done)
    back = linkcheck(rehearsal.folder, "report", "--run", "1", "--since", "3").out
    assert "since run 3: 2 new, 2 fixed, 1 known" in back
    assert linkcheck(rehearsal.folder, "report", "--format", "jsonl").stdout == before
    by_file = linkcheck(rehearsal.folder, "report", "--run", "1", "--format", "json=first.json")
    assert by_file.code == 0
    told = linkcheck(rehearsal.folder, "report", "--baseline", "first.json", *_reports(rehearsal.folder))
    _told(rehearsal.folder, told)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--since 9", "the store has no run 9"),
        ("--since 1 --baseline known", "--since and --baseline exclude each other"),
        ("--baseline nope", "cannot read the baseline 'nope': No such file or directory"),
    ],
)
def test_what_cannot_be_compared(words: str, sentence: str, tmp_path: Path) -> None:
    """One sentence, exit 2."""
    linkcheck(files(tmp_path, {"a.md": "[x](b.md)"}), "run", ".", "--offline", "--fail-on", "never")
    done = linkcheck(tmp_path, "report", *words.split())
    assert (done.code, done.stdout, done.stderr) == (2, b"", f"linkcheck: {sentence}\n")
