"""Shipped rules hold their examples; a user's mistakes are all named at once."""

from typing import Any

import pytest

from linkcheck.errors import ConfigurationFault
from linkcheck.model import Role
from linkcheck.shipped import shipped
from linkcheck.targets import check, load, sites, unwrap
from linkcheck.targets.extractors import EXTRACTORS
from linkcheck.targets.mistakes import mistakes_in, mistakes_of
from linkcheck.targets.rulebook import ExclusionRule, HostRules, ProxyRule, Rules, SiteRule, bind

RULES = load()
PROXY: dict[str, Any] = {
    "id": "mine",
    "hosts": ["p.example"],
    "extract": "query:src",
    "examples": [{"url": "https://p.example/?src=https://e.org/a.jpg", "origin": "https://e.org/a.jpg"}],
}
SITE: dict[str, Any] = {
    "id": "mine",
    "hosts": ["s.example"],
    "key": "mine:{number}",
    "match": [{"re": r"https://s\.example/(?P<number>\d+)"}],
    "examples": [{"url": "https://s.example/12", "key": "mine:12"}],
}
EXCLUDE: dict[str, Any] = {"id": "mine", "hosts": ["x.example"], "reason": "why", "examples": ["https://x.example/"]}


def mistakes(name: str, *tables: object) -> list[str]:
    with pytest.raises(ConfigurationFault) as fault:
        load({name: list(tables)})
    return fault.value.mistakes


def test_the_shipped_rules_hold_their_own_examples() -> None:
    assert check(RULES) == []


@pytest.mark.parametrize("rule", [*RULES.proxies, *RULES.sites, *RULES.exclusions], ids=lambda rule: rule.id)
def test_every_shipped_rule_is_sound_and_says_where_it_comes_from(rule: ProxyRule | SiteRule | ExclusionRule) -> None:
    assert mistakes_of(rule, rule.id) == []
    assert rule.source


def test_shipped_tables_have_no_unknown_fields() -> None:
    files = {"proxies.toml": ProxyRule, "sites.toml": SiteRule, "exclusions.toml": ExclusionRule}
    for name, shape in files.items():
        for tables in shipped(name).values():
            assert [mistake for table in tables for mistake in mistakes_in(table, shape, name)] == []


def test_ids_are_unique() -> None:
    for rules in (RULES.proxies, RULES.sites, RULES.exclusions):
        assert len({rule.id for rule in rules}) == len(rules)


def test_a_false_example_is_found() -> None:
    """The checker itself is checked: a wrong example of each sort fails."""
    rules = load({"proxy": [PROXY], "site": [SITE], "exclude": [EXCLUDE]})
    wrong = {
        "proxy": {
            **PROXY,
            "examples": [{"url": "https://p.example/?src=https://e.org/a.jpg", "origin": "https://e.org/b.jpg"}],
        },
        "site": {**SITE, "examples": [{"url": "https://s.example/12"}]},
        "exclude": {**EXCLUDE, "examples": ["https://y.example/"]},
    }
    assert check(rules) == []
    for name, table in wrong.items():
        assert len(mistakes(name, table)) == 1


@pytest.mark.parametrize(
    ("name", "table", "expected"),
    [
        ("proxy", {**PROXY, "host": ["a"]}, "[[proxy]] `mine`: unknown field `host`; did you mean `hosts`?"),
        ("proxy", {**PROXY, "zzz": 1}, "[[proxy]] `mine`: unknown field `zzz`"),
        ("proxy", {**PROXY, "hosts": "p.example"}, "[[proxy]] `mine`, `hosts`: expected `array`, got `str`"),
        ("proxy", {**PROXY, "scheme": "ftp"}, "[[proxy]] `mine`, `scheme`: invalid enum value 'ftp'"),
        (
            "proxy",
            {**PROXY, "extract": "quary:src"},
            "[[proxy]] `mine`, `extract`: unknown extractor `quary`; did you mean `query`?",
        ),
        ("proxy", {**PROXY, "extract": "query"}, "[[proxy]] `mine`, `extract`: write `query:NAME`"),
        ("proxy", {**PROXY, "extract": "photon:x"}, "[[proxy]] `mine`, `extract`: `photon` takes no argument"),
        (
            "proxy",
            {**PROXY, "hosts": ["https://p.example/"]},
            "[[proxy]] `mine`, `hosts`: `https://p.example/` is no host; write `name` or `*.suffix` in lower case, "
            "without scheme or path",
        ),
        (
            "proxy",
            {**PROXY, "pattern": "("},
            "[[proxy]] `mine`, `pattern`: not a regular expression: missing ), unterminated subpattern at position 0",
        ),
        ("proxy", {**PROXY, "examples": []}, "[[proxy]] `mine`, `examples`: at least one is needed"),
        (
            "proxy",
            {**PROXY, "hosts": []},
            "[[proxy]] `mine`, `hosts`: needed, unless `marks` says how to find the proxy on any host",
        ),
        (
            "proxy",
            {**PROXY, "examples": [{"url": "https://p.example/", "orign": "x"}]},
            "[[proxy]] `mine`, `examples` 1: unknown field `orign`; did you mean `origin`?",
        ),
        (
            "proxy",
            {**PROXY, "misses": ["https://p.example/?src=https://e.org/a"]},
            "[[proxy]] `mine`, `misses`: `https://p.example/?src=https://e.org/a` is unwrapped to `https://e.org/a`",
        ),
        ("proxy", {"hosts": ["a.example"], "extract": "path"}, "[[proxy]] 1: field `id` is missing"),
        ("proxy", 7, "[[proxy]] 1: expected a table"),
        (
            "site",
            {**SITE, "key": "mine:{nubmer}"},
            "[[site]] `mine`, `match` 1, `key`: no group `nubmer` to fill in; did you mean `number`?",
        ),
        (
            "site",
            {**SITE, "match": [{"re": "(?P<number>.)", "decode": {"n": "base61:number"}}]},
            "[[site]] `mine`, `match` 1, `decode`: unknown decoder `base61`; did you mean `base62`?",
        ),
        (
            "site",
            {**SITE, "match": [{"re": "(?P<number>.)", "decode": {"n": "hex:numbr"}}]},
            "[[site]] `mine`, `match` 1, `decode`: no group `numbr` in `re`; did you mean `number`?",
        ),
        (
            "site",
            {**SITE, "candidates": [{"url": "https://s.example/{slug}"}]},
            "[[site]] `mine`, `candidates` 1, `url`: no group `slug` to fill in",
        ),
        (
            "site",
            {**SITE, "image": [{"re": "(?P<n>.)", "key": "{n}", "renditions": ["1"]}]},
            "[[site]] `mine`, `image` 1, `template`: needed to ask for `renditions`",
        ),
        (
            "exclude",
            {"id": "mine", "reason": "why", "examples": ["https://e.org/"]},
            "[[exclude]] `mine`, `hosts`: needed, or `pattern`, `kinds` or `rel`; this rule would exclude everything",
        ),
        (
            "exclude",
            {**EXCLUDE, "misses": ["https://x.example/a"]},
            "[[exclude]] `mine`, `misses`: `https://x.example/a` is excluded",
        ),
    ],
)
def test_a_mistake_names_its_rule_and_its_field(name: str, table: object, expected: str) -> None:
    assert mistakes(name, table) == [expected]


