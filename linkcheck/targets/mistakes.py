"""A rule's table → every mistake in it, a sentence each with the rule and the field; pure."""

import re
from collections.abc import Generator, Iterable, Iterator
from difflib import get_close_matches
from typing import Any, get_args

from msgspec import Struct, ValidationError, convert
from msgspec.structs import FieldInfo, fields

from linkcheck.targets.decoders import DECODERS
from linkcheck.targets.extractors import EXTRACTORS, NEED_ARGUMENT
from linkcheck.targets.rulebook import ExclusionRule, ProxyRule, SiteImage, SitePattern, SiteRule

_HOST = re.compile(r"(?:\*\.)?[a-z0-9\-]+(?:\.[a-z0-9\-]+)*|\[[0-9a-f:.]+\]")
_PLACEHOLDER = re.compile(r"\{([^}|]*)(\|[^}]*)?\}")


def mistakes_in(table: Any, shape: type[Struct], place: str) -> list[str]:
    """What keeps `table` from being a `shape`: unknown, missing and ill-typed fields, nested ones too."""
    if not isinstance(table, dict):
        return [f"{place}: expected a table"]
    known = {field.encode_name: field for field in fields(shape)}
    found = [f"{place}: unknown field `{name}`{suggestion(name, known)}" for name in table if name not in known]
    for name, field in known.items():
        if name in table:
            found += _mistakes_in_field(table[name], field, f"{place}, `{name}`")
        elif field.required:
            found.append(f"{place}: field `{name}` is missing")
    return found


def _mistakes_in_field(value: Any, field: FieldInfo, place: str) -> list[str]:
    inner = next((part for part in get_args(field.type) if isinstance(part, type) and issubclass(part, Struct)), None)
    if inner is not None and isinstance(value, list):
        return [
            mistake
            for number, part in enumerate(value, start=1)
            for mistake in mistakes_in(part, inner, f"{place} {number}")
        ]
    try:
        convert(value, field.type)
    except ValidationError as error:
        return [f"{place}: {str(error)[:1].lower()}{str(error)[1:]}"]
    return []


def suggestion(name: str, known: Iterable[str]) -> str:
    """`; did you mean …` for a name close to a known one, else nothing."""
    close = get_close_matches(name, known, n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def mistakes_of(rule: Struct, place: str) -> list[str]:
    """What a well-shaped rule says that cannot be: hosts, patterns, extractors, decoders, templates, examples."""
    match rule:
        case ProxyRule():
            found = _of_proxy(rule)
        case SiteRule():
            found = _of_site(rule)
        case ExclusionRule():
            found = _of_exclusion(rule)
        case _:
            found = iter(())
    return [f"{place}, {mistake}" for mistake in found]


def _of_proxy(rule: ProxyRule) -> Iterator[str]:
    name, _, argument = rule.extract.partition(":")
    if name not in EXTRACTORS:
        yield f"`extract`: unknown extractor `{name}`{suggestion(name, EXTRACTORS)}"
    elif bool(argument) != (name in NEED_ARGUMENT):
        yield f"`extract`: write `{name}:NAME`" if name in NEED_ARGUMENT else f"`extract`: `{name}` takes no argument"
    if not rule.hosts and not rule.marks:
        yield "`hosts`: needed, unless `marks` says how to find the proxy on any host"
    yield from _of_hosts(rule.hosts)
    yield from _of_pattern("pattern", rule.pattern)
    yield from _of_pattern("signed", rule.signed)
    if not rule.examples:
        yield "`examples`: at least one is needed"


def _of_site(rule: SiteRule) -> Iterator[str]:
    yield from _of_hosts(rule.hosts)
    yield from _of_pattern("soft404_title", rule.soft404_title)
    known = frozenset[str]()
    for number, pattern in enumerate(rule.match, start=1):
        groups = yield from _of_spelling(pattern, f"`match` {number}")
        known |= groups
        yield from _of_template(pattern.key or rule.key, groups, f"`match` {number}, `key`")
    for number, candidate in enumerate(rule.candidates, start=1):
        yield from _of_template(candidate.url, known, f"`candidates` {number}, `url`")
    for number, image in enumerate(rule.image, start=1):
        yield from _of_image(image, f"`image` {number}")
    if not rule.examples:
        yield "`examples`: at least one is needed"


def _of_spelling(pattern: SitePattern, place: str) -> Generator[str, None, frozenset[str]]:
    yield from _of_pattern(f"{place}, `re`", pattern.re, quoted=False)
    groups = _groups(pattern.re)
    for group, instruction in pattern.decode.items():
        decoder, _, source = instruction.partition(":")
        if decoder not in DECODERS:
            yield f"{place}, `decode`: unknown decoder `{decoder}`{suggestion(decoder, DECODERS)}"
        if source not in groups:
            yield f"{place}, `decode`: no group `{source}` in `re`{suggestion(source, groups)}"
        groups |= {group}
    return groups


def _of_image(image: SiteImage, place: str) -> Iterator[str]:
    yield from _of_pattern(f"{place}, `re`", image.re, quoted=False)
    groups = _groups(image.re)
    yield from _of_template(image.key, groups, f"{place}, `key`")
    yield from _of_template(image.template, groups | {"fmt"}, f"{place}, `template`")
    if image.renditions and not image.template:
        yield f"{place}, `template`: needed to ask for `renditions`"


def _of_exclusion(rule: ExclusionRule) -> Iterator[str]:
    if not (rule.hosts or rule.pattern or rule.kinds or rule.rel):
        yield "`hosts`: needed, or `pattern`, `kinds` or `rel`; this rule would exclude everything"
    yield from _of_hosts(rule.hosts)
    yield from _of_pattern("pattern", rule.pattern)
    if not rule.examples:
        yield "`examples`: at least one is needed"


def _of_hosts(hosts: tuple[str, ...]) -> Iterator[str]:
    for host in hosts:
        if not _HOST.fullmatch(host):
            yield f"`hosts`: `{host}` is no host; write `name` or `*.suffix` in lower case, without scheme or path"


def _of_pattern(name: str, pattern: str, quoted: bool = True) -> Iterator[str]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"{f'`{name}`' if quoted else name}: not a regular expression: {error}"


def _of_template(template: str, groups: frozenset[str], place: str) -> Iterator[str]:
    for name, default in _PLACEHOLDER.findall(template):
        if not default and name not in groups:
            yield f"{place}: no group `{name}` to fill in{suggestion(name, groups)}"


def _groups(pattern: str) -> frozenset[str]:
    try:
        return frozenset(re.compile(pattern).groupindex)
    except re.error:
        return frozenset()
