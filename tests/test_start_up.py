"""What a run loads: a night on which nothing changed has no use for a network, a parser or a terminal."""

import subprocess
import sys
from pathlib import Path

from command import files, linkcheck
from servers import Server, answer

_HEAVY = """ada_url aiohttp asyncio bs4 difflib email.utils hashlib httptools httpx json PIL pathspec publicsuffixlist
pyromark rich ssl tenacity tomllib turbohtml uvloop yaml""".split()
_IDLE = """http.cookies linkcheck.stages.compare linkcheck.stages.drift linkcheck.stages.refuge
linkcheck.stages.remember linkcheck.stages.resume linkcheck.store.baselines""".split()
"""What has no task in a run that asks nothing."""
_SELDOM = """aiohttp bs4 difflib email.utils http.cookies httpx pathspec PIL pyexpat pyromark rich tenacity turbohtml
yaml linkcheck.documents.front_matter linkcheck.probes.httpx_transport linkcheck.probes.robots linkcheck.probes.svg
linkcheck.references.bare linkcheck.references.front linkcheck.references.markdown linkcheck.stages.refuge
linkcheck.store.baselines""".split()
"""What has no task in the usual run, either."""
_OTHER_REPORTS = """jinja2 linkcheck.api linkcheck.reports.html linkcheck.reports.junit linkcheck.reports.sarif
linkcheck.stages.sharing linkcheck.stages.survival linkcheck.store.postgres linkcheck.store.team""".split()
_TELL = """
import sys
from linkcheck.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert end.code == 0, end.code
finally:
    print(*sorted(name for name in sys.modules), file=sys.stderr)
"""


def _loaded(folder: Path, *words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _TELL, *words], cwd=folder, capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stderr.split())


def test_a_run_with_nothing_to_ask_loads_neither_network_nor_parsers(tmp_path: Path) -> None:
    """Unchanged files, fresh answers: what is loaded is the store, the findings and a plain report."""
    with Server({("127.0.0.1", "/"): answer(200, b"<title>A page</title>", media_type="text/html")}) as server:
        files(tmp_path, {"a.md": f"[x](http://127.0.0.1:{server.port}/)\n"})
        first = linkcheck(tmp_path, "run", ".", "--allow-private", "--fail-on", "never")
        assert (first.code, len(server.log) > 0) == (0, True)
        server.log.clear()
        loaded = _loaded(tmp_path, "run", ".", "--allow-private", "--fail-on", "never")
        assert server.log == []
    assert "linkcheck.stages.judge" in loaded
    assert loaded.intersection({*_HEAVY, *_IDLE, *_OTHER_REPORTS}) == set()
    assert [
        name for name in loaded if name.startswith(("linkcheck.probes.", "linkcheck.targets", "linkcheck.refer"))
    ] == ["linkcheck.probes.choices"]


def test_a_first_run_loads_nothing_that_only_failures_cookies_or_drawings_need(tmp_path: Path) -> None:
    """A page that is there, named as the document says, asked for over plain HTTP."""
    with Server({("127.0.0.1", "/"): answer(200, b"<title>A page</title>", media_type="text/html")}) as server:
        files(tmp_path, {"a.html": f"<p><a href='http://127.0.0.1:{server.port}/'>x</a>\n"})
        loaded = _loaded(tmp_path, "run", ".", "--allow-private", "--format", "jsonl=report.jsonl")
    assert {"asyncio", "linkcheck.probes.wire"} <= loaded
    assert loaded.intersection({*_SELDOM, *_OTHER_REPORTS}) == set()


def test_extracting_loads_nothing_of_a_run(tmp_path: Path) -> None:
    """Whoever wants the references alone waits neither for the store nor for what judges or asks."""
    files(tmp_path, {"a.html": "<p><a href='https://a.example/'>x</a>\n"})
    loaded = _loaded(tmp_path, "extract", ".")
    assert "linkcheck.references" in loaded
    assert loaded.intersection({*_SELDOM, *_OTHER_REPORTS, "asyncio", "ssl", "linkcheck.run"}) == set()


def test_help_loads_nothing_of_the_work(tmp_path: Path) -> None:
    """Whoever asks for the options does not wait for the store or the parsers."""
    loaded = _loaded(tmp_path, "--help")
    assert loaded.intersection({*_HEAVY, "sqlite3", "msgspec", "linkcheck.run"}) == set()
