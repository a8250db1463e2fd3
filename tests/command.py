"""The command, run inside this process: words → exit code, what was said on both streams."""

import contextlib
import io
import json
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from linkcheck.cli import main


@dataclass(frozen=True)
class Done:
    """A command that ended."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def out(self) -> str:
        return self.stdout.decode()

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Standard output as JSON Lines."""
        return [json.loads(line) for line in self.stdout.split(b"\n") if line]


def linkcheck(
    folder: Path, *words: object, stdin: bytes = b"", environment: Mapping[str, str | None] | None = None
) -> Done:
    """Run `linkcheck WORDS` with `folder` as working directory; a None in `environment` takes a variable away."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    with (
        _inside(folder, environment or {}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin))),
    ):
        try:
            main([str(word) for word in words])
        except SystemExit as end:
            code = end.code
    for stream in (out, err):
        stream.flush()
    assert isinstance(code, int)
    return Done(code, out.buffer.getvalue(), err.buffer.getvalue().decode())  # type: ignore[attr-defined]  # BytesIO


@contextlib.contextmanager
def _inside(folder: Path, environment: Mapping[str, str | None]) -> Iterator[None]:
    before, terminate, interrupt = Path.cwd(), signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    os.chdir(folder)
    quiet = {"COLUMNS": "120", "TERM": "dumb", "FORCE_COLOR": None, "NO_COLOR": None, "LINKCHECK_NOW": None}
    changed = {**quiet, **environment}
    with mock.patch.dict(os.environ, {name: value for name, value in changed.items() if value is not None}):
        for name, value in changed.items():
            if value is None:
                os.environ.pop(name, None)
        try:
            yield
        finally:
            os.chdir(before)
            signal.signal(signal.SIGTERM, terminate)
            signal.signal(signal.SIGINT, interrupt)


def files(folder: Path, contents: Mapping[str, str | bytes]) -> Path:
    """Write small files below `folder`, and return it."""
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder
