"""The command in a process of its own, under watch, and the findings it leaves."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from torture.world import World

Finding = dict[str, Any]
_HERE = Path(__file__).parent
_PROJECT = _HERE.parent.parent


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    """`linkcheck WORDS` in `folder`; its contacts go to `contacts.log` there."""
    return subprocess.Popen(
        [sys.executable, str(_HERE / "watched.py"), "contacts.log", *words],
        cwd=folder,
        env={"PYTHONPATH": str(_PROJECT), "PATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for it, two minutes at most."""
    try:
        out, err = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Start it and wait."""
    return finish(start(folder, *words))


def leads_to(world: World) -> list[str]:
    """The options that lead everything to the world."""
    rules = [word for rule in world.rules for word in ("--connect-to", rule)]
    return [*rules, "--ca-file", world.ca_file]


def findings(folder: Path) -> list[Finding]:
    """What `report.json` lists, in the documents' order."""
    listed = json.loads((folder / "report.json").read_text(encoding="utf-8"))["findings"]
    return sorted(listed, key=lambda it: (it["path"], it["line"], it["column"]))


def contacts(folder: Path) -> set[str]:
    """`connect ADDRESS` and `resolve NAME`."""
    return set((folder / "contacts.log").read_text(encoding="utf-8").splitlines())
