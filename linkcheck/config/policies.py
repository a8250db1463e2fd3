"""Settings → the policy that judges apply; and what is wrong with them."""

import re
from collections.abc import Iterable, Iterator

from linkcheck.config.settings import Settings
from linkcheck.model import Reason
from linkcheck.patterns import lazily
from linkcheck.verdicts.policies import Ignore, Policy

_RANGE = lazily(r"([1-9])xx", re.IGNORECASE)


def policy(settings: Settings) -> Policy:
    """The policy; the settings have been checked."""
    return Policy(
        accepted=statuses(settings.accept),
        accepted_by_kind={kind: statuses(own.accept) for kind, own in settings.kinds.items() if own.accept},
        accepted_by_host={host: statuses(own.accept) for host, own in settings.hosts.items() if own.accept},
        ignores=tuple(_ignores(settings)),
    )


def statuses(accept: Iterable[int | str]) -> frozenset[int]:
    """`[403, "5xx"]` → every status it means."""
    found: set[int] = set()
    for word in accept:
        match = _RANGE.fullmatch(str(word))
        found.update(range(int(match[1]) * 100, int(match[1]) * 100 + 100) if match else (int(word),))
    return frozenset(found)


def _ignores(settings: Settings) -> Iterator[Ignore]:
    for number, rule in enumerate(settings.ignore, start=1):
        yield Ignore(
            name=f"[[ignore]] number {number}",
            reasons=frozenset(Reason(reason) for reason in rule.reason),
            url=re.compile(rule.url) if rule.url is not None else None,
            path=rule.path,
            kinds=frozenset(rule.kind),
            until=rule.until,
            why=rule.why,
        )


def is_status(word: int | str) -> bool:
    """Whether an entry of `accept` means anything."""
    return _RANGE.fullmatch(str(word)) is not None or (str(word).isdigit() and 100 <= int(word) <= 999)
