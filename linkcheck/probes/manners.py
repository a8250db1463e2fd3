"""A host → how it wants to be asked: published limits (`config/hosts.toml`), then the user's own, then the defaults.

Invariant: a published limit is never exceeded, whatever the user sets.
"""

from collections.abc import Callable, Mapping

import msgspec
from msgspec import Struct

from linkcheck import urls
from linkcheck.probes.pace import Manners
from linkcheck.shipped import shipped


class PublishedManners(Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of `config/hosts.toml`."""

    pattern: str
    source: str
    path: str = ""
    requests: int = 0
    window_s: float = 0.0
    concurrency: int = 0
    never: bool = False
    note: str = ""


class Wishes(Struct, frozen=True):
    """What the user sets for a host; None: the default, 0: no limit."""

    concurrency: int | None = None
    rate_per_s: float | None = None


def published() -> tuple[PublishedManners, ...]:
    """The shipped entries."""
    return msgspec.convert(shipped("hosts.toml"), dict[str, tuple[PublishedManners, ...]])["host"]


def manners_of(wishes: Wishes, by_host: Mapping[str, Wishes]) -> Callable[[str], Manners]:
    """A function from `host` or `host:port` to the bounds for it; `by_host` has names and `*.suffix` patterns."""
    entries = {entry.pattern: entry for entry in published() if not entry.path}
    general = _wished(wishes, wishes)

    def of(authority: str) -> Manners:
        name = urls.split_authority(authority)[0]
        own = urls.closest(by_host, name) if by_host else None
        return _bounded(general if own is None else _wished(own, wishes), urls.closest(entries, name))

    return of


def _wished(own: Wishes, general: Wishes) -> Manners:
    concurrency = own.concurrency if own.concurrency is not None else general.concurrency
    rate = own.rate_per_s if own.rate_per_s is not None else general.rate_per_s
    manners = Manners()
    if concurrency is not None:
        manners = msgspec.structs.replace(manners, concurrency=concurrency)
    if rate is not None:
        # What is set is meant: no slow start.
        manners = msgspec.structs.replace(manners, rate_per_s=rate, first_rate_per_s=rate)
    return manners


def _bounded(manners: Manners, rule: PublishedManners | None) -> Manners:
    if rule is None:
        return manners
    concurrency = min(manners.concurrency or rule.concurrency, rule.concurrency or manners.concurrency)
    return msgspec.structs.replace(manners, concurrency=concurrency, requests=rule.requests, window_s=rule.window_s)
