"""A configuration file → the values it sets, or every mistake in it with its line."""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from linkcheck.config.settings import PATHS, HostSettings, Settings
from linkcheck.errors import ConfigurationFault, UserFault

NAME = "linkcheck.toml"


def find(start: Path) -> Path | None:
    """`linkcheck.toml` here or above, else a `pyproject.toml` with `[tool.linkcheck]` here or above; None without."""
    folders = [start, *start.parents]
    for folder in folders:
        if (folder / NAME).is_file():
            return folder / NAME
    for folder in folders:
        project = folder / "pyproject.toml"
        if project.is_file() and "[tool.linkcheck" in project.read_text(encoding="utf-8", errors="replace"):
            return project
    return None


def read(path: Path) -> dict[str, Any]:
    """The values of a file, checked one by one, paths relative to it; raises ConfigurationFault with all mistakes."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserFault(f"cannot read the configuration '{path}': {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserFault(f"the configuration '{path}' is not UTF-8 (byte {error.start})") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationFault([f"{path}: {error}"]) from error
    if path.name == "pyproject.toml":
        values = values.get("tool", {}).get("linkcheck", {})
    checked, mistakes = {}, []
    for name, value in values.items():
        problem, converted = _checked(name, value, text)
        mistakes += [f"{path}:{_line(text, place)}: {sentence}" for place, sentence in problem]
        checked[name] = converted
    if mistakes:
        raise ConfigurationFault(mistakes)
    return {name: _placed(name, value, path.parent) for name, value in checked.items()}


def _checked(name: str, value: Any, text: str) -> tuple[list[tuple[str, str]], Any]:
    """(place and sentence of each mistake, the value as it will be used)."""
    fields = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    if name not in fields:
        return [(name, f"unknown setting '{name}'{suggestion(name, fields)}")], None
    if name == "hosts" and isinstance(value, Mapping):
        return _hosts(value)
    if isinstance(value, str) and "tuple" in str(fields[name]):
        value = [value]
    try:
        return [], msgspec.convert(value, fields[name])
    except msgspec.ValidationError as error:
        return [(name, f"'{name}': {_plainly(error)}")], None


def _hosts(tables: Mapping[str, Any]) -> tuple[list[tuple[str, str]], dict[str, HostSettings]]:
    mistakes, hosts = [], {}
    known = {field.name: field.type for field in msgspec.structs.fields(HostSettings)}
    for host, table in tables.items():
        if not isinstance(table, Mapping):
            mistakes.append((host, f"hosts.'{host}' is no table"))
            continue
        unknown = [name for name in table if name not in known]
        mistakes += [(name, f"unknown setting '{name}' for '{host}'{suggestion(name, known)}") for name in unknown]
        try:
            hosts[host] = msgspec.convert({k: v for k, v in table.items() if k in known}, HostSettings)
        except msgspec.ValidationError as error:
            mistakes.append((host, f"hosts.'{host}': {_plainly(error)}"))
    return mistakes, hosts


def suggestion(word: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """`; did you mean 'exclude'?`, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _plainly(error: msgspec.ValidationError) -> str:
    return str(error).replace("`", "'").replace("Expected", "expected", 1)


def _line(text: str, place: str) -> int:
    """The line where a setting or table of that name stands, from 1; 1 when it cannot be found."""
    pattern = re.compile(rf"^\s*(?:{re.escape(place)}\s*=|\[+[^\]]*{re.escape(place)})")
    for number, line in _numbered(text):
        if pattern.match(line) or re.match(rf"^\s*\"{re.escape(place)}\"\s*=", line):
            return number
    return next((number for number, line in _numbered(text) if place in line), 1)


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    return iter(enumerate(text.splitlines(), start=1))


def _placed(name: str, value: Any, folder: Path) -> Any:
    if name not in PATHS or not isinstance(value, str):
        return value
    return str(folder / value)
