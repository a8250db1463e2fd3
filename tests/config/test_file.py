"""A configuration file: what it sets, and every mistake in it with its line and a suggestion."""

from pathlib import Path

import pytest
from command import files

from linkcheck.cli import run
from linkcheck.config import file
from linkcheck.config.settings import Settings
from linkcheck.errors import ConfigurationFault, UserFault

MISTAKES = {
    "an unknown setting": ('fial_on = "new"', "1: unknown setting 'fial_on'; did you mean 'fail_on'?"),
    "a wrong type": ('\nconcurrency = "many"', "2: 'concurrency': expected a whole number, got text"),
    "no number": ("timeout = nan", "1: timeout must be greater than 0"),
    "endless": ("read_timeout = inf", "1: read_timeout must be greater than 0"),
    "less than nothing": ("retries = -1", "1: retries must not be negative"),
    "a bad regular expression": (
        'include = ["ok"]\nexclude = [\n  "(",\n]',
        "2: exclude: '(' is no regular expression: missing ), unterminated subpattern at position 0",
    ),
    "an unknown format": ('format = ["jsom"]', "1: format: unknown 'jsom'; did you mean 'json'?"),
    "two reports into one file": ('format = ["json=a", "jsonl=a"]', "1: format: two reports into the same file 'a'"),
    "an unknown word": ('fail_on = "brokn"', "1: fail_on: unknown 'brokn'; did you mean 'broken'?"),
    "no word": ("fail_on = []", "1: fail_on: names nothing; known are broken, confirmed, at-risk, redirected, "),
    "an unknown kind": ('kind = ["imag"]', "1: 'kind': unknown 'imag'; did you mean 'image'?"),
    "no age": ('max_age = "3 years"', "1: max_age: '3 years' is no age; write for example 90s, 30m, 12h, 1d or 2w"),
    "an age beyond all measure": ('deadline = "99999999w"', "1: deadline: '99999999w' is longer than a century"),
    "an unknown host setting": (
        '[hosts."a.example"]\nrate = 1\n[hosts."b.example"]\nraet = 2',
        "4: hosts.'b.example': unknown setting 'raet'; did you mean 'rate'?",
    ),
    "a host setting of a wrong type": (
        '[hosts."a.example"]\nrate = 1\n[hosts."b.example"]\nrate = "fast"',
        "4: hosts.'b.example': 'rate': expected a number, got text",
    ),
    "a negative host setting": (
        'retries = 1\n[hosts."a.example"]\nrate = -1',
        "2: hosts.'a.example': concurrency and rate must not be negative",
    ),
    "hosts that are no tables": ('hosts = "a.example"', "1: 'hosts' must be written as [hosts.NAME] tables"),
    "rules under the name of another setting": (
        '[[exclude]]\nid = "x"',
        "1: 'exclude' holds regular expressions; write rules as [[exclusion]]",
    ),
    "a rule without what it needs": (
        'allow_empty = true\n\n[[site]]\nid = "mine"\nhots = ["a.example"]',
        "3: [[site]] `mine`: field `hosts` is missing",
    ),
    "a rule with an unknown field": (
        '[[site]]\nid = "mine"\nhosts = ["a.example"]\nmach = []',
        "1: [[site]] `mine`: unknown field `mach`; did you mean `match`?",
    ),
    "a rule whose example fails": (
        '[[exclusion]]\nid = "one"\nreason = "r"\nhosts = ["a.example"]\nexamples = ["https://a.example/"]\n'
        '[[exclusion]]\nid = "two"\nreason = "r"\nhosts = ["a.example"]\nexamples = ["https://b.example/"]',
        "10: [[exclusion]] `two`, `examples`: `https://b.example/` is not excluded",
    ),
    "a rule that has a bad pattern": (
        '[[exclusion]]\nid = "one"\nreason = "r"\npattern = "("\nexamples = ["https://a.example/"]',
        "4: [[exclusion]] `one`, `pattern`: not a regular expression: ",
    ),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_line(text: str, expected: str, tmp_path: Path) -> None:
    """I get file, line, what is wrong and what was probably meant."""
    path = files(tmp_path, {"linkcheck.toml": text}) / "linkcheck.toml"
    with pytest.raises(ConfigurationFault) as caught:
        file.read(path)
    assert any(mistake.startswith(f"{path}:{expected}") for mistake in caught.value.mistakes), caught.value.mistakes


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """One look at the messages is enough to mend the whole file."""
    text = "\n".join(
        ["fial_on = 1", 'exclude = ["("]', "timeout = -1", '[hosts."a.example"]', "raet = 1", "[[proxy]]", 'id = "p"']
    )
    path = files(tmp_path, {"linkcheck.toml": text}) / "linkcheck.toml"
    with pytest.raises(ConfigurationFault) as caught:
        file.read(path)
    lines = [int(mistake.removeprefix(f"{path}:").partition(":")[0]) for mistake in caught.value.mistakes]
    assert lines == [1, 2, 3, 5, 6]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a = 1\nb = = 2\n", "line 2"),
        (b"\xff\xfe", "is not UTF-8 (byte 0)"),
        (b'exclude = "a"\nexclude = "b"\n', "Cannot overwrite a value (at line 2"),
    ],
)
def test_what_is_no_toml_is_one_sentence(content: bytes, expected: str, tmp_path: Path) -> None:
    """A file that cannot be read as TOML says where."""
    path = files(tmp_path, {"linkcheck.toml": content}) / "linkcheck.toml"
    with pytest.raises(UserFault) as caught:
        file.read(path)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """A file saved by Notepad works."""
    path = files(tmp_path, {"linkcheck.toml": b"\xef\xbb\xbfretries = 3"}) / "linkcheck.toml"
    assert file.read(path) == {"retries": 3}


