"""Rules → where their own examples contradict them, a sentence each; pure."""

from collections.abc import Iterator

from linkcheck import urls
from linkcheck.targets import sites
from linkcheck.targets.exclude import is_excluded
from linkcheck.targets.proxies import Hop, unwrap
from linkcheck.targets.rulebook import ExclusionRule, ProxyExample, ProxyRule, Rules, SiteRule, bind


def failures(rules: Rules) -> list[str]:
    """One sentence for every example that does not hold; the rules are tried together, as in a run."""
    found = [failure for proxy in rules.proxies for failure in _of_proxy(proxy, rules)]
    found += [failure for site in rules.sites for failure in _of_site(site, rules)]
    return found + [failure for rule in rules.exclusions for failure in _of_exclusion(rule)]


def _of_proxy(rule: ProxyRule, rules: Rules) -> Iterator[str]:
    for example in rule.examples:
        wrapped = unwrap(urls.resolve(example.url) or example.url, rules)
        place = f"[[proxy]] `{rule.id}`, `examples`: `{example.url}`"
        if wrapped is None or wrapped.hops[0].rule != rule.id:
            yield f"{place} is {f'taken by rule `{wrapped.hops[0].rule}`' if wrapped else 'not recognised'}"
            continue
        if difference := _difference(example, wrapped.hops[0]):
            yield f"{place} has {difference}"
    for url in rule.misses:
        wrapped = unwrap(urls.resolve(url) or url, rules)
        if wrapped is not None and wrapped.hops[0].rule == rule.id:
            yield f"[[proxy]] `{rule.id}`, `misses`: `{url}` is unwrapped to `{wrapped.hops[0].origin}`"


def _difference(example: ProxyExample, hop: Hop) -> str | None:
    for name, wanted, found in (
        ("origin", example.origin, hop.origin),
        ("fetches", example.fetches or example.origin, hop.fetches),
        ("meant", example.meant, hop.meant),
    ):
        if wanted != found:
            return f"{name} `{found}`, not `{wanted}`"
    return None


def _of_site(rule: SiteRule, rules: Rules) -> Iterator[str]:
    for example in rule.examples:
        url = urls.resolve(example.url) or example.url
        got = sites.key(url, rules) or sites.image_key(url, rules)
        if got != example.key:
            yield f"[[site]] `{rule.id}`, `examples`: `{example.url}` has key `{got}`, not `{example.key}`"


def _of_exclusion(rule: ExclusionRule) -> Iterator[str]:
    # kinds and link types belong to references; an example is a URL alone
    alone = bind((), (), (_about_urls(rule),))
    for url in rule.examples:
        if not is_excluded(urls.resolve(url) or url, alone):
            yield f"[[exclude]] `{rule.id}`, `examples`: `{url}` is not excluded"
    for url in rule.misses:
        if is_excluded(urls.resolve(url) or url, alone):
            yield f"[[exclude]] `{rule.id}`, `misses`: `{url}` is excluded"


def _about_urls(rule: ExclusionRule) -> ExclusionRule:
    return ExclusionRule(id=rule.id, reason=rule.reason, hosts=rule.hosts, pattern=rule.pattern)
