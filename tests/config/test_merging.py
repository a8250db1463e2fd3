"""Flags over file over defaults."""

from pathlib import Path
from typing import Any

import pytest
from command import files

from linkcheck.config import merging
from linkcheck.errors import ConfigurationFault

ROWS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("", {}, {"retries": 2, "fail_on": ("broken",), "format": ("console",)}),
    ("retries = 5", {}, {"retries": 5}),
    ("retries = 5", {"retries": 0}, {"retries": 0}),
    ("retries = 5", {"retries": None, "exclude": ()}, {"retries": 5}),
    ('format = "json"', {"format": ("jsonl", "console")}, {"format": ("jsonl", "console")}),
    ('exclude = "a"', {"exclude": ("b",)}, {"exclude": ("a", "b")}),
    ('exclude_path = "a"', {"exclude_path": ("b",)}, {"exclude_path": ("a", "b")}),
    ("", {"fail_on": "broken, new"}, {"fail_on": ("broken", "new")}),
    ('store = "s.db"', {"no_store": True}, {"store": None, "no_store": True}),
    ("no_store = true", {"store": "s.db"}, {"store": "s.db", "no_store": False}),
    ('replay = "c"', {"record": "d"}, {"replay": None, "record": "d"}),
    ('replay = "c"', {"offline": True}, {"replay": None, "offline": True}),
    ("offline = true", {"replay": "c"}, {"replay": "c", "offline": False}),
    ("hidden = true", {"hidden": False}, {"hidden": False}),
]


@pytest.mark.parametrize(("text", "given", "expected"), ROWS)
def test_what_is_typed_wins(text: str, given: dict[str, Any], expected: dict[str, Any], tmp_path: Path) -> None:
    """A flag replaces what the file says; exclusions add up; a flag takes back its opposite in the file."""
    path = files(tmp_path, {"linkcheck.toml": text}) / "linkcheck.toml"
    settings, folder = merging.settings(path, given)
    assert {name: getattr(settings, name) for name in expected} == expected
    assert folder == tmp_path


def test_a_flag_of_a_wrong_kind_is_told_by_its_own_name(tmp_path: Path) -> None:
    """`--image-check`, not `image_check`."""
    path = files(tmp_path, {"linkcheck.toml": ""}) / "linkcheck.toml"
    with pytest.raises(ConfigurationFault, match="--image-check: "):
        merging.settings(path, {"image_check": "thorough"})
