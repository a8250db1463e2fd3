"""The name of a rules file → its tables, from the wheel or from a checkout."""

from pathlib import Path
from typing import Any

_PLACES = (Path(__file__).parent / "_config", Path(__file__).parent.parent / "config")


def shipped(name: str) -> dict[str, Any]:
    """`config/NAME` as installed with the package; raises FileNotFoundError for an unknown name."""
    import tomllib  # a run over unchanged files reads none of them

    for place in _PLACES:
        if (place / name).is_file():
            return tomllib.loads((place / name).read_text(encoding="utf-8"))
    raise FileNotFoundError(name)
