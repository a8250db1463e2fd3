"""Settings → what each stage of a run needs; the one place that knows every stage's options."""

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from linkcheck import __version__, targets, urls
from linkcheck.config import checks
from linkcheck.config.policies import policy
from linkcheck.config.settings import ASKED_AS, RULES, HostSettings, KindSettings, Settings, age
from linkcheck.documents import DEFAULT_EXTENSIONS, Walk
from linkcheck.engines.local import LocalEngine
from linkcheck.errors import ConfigurationFault, UserFault
from linkcheck.model import Exchange, Expects, Target, Timeouts
from linkcheck.probes.breaker import Breaker
from linkcheck.probes.canary import network_is_up
from linkcheck.probes.cassette import Recorder, Replay
from linkcheck.probes.decode import Decoder
from linkcheck.probes.guard import Guard, parse_connect_to
from linkcheck.probes.httpx_transport import HttpxTransport
from linkcheck.probes.local_files import LocalFiles
from linkcheck.probes.manners import Wishes, manners_of
from linkcheck.probes.observer import Observer
from linkcheck.probes.retry import Patience
from linkcheck.probes.robots import Robots
from linkcheck.probes.steps import Ask, Asking, ImageCheck
from linkcheck.probes.tls import Tls
from linkcheck.probes.transport import Transport
from linkcheck.references import Extraction
from linkcheck.run import Plan
from linkcheck.stages import explain
from linkcheck.stages.collect import Collecting
from linkcheck.stages.probe import Probing
from linkcheck.targets import Selection

USER_AGENT = f"linkcheck/{__version__} (+https://github.com/linkcheck-archive/linkcheck)"
STORE = ".linkcheck/store.db"


def plan(settings: Settings, paths: Sequence[str], folder: Path, now: Callable[[], datetime]) -> Plan:
    """Everything a run needs; `folder`: where the store lives by default. Raises UserFault for what cannot be."""
    check(settings)
    started_at = now()
    guard = Guard(
        allow_private=settings.allow_private, connect_to=[parse_connect_to(text) for text in settings.connect_to]
    )
    reading = collecting(settings, paths)
    return Plan(
        collecting=reading,
        probing=Probing(
            engine=None if settings.offline else _engine(settings, guard, now),
            local_files=LocalFiles(_roots(settings, paths), settings.index),
            rules=reading.rules,
            # A recording that left out what is known already could not be replayed.
            fresh_since=started_at - (age(settings.max_age) if settings.record is None else timedelta(0)),
            is_conditional=settings.record is None,
            network_is_up=None
            if settings.offline or settings.replay
            else lambda: network_is_up(guard, settings.canaries),
        ),
        policy=policy(settings),
        store=store(settings, folder),
        secrets=settings.secrets,
        allow_empty=settings.allow_empty,
        deadline_s=age(settings.deadline).total_seconds() if settings.deadline else None,
        now=now,
    )


def asked_now(settings: Settings, url: str, now: Callable[[], datetime]) -> Iterator[str]:
    """Ask for one URL at once and explain the answer; raises UserFault when it is no web address."""
    check(settings)
    address = urls.resolve(url)
    if address is None or not urls.is_web(address):
        raise UserFault(f"'{url}' is no web address that could be asked")
    guard = Guard(
        allow_private=settings.allow_private, connect_to=[parse_connect_to(text) for text in settings.connect_to]
    )
    return explain.ask(_engine(settings, guard, now), address, targets.load(_own_rules(settings)))


def check(settings: Settings) -> None:
    """Refuse what contradicts itself or has no meaning, all mistakes at once."""
    found = checks.mistakes(settings)
    if found:
        raise ConfigurationFault([sentence for _, sentence in found])


def collecting(settings: Settings, paths: Sequence[str]) -> Collecting:
    """What to read, and how."""
    walk = Walk(
        extensions=DEFAULT_EXTENSIONS | {_dotted(extension) for extension in settings.extension},
        hidden=settings.hidden,
        gitignore=settings.gitignore,
        excluded=settings.exclude_path,
        root=settings.root,
    )
    return Collecting(
        paths=tuple(paths),
        walk=walk,
        extraction=Extraction(lazy_attributes=settings.lazy_attribute),
        rules=targets.load(_own_rules(settings)),
        selection=Selection(
            include=tuple(map(re.compile, settings.include)),
            exclude=tuple(map(re.compile, settings.exclude)),
            kinds=settings.kind,
        ),
        rules_digest=_digest(settings, paths),
    )