def test_files_are_named_relative_to_the_configuration(tmp_path: Path) -> None:
    """`store`, `replay` and a report's file mean the same wherever I start."""
    text = 'store = "s.db"\nformat = ["console", "json=out/r.json"]\nexclude = "x"'
    path = files(tmp_path, {"linkcheck.toml": text}) / "linkcheck.toml"
    assert file.read(path) == {
        "store": str(tmp_path / "s.db"),
        "format": ("console", f"json={tmp_path / 'out/r.json'}"),
        "exclude": ("x",),
    }


FOUND = [
    ("here", {"linkcheck.toml": "", "a/b/linkcheck.toml": ""}, "a/b/linkcheck.toml"),
    ("above", {"linkcheck.toml": ""}, "linkcheck.toml"),
    ("pyproject", {"a/pyproject.toml": "[tool.linkcheck]\n"}, "a/pyproject.toml"),
    ("spaced pyproject", {"pyproject.toml": "[ tool . linkcheck.hosts ]\n"}, "pyproject.toml"),
    (
        "linkcheck.toml farther up wins",
        {"linkcheck.toml": "", "a/pyproject.toml": "[tool.linkcheck]"},
        "linkcheck.toml",
    ),
    ("another's pyproject", {"pyproject.toml": "[tool.ruff] # [tool.linkcheck]"}, None),
    ("a folder of that name", {"linkcheck.toml/x": ""}, None),
]


@pytest.mark.parametrize(("there", "expected"), [row[1:] for row in FOUND], ids=[row[0] for row in FOUND])
def test_the_configuration_is_searched_upward(there: dict[str, str], expected: str | None, tmp_path: Path) -> None:
    """The nearest linkcheck.toml, else the nearest pyproject.toml with our table."""
    start = files(tmp_path, there) / "a" / "b"
    start.mkdir(parents=True, exist_ok=True)
    assert file.find(start) == (tmp_path / expected if expected else None)


def test_pyproject_counts_only_our_table_and_its_lines(tmp_path: Path) -> None:
    """Other tools' tables are theirs."""
    text = '[project]\nretries = "x"\n[tool.linkcheck]\nretries = 1\n[tool.linkcheck.hosts."a.example"]\nraet = 1'
    path = files(tmp_path, {"pyproject.toml": text}) / "pyproject.toml"
    with pytest.raises(ConfigurationFault) as caught:
        file.read(path)
    assert caught.value.mistakes == [
        f"{path}:6: hosts.'a.example': unknown setting 'raet'; did you mean 'rate'?",
    ]


@pytest.mark.parametrize("text", ["tool = 1", "[tool]\nlinkcheck = 1"])
def test_a_table_that_is_none_is_one_sentence(text: str, tmp_path: Path) -> None:
    """No traceback for an odd pyproject.toml that was named."""
    path = files(tmp_path, {"pyproject.toml": text}) / "pyproject.toml"
    with pytest.raises(ConfigurationFault, match="is no table"):
        file.read(path)


def test_the_page_shows_every_setting_of_a_file(tmp_path: Path) -> None:
    """The example in the documentation is right, and what has no option stands there."""
    page = (Path(__file__).parents[2] / "docs/configuration.md").read_text()
    example = page.partition("```toml\n")[2].partition("```")[0]
    shown = file.read(files(tmp_path, {"linkcheck.toml": example}) / "linkcheck.toml")
    options = {option.name for option in run.params}
    assert {name for name in Settings.__struct_fields__ if name not in options} <= {*shown, "proxy", "exclusion"}
