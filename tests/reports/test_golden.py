"""What every report of the example archive looks like, byte for byte, and that it has the promised shape.

`PYTHONPATH=tests python tests/reports/test_golden.py` writes `tests/data/reports/` anew: look at the difference before
you keep it.
"""

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from command import linkcheck
from jsonschema import Draft202012Validator

HERE = Path(__file__).parents[2]
GOLDEN = HERE / "tests" / "data" / "reports"
SCHEMA = json.loads((HERE / "tests" / "data" / "report.schema.json").read_text(encoding="utf-8"))
NOW = "2030-01-02T03:04:05Z"
FILES = {
    "console": "example.txt",
    "json": "example.json",
    "jsonl": "example.jsonl",
    "junit": "example.xml",
    "sarif": "example.sarif",
    "github": "example.github.txt",
    "gitlab": "example.gitlab.json",
    "markdown": "example.md",
    "csv": "example.csv",
    "html": "example.html",
    "baseline": "example.baseline.jsonl",
}


def rendered(folder: Path) -> dict[str, str]:
    """Every report of one replayed run; what depends on the clock or the release is levelled."""
    reports = [word for name in FILES for word in ("--format", f"{name}={folder / name}")]
    words = ["run", "examples", "--config", "examples/linkcheck.toml", *reports]
    assert linkcheck(HERE, *words, environment={"LINKCHECK_NOW": NOW}).code == 0
    return {name: _levelled((folder / name).read_bytes().decode()) for name in FILES}


def _levelled(text: str) -> str:
    text = re.sub(r'("name": ?"linkcheck",\s*"version": ?")[^"]+', r"\g<1>VERSION", text)
    return re.sub(r"2030-01-02T03:04:\d\d(?:\.\d+)?Z?", NOW, text)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return rendered(tmp_path_factory.mktemp("reports"))


@pytest.mark.parametrize("name", FILES)
def test_a_report_is_what_it_was(name: str, reports: dict[str, str]) -> None:
    """Whoever reads our reports by machine or by eye sees no change that nobody wanted."""
    assert _kept(name, reports[name]) == (GOLDEN / FILES[name]).read_bytes().decode()


def _kept(name: str, text: str) -> str:
    """The whole report; of `json` its head, since `jsonl` has its findings; of `sarif` all but its rules; of `html` all
    but its style and scripts, which are files of their own."""
    if name == "html":
        text = re.sub(r"'sha256-[^']+'", "'sha256-…'", text)
        text = re.sub(r"\blinkcheck \d+\.[\w.]+\. This", "linkcheck VERSION. This", text)
        return re.sub(r"(?s)<(style|script)>.*?</\1>", r"<\1>…</\1>", text)
    if name == "sarif":
        return re.sub(r'"rules":\[.*?\],"notifications"', '"rules":[],"notifications"', text)
    return text.partition('"findings"')[0] + "\n" if name == "json" else text


def test_the_json_report_has_the_promised_shape(reports: dict[str, str]) -> None:
    """It validates against its schema."""
    errors = [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(SCHEMA).iter_errors(_json(reports))
    ]
    assert errors == []


def test_the_lines_are_the_findings(reports: dict[str, str]) -> None:
    """`jsonl` holds the findings of `json`, in its order and spelling."""
    lines = [line for line in reports["jsonl"].split("\n") if line]
    assert [json.loads(line) for line in lines] == _json(reports)["findings"]
    assert all(line in reports["json"] for line in lines)


def test_the_counts_add_up(reports: dict[str, str]) -> None:
    """Every extracted reference has exactly one finding, and every number agrees with the list."""
    report = _json(reports)
    findings, counts = report["findings"], report["counts"]
    extracted = linkcheck(HERE, "extract", "examples", "--config", "examples/linkcheck.toml").rows
    places = ("path", "line", "column", "end_line", "end_column", "raw", "url", "kind", "element", "attribute")
    assert [[row[place] for place in places] for row in extracted] == [
        [row[place] for place in places] for row in findings
    ]
    assert counts["references"] == len(findings)
    for name, key in (("reasons", "reason"), ("kinds", "kind")):
        assert counts[name] == {word: _count(findings, key, word) for word in {row[key] for row in findings}}
    outcomes = ("ok", "redirected", "at-risk", "broken", "uncertain", "skipped")
    assert [counts[word] for word in outcomes] == [_count(findings, "outcome", word) for word in outcomes]


def _count(findings: list[dict[str, Any]], key: str, word: str) -> int:
    return sum(row[key] == word for row in findings)


def _json(reports: dict[str, str]) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(reports["json"])
    return report


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        for report_name, report_text in rendered(Path(place)).items():
            (GOLDEN / FILES[report_name]).write_bytes(_kept(report_name, report_text).encode())
    sys.exit(0)
