"""Reports of the example archive, compared with what they should be, byte for byte.

`python tests/reports/test_golden.py` writes them anew; look at the difference before you commit it.
"""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

HERE = Path(__file__).parents[2]
GOLDEN = HERE / "tests" / "data" / "reports"
NAMES = {"console": "example.txt", "jsonl": "example.jsonl"}


def report(name: str, *options: str) -> bytes:
    words = ["run", "examples", "--config", "examples/linkcheck.toml", "--format", name, *options]
    done = subprocess.run([sys.executable, "-m", "linkcheck", *words], cwd=HERE, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_the_example_is_reported_as_it_was(name: str) -> None:
    """A replay of the same recording gives the same report, on any day."""
    assert report(name).decode() == (GOLDEN / NAMES[name]).read_text(encoding="utf-8")


def test_json_has_the_shape_it_promises() -> None:
    """The JSON report fits its schema, its counts add up, and its findings are those of JSON Lines."""
    found = json.loads(report("json"))
    jsonschema.validate(found, json.loads((HERE / "tests" / "data" / "report.schema.json").read_text()))
    outcomes = ("ok", "redirected", "at-risk", "broken", "uncertain", "skipped")
    assert sum(found["counts"][outcome] for outcome in outcomes) == found["counts"]["references"]
    assert len(found["findings"]) == found["counts"]["references"] == sum(found["counts"]["reasons"].values())
    assert found["findings"] == [json.loads(line) for line in report("jsonl").splitlines()]


if __name__ == "__main__":
    for name, file in NAMES.items():
        (GOLDEN / file).write_bytes(report(name))
