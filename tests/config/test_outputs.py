"""Where reports go: said before the run when it cannot be, and never at the cost of another report or of the store."""

import json
from pathlib import Path

import pytest
from command import files, linkcheck

from linkcheck.config.settings import FORMATS
from linkcheck.stages.report import REPORTS

DOCUMENT = {"a.md": "[x](missing.md) [y](https://a.example/)\n"}
TO_FILE = {
    "console": "r.txt",
    "json": "r.json",
    "jsonl": "r.jsonl",
    "junit": "r.xml",
    "sarif": "r.sarif",
    "github": "r.log",
    "gitlab": "r.gl.json",
    "markdown": "r.md",
    "csv": "r.csv",
}
EVERY = [word for name, file in TO_FILE.items() for word in ("--format", f"{name}={file}")]


def run(folder: Path, *words: str, environment: dict[str, str | None] | None = None) -> tuple[int, bytes, str]:
    quiet = {"GITHUB_STEP_SUMMARY": None, **(environment or {})}
    done = linkcheck(folder, "run", "a.md", "--offline", *words, environment=quiet)
    return done.code, done.stdout, done.stderr


def test_every_format_has_a_report() -> None:
    """What can be asked for can be written."""
    assert set(FORMATS) <= set(REPORTS)


def test_all_formats_at_once(tmp_path: Path) -> None:
    """Each goes to its file, several to standard output, and a later `report` writes the same bytes."""
    files(tmp_path, DOCUMENT)
    code, out, _ = run(tmp_path, *EVERY, "--format", "markdown", "--format", "github")
    assert code == 1
    first = {name: (tmp_path / file).read_bytes() for name, file in TO_FILE.items()}
    assert all(b"missing.md" in text for text in first.values())
    assert out == first["markdown"] + first["github"]
    for file in TO_FILE.values():
        (tmp_path / file).unlink()
    assert linkcheck(tmp_path, "report", *EVERY).code == 0
    assert {name: (tmp_path / file).read_bytes() for name, file in TO_FILE.items()} == first


REFUSED = {
    "the same file": (["json=r", "csv=r"], "format: two reports into the same file 'r'"),
    "the same file by another spelling": (["json=r", "csv=./r"], "two reports into the same file: 'r' and './r'"),
    "a link to the same file": (["json=r", "csv=link"], "two reports into the same file: 'r' and 'link'"),
    "a folder": (["csv=folder"], "cannot write the report 'folder': Is a directory"),
    "a folder that is not there": (["csv=no/r"], "cannot write the report 'no/r': No such file or directory"),
    "the store": (["json=store.db"], "the report 'store.db' would overwrite a file that this command reads"),
    "a name with NUL": (["csv=a\0b"], "cannot write the report 'a\\x00b': "),
}


@pytest.mark.parametrize(("formats", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_written_is_said_at_once(formats: list[str], sentence: str, tmp_path: Path) -> None:
    """Before anything is asked, with exit 2, and nothing is touched."""
    files(tmp_path, {**DOCUMENT, "r": "mine", "store.db": ""})
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("r")
    words = [word for form in formats for word in ("--format", form)]
    code, out, err = run(tmp_path, "--store", "store.db", *words)
    assert (code, out) == (2, b"")
    assert err.startswith(f"linkcheck: {sentence}")
    assert (tmp_path / "r").read_text() == "mine"
    assert (tmp_path / "store.db").read_bytes() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
@pytest.mark.parametrize("name", FORMATS)
def test_a_full_disk_costs_no_finding(name: str, tmp_path: Path) -> None:
    """Exit 3 with a sentence; the other reports are whole, and the store has it all."""
    files(tmp_path, DOCUMENT)
    code, out, err = run(tmp_path, "--format", f"{name}=/dev/full", "--format", "jsonl=whole.jsonl", "--format", "json")
    assert code == 3
    assert err == "linkcheck: cannot write the report '/dev/full': No space left on device\n"
    findings = json.loads(out)["findings"]
    assert len(findings) == 2
    assert [json.loads(line) for line in (tmp_path / "whole.jsonl").read_bytes().splitlines()] == findings
    again = linkcheck(tmp_path, "report", "--format", "jsonl")
    assert (again.code, again.rows) == (0, findings)


def test_github_fills_the_summary_of_the_step(tmp_path: Path) -> None:
    """What other commands of the step wrote there stays."""
    files(tmp_path, {**DOCUMENT, "summary.md": "# before\n"})
    code, out, _ = run(
        tmp_path, "--format", "github", environment={"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    )
    assert (code, out.count(b"::error ")) == (1, 1)
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert summary.startswith("# before\n### linkcheck: 1 new, 0 fixed, 0 known\n")


def test_another_format_leaves_the_summary_alone(tmp_path: Path) -> None:
    """And who sends a report there by name gets that report only."""
    files(tmp_path, DOCUMENT)
    environment: dict[str, str | None] = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    run(tmp_path, "--format", "console", environment=environment)
    assert not (tmp_path / "summary.md").exists()
    run(tmp_path, "--format", "github", "--format", "markdown=summary.md", environment=environment)
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").count("### linkcheck") == 1


def test_a_summary_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    """Like any other report."""
    files(tmp_path, DOCUMENT)
    code, _, err = run(tmp_path, "--format", "github", environment={"GITHUB_STEP_SUMMARY": str(tmp_path)})
    assert code == 2
    assert "cannot write the report" in err


@pytest.mark.parametrize("job", ["a--b", "-->", "", "a b", "a/b", "新"])
def test_a_job_is_a_plain_name(job: str, tmp_path: Path) -> None:
    """It stands in a comment of HTML and in an id."""
    files(tmp_path, DOCUMENT)
    code, _, err = run(tmp_path, f"--job={job}")
    assert (code, err.startswith("linkcheck: job: ")) == (2, True)
