"""What a run says while it works: on standard error, plain where there is no terminal, nothing that a log obeys."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from command import Done, files, linkcheck
from servers import Certificates, Server, after, answer, in_turn

from linkcheck.model import Outcome, Problem, Reason, Verdict
from linkcheck.reports import closing, plain
from linkcheck.store.hosts import HostTally

VERDICT = Verdict(Outcome.BROKEN, Reason.NOT_FOUND, "x", status=404, elapsed_s=0.3149)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A clock that is set by hand."""
    now = [0.0]
    monkeypatch.setattr(plain, "monotonic", lambda: now[0])

    def go_on(seconds: float) -> None:
        now[0] += seconds

    return go_on


def test_a_log_gets_a_line_now_and_then(clock: Callable[[float], None]) -> None:
    """Nothing for ten seconds, then a line every ten, then ever more rarely: some fifty for three hours."""
    err = io.StringIO()
    progress = plain.PlainProgress(err)
    progress.planned(10_800, 12)
    told = []
    for second in range(1, 10_801):
        clock(1)
        progress.probed("https://a.example/", VERDICT)
        if err.tell():
            told.append(second)
            assert err.getvalue().startswith(f"linkcheck: {second:,} of 10,800 targets at 12 hosts asked, 1 a second\n")
            err.seek(0)
            err.truncate()
    assert told[:10] == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    assert 40 < len(told) < 70


def test_reading_is_told_too(clock: Callable[[float], None]) -> None:
    err = io.StringIO()
    progress = plain.PlainProgress(err)
    progress.collected(200, 4000)
    clock(11)
    progress.collected(1400, 28_000)
    assert err.getvalue() == "linkcheck: 1,400 documents read, 28,000 references found\n"


def test_groups_are_opened_when_there_is_something_to_fold(clock: Callable[[float], None]) -> None:
    """GitHub folds what stands between the marks; a short run has none, and each is closed."""
    err = io.StringIO()
    progress = plain.PlainProgress(err, is_grouped=True)
    progress.stop()
    progress.problem(Problem("a.md", "is no text"))
    assert err.getvalue() == "linkcheck: not read: a.md: is no text\n"
    clock(11)
    progress.collected(1, 1)
    progress.stop()
    progress.stop()
    assert err.getvalue().splitlines()[1:] == [
        "::group::linkcheck: progress",
        "linkcheck: 1 document read, 1 reference found",
        "::endgroup::",
    ]


@pytest.mark.parametrize("text", ["a\n::error::b", "\x1b[2J", "a\r##[error]b", "‮evil"])
def test_no_name_is_obeyed(text: str) -> None:
    """Neither a terminal nor a CI runner takes a file's name or a URL for a command."""
    err = io.StringIO()
    progress = plain.PlainProgress(err, is_verbose=True)
    progress.problem(Problem(text, text))
    progress.probed(text, VERDICT)
    progress.notice(text)
    lines = err.getvalue().splitlines()
    assert len(lines) == 3
    assert all(line.startswith("linkcheck: ") and line.isprintable() and "##[" not in line for line in lines)


def test_a_verdict_is_a_line_of_a_fixed_form() -> None:
    """For `grep` and `awk`: words, status or `-`, seconds, URL."""
    assert plain.verdict_line("https://x/", VERDICT) == "asked: broken not-found 404 0.31s https://x/"
    unanswered = Verdict(Outcome.UNCERTAIN, Reason.TIMED_OUT, "x", elapsed_s=30)
    assert plain.verdict_line("https://x/", unanswered) == "asked: uncertain timed-out - 30.00s https://x/"


def test_the_last_lines_say_where_the_time_went() -> None:
    """Slow hosts and those that throttled us, a few of them, and the seconds of each stage."""
    slow = [HostTally(f"h{n}.example", n + 1, 4.04, 9.96) for n in range(7)]
    throttled = [HostTally("t.example:8080", 31, 0.1, 0.2, 7)]
    assert closing.lines([("reading", 1.234), ("asking", 78.0)], slow, throttled) == [
        "slow: h0.example took 4.0 s a target (1 target)",
        *(f"slow: h{n}.example took 4.0 s a target ({n + 1} targets, the slowest 10.0 s)" for n in range(1, 5)),
        "and 2 more slow hosts",
        "throttled: t.example:8080 told us to wait 7 times (31 targets)",
        "took 79.2 s: reading 1.2 s, asking 78.0 s",
    ]


LOCAL = {"a.md": "[x](b.md) [y](gone.md)", "b.md": "[x](a.md)", "z.md": bytes(range(256)) * 4}


