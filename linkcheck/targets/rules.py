"""Shipped and user's tables → `Rules`, or every mistake in them at once.

Invariant: shipped tables are trusted when read (the tests check them); a user's are checked whole, examples included.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

from msgspec import Struct, convert

from linkcheck.errors import ConfigurationFault
from linkcheck.shipped import shipped
from linkcheck.targets import examples
from linkcheck.targets.rulebook import ExclusionRule, ProxyRule, Rules, SiteRule, bind

Rule = TypeVar("Rule", bound=ProxyRule | SiteRule | ExclusionRule)


class _Tables(Struct, frozen=True, forbid_unknown_fields=True):
    proxy: tuple[ProxyRule, ...] = ()
    site: tuple[SiteRule, ...] = ()
    exclude: tuple[ExclusionRule, ...] = ()


_FILES = ("proxies.toml", "sites.toml", "exclusions.toml")
_TYPES: dict[str, type[Struct]] = {"proxy": ProxyRule, "site": SiteRule, "exclude": ExclusionRule}


def load(user: Mapping[str, Any] | None = None) -> Rules:
    """The shipped rules, preceded by the `[[proxy]]`, `[[site]]` and `[[exclude]]` tables of `user`.

    A user's rule with the id of a shipped one replaces it. Raises ConfigurationFault with every mistake.
    """
    base = _shipped()
    own = _own({name: user[name] for name in _TYPES if user.get(name)}) if user else _Tables()
    return bind(_joined(own.proxy, base.proxy), _joined(own.site, base.site), _joined(own.exclude, base.exclude))


@lru_cache(maxsize=1)
def _shipped() -> _Tables:
    tables: dict[str, Any] = {}
    for name in _FILES:
        tables |= shipped(name)
    return convert(tables, _Tables)


def _own(tables: Mapping[str, Any]) -> _Tables:
    mistakes = [mistake for name, rules in tables.items() for mistake in _mistakes(name, rules)]
    if mistakes:
        raise ConfigurationFault(mistakes)
    own = convert(tables, _Tables)
    failed = check(bind(own.proxy, own.site, own.exclude))
    if failed:
        raise ConfigurationFault(failed)
    return own


def _mistakes(name: str, rules: Any) -> list[str]:
    if not isinstance(rules, list):
        return [f"`{name}` must be written as [[{name}]] tables"]
    # only users with rules of their own pay for loading the close reading
    from linkcheck.targets.mistakes import mistakes_in, mistakes_of

    found = []
    for number, table in enumerate(rules, start=1):
        place = f"[[{name}]] {number}"
        if isinstance(table, dict) and isinstance(table.get("id"), str):
            place = f"[[{name}]] `{table['id']}`"
        shape = mistakes_in(table, _TYPES[name], place)
        found += shape or mistakes_of(convert(table, _TYPES[name]), place)
    return found


def _joined(own: tuple[Rule, ...], base: tuple[Rule, ...]) -> tuple[Rule, ...]:
    replaced = {rule.id for rule in own}
    return (*own, *(rule for rule in base if rule.id not in replaced))


def check(rules: Rules) -> list[str]:
    """What the rules' own examples say against them, one sentence each; [] when all hold."""
    return examples.failures(rules)
