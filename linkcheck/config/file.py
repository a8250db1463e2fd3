"""A configuration file → the values it sets, or every mistake in it with its line."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from linkcheck.config.checks import Mistake, Place
from linkcheck.config.checks import mistakes as mistakes_of
from linkcheck.config.expected import plainly
from linkcheck.config.settings import (
    PATHS,
    RULES,
    HostSettings,
    IgnoreSettings,
    KindSettings,
    Settings,
    is_server,
    suggestion,
)
from linkcheck.errors import ConfigurationFault, UserFault
from linkcheck.model import Kind
from linkcheck.patterns import lazily

NAME = "linkcheck.toml"
PROJECT = "pyproject.toml"
_TABLES: dict[str, type[msgspec.Struct]] = {"hosts": HostSettings, "kinds": KindSettings, "ignore": IgnoreSettings}


def find(start: Path) -> Path | None:
    """`linkcheck.toml` here or above, else a `pyproject.toml` with `[tool.linkcheck]` here or above; None without."""
    folders = [start, *start.parents]
    for folder in folders:
        if (folder / NAME).is_file():
            return folder / NAME
    for folder in folders:
        if _names_us(folder / PROJECT):
            return folder / PROJECT
    return None


def _names_us(project: Path) -> bool:
    """Whether a `pyproject.toml` holds our table; one that cannot be read concerns others."""
    try:
        return re.search(rb"^\s*\[+\s*tool\s*\.\s*linkcheck\b", project.read_bytes(), re.MULTILINE) is not None
    except OSError:
        return False


def read(path: Path) -> dict[str, Any]:
    """The values of a file, checked one by one, paths relative to it; raises ConfigurationFault with all mistakes."""
    import tomllib  # most runs have no such file

    text = _text(path)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationFault([f"{path}: {error}"]) from error
    above: Place = ("tool", "linkcheck") if path.name == PROJECT else ()
    for name in above:
        values = values.get(name, {}) if isinstance(values, Mapping) else values
    if not isinstance(values, Mapping):
        raise ConfigurationFault([f"{path}: [tool.linkcheck] is no table"])
    checked, mistakes = {}, []
    for name, value in values.items():
        problem, converted = _checked(name, value)
        mistakes += problem
        if not problem:
            checked[name] = converted
    mistakes += [*mistakes_of(Settings(**checked)), *_mistakes_of_rules(checked)]
    if mistakes:
        from linkcheck.config.places import line_of, places

        known = places(text)
        lines = sorted((line_of((*above, *place), known), sentence) for place, sentence in mistakes)
        raise ConfigurationFault([f"{path}:{line}: {sentence}" for line, sentence in lines])
    return {name: _placed(name, value, path.parent) for name, value in checked.items()}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserFault(f"cannot read the configuration '{path}': {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserFault(f"the configuration '{path}' is not UTF-8 (byte {error.start})") from error


def _checked(name: str, value: Any) -> tuple[list[Mistake], Any]:
    """(place and sentence of each mistake, the value as it will be used)."""
    fields = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    if name not in fields:
        return [((name,), f"unknown setting '{name}'{suggestion(name, fields)}")], None
    if name in _TABLES:
        return _listed_tables(name, value) if name == "ignore" else _named_tables(name, value)
    if isinstance(value, str) and "tuple" in str(fields[name]):
        value = [value]
    if name == "exclude" and isinstance(value, list) and any(isinstance(part, dict) for part in value):
        return [((name,), "'exclude' holds regular expressions; write rules as [[exclusion]]")], None
    try:
        return [], msgspec.convert(value, fields[name])
    except msgspec.ValidationError as error:
        return [((name,), f"'{name}': {plainly(error, fields[name], value)}")], None


def _named_tables(name: str, tables: Any) -> tuple[list[Mistake], Any]:
    """`[hosts.X]` and `[kinds.X]`, each table by itself, so that all mistakes are found."""
    if not isinstance(tables, Mapping):
        return [((name,), f"'{name}' must be written as [{name}.NAME] tables")], None
    mistakes: list[Mistake] = []
    if name == "kinds":
        kinds = [kind.value for kind in Kind]
        mistakes = [
            ((name, key), f"unknown kind '{key}'{suggestion(key, kinds)}") for key in tables if key not in kinds
        ]
    converted = {}
    for key, table in tables.items():
        wrong, converted[key] = _table(f"{name}.'{key}'", (name, key), table, _TABLES[name])
        mistakes += wrong
    if mistakes:
        return mistakes, None
    return [], {Kind(key): value for key, value in converted.items()} if name == "kinds" else converted


def _listed_tables(name: str, tables: Any) -> tuple[list[Mistake], Any]:
    """`[[ignore]]`, the same."""
    if not isinstance(tables, list):
        return [((name,), f"'{name}' must be written as [[{name}]] tables")], None
    read = [
        _table(f"[[{name}]] number {n}", (name, str(n)), table, _TABLES[name])
        for n, table in enumerate(tables, start=1)
    ]
    mistakes = [mistake for wrong, _ in read for mistake in wrong]
    return mistakes, None if mistakes else tuple(converted for _, converted in read)


def _table(what: str, place: Place, table: Any, shape: type[msgspec.Struct]) -> tuple[list[Mistake], Any]:
    if not isinstance(table, Mapping):
        return [(place, f"{what} is no table")], None
    known = {field.name: field.type for field in msgspec.structs.fields(shape)}
    mistakes = [
        ((*place, key), f"{what}: unknown setting '{key}'{suggestion(key, known)}") for key in table if key not in known
    ]
    values = {
        key: [value] if isinstance(value, str) and "tuple" in str(known[key]) else value
        for key, value in table.items()
        if key in known
    }
    for key, value in values.items():
        try:
            msgspec.convert(value, known[key])
        except msgspec.ValidationError as error:
            mistakes.append(((*place, key), f"{what}: '{key}': {plainly(error, known[key], value)}"))
    return mistakes, None if mistakes else msgspec.convert(values, shape)


def _mistakes_of_rules(values: Mapping[str, Any]) -> Iterator[Mistake]:
    """What the tables of `[[proxy]]`, `[[site]]` and `[[exclusion]]` say against themselves, examples included."""
    rules = {name: list(values.get(setting, ())) for name, setting in RULES.items()}
    if not any(rules.values()):
        return
    from linkcheck import targets

    try:
        targets.load(rules)
    except ConfigurationFault as fault:
        for sentence in fault.mistakes:
            yield _place_of_rule(sentence, rules), sentence.replace("[[exclude]]", "[[exclusion]]", 1)


_RULE = lazily(r"\[\[(\w+)\]\] (?:`([^`]*)`|(\d+))(?:, `(\w+)`)?")


def _place_of_rule(sentence: str, rules: Mapping[str, list[dict[str, Any]]]) -> Place:
    found = _RULE.match(sentence)
    if found is None:
        return ()
    name, own, number, setting = found.groups()
    if number is None:
        number = next((str(n) for n, rule in enumerate(rules[name], start=1) if rule.get("id") == own), "1")
    return (RULES[name], number, setting) if setting else (RULES[name], number)


def _placed(name: str, value: Any, folder: Path) -> Any:
    if name == "format":
        return tuple(_placed_report(form, folder) for form in value)
    if name not in PATHS or not isinstance(value, str) or (name == "store" and is_server(value)):
        return value
    return str(folder / value)


def _placed_report(form: str, folder: Path) -> str:
    name, mark, report = form.partition("=")
    return f"{name}={folder / report}" if mark and report else form
