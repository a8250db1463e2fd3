"""Flags over file over defaults → settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from linkcheck.config import file
from linkcheck.config.expected import plainly
from linkcheck.config.settings import Settings
from linkcheck.errors import ConfigurationFault

_COMMA_LISTS = ("fail_on",)
_OPPOSITES = {
    "no_store": ("store", "resume"),
    "resume": ("no_store", "record"),
    "store": ("no_store",),
    "record": ("replay", "offline", "resume"),
    "replay": ("record", "offline"),
    "offline": ("record", "replay"),
    "quiet": ("verbose",),
    "verbose": ("quiet",),
}
"""What is typed takes back what the file says to the contrary."""


def settings(config_file: Path | None, given: Mapping[str, Any]) -> tuple[Settings, Path]:
    """(the settings, the folder that the default store belongs to); raises ConfigurationFault.

    `given`: what the command line set; None and empty tuples mean not set. Lists given there replace the file's,
    except that exclusions add up: a rule of the project must not vanish because one more was typed.
    """
    found = config_file if config_file is not None else file.find(Path.cwd())
    values = file.read(found) if found is not None else {}
    typed = {name: value for name, value in given.items() if value is not None and value != ()}
    for name in typed:
        for opposite in _OPPOSITES.get(name, ()):
            values.pop(opposite, None)
    for name, value in typed.items():
        if name in _COMMA_LISTS and isinstance(value, str):
            value = tuple(word.strip() for word in value.split(",") if word.strip())
        if name in ("exclude", "exclude_path"):
            value = (*values.get(name, ()), *value)
        values[name] = value
    return _converted(values), found.parent if found is not None else Path.cwd()


def _converted(values: Mapping[str, Any]) -> Settings:
    types = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    converted, mistakes = {}, []
    for name, value in values.items():
        try:
            converted[name] = msgspec.convert(value, types[name])
        except msgspec.ValidationError as error:
            mistakes.append(f"--{name.replace('_', '-')}: {plainly(error, types[name], value)}")
    if mistakes:
        raise ConfigurationFault(mistakes)
    return Settings(**converted)
