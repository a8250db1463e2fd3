"""The name of a rules file → its text, from the wheel or from a checkout."""

from pathlib import Path

_PLACES = (Path(__file__).parent / "_config", Path(__file__).parent.parent / "config")


def shipped(name: str) -> str:
    """Text of `config/NAME` as installed with the package; raises FileNotFoundError for an unknown name."""
    for place in _PLACES:
        if (place / name).is_file():
            return (place / name).read_text(encoding="utf-8")
    raise FileNotFoundError(name)
