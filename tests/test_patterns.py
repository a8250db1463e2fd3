"""Patterns that are compiled when they are first used: what is wrong with one must not wait for a user."""

import copy
import pickle
import re
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import linkcheck
from linkcheck.patterns import _Late, lazily

_NEEDS_MORE = {"linkcheck.store.postgres", "linkcheck.__main__"}


def _late() -> list[tuple[str, re.Pattern[str]]]:
    modules = walk_packages([str(Path(linkcheck.__file__).parent)], "linkcheck.")
    return [
        (f"{module.name}.{name}", value)
        for module in modules
        if module.name not in _NEEDS_MORE
        for name, value in vars(import_module(module.name)).items()
        if isinstance(value, _Late)
    ]


@pytest.mark.parametrize(("name", "late"), _late(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_late_pattern_compiles(name: str, late: re.Pattern[str]) -> None:
    """Its text is a regular expression, and it has flags that fit."""
    assert isinstance(late.pattern, str | bytes), name


def test_a_late_pattern_is_the_pattern() -> None:
    """All that a pattern can do, it does, the second time as the first."""
    late, pattern = lazily(r"(?P<letter>[a-c])", re.IGNORECASE), re.compile(r"(?P<letter>[a-c])", re.IGNORECASE)
    for _ in range(2):
        assert late.findall("xAbC") == pattern.findall("xAbC")
        assert late.sub("-", "xAbC") == "x---"
        assert (late.pattern, late.flags, late.groupindex) == (pattern.pattern, pattern.flags, pattern.groupindex)


def test_a_late_pattern_that_is_none_says_so_when_it_is_used() -> None:
    """Not before: that is what it is for."""
    late = lazily("(")
    with pytest.raises(re.error):
        late.search("x")


def test_a_late_pattern_can_be_copied() -> None:
    """By whoever takes it for a pattern."""
    late = lazily("a+", re.IGNORECASE)
    for copied in (copy.copy(late), copy.deepcopy(late), pickle.loads(pickle.dumps(late))):
        assert copied == re.compile("a+", re.IGNORECASE)
    with pytest.raises(AttributeError):
        late.__nothing__  # noqa: B018
