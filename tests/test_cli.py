"""The command line as a strict user sees it: exit codes, sentences, streams, signals."""

import fcntl
import gzip
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from command import Done, files, linkcheck
from servers import Certificates, End, Server, answer, steps

HERE = Path(__file__).parent.parent
LINK = {"a.md": "[x](https://a.example/)\n"}
HEADER = b'{"cassette":1,"tool":"x","recorded_at":"2026-11-25T04:30:24.120905Z","salt":"00"}\n'


def _says(done: Done, code: int, sentence: str) -> None:
    """One exit code, one sentence on stderr, nothing on stdout, no traceback."""
    assert (done.code, done.stdout) == (code, b""), done.stderr
    assert done.stderr.startswith(f"linkcheck: {sentence}"), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


REFUSED: dict[str, tuple[Mapping[str, str | bytes], str, int, str]] = {
    "no file": ({}, "run . --offline", 2, "no document found in '.'; name files, add --extension, or accept it by "),
    "no file, extract": ({}, "extract .", 2, "no document found in '.'"),
    "no reference": ({"a.md": "hello"}, "run . --offline", 2, "no reference found in the one document of"),
    "no reference, extract": ({"a.md": "hello"}, "extract a.md", 2, "no reference found in the one document of"),
    "a path that is not there": (LINK, "run a.md nope --offline", 2, "cannot read 'nope': No such file or directory"),
    "a bad word": (LINK, "run . --offline --fail-on brokn", 2, "fail_on: unknown 'brokn'; did you mean 'broken'?"),
    "no word": (LINK, "run . --offline --fail-on ,", 2, "fail_on: names nothing; known are broken, "),
    "a bad format": (LINK, "run . --offline --format jsom", 2, "format: unknown 'jsom'; did you mean 'json'?"),
    "a bad pattern": (LINK, "run . --offline --include (", 2, "include: '(' is no regular expression: "),
    "a bad age": (LINK, "run . --offline --max-age old", 2, "max_age: 'old' is no age; write for example 90s, "),
    "a bad kind": (LINK, "run . --offline --kind imag", 2, "--kind: unknown 'imag'; did you mean 'image'?"),
    "a bad choice": (LINK, "run . --transport tin", 2, "--transport: unknown 'tin'; known are auto, wire, httpx"),
    "a root that is not there": (LINK, "run . --offline --root no", 2, "--root: 'no' is no folder"),
    "a baseline to nowhere": (LINK, "baseline -o no/b", 2, "cannot write the report 'no/b': No such file or directory"),
    "what belongs to --prune": (LINK, "history --keep-runs 3", 2, "--keep-runs belongs to --prune"),
    "what belongs to the list of runs": (LINK, "history --runs 3 --survival", 2, "--runs and --survival exclude each"),
    "a report to no file": (LINK, "run . --offline --format json=", 2, "format: 'json=' names no file"),
    "more at once than can be": (LINK, f"run . --offline --concurrency {10**20}", 2, "concurrency must not be greater"),
    "no number": (LINK, "run . --offline --timeout nan", 2, "timeout must be greater than 0"),
    "a bad rule to connect": (LINK, "run . --connect-to x", 2, "--connect-to wants HOST1:PORT1:HOST2:PORT2 "),
    "no certificates": (LINK, "run . --ca-file a.md", 2, "cannot read certificates from 'a.md': "),
    "record and replay": (LINK, "run . --record a --replay b", 2, "record and replay exclude each other"),
    "a configuration that is not there": (LINK, "run . --config x.toml", 2, "cannot read the configuration 'x.toml': "),
    "a configuration with an empty name": (LINK, "run . --config=", 2, "cannot read the configuration '.': "),
    "an unwritable report": (LINK, "run . --format json=no/x.json", 2, "cannot write the report 'no/x.json': No such "),
    "a report that is a folder": (LINK, "run . --format json=.", 2, "cannot write the report '.': Is a directory"),
    "a cassette that is not there": (LINK, "run . --replay c.jsonl", 2, "cannot read the cassette 'c.jsonl': No such"),
    "a cassette that is a folder": (LINK, "run . --replay .", 2, "cannot read the cassette '.': Is a directory"),
    "a cassette that is none": ({**LINK, "c": b"hi"}, "run . --replay c", 3, "c:1: not the header of a cassette: "),
    "an empty cassette": ({**LINK, "c": b""}, "run . --replay c", 3, "c:1: not the header of a cassette: "),
    "a later cassette": (
        {**LINK, "c": HEADER.replace(b":1,", b":9,", 1)},
        "run . --replay c",
        3,
        "c:1: a cassette of version 9, this is for 1",
    ),
    "half a cassette": (
        {**LINK, "c": gzip.compress(HEADER * 50)[:-9]},
        "run . --replay c",
        3,
        "c: not a whole gzip file: ",
    ),
    "a bad line": ({**LINK, "c": HEADER + b"{}\n"}, "run . --replay c", 3, "c:2: not a recorded exchange: "),
    "a miss": (
        {**LINK, "c": HEADER},
        "run . --replay c",
        3,
        "no recording of GET https://a.example/; record it with --record",
    ),
    "a store that is none": ({**LINK, "s": b"no store" * 99}, "run . --offline --store s", 3, "the store 's' is "),
    "a store that is a folder": (LINK, "run . --offline --store .", 3, "the store '.' "),
    "no store to report": (LINK, "report --store s", 3, "there is no store 's'; it is written by 'linkcheck run'"),
    "to ask for a reason": ({}, "explain not-found --now", 2, "--now belongs to a URL; a reason is explained without"),
    "to ask without asking": ({}, "explain http://a.example/ --now --offline", 2, "--now asks again, and offline asks"),
    "an unknown reason": ({}, "explain not-fuond", 2, "'not-fuond' is no reason; did you mean 'not-found'?"),
}


