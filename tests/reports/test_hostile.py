"""2,000 nasty strings through every report and a real parser of it: nothing is obeyed, nothing is lost."""

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
from jsonschema import Draft4Validator, Draft202012Validator
from lxml import etree
from markdown_it import MarkdownIt
from markdown_it.token import Token
from reports import hostile, runner
from reports.rendered import listed, rendered

from linkcheck.model import Change, Outcome
from linkcheck.reports.csv import COLUMNS
from linkcheck.reports.printable import clipped, printable
from linkcheck.reports.record import of_finding
from linkcheck.reports.rendering import JunitDialect, Rendering

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"
FINDINGS = hostile.findings()
TEXTS = ("console", "json", "jsonl", "junit", "sarif", "github", "gitlab", "markdown", "csv", "step-summary")
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


@pytest.fixture(scope="module")
def reports() -> dict[str, str]:
    return {name: rendered(name, FINDINGS) for name in TEXTS}


def test_the_table_is_what_it_says() -> None:
    """2,000 different strings, the same each time, with every family in it."""
    assert len(set(hostile.STRINGS)) == hostile.NUMBER == len(FINDINGS)
    assert set(Outcome) == {one.outcome for one in FINDINGS}
    assert hostile._strings() == hostile.STRINGS


@pytest.mark.parametrize("name", TEXTS)
def test_a_report_is_plain_text(name: str, reports: dict[str, str]) -> None:
    """Valid UTF-8 without control characters, separators, bidirectional controls or surrogates, whatever was found."""
    text = reports[name].replace("\r\n", "\n") if name == "csv" else reports[name]
    assert UNSAFE.findall(text) == []
    text.encode()


@pytest.mark.parametrize("name", TEXTS)
def test_the_runner_of_a_ci_job_obeys_no_line(name: str, reports: dict[str, str]) -> None:
    """Any report may be printed into a job's log: only `github` holds commands, and only annotations."""
    names = Counter(command.name for command in runner.commands(reports[name]))
    assert names == ({"error": 10, "warning": 10, "notice": 10} if name == "github" else {})
    assert not re.search(r"##\w*\[", reports[name])


def test_the_runners_own_rules_are_understood() -> None:
    """The parser above sees what the real one would obey."""
    table = {
        "::error::owned": runner.Command("error", {}, "owned"),
        " \t::error file=a%2Cb,line=1::x%0Ay%250A": runner.Command("error", {"file": "a,b", "line": "1"}, "x\ny%0A"),
        "x ##[add-mask]a": runner.Command("add-mask", {}, "a"),
        "x ::error::owned": None,
        "::nothing::x": None,
    }
    assert {line: runner.command(line) for line in table} == table
    assert len([text for text in hostile.STRINGS if runner.commands(text)]) > 50


def test_json_reads_back_what_was_found(reports: dict[str, str]) -> None:
    """Both JSON reports are exact; only lone surrogates, which no encoding can hold, have become escapes."""
    expected = [json.loads(json.dumps(_plain(msgspec.to_builtins(of_finding(one))))) for one in FINDINGS]
    assert json.loads(reports["json"])["findings"] == expected
    assert [json.loads(line) for line in reports["jsonl"].splitlines()] == expected


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("dialect", JunitDialect)
def test_junit_is_well_formed_and_lists_every_reference(dialect: JunitDialect) -> None:
    """An XML parser gets every reference back, in the shape that its reader expects."""
    text = rendered("junit", FINDINGS, rendering=Rendering(junit_dialect=dialect))
    root = etree.fromstring(text.encode())
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))
    assert schema.validate(root) is (dialect is JunitDialect.JENKINS), schema.error_log
    cases = root.findall("testsuite/testcase")
    assert len(cases) == len(FINDINGS)
    for case, one in zip(cases, FINDINGS, strict=True):
        span, address = one.reference.span, one.reference.url
        shown = clipped(printable(address if address is not None else one.reference.raw), 500)
        assert _folded(case.get("name")) == _folded(f"L{span.line}:C{span.column} {shown}")
        assert case.getparent().get("file") == printable(one.reference.path)
    for element, outcome in (("failure", "broken"), ("error", "uncertain"), ("skipped", "skipped")):
        assert len(root.findall(f"testsuite/testcase/{element}")) == sum(one.outcome == outcome for one in FINDINGS)
    _the_counts_are_those_of_the_cases(root)


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _the_counts_are_those_of_the_cases(root: Any) -> None:
    for suite in root.findall("testsuite"):
        names = [case.get("name") for case in suite]
        assert len(set(names)) == len(names) == int(suite.get("tests"))
        for count, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(count)) == len(suite.findall(f"testcase/{element}"))


