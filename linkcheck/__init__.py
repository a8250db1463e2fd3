"""Check the links and images of an archive of articles.

    report = linkcheck.check("articles", fail_on="new", baseline="known.jsonl")

Everything named in `__all__` may be relied on; it is loaded when it is asked for, so that the command starts fast.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
_HOMES = {
    "linkcheck.api": ("Report", "check"),
    "linkcheck.errors": ("LinkcheckError", "OurFault", "UserFault"),
    "linkcheck.model": ("Change", "Finding", "Kind", "Outcome", "Reason", "Reference", "Target", "Verdict"),
}
__all__ = [
    "__version__",
    *(name for names in _HOMES.values() for name in names),
]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'linkcheck' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
