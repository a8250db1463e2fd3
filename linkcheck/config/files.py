"""Names of files → whether two are one file, and whether one is a document that somebody wrote."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

_OURS = (b"<!-- linkcheck:", b'"linkcheck"', b'"linkcheck/', b"<title>Link report")
"""How our reports and recordings begin; a document may speak of us."""
_HEAD_BYTES = 4096
_ANYTHING = ".txt"
"""What reports for people to read are often called."""


def is_same(one: str, other: str) -> bool:
    """By whatever spelling or link; devices may be named as often as one likes."""
    return os.path.realpath(one) == os.path.realpath(other) and (not Path(one).exists() or Path(one).is_file())


def is_document(file: str, paths: Sequence[str], extensions: Iterable[str]) -> bool:
    """Whether a file that is there is one of the documents of `paths`, and no report of ours from another day."""
    path = Path(file)
    if path.suffix.lower() not in extensions or path.suffix.lower() == _ANYTHING or not path.is_file():
        return False
    real = path.resolve()
    if not any(real.is_relative_to(Path(one).resolve()) for one in paths):
        return False
    with path.open("rb") as opened:
        head = opened.read(_HEAD_BYTES)
    return bool(head.strip()) and not any(mark in head for mark in _OURS)