def test_sarif_is_valid_and_its_messages_are_plain(reports: dict[str, str]) -> None:
    """The OASIS schema holds; no message has a link or a placeholder; every URI leads back to its path."""
    log = json.loads(reports["sarif"])
    errors = Draft4Validator(json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8"))).iter_errors(log)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []
    (run,) = log["runs"]
    expected = [one for one in FINDINGS if one in listed([one]) or one.change is Change.ABSENT]
    assert len(run["results"]) == len(expected)
    paths = Counter(_uri(one.reference.path) for one in expected)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert not re.search(r"(?<!\\)\]\(", result["message"]["text"])
        assert not re.search(r"\{|\}", result["message"]["text"].replace("{{", "").replace("}}", ""))
        paths[_path(result["locations"][0]["physicalLocation"]["artifactLocation"])] -= 1
    assert not any(paths.values())
    fingerprints = [result["partialFingerprints"]["linkUrlHash/v1"] for result in run["results"]]
    assert len(set(fingerprints)) == len(fingerprints)


def _uri(path: str) -> bytes:
    return path.removeprefix("./").encode("utf-8", "surrogatepass")


def _path(artifact: dict[str, str]) -> bytes:
    uri = artifact["uri"]
    assert re.fullmatch(r"[A-Za-z0-9/._~%:-]*", uri)
    assert uri.startswith("file:///") is ("uriBaseId" not in artifact)
    return unquote(uri.removeprefix("file://"), errors="surrogatepass").encode("utf-8", "surrogatepass")


def test_gitlab_gets_its_shape_and_unique_fingerprints(reports: dict[str, str]) -> None:
    """Every problem is an issue of its own; nothing is dropped as a duplicate."""
    issues = json.loads(reports["gitlab"])
    schema = json.loads((SCHEMAS / "gitlab-code-quality.schema.json").read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(issues)] == []
    assert len(issues) == len(listed(FINDINGS)) == len({issue["fingerprint"] for issue in issues})


def test_csv_has_no_formula_and_a_line_a_row(reports: dict[str, str]) -> None:
    """A spreadsheet opens it and computes nothing, also one whose locale separates by semicolons."""
    rows = list(csv.reader(io.StringIO(reports["csv"], newline=""), strict=True))
    assert rows[0] == list(COLUMNS)
    assert len(rows) == len(FINDINGS) + 1 == reports["csv"].count("\r\n")
    for row, one in zip(rows[1:], FINDINGS, strict=True):
        assert len(row) == len(COLUMNS)
        assert row[8:10] == [one.outcome, one.reason]
        for cell in ";".join(row).split(";"):
            assert not re.match(r"[\"'\s]*[=+@\-＝＋－＠]", cell) or cell.startswith("'"), row


@pytest.mark.parametrize("name", ["markdown", "step-summary"])
def test_markdown_holds_no_markup_but_ours(name: str, reports: dict[str, str]) -> None:
    """A parser finds our headings, lists and code spans: no link, no image, no HTML, no mention out of a document."""
    tokens = list(_flat(MarkdownIt("commonmark", {"html": True}).parse(reports[name])))
    kinds = {token.type for token in tokens}
    assert kinds & {"link_open", "image", "html_inline", "fence", "code_block", "hr", "blockquote_open"} == set()
    html = [token.content.strip() for token in tokens if token.type == "html_block"]
    ours = r"<!-- linkcheck:linkcheck -->|<details><summary>(Uncertain|Redirected)[a-z:, 0-9()]*</summary>|</details>"
    assert all(re.fullmatch(ours, block) for block in html), html
    for token in tokens:
        if token.type == "text":
            assert re.fullmatch(r"[A-Za-z0-9 :;,.()·…-]*", token.content), token.content
    shown = {token.content for token in tokens if token.type == "code_inline"}
    assert len(shown) > 200


def _flat(tokens: list[Token]) -> Any:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def test_a_page_with_room_for_all_shows_all() -> None:
    """Every listed target's text reads back out of its code span."""
    from linkcheck.reports import markdown, spans

    told = listed(FINDINGS)
    page = markdown.page(hostile.summary(told), hostile.by_target(told), 10_000_000)
    tokens = _flat(MarkdownIt("commonmark", {"html": True}).parse(page))
    shown = Counter(token.content for token in tokens if token.type == "code_inline")
    for one in told:
        address = one.reference.url if one.reference.url is not None else one.reference.raw
        span = spans.code(address).strip("`")
        assert shown[span] or shown[span[1:-1]], address
    assert "not shown" not in page


def test_every_string_is_one_annotation_that_reads_back() -> None:
    """Each alone: the runner sees one command, and in it what was meant."""
    for number, text in enumerate(hostile.STRINGS):
        one = hostile.finding(text, number * 6 + 3)
        (command,) = runner.commands(rendered("github", [one]))
        assert (command.name, command.properties["file"]) == ("error", printable(one.reference.path))
        assert command.properties["title"] == f"broken: {one.reason}"
        shown = [one.reference.raw if one.reference.url is None else one.reference.url, one.detail]
        assert command.data == "\n".join(clipped(printable(part), 500 + 500 * n) for n, part in enumerate(shown))


def test_annotations_read_back(reports: dict[str, str]) -> None:
    """The runner gets file, line, title and message as they were meant."""
    texts = {printable(one.reference.path) for one in FINDINGS}
    for command in runner.commands(reports["github"]):
        if command.properties["title"] == "linkcheck":
            assert re.fullmatch(r"and \d+ more places; all are in: linkcheck report --run 7", command.data)
            continue
        assert command.properties["file"] in texts
        assert re.fullmatch(r"[a-z-]+: [a-z-]+", command.properties["title"])
        assert set(command.properties) <= {"file", "line", "endLine", "col", "endColumn", "title"}
        assert len(command.data) < 2000