def test_all_mistakes_are_told_at_once() -> None:
    """One look at the configuration is enough to mend it."""
    assert len(mistakes("proxy", {**PROXY, "hots": 1, "scheme": 3}, {**PROXY, "id": "other", "pattern": "["})) == 3


def test_tables_must_be_lists() -> None:
    with pytest.raises(ConfigurationFault, match=r"must be written as \[\[proxy\]\] tables"):
        load({"proxy": PROXY})


def test_a_users_rule_comes_first() -> None:
    table = {
        **PROXY,
        "hosts": ["wsrv.nl"],
        "examples": [{"url": "https://wsrv.nl/?src=e.org/a", "origin": "https://e.org/a"}],
    }
    rules = load({"proxy": [table]})
    assert rules.proxies[0].id == "mine"
    assert [rule.id for rule in rules.at("https://wsrv.nl/").proxies] == ["mine", "weserv"]
    found = unwrap("https://wsrv.nl/?url=f.org/b&src=https://e.org/a", rules)
    assert found is not None
    assert found.origin == "https://e.org/a"


def test_a_users_rule_replaces_the_shipped_one_of_the_same_id() -> None:
    rules = load({"proxy": [{**PROXY, "id": "weserv"}]})
    assert unwrap("https://wsrv.nl/?url=e.org/a.jpg", rules) is None
    assert sum(rule.id == "weserv" for rule in rules.proxies) == 1


def test_a_users_site_gives_keys_and_candidates() -> None:
    site = {
        **SITE,
        "match": [{**SITE["match"][0], "ask_also": ["api"]}],
        "candidates": [{"url": "https://api.s.example/{number}", "role": "api"}],
    }
    rules = load({"site": [site]})
    found = sites.match("https://s.example/12", rules)
    assert found is not None
    assert [(other.role, other.url) for other in sites.candidates(found)] == [(Role.API, "https://api.s.example/12")]


def test_loading_with_a_users_rules_leaves_the_shipped_ones_alone() -> None:
    load({"proxy": [{**PROXY, "id": "weserv"}]})
    assert load().proxies == RULES.proxies


@pytest.mark.parametrize(
    ("authority", "names"),
    [
        ("a.e.org", True),
        ("b.a.e.org", True),
        ("user:secret@a.e.org", True),
        ("a.e.org:8080", True),
        ("e.org", False),
        ("ae.org", False),
        ("a.e.org.example", False),
        ("[::1]", False),
        ("", False),
    ],
)
def test_a_pattern_with_a_star_names_subdomains_only(authority: str, names: bool) -> None:
    rules = bind((ProxyRule(id="x", extract="path", hosts=("*.e.org",)),), (), ())
    assert bool(rules.at(f"https://{authority}/").proxies) is names


def test_looked_up_hosts_are_remembered_within_bounds() -> None:
    rules = bind((), (), ())
    for number in range(10_050):
        assert rules.at(f"https://h{number}.example/") == HostRules()
    assert len(rules.memory) <= 10_000


def test_every_extractor_serves_a_shipped_rule_or_is_offered_for_ones_own() -> None:
    used = {rule.extract.partition(":")[0] for rule in RULES.proxies}
    assert set(EXTRACTORS) - used == {"without-options"}


def test_an_empty_book_has_no_rules_for_anyone() -> None:
    assert unwrap("https://wsrv.nl/?url=e.org/a.jpg", Rules()) is None