def _own_rules(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    return {name: list(getattr(settings, setting)) for name, setting in RULES.items()}


def _dotted(extension: str) -> str:
    return "." + extension.lower().removeprefix(".")


def _digest(settings: Settings, paths: Sequence[str]) -> str:
    """Of everything besides the file that its references depend on."""
    parts = (
        __version__,
        settings.include,
        settings.exclude,
        settings.kind,
        settings.lazy_attribute,
        settings.proxy,
        settings.site,
        settings.exclusion,
        settings.secrets,
        settings.root or sorted(paths),
        os.fspath(Path.cwd()),
    )
    # repr, since a path may hold what is no Unicode
    return blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def _roots(settings: Settings, paths: Sequence[str]) -> list[Path]:
    """Where local references may lead: `--root`, else each directory given; for single files the working directory."""
    if settings.root is not None:
        return [Path(settings.root)]
    return [Path(path) if Path(path).is_dir() else _folder_of(Path(path)) for path in paths]


def _folder_of(path: Path) -> Path:
    inside = path.resolve().is_relative_to(Path.cwd())
    return Path.cwd() if inside or str(path) == "-" else path.resolve().parent


def store(settings: Settings, folder: Path) -> Path | None:
    """The store's file; a replay leaves the default store alone, since it tells of another time."""
    if settings.no_store or (settings.replay and settings.store is None):
        return None
    return Path(settings.store) if settings.store is not None else folder / STORE


def _engine(settings: Settings, guard: Guard, now: Callable[[], datetime]) -> LocalEngine:
    patience = Patience(retries=settings.retries, first_wait_s=settings.retry_wait)
    by_host = {host: Wishes(own.concurrency, own.rate) for host, own in settings.hosts.items()}
    wishes = Wishes(settings.host_concurrency, settings.host_rate)
    if settings.replay is not None:
        replay = Replay(settings.replay, patterns=settings.secrets)
        return LocalEngine(
            lambda: Observer(replay, draws_anchors=_draws_anchors(settings)),
            _asking(settings, patience),
            manners_of(wishes, by_host),
            concurrency=settings.concurrency,
            allow=_as_recorded(replay),
            is_paced=False,
            patience=patience,
        )
    tls = Tls(settings.ca_file, insecure=settings.insecure)
    record = settings.record

    def connect() -> Transport:
        live: Transport = Breaker(HttpxTransport(guard, tls, now=now), patience, now=now)
        if settings.robots:
            live = Robots(live, settings.user_agent or USER_AGENT, now=now)
        observer = Observer(
            live,
            decoder=Decoder(),
            decodes_all=settings.image_check is ImageCheck.DECODE,
            draws_anchors=_draws_anchors(settings),
        )
        return Recorder(observer, record, patterns=settings.secrets, now=now) if record else observer

    return LocalEngine(
        connect,
        _asking(settings, patience),
        manners_of(wishes, by_host),
        concurrency=settings.concurrency,
        patience=patience,
    )


def _as_recorded(replay: Replay) -> Callable[[Exchange, Ask], bool]:
    """A repetition is made if it was made when it was recorded: budgets depend on the order of answers."""

    def allow(exchange: Exchange, ask: Ask) -> bool:
        same = ask.request.url == exchange.request.url and ask.request.method == exchange.request.method
        return not same or replay.was_repeated(ask.request)

    return allow


def _asking(settings: Settings, patience: Patience) -> Callable[[Target], Asking]:
    general = Asking(
        user_agent=settings.user_agent or USER_AGENT,
        method=settings.method,
        image_check=settings.image_check,
        timeouts=Timeouts(settings.connect_timeout, settings.read_timeout, settings.timeout),
        patience=patience,
        headers=_headers(settings),
    )
    if not settings.hosts and not settings.kinds:
        return lambda target: general
    by_kind = {ASKED_AS[kind]: _changed(general, own) for kind, own in settings.kinds.items()}

    @lru_cache(maxsize=4096)
    def asking(host: str, expects: Expects) -> Asking:
        of_kind = by_kind.get(expects, general)
        own = urls.closest(settings.hosts, host)
        return of_kind if own is None else _changed(of_kind, own)

    return lambda target: asking(urls.host(target.url), target.expects)


def _changed(general: Asking, own: HostSettings | KindSettings) -> Asking:
    timeouts = general.timeouts
    if own.timeout is not None:
        timeouts = Timeouts(min(own.timeout, timeouts.connect_s), min(own.timeout, timeouts.read_s), own.timeout)
    return msgspec.structs.replace(
        general,
        timeouts=timeouts,
        method=own.method or general.method,
        image_check=own.image_check or general.image_check,
    )


def _draws_anchors(settings: Settings) -> Callable[[str], bool]:
    """Whether the anchors of a page are wanted, by its host: reading them costs a whole parse."""
    own = {host: chosen.anchors for host, chosen in settings.hosts.items() if chosen.anchors is not None}
    if not own:
        return lambda host: settings.anchors

    def draws(host: str) -> bool:
        chosen = urls.closest(own, host)
        return settings.anchors if chosen is None else chosen

    return draws


def _headers(settings: Settings) -> dict[str, tuple[tuple[str, str], ...]]:
    """Each host's own headers, `env:NAME` taken from the environment; raises UserFault with all that are not set.

    None for a replay: whoever has a recording need not have the credentials that it was made with.
    """
    if settings.replay is not None:
        return {}
    wanted = {
        (host, name): value.removeprefix("env:")
        for host, own in settings.hosts.items()
        for name, value in own.headers.items()
        if value.startswith("env:")
    }
    missing = [
        f"hosts.'{host}': the header {name} wants the environment variable {variable}, which is not set"
        for (host, name), variable in wanted.items()
        if variable not in os.environ
    ]
    if missing:
        raise ConfigurationFault(missing)
    return {
        host: tuple(
            (name, os.environ[wanted[host, name]] if (host, name) in wanted else value)
            for name, value in own.headers.items()
        )
        for host, own in settings.hosts.items()
        if own.headers
    }


class Output(Struct, frozen=True):
    """Where one report goes."""

    format: str
    file: str | None
    """None: standard output."""


def outputs(settings: Settings) -> list[Output]:
    """The reports that are wanted, files first: whoever reads standard output may leave early.

    Raises UserFault at once for a file that cannot be written.
    """
    wanted = []
    for form in settings.format:
        name, mark, file = form.partition("=")
        wanted.append(Output(name, file if mark else None))
    for output in wanted:
        if output.file is not None:
            _writable(Path(output.file))
    return sorted(wanted, key=lambda output: output.file is None)


def _writable(path: Path) -> None:
    try:
        existed = path.exists()
        with path.open("a"):
            pass
        if not existed and stat.S_ISREG(path.stat().st_mode):
            path.unlink()
    except OSError as error:
        raise UserFault(f"cannot write the report '{path}': {error.strerror}") from error
