"""`linkcheck.check`: the program as a function."""

import asyncio
import doctest
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from command import files
from servers import Certificates, Server, answer

import linkcheck
from linkcheck import api

HERE = Path(__file__).parent.parent
LOCAL = {"a.md": "[one](b.md) [two](c.md)", "b.md": "[back](a.md) <https://example.org/>"}
PUBLIC = [
    *("__version__", "Report", "check", "LinkcheckError", "OurFault", "UserFault"),
    *("Change", "Finding", "Kind", "Outcome", "Reason", "Reference", "Target", "Verdict"),
]


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(files(tmp_path, LOCAL))
    return tmp_path


def test_what_may_be_relied_on() -> None:
    """These names and no others; each is there, and described."""
    assert sorted(linkcheck.__all__) == sorted(PUBLIC)
    for name in set(PUBLIC) - {"__version__"}:
        assert getattr(linkcheck, name).__doc__
    assert set(PUBLIC) <= set(dir(linkcheck))
    stub = (HERE / "linkcheck" / "__init__.pyi").read_text()
    assert all(f" as {name}\n" in stub for name in set(PUBLIC) - {"__version__"})
    with pytest.raises(AttributeError, match="has no attribute 'chekc'"):
        linkcheck.chekc  # noqa: B018 - it has to fail


def test_importing_it_loads_nothing() -> None:
    """`linkcheck --help` stays fast."""
    script = "import linkcheck, sys; print([name for name in sys.modules if name.startswith('linkcheck.')])"
    done = subprocess.run([sys.executable, "-c", script], cwd=HERE, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_examples_run() -> None:
    """What the documentation shows is what happens."""
    assert doctest.testmod(api).failed == 0
    assert doctest.testmod(api).attempted > 5


def test_a_report_can_be_read_in_every_way(archive: Path) -> None:
    """Counts, findings, formats; again and again, until it is closed."""
    with linkcheck.check(".", offline=True) as report:
        assert report.counts == {"ok": 2, "redirected": 0, "at-risk": 0, "broken": 1, "uncertain": 0, "skipped": 1}
        assert [finding.reference.raw for finding in report.findings] == [
            "b.md",
            "c.md",
            "a.md",
            "https://example.org/",
        ]
        assert len(list(report.findings)) == 4
        assert [finding.reason for finding in report.broken] == [linkcheck.Reason.FILE_NOT_FOUND]
        assert [finding.reference.raw for finding in report.new] == ["c.md"]
        assert json.loads(report.render("json"))["counts"]["broken"] == 1
        report.write("csv", archive / "r.csv")
        assert "file-not-found" in (archive / "r.csv").read_text()
        assert report.failures == 1
        assert repr(report) == "<linkcheck.Report of run 1: 2 ok, 1 broken, 1 skipped>"
        with pytest.raises(linkcheck.UserFault, match="unknown format 'jsn'; did you mean 'json'"):
            report.render("jsn")
        with pytest.raises(linkcheck.OurFault, match="cannot write the report 'no/x': No such file"):
            report.write("csv", "no/x")
    assert not (archive / ".linkcheck").exists()


def test_options_are_those_of_the_command(archive: Path) -> None:
    """Names with underscores, words or lists, paths or strings; the configuration is found as usual."""
    files(archive, {"linkcheck.toml": "offline = true\nfail_on = ['never']\n"})
    assert linkcheck.check([archive / "a.md"], exclude="c.md").counts["skipped"] == 1
    assert linkcheck.check("a.md").failures == 0
    assert linkcheck.check("a.md", fail_on="broken,new").failures == 1
    assert linkcheck.check("a.md", config=archive / "linkcheck.toml", kind=["image"]).counts["skipped"] == 2
    first = linkcheck.check("a.md", store=archive / "s.db")
    first.write("baseline", "known")
    first.close()
    again = linkcheck.check("a.md", store="s.db", fail_on=("new",))
    assert (again.failures, again.delta["unchanged"]) == (0, 1)
    assert linkcheck.check("a.md", baseline="known", fail_on="new").failures == 0


def test_what_cannot_be_rendered_costs_no_file(archive: Path) -> None:
    """A typing error in the format leaves the report of yesterday alone."""
    (archive / "kept.json").write_text("yesterday")
    with linkcheck.check(archive, offline=True) as report, pytest.raises(linkcheck.UserFault, match="did you mean"):
        report.write("jsno", archive / "kept.json")
    assert (archive / "kept.json").read_text() == "yesterday"


def test_a_closed_report_says_so(archive: Path) -> None:
    """Numbers stay, what would be read from the store does not."""
    with linkcheck.check(archive, offline=True) as report:
        counts = dict(report.counts)
    assert report.counts == counts
    with pytest.raises(linkcheck.UserFault, match="the report is closed"):
        list(report.findings)
    with pytest.raises(linkcheck.UserFault, match="the report is closed"):
        report.render("json")


@pytest.mark.parametrize(
    ("paths", "options", "sentence"),
    [
        ("nope", {}, "cannot read 'nope'"),
        ([], {}, "check\\(\\) wants at least one path"),
        (".", {"formt": "x"}, "check\\(\\) has no option 'formt'"),
        (".", {"verbose": True}, "check\\(\\) has no option 'verbose'"),
        (".", {"timeout": "soon"}, "--timeout: expected a number, got text"),
        (".", {"fail_on": "brokn"}, "fail_on: unknown 'brokn'; did you mean 'broken'"),
        (".", {"baseline": "nope"}, "cannot read the baseline 'nope'"),
    ],
)
def test_a_mistake_is_an_exception(archive: Path, paths: object, options: dict[str, object], sentence: str) -> None:
    """Never an exit, never a traceback of another library."""
    with pytest.raises(linkcheck.LinkcheckError, match=sentence):
        linkcheck.check(paths, **options)  # type: ignore[arg-type]  # what a careless caller writes


def _checked(server: Server, ca_file: str) -> linkcheck.Report:
    return linkcheck.check("b.md", connect_to=server.connect_to, ca_file=ca_file)


def test_inside_a_running_event_loop_and_in_a_thread(archive: Path, certificates: Certificates, ca_file: str) -> None:
    """In a notebook, in an asynchronous test, in a worker: the answers are the same, and readable where I am."""
    reports: list[linkcheck.Report] = []

    async def inside() -> None:
        reports.append(_checked(server, ca_file))
        assert reports[-1].counts["ok"] == 2
        reports.append(await asyncio.to_thread(_checked, server, ca_file))

    with Server({("example.org", "/"): answer(200, b"<title>x</title>")}, certificates) as server:
        reports.append(_checked(server, ca_file))
        asyncio.run(inside())
        thread = threading.Thread(target=lambda: reports.append(_checked(server, ca_file)))
        thread.start()
        thread.join()
    assert [report.counts["ok"] for report in reports] == [2, 2, 2, 2]
    with pytest.raises(linkcheck.UserFault, match="cannot read 'nope'"):
        asyncio.run(_fails())


async def _fails() -> None:
    linkcheck.check("nope", offline=True)


def test_it_prints_nothing(archive: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Whoever calls a function decides what is said."""
    files(archive, {"x.md": bytes(range(256)) * 4})
    linkcheck.check(".", offline=True)
    assert capfd.readouterr() == ("", "")