def run(folder: Path, *words: str, **options: dict[str, str]) -> Done:
    return linkcheck(
        files(folder, LOCAL), "run", ".", "--offline", "--no-store", "--fail-on", "never", *words, **options
    )


def test_quiet_says_nothing_but_what_is_wrong(tmp_path: Path) -> None:
    """The report is the same, standard error has mistakes alone."""
    assert run(tmp_path).stderr.startswith("linkcheck: not read: z.md: ")
    quiet = run(tmp_path, "--quiet")
    assert (
        quiet.stderr
        == "linkcheck: exit 0, since fail_on is 'never'; by default 1 broken references would have failed this run\n"
    )
    assert quiet.stdout == run(tmp_path).stdout
    assert run(tmp_path, "-q", "-v").code == 2
    assert run(tmp_path, "-q", "--format", "jsom").stderr.startswith("linkcheck: format: unknown 'jsom'")


def test_verbose_tells_stages_and_timings(tmp_path: Path) -> None:
    """In the order in which they happen."""
    lines = run(tmp_path, "--verbose").stderr.splitlines()
    told = [line for line in lines if "not read" not in line and "exit 0" not in line]
    assert told[:4] == [f"linkcheck: {stage}" for stage in ("reading", "asking", "judging", "reporting")]
    assert re.fullmatch(
        r"linkcheck: took [\d.]+ s: reading [\d.]+ s, asking [\d.]+ s, judging [\d.]+ s, reporting [\d.]+ s", told[4]
    )
    grouped = run(tmp_path, "--verbose", environment={"GITHUB_ACTIONS": "true"}).stderr
    assert grouped.count("::group::") == grouped.count("::endgroup::") == 1


def test_verbose_tells_each_verdict_and_who_was_slow_or_throttled_us(
    tmp_path: Path, certificates: Certificates, ca_file: str
) -> None:
    """From what the run observed: also of a host that answered in the end."""
    files(tmp_path, {"a.md": "<https://slow.example/> <https://busy.example/> <https://fine.example/>"})
    files(tmp_path, {"linkcheck.toml": "retry_wait = 0.01"})
    page = answer(200, b"<title>x</title>")
    routes = {
        ("slow.example", "/"): after(2.1, page),
        ("busy.example", "/"): in_turn(answer(429, b"", ("Retry-After", "1")), page),
        ("fine.example", "/"): page,
    }
    with Server(routes, certificates) as server:
        done = linkcheck(
            tmp_path,
            *("run", ".", "--verbose", "--connect-to", server.connect_to, "--ca-file", ca_file, "--format", "json"),
        )
    assert json.loads(done.out)["counts"]["ok"] == 3
    lines = [line.removeprefix("linkcheck: ") for line in done.stderr.splitlines()]
    assert "3 targets due at 3 hosts" in lines
    assert sum(line.startswith("asked: ok available 200 ") for line in lines) == 3
    assert any(re.fullmatch(r"slow: slow\.example took [234]\.\d s a target \(1 target\)", line) for line in lines), (
        lines
    )
    assert "throttled: busy.example told us to wait 1 time (1 target)" in lines
    assert not any("fine.example" in line for line in lines if not line.startswith("asked"))


@pytest.mark.parametrize(
    ("words", "environment", "is_coloured"),
    [
        ("", {}, False),
        ("", {"FORCE_COLOR": "1"}, True),
        ("", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ("--color always", {}, True),
        ("--color always", {"NO_COLOR": "1"}, True),
        ("--color never", {"FORCE_COLOR": "1"}, False),
        ("--color auto", {}, False),
    ],
)
def test_colour_is_a_matter_of_where_and_of_wish(
    words: str, environment: dict[str, str], is_coloured: bool, tmp_path: Path
) -> None:
    """NO_COLOR and FORCE_COLOR are heard, what is typed wins."""
    out = run(tmp_path, *words.split(), environment={"TERM": "xterm-256color", **environment}).out
    assert ("\x1b[1;31m" in out) is is_coloured


def test_no_log_gets_a_bar_that_moves(tmp_path: Path) -> None:
    """FORCE_COLOR is set in many a CI job, whose log is no terminal all the same."""
    done = run(tmp_path, environment={"FORCE_COLOR": "1", "TERM": "xterm-256color"})
    assert "\x1b" not in done.stderr


def test_an_unknown_wish_for_colour(tmp_path: Path) -> None:
    done = run(tmp_path, "--color", "alwys")
    assert (done.code, done.stderr) == (2, "linkcheck: color: unknown 'alwys'; did you mean 'always'?\n")
