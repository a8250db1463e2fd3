"""Everything a user can set, by its name in `linkcheck.toml`; an option `--host-rate` is `host_rate` there."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from msgspec import Struct, field

from linkcheck.errors import UserFault
from linkcheck.model import Expects, Kind, Reason
from linkcheck.probes.choices import Carrier, ImageCheck, Method
from linkcheck.reports.rendering import JunitDialect

_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|w)")
_LONGEST = timedelta(days=36_525)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
FAIL_ON = ("broken", "confirmed", "at-risk", "redirected", "uncertain", "new", "never")
AUTO = "auto"
"""As `max_age`: the due times decide."""
COLORS = ("auto", "always", "never")
FORMATS = ("console", "json", "jsonl", "junit", "sarif", "github", "gitlab", "markdown", "csv", "html", "baseline")


class HostSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[hosts."example.org"]` or `[hosts."*.example.org"]`: how to treat one host."""

    headers: dict[str, str] = field(default_factory=dict)
    """Sent to this host only; a value `env:NAME` is taken from the environment."""
    concurrency: int | None = None
    rate: float | None = None
    timeout: float | None = None
    image_check: ImageCheck | None = None
    method: Method | None = None
    accept: tuple[int | str, ...] = ()
    """Statuses that count as ok there: `[403, "5xx"]`."""
    anchors: bool | None = None


class KindSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[kinds.image]`: how to treat one kind of reference."""

    accept: tuple[int | str, ...] = ()
    timeout: float | None = None
    image_check: ImageCheck | None = None
    method: Method | None = None


ASKED_AS = {
    Kind.ARTICLE: Expects.PAGE,
    Kind.CROSS_REFERENCE: Expects.PAGE,
    Kind.LINK: Expects.PAGE,
    Kind.IMAGE: Expects.IMAGE,
    Kind.IMAGE_PROXY: Expects.IMAGE,
    Kind.MEDIA: Expects.ANY,
    Kind.RESOURCE: Expects.ANY,
}
"""Kinds that are asked for alike, since one target may be led to by several of them."""


class IgnoreSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[ignore]]`: problems that are known; every part that is given must agree."""

    reason: tuple[str, ...] = ()
    url: str | None = None
    """A regular expression."""
    path: str | None = None
    """A glob."""
    kind: tuple[Kind, ...] = ()
    until: date | None = None
    why: str = ""


class DeathRuleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[death.reasons.timed-out]`: how much evidence of one reason confirms a death."""

    failures: int
    days: float
    kinds: int | None = None


class DeathSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[death]`: when a failure is confirmed."""

    failures: int = 3
    days: float = 6.0
    apart: str = "20h"
    """Failures closer together count as one."""
    reasons: dict[Reason, DeathRuleSettings] = field(default_factory=dict)


class RecheckSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[recheck]`: when `max_age = "auto"` asks again."""

    alive: str = "7d"
    stable: str = "30d"
    dead: str = "90d"
    jitter: float = 0.25
    """Share of an interval that is added or taken away."""
    reasons: dict[Reason, str] = field(default_factory=dict)


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """One value for each option of `run`, and the tables that only a file can hold."""

    format: tuple[str, ...] = ("console",)
    fail_on: tuple[str, ...] = ("broken",)
    job: str = "linkcheck"
    junit_dialect: JunitDialect = JunitDialect.JENKINS
    csv_bom: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    exclude_path: tuple[str, ...] = ()
    kind: tuple[Kind, ...] = ()
    extension: tuple[str, ...] = ()
    hidden: bool = False
    gitignore: bool = True
    root: str | None = None
    index: tuple[str, ...] = ()
    lazy_attribute: tuple[str, ...] = ()
    store: str | None = None
    no_store: bool = False
    resume: bool = False
    max_age: str = "1d"
    deadline: str | None = None
    budget: int | None = None
    allow_empty: bool = False
    baseline: str | None = None
    changed: str | None = None
    quiet: bool = False
    verbose: bool = False
    color: str = "auto"
    offline: bool = False
    record: str | None = None
    replay: str | None = None
    concurrency: int = 64
    host_concurrency: int | None = None
    host_rate: float | None = None
    timeout: float = 30.0
    connect_timeout: float = 10.0
    read_timeout: float = 20.0
    retries: int = 2
    retry_wait: float = 1.0
    connect_to: tuple[str, ...] = ()
    ca_file: str | None = None
    insecure: bool = False
    allow_private: bool = False
    user_agent: str | None = None
    image_check: ImageCheck = ImageCheck.COMPLETE
    method: Method = Method.AUTO
    transport: Carrier = Carrier.AUTO
    secrets: tuple[str, ...] = ()
    accept: tuple[int | str, ...] = ()
    anchors: bool = False
    robots: bool = False
    canaries: tuple[str, ...] = ("www.iana.org", "www.wikipedia.org", "one.one.one.one")
    hosts: dict[str, HostSettings] = field(default_factory=dict)
    kinds: dict[Kind, KindSettings] = field(default_factory=dict)
    ignore: tuple[IgnoreSettings, ...] = ()
    death: DeathSettings = DeathSettings()
    recheck: RecheckSettings = RecheckSettings()
    proxy: tuple[dict[str, Any], ...] = ()
    site: tuple[dict[str, Any], ...] = ()
    exclusion: tuple[dict[str, Any], ...] = ()


RULES = {"proxy": "proxy", "site": "site", "exclude": "exclusion"}
"""Tables of rules: their name among the rules → the setting that holds the user's."""
PATHS = ("store", "record", "replay", "ca_file", "root", "baseline")
"""Settings that name files: in a configuration file they are relative to it."""


def is_server(store: str | None) -> bool:
    """Whether a store is named by the address of a PostgreSQL database instead of a file."""
    return store is not None and store.startswith(("postgresql://", "postgres://"))


def age(text: str) -> timedelta:
    """`90s`, `30m`, `12h`, `1d`, `2w`, `1h30m` → a duration; raises UserFault."""
    compact = text.replace(" ", "")
    parts = _AGE.findall(compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        raise UserFault(f"'{text}' is no age; write for example 90s, 30m, 12h, 1d or 2w")
    try:
        total = sum((timedelta(**{_UNITS[unit]: float(number)}) for number, unit in parts), timedelta())
    except OverflowError:
        total = timedelta.max
    if total > _LONGEST:
        raise UserFault(f"'{text}' is longer than a century")
    return total


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'exclude'?`, or nothing."""
    import difflib  # only whoever mistypes pays for it

    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""
