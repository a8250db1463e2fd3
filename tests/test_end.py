"""What the end of a command leaves behind: a store is one file, whatever the command and however it ended."""

import subprocess
import sys
from pathlib import Path

import pytest
from command import files

_ADDRESS = "http://127.0.0.1:9/"


def _ended(folder: Path, *words: str) -> int:
    """Exit code of a process of its own."""
    done = subprocess.run([sys.executable, "-m", "linkcheck", *words], cwd=folder, capture_output=True, timeout=60)
    return done.returncode


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["run", "a.md", "--offline"], 0),
        (["run", "a.md", "--offline", "--fail-on", "uncertain"], 0),
        (["run", "empty.md", "--offline"], 2),
        (["report"], 0),
        (["report", "--run", "99"], 2),
        (["baseline"], 0),
        (["explain", _ADDRESS], 0),
        (["explain", "http://127.0.0.1:9/unmet"], 2),
        (["history"], 0),
        (["history", _ADDRESS], 0),
        (["history", "--survival"], 0),
        (["history", "--save-first"], 0),
        (["history", "--export", "out.jsonl.gz"], 0),
        (["history", "--rebuild"], 0),
        (["history", "--prune"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_leaves_the_store_as_one_file(tmp_path: Path, words: list[str], code: int) -> None:
    """Nothing is left to be merged into it by whoever opens it next, or lost by whoever copies it."""
    files(tmp_path, {"a.md": f"[x]({_ADDRESS})\n", "empty.md": "nothing\n"})
    assert _ended(tmp_path, "run", "a.md", "--offline") == 0
    assert _ended(tmp_path, *words) == code
    assert sorted(path.name for path in (tmp_path / ".linkcheck").iterdir()) == ["store.db", "store.db.lock"]


def test_after_the_first_look_for_cycles_the_program_itself_is_left_out() -> None:
    """And cycles are looked for more often, since from then on it is the run's own objects that count."""
    tell = """
import gc
from linkcheck import __main__ as process
gc.disable()
gc.callbacks.append(process._loaded)
gc.collect()
print(gc.get_threshold()[0] == process._YOUNG_OBJECTS, gc.get_freeze_count() > 0, process._loaded in gc.callbacks)
"""
    done = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["True", "True", "False"]