@pytest.mark.parametrize(("there", "words", "code", "sentence"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_one_clear_sentence(
    there: Mapping[str, str | bytes], words: str, code: int, sentence: str, tmp_path: Path
) -> None:
    """2 is my mistake, 3 the tool's; a broken link is neither."""
    _says(linkcheck(files(tmp_path, there), *words.split()), code, sentence)


@pytest.mark.parametrize("words", ["run", "run --no-such-option .", "no-such-command", "report --run 0"])
def test_wrong_usage_is_2(words: str, tmp_path: Path) -> None:
    """With the usage, and without a traceback."""
    done = linkcheck(tmp_path, *words.split())
    assert done.code == 2
    assert "Usage: linkcheck" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("there", [{}, {"a.md": "hello"}])
def test_nothing_to_check_may_be_accepted(there: Mapping[str, str], tmp_path: Path) -> None:
    """`--allow-empty` turns 2 into 0, and the report is whole."""
    done = linkcheck(files(tmp_path, there), "run", ".", "--offline", "--allow-empty", "--format", "json")
    assert done.code == 0
    assert json.loads(done.out)["counts"]["references"] == 0
    assert linkcheck(tmp_path, "extract", ".", "--allow-empty").code == 0


def test_a_mistaken_configuration_lists_everything(tmp_path: Path) -> None:
    """All mistakes of the file, each a line of its own on stderr."""
    files(tmp_path, {**LINK, "linkcheck.toml": 'fial_on = 1\nexclude = "("\n[hosts."a.example"]\nraet = 1\n'})
    done = linkcheck(tmp_path, "run", ".", "--offline")
    assert done.code == 2
    path = tmp_path / "linkcheck.toml"
    assert [line.removeprefix(f"linkcheck: {path}:")[0] for line in done.stderr.splitlines()] == ["1", "2", "4"]


def test_a_misused_report_asks_nobody(tmp_path: Path, certificates: Certificates, ca_file: str) -> None:
    """That a report cannot be written is said before the first request."""
    with Server({("*", "*"): answer()}, certificates) as server:
        asked = ["--connect-to", server.connect_to, "--ca-file", ca_file]
        done = linkcheck(files(tmp_path, LINK), "run", ".", "--format", "json=no/x.json", *asked)
    assert (done.code, server.log) == (2, [])
    assert not (tmp_path / ".linkcheck").exists()


def test_a_header_wants_its_variable(tmp_path: Path) -> None:
    """A forgotten token is told before anything is asked, by its name."""
    files(tmp_path, {**LINK, "linkcheck.toml": '[hosts."a.example"]\nheaders = { Authorization = "env:NO_SUCH_VAR" }'})
    done = linkcheck(tmp_path, "run", ".", environment={"NO_SUCH_VAR": None})
    assert done.code == 2
    assert "NO_SUCH_VAR" in done.stderr


def test_the_clock_never_goes_backwards(tmp_path: Path) -> None:
    """A run before the store's last one is refused."""
    files(tmp_path, LINK)
    run = ["run", ".", "--offline"]
    assert linkcheck(tmp_path, *run, environment={"LINKCHECK_NOW": "2030-01-02T00:00:00Z"}).code == 0
    done = linkcheck(tmp_path, *run, environment={"LINKCHECK_NOW": "2030-01-01T00:00:00Z"})
    _says(done, 2, "the clock says 2030-01-01 00:00, but the store's last run began at 2030-01-02 00:00")
    assert linkcheck(tmp_path, *run, environment={"LINKCHECK_NOW": "tomorrow"}).code == 2
    assert linkcheck(tmp_path, *run, environment={"LINKCHECK_NOW": "2030-01-03T00:00:00Z"}).code == 0


def test_a_store_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """My browser's database is no store, and stays as it is."""
    files(tmp_path, LINK)
    with sqlite3.connect(tmp_path / "s.db") as db:
        db.execute("CREATE TABLE bookmark (url)")
    db.close()
    before = (tmp_path / "s.db").read_bytes()
    done = linkcheck(tmp_path, "run", ".", "--offline", "--store", "s.db")
    _says(done, 3, "'s.db' is a database of another program; name a different --store")
    assert (tmp_path / "s.db").read_bytes() == before


def test_a_replay_leaves_the_default_store_alone(tmp_path: Path) -> None:
    """It tells of another time."""
    linkcheck(files(tmp_path, {**LINK, "c": HEADER}), "run", ".", "--replay", "c")
    assert not (tmp_path / ".linkcheck").exists()


def _folder_loops(folder: Path) -> None:
    (folder / "loop").symlink_to(".")
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    (folder / "gone.md").symlink_to("nowhere.md")
    (folder / "self.md").symlink_to("self.md")
    (folder / "binary.md").write_bytes(bytes(range(256)) * 4)


def test_odd_inputs_are_listed_and_end_nothing(tmp_path: Path) -> None:
    """Loops, dead links and binary files are problems in the report and on stderr; the rest is checked."""
    _folder_loops(files(tmp_path, LINK))
    done = linkcheck(tmp_path, "run", ".", "--offline", "--format", "json")
    report = json.loads(done.out)
    assert (done.code, report["counts"]["references"]) == (0, 1)
    problems = [problem["path"] for problem in report["run"]["problems"]]
    assert problems == ["binary.md", "gone.md", "loop", "one", "self.md", "two"]
    assert done.stderr.count("linkcheck: not read: ") == 6
    assert linkcheck(tmp_path, "extract", ".").stderr == done.stderr


def test_a_file_that_vanishes_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody deletes a file between the walk and the reading."""
    from linkcheck import documents

    load = documents.load

    def vanish(source: documents.Source) -> object:
        if source.path == "b.md":
            Path(source.file).unlink()
        return load(source)

    monkeypatch.setattr(documents, "load", vanish)
    files(tmp_path, {**LINK, "b.md": "<https://b.example/>", "c.md": "<https://c.example/>"})
    done = linkcheck(tmp_path, "run", ".", "--offline", "--format", "json")
    report = json.loads(done.out)
    assert [finding["path"] for finding in report["findings"]] == ["a.md", "c.md"]
    assert report["run"]["problems"] == [{"path": "b.md", "message": "cannot be read: No such file or directory"}]


@pytest.fixture
def closed(tmp_path_factory: pytest.TempPathFactory) -> object:
    """What the permissions of files forbid; root may do everything, so nobody plays the user."""
    if os.geteuid() != 0:
        yield
        return
    for folder in (tmp_path_factory.getbasetemp(), *tmp_path_factory.getbasetemp().parents):
        if folder.owner() == "root" and folder != Path("/tmp") and str(folder).startswith("/tmp"):
            folder.chmod(0o755)
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(
    ("forbidden", "words", "code", "sentence"),
    [
        ("a.md", "run a.md --offline --no-store", 2, "cannot read 'a.md': permission denied"),
        ("docs", "run docs --offline --no-store", 2, "cannot read 'docs': permission denied"),
        ("linkcheck.toml", "run a.md --offline --no-store", 2, "cannot read the configuration '"),
        (".", "history --store docs/s.db", 3, "there is no store 'docs/s.db'"),
        (".", "run a.md --offline --no-store --format json=x.json", 2, "cannot write the report 'x.json': Permission"),
    ],
)
def test_what_permissions_forbid(forbidden: str, words: str, code: int, sentence: str) -> None:
    """Unreadable files, folders and configurations, and folders that are for reading only."""
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        folder = files(Path(place), {**LINK, "docs/b.md": "hello", "linkcheck.toml": "retries = 1"})
        (folder / forbidden).chmod(0o555 if forbidden == "." else 0)
        try:
            _says(linkcheck(folder, *words.split()), code, sentence)
        finally:
            (folder / forbidden).chmod(0o755)


@pytest.mark.skipif(sys.platform == "darwin", reason="its file system takes Unicode only")
def test_a_file_name_that_is_no_unicode_is_shown_and_read(tmp_path: Path) -> None:
    """Named or found on the walk, it is read, and its name is readable in every report."""
    (tmp_path / "a\udcff.md").write_text("[x](nowhere.md)")
    for named in ("a\udcff.md", "."):
        words = ["run", named, "--offline", "--format", "jsonl", "--format", "console=r.out"]
        done = linkcheck(tmp_path, *words)
        assert (done.code, [row["path"] for row in done.rows]) == (1, ["a\\xff.md"])
        assert "a\\xff.md:1:5" in (tmp_path / "r.out").read_text()
    _says(linkcheck(tmp_path, "run", "b\udcff.md"), 2, "cannot read 'b\\xff.md': No such file or directory")


def test_a_replay_needs_no_secrets_of_the_environment(tmp_path: Path) -> None:
    """Whoever replays a recording does not have the token that it was made with."""
    text = '[hosts."b.example"]\nheaders = { Authorization = "env:NO_SUCH_VAR" }'
    files(tmp_path, {**LINK, "c": HEADER, "linkcheck.toml": text})
    done = linkcheck(tmp_path, "run", ".", "--replay", "c", environment={"NO_SUCH_VAR": None})
    _says(done, 3, "no recording of GET https://a.example/")


def test_several_reports_at_once(tmp_path: Path) -> None:
    """Files and standard output, all of the same run."""
    done = linkcheck(
        files(tmp_path, LINK),
        *("run", ".", "--offline", "--format", "console", "--format", "json=r.json", "--format", "jsonl=r.jsonl"),
    )
    assert "1 reference in 1 document" in done.out
    report = json.loads((tmp_path / "r.json").read_bytes())
    assert [json.loads(line) for line in (tmp_path / "r.jsonl").read_bytes().splitlines()] == report["findings"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a.md", ["a.md"]),
        (". a.md", ["a.md", "b.txt", "sub/c.html"]),
        ("sub a.md", ["sub/c.html", "a.md"]),
        ("- a.md", ["-", "a.md"]),
        ("-", ["-"]),
        (". --hidden", [".h/d.md", "a.md", "b.txt", "sub/c.html"]),
        (". --no-gitignore", ["a.md", "b.txt", "ignored/e.md", "sub/c.html"]),
        (". --exclude-path sub/", ["a.md", "b.txt"]),
        (". --exclude-path *.md --exclude-path *.txt", ["sub/c.html"]),
        (". --extension rst", ["a.md", "b.txt", "f.rst", "sub/c.html"]),
    ],
)
def test_what_is_read(words: str, expected: list[str], tmp_path: Path) -> None:
    """Files, folders, standard input; hidden and ignored files only when asked for; each file once."""
    link = "<https://a.example/>"
    names = ["a.md", ".h/d.md", "ignored/e.md", "f.rst"]
    there = {**dict.fromkeys(names, link), "b.txt": "https://a.example/", "sub/c.html": "<a href='https://a.example/'>"}
    files(tmp_path, {**there, ".gitignore": "ignored/\n"})
    done = linkcheck(tmp_path, "extract", *words.split(), stdin=link.encode())
    assert [row["path"] for row in done.rows] == expected
    ran = linkcheck(
        tmp_path, "run", *words.split(), "--offline", "--no-store", "--format", "jsonl", stdin=link.encode()
    )
    assert [row["path"] for row in ran.rows] == expected


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("--exclude b\\.", "excluded by `--exclude b\\.`"),
        ("--include a\\.", "matches no `--include a\\.`"),
        ("--kind link --kind article", "kind `image` is not among `--kind link --kind article`"),
    ],
)
def test_an_exclusion_is_counted_and_named(words: str, rule: str, tmp_path: Path) -> None:
    """Nothing is dropped: what I exclude is `skipped` `excluded`, with the rule that said so."""
    files(tmp_path, {"a.md": "[x](https://a.example/) ![x](https://b.example/i.png)"})
    done = linkcheck(tmp_path, "run", ".", "--offline", "--format", "jsonl", *words.split())
    asked, left_out = done.rows
    assert (asked["outcome"], asked["reason"]) == ("skipped", "offline")
    assert (left_out["outcome"], left_out["reason"], left_out["detail"]) == ("skipped", "excluded", rule)


def test_a_path_that_is_left_out_is_counted_and_named(tmp_path: Path) -> None:
    """Nor is a file that I exclude: a folder counts once, the files in it are not looked at."""
    link = "[x](https://a.example/)"
    there = files(tmp_path, {"a.md": link, "b.md": link, "drafts/c.md": link, "drafts/d.md": link, "x.txt": link})
    words = (".", "--exclude-path", "drafts/", "--exclude-path", "b.*", "--exclude-path", "*.nothing")
    done = linkcheck(there, "run", *words, "--offline", "--format", "json=r.json", "--format", "console")
    run = json.loads((there / "r.json").read_text())["run"]
    assert run["excluded_paths"] == {"number": 2, "listed": ["b.md", "drafts/"]}
    assert "2 paths left out by --exclude-path: b.md, drafts/" in done.out
    assert "left out" in linkcheck(there, "report").out
    assert linkcheck(there, "extract", *words).stderr == (
        "linkcheck: 2 paths left out by --exclude-path: b.md, drafts/\n"
    )
    assert linkcheck(there, "extract", "b.md", "a.md", "b.md", *words[1:]).stderr.endswith("--exclude-path: b.md\n")
    assert "left out" not in linkcheck(there, "run", ".", "--offline").out


def _python(folder: Path, *words: str, **options: object) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": str(HERE), "COLUMNS": "100"} | dict(options.pop("environment", {}))
    return subprocess.Popen(
        [sys.executable, "-m", "linkcheck", *words],
        cwd=folder,
        env=environment,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_reports_what_it_knows(
    number: signal.Signals, tmp_path: Path, certificates: Certificates, ca_file: str
) -> None:
    """130, the report is whole, and whatever was not asked says so."""
    names = [f"h{n}.example" for n in range(6)]
    files(tmp_path, {"a.md": "\n\n".join(f"<https://{name}/>" for name in ["a-quick.example", *names])})
    with Server({("a-quick.example", "/"): answer(), ("*", "*"): steps(End.HANG)}, certificates) as server:
        words = ["--connect-to", server.connect_to, "--ca-file", ca_file, "--concurrency", "3"]
        process = _python(tmp_path, "run", ".", "--format", "json=r.json", "--format", "jsonl", *words)
        _until(lambda: len(server.log) == 4)
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    report = json.loads((tmp_path / "r.json").read_bytes())
    assert report["run"]["status"] == "interrupted"
    found = {row["url"]: (row["outcome"], row["reason"]) for row in report["findings"]}
    assert found.pop("https://a-quick.example/") == ("ok", "available")
    assert found == {f"https://{name}/": ("skipped", "interrupted") for name in names}
    assert [json.loads(line) for line in out.splitlines()] == report["findings"]
    again = linkcheck(tmp_path, "report", "--format", "jsonl")
    assert (again.code, again.stdout) == (0, out)


def _until(condition: Callable[[], bool], limit_s: float = 10) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_second_signal_leaves_at_once(tmp_path: Path, certificates: Certificates, ca_file: str) -> None:
    """Whoever insists does not wait for the report."""
    files(tmp_path, LINK)
    with Server({("*", "*"): steps(End.HANG)}, certificates) as server:
        process = _python(tmp_path, "run", ".", "--connect-to", server.connect_to, "--ca-file", ca_file)
        _until(lambda: len(server.log) == 1)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=5)
    assert process.returncode in (130, -signal.SIGTERM)


def test_a_reader_that_leaves_early_loses_nothing_else(tmp_path: Path) -> None:
    """`| head -1` ends quietly, and reports to files are whole."""
    files(tmp_path, {"a.md": "\n\n".join(f"<https://a.example/{n}>" for n in range(3000))})
    process = _python(tmp_path, "run", ".", "--offline", "--format", "jsonl", "--format", "json=r.json")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert (process.stderr.read(), process.wait(10)) == (b"", 130)
    process.stderr.close()
    assert json.loads((tmp_path / "r.json").read_bytes())["counts"]["references"] == 3000
    process = _python(tmp_path, "extract", ".")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert (process.stderr.read(), process.wait(10)) == (b"", 130)
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    """The report could not be written to its end: that is said, not traced."""
    files(tmp_path, LINK)
    done = linkcheck(tmp_path, "run", ".", "--offline", "--format", "json=/dev/full")
    _says(done, 3, "cannot write the report '/dev/full': No space left on device")
    with Path("/dev/full").open("wb") as full:
        process = _python(tmp_path, "run", ".", "--offline", "--format", "json", stdout=full)
        _, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (3, b"linkcheck: cannot write to standard output: No space left on device\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
@pytest.mark.parametrize("words", ["explain not-found", "--help", "run --help", "--version"])
def test_a_full_disk_is_no_bug(words: str, tmp_path: Path) -> None:
    """Whatever I print: a sentence, and no traceback."""
    with Path("/dev/full").open("wb") as full:
        process = _python(tmp_path, *words.split(), stdout=full)
        _, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (3, b"linkcheck: cannot write to standard output: No space left on device\n")


@pytest.mark.parametrize("words", ["run . --offline", "history", "explain not-found", "baseline"])
def test_closed_streams_end_nothing_badly(words: str, tmp_path: Path) -> None:
    """`>&-` is said before anything is done; `2>&-` takes nothing away from standard output."""
    linkcheck(files(tmp_path, LINK), "run", ".", "--offline")
    runs = linkcheck(tmp_path, "history").out
    closed = _in_a_shell(tmp_path, f"{words} >&-")
    assert (closed.returncode, closed.stderr.count(b"\n"), b"output is closed" in closed.stderr) == (2, 1, True)
    assert linkcheck(tmp_path, "history").out == runs
    assert _in_a_shell(tmp_path, f"{words} 2>&-").stdout == _in_a_shell(tmp_path, words).stdout


def _in_a_shell(folder: Path, words: str) -> "subprocess.CompletedProcess[bytes]":
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    script = f"exec {sys.executable} -m linkcheck {words}"
    return subprocess.run(["sh", "-c", script], cwd=folder, env=environment, capture_output=True, check=False)


OVERWRITING = {
    "a baseline": "baseline --output .linkcheck/store.db",
    "an export": "history --export .linkcheck/store.db",
    "a recording": "run . --record .linkcheck/store.db",
    "a report over its log": "run . --offline --format json=.linkcheck/store.db-wal",
    "a report over a store to come": "run . --offline --store new --format json=new",
    "a report over the recording": "run . --record new --format json=new",
}


@pytest.mark.parametrize("words", OVERWRITING.values(), ids=OVERWRITING)
def test_no_file_of_ours_is_written_over(words: str, tmp_path: Path) -> None:
    """A slip of the finger must not cost the memory of years."""
    linkcheck(files(tmp_path, LINK), "run", ".", "--offline")
    done = linkcheck(tmp_path, *words.split())
    assert (done.code, done.stdout, done.stderr.count("\n")) == (2, b"", 1), done.stderr
    assert linkcheck(tmp_path, "report").code == 0
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("words", ["--record a.md", "--format markdown=./a.md", "--format html=b/../a.md"])
def test_no_document_is_written_over(words: str, tmp_path: Path) -> None:
    """A report into the archive is fine, also a second time; one over an article is a slip of the finger."""
    files(tmp_path, {**LINK, "c.md": "[y](a.md)"})
    (tmp_path / "b").mkdir()
    done = linkcheck(tmp_path, "run", ".", *words.split())
    assert (done.code, done.stdout) == (2, b"")
    assert "is one of the documents to be checked, and would be overwritten" in done.stderr
    assert (tmp_path / "a.md").read_text() == LINK["a.md"]
    (tmp_path / "a.md").write_text("# linkcheck, and what it said\n\n[y](c.md)\n")
    assert linkcheck(tmp_path, "run", ".", *words.split()).code == 2
    for form in ("markdown=r.md", "html=r.html", "console=r.txt") * 2:
        assert linkcheck(tmp_path, "run", ".", "--offline", "--format", form).code in (0, 1)


def test_a_mistake_costs_no_recording(tmp_path: Path) -> None:
    """A report that cannot be written is said before the old recording is."""
    files(tmp_path, {**LINK, "c.jsonl": "mine"})
    assert linkcheck(tmp_path, "run", ".", "--record", "c.jsonl", "--format", "json=no/x").code == 2
    assert (tmp_path / "c.jsonl").read_text() == "mine"


def test_closed_standard_output_is_one_sentence(tmp_path: Path) -> None:
    """`>&-` is a mistake of mine."""
    files(tmp_path, LINK)
    script = f"exec {sys.executable} -m linkcheck run . --offline >&-"
    process = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        stderr=subprocess.PIPE,
        check=False,
    )
    assert (process.returncode, process.stderr.count(b"\n")) == (2, 1)
    assert b"standard output is closed" in process.stderr


def _on_a_terminal(folder: Path, *words: str, environment: Mapping[str, str] | None = None) -> bytes:
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, b"\x18\x00\xa0\x00\x00\x00\x00\x00")
    process = _python(folder, *words, stdin=other, stdout=other, stderr=other, environment=environment or {})
    os.close(other)
    said = b""
    while True:
        try:
            part = os.read(main, 65_536)
        except OSError:
            break
        if not part:
            break
        said += part
    os.close(main)
    process.wait(10)
    return said


BROKEN = {"a.md": "[x](nowhere.md) [y](http://:99)\n"}


def test_a_terminal_gets_colour(tmp_path: Path) -> None:
    """Colours on a terminal; none with NO_COLOR."""
    files(tmp_path, BROKEN)
    words = ["run", ".", "--offline", "--no-store"]
    assert b"\x1b[1;31mBROKEN" in _on_a_terminal(tmp_path, *words, environment={"TERM": "xterm-256color"})
    plain = _on_a_terminal(tmp_path, *words, environment={"TERM": "xterm-256color", "NO_COLOR": "1"})
    assert b"BROKEN" in plain
    assert not re.search(rb"\x1b\[[0-9;]*3[1-7]m", plain)


@pytest.mark.parametrize("colour", [None, "1"])
def test_without_a_terminal_there_is_no_escape(colour: str | None, tmp_path: Path) -> None:
    """A file or a pipe gets plain text, unless colour is forced."""
    files(tmp_path, BROKEN)
    done = linkcheck(tmp_path, "run", ".", "--offline", environment={"FORCE_COLOR": colour, "TERM": "xterm"})
    assert ("\x1b" in done.out) is (colour is not None)
    assert "BROKEN" in done.out


def test_version_and_help_need_no_network_and_no_configuration(tmp_path: Path) -> None:
    """A broken configuration does not hide the help."""
    files(tmp_path, {"linkcheck.toml": "broken"})
    assert linkcheck(tmp_path, "--version").out.startswith("linkcheck ")
    for command in ("run", "extract", "report", "explain"):
        assert linkcheck(tmp_path, command, "--help").code == 0
    assert "404" in linkcheck(tmp_path, "explain", "not-found").out
