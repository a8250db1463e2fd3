"""A regular expression → the same, compiled when it is first used: a usual run needs a sixth of those we know.

Compiling all of them at the start cost a tenth of a run over one small file (2026-11). What every run needs is compiled
where it stands, by `re.compile`.
"""

import re
from typing import Any, AnyStr, cast


class _Late:
    """Looks like a pattern; what has been asked for once is an attribute, as near as the pattern's own."""

    def __init__(self, text: Any, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, value)
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        return re.compile, (self._text, self._flags)


def lazily(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As `re.compile`, but what is wrong with `text` is raised at the first use."""
    return cast("re.Pattern[AnyStr]", _Late(text, flags))
