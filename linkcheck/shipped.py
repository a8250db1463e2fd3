"""The name of a rules file → its tables, from the wheel or from a checkout.

TOML takes Python 9 ms to read, a twentieth of a run over one small file (2026-11). So the files are compiled as modules
are: Python keeps what it has read in `__pycache__`, where it may write, and reads a file again once that has changed.
"""

import os
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

_PLACES = (Path(__file__).parent / "_config", Path(__file__).parent.parent / "config")


class _Loader(SourceFileLoader):
    """Compiles a file to code that assigns its tables to `tables`."""

    # typeshed has the parents' once with, once without `self`
    def source_to_code(self, data: Any, path: Any, **_: Any) -> CodeType:  # type: ignore[override]
        import tomllib

        return compile(f"tables = {tomllib.loads(data.decode())!r}", os.fspath(path), "exec", dont_inherit=True)


def shipped(name: str) -> dict[str, Any]:
    """`config/NAME` as installed with the package; raises FileNotFoundError for an unknown name."""
    for place in _PLACES:
        if (place / name).is_file():
            code = _Loader(name, str(place / name)).get_code(name)
            assert code is not None
            found: dict[str, Any] = {}
            exec(code, found)
            tables: dict[str, Any] = found["tables"]
            return tables
    raise FileNotFoundError(name)
