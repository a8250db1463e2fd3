"""The process: `linkcheck`, and `python -m linkcheck`. What is set here is no business of a program that imports us."""

import atexit
import gc
from typing import Any

_LOADED_OBJECTS = 50_000
"""More than the program itself: a run over one small file loads 40,000."""
_YOUNG_OBJECTS = 10_000
"""So many new objects before cycles are looked for among them. Only failures make some: 1,500 broken bodies of 400 KB
take no more memory than with Python's 700, which cost any run 8 % of its time (2026-11)."""


def main() -> None:
    """The command; never returns."""
    gc.set_threshold(_LOADED_OBJECTS)
    gc.callbacks.append(_loaded)
    # The end of a process frees everything at once; nobody has to look for cycles first.
    atexit.register(gc.freeze)
    from linkcheck.cli import main

    main()


def _loaded(phase: str, _: dict[str, Any]) -> None:
    """Called at the first collection: what lives by then, lives to the end."""
    if phase == "stop":
        gc.callbacks.remove(_loaded)
        gc.freeze()
        gc.set_threshold(_YOUNG_OBJECTS)


if __name__ == "__main__":
    main()
