"""Reasons that need a run of their own: what was not asked, and a host that is down."""

import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from servers import Behaviour, answer
from torture import command
from torture.world import FINE, World

QUICK = ("--no-store", "--retries", "0", "--format", "json=report.json")
LINKS = "".join(f"[{n}](http://harbour.torture/{n})\n" for n in range(30))
HARBOUR: dict[tuple[str, str], Behaviour] = {("harbour.torture", "*"): FINE}


def _checked(folder: Path, text: str, *options: str) -> tuple[subprocess.CompletedProcess[str], Counter[str]]:
    """How it ended, and how often each reason was given."""
    (folder / "a.md").write_text(text, encoding="utf-8")
    with World(HARBOUR, folder) as world:
        done = command.run(folder, "run", "a.md", *QUICK, *command.leads_to(world), *options)
    return done, _reasons(folder)


def _reasons(folder: Path) -> Counter[str]:
    return Counter(finding["reason"] for finding in command.findings(folder))


def test_offline_asks_nothing(tmp_path: Path) -> None:
    """Local references are looked at, the rest is skipped, and no connection is made."""
    done, reasons = _checked(tmp_path, LINKS + "\n[x](a.md) [y](b.md)\n", "--offline")
    assert reasons == {"offline": 30, "available-locally": 1, "file-not-found": 1}
    assert done.returncode == 1
    assert command.contacts(tmp_path) == set()


def test_the_deadline_leaves_the_rest_for_the_next_run(tmp_path: Path) -> None:
    """`--deadline 1s` at ten a second: about ten are asked, the others are not due."""
    done, reasons = _checked(tmp_path, LINKS, "--deadline", "1s", "--host-rate", "10")
    assert reasons.keys() == {"available", "not-due"}
    assert reasons.total() == 30
    assert 3 <= reasons["available"] <= 15
    assert done.returncode == 0


def test_what_is_excluded_is_listed_with_its_rule(tmp_path: Path) -> None:
    """Never silent: the pattern is named."""
    _, reasons = _checked(tmp_path, LINKS, "--exclude", "torture/2")
    assert reasons == {"available": 19, "excluded": 11}
    details = {finding["detail"] for finding in command.findings(tmp_path) if finding["reason"] == "excluded"}
    assert all("torture/2" in detail for detail in details)


def test_a_host_that_is_down_is_asked_a_few_times_only(tmp_path: Path) -> None:
    """Forty links, five refusals: the others are spared, and nothing is called dead."""
    links = "".join(f"[{n}](http://down.torture/{n})\n" for n in range(40))
    done, reasons = _checked(tmp_path, links, "--host-rate", "0")
    assert reasons.keys() <= {"host-down", "connection-refused"}
    assert reasons["host-down"] >= 25
    assert reasons.total() == 40
    assert done.returncode == 0


def test_an_interrupted_run_reports_what_it_knows(tmp_path: Path) -> None:
    """Ctrl-C: exit 130, every reference in the report, the unasked ones as interrupted."""
    (tmp_path / "a.md").write_text(LINKS, encoding="utf-8")
    with World(HARBOUR, tmp_path) as world:
        words = ("run", "a.md", *QUICK, *command.leads_to(world), "--host-rate", "5")
        process = command.start(tmp_path, *words)
        _until(lambda: len(world.server.log) >= 3)
        process.send_signal(signal.SIGINT)
        done = command.finish(process)
    reasons = _reasons(tmp_path)
    assert done.returncode == 130
    assert reasons.keys() == {"available", "interrupted"}
    assert reasons.total() == 30
    assert reasons["available"] >= 2


def _until(holds: Callable[[], bool]) -> None:
    limit = monotonic() + 20
    while not holds():
        assert monotonic() < limit
        sleep(0.02)


def test_robots_are_obeyed_on_request(tmp_path: Path) -> None:
    """`robots = true`: what a host forbids is skipped, and a host whose rules cannot be had is left alone."""
    rules = answer(200, b"User-agent: *\nDisallow: /private/*.html$\n", media_type="text/plain")
    HARBOUR["harbour.torture", "/robots.txt"] = rules
    HARBOUR["broken.torture", "/robots.txt"] = answer(503, b"")
    HARBOUR["broken.torture", "*"] = FINE
    (tmp_path / "linkcheck.toml").write_text("robots = true\nretry_wait = 0.01\n")
    paths = ("harbour.torture/private/a.html", "harbour.torture/private/a.htm", "harbour.torture/b", "broken.torture/c")
    _, reasons = _checked(tmp_path, "".join(f"[x](http://{path})\n" for path in paths))
    assert reasons == {"robots": 2, "available": 2}
    details = [finding["detail"] for finding in command.findings(tmp_path) if finding["reason"] == "robots"]
    assert "robots.txt forbids /private/a.html" in details[0]
    assert "robots.txt cannot be had" in details[1]
