"""Settings → what each stage of a run needs; the one place that knows every stage's options."""

import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import msgspec
from msgspec import Struct

from linkcheck import __version__, targets
from linkcheck.config.file import suggestion
from linkcheck.config.settings import FAIL_ON, FORMATS, HostSettings, Settings, age
from linkcheck.documents import DEFAULT_EXTENSIONS, Walk
from linkcheck.engines.local import LocalEngine
from linkcheck.errors import ConfigurationFault, UserFault
from linkcheck.model import Exchange, Target, Timeouts
from linkcheck.probes.breaker import Breaker
from linkcheck.probes.cassette import Recorder, Replay
from linkcheck.probes.decode import Decoder
from linkcheck.probes.guard import Guard, parse_connect_to
from linkcheck.probes.httpx_transport import HttpxTransport
from linkcheck.probes.local_files import LocalFiles
from linkcheck.probes.manners import Wishes, manners_of
from linkcheck.probes.observer import Observer
from linkcheck.probes.retry import Patience
from linkcheck.probes.steps import Ask, Asking, ImageCheck
from linkcheck.probes.tls import Tls
from linkcheck.probes.transport import Transport
from linkcheck.references import Extraction
from linkcheck.run import Plan
from linkcheck.stages.collect import Collecting
from linkcheck.stages.probe import Probing
from linkcheck.targets import Selection

USER_AGENT = f"linkcheck/{__version__} (+https://github.com/linkcheck-archive/linkcheck)"
STORE = ".linkcheck/store.db"


def plan(settings: Settings, paths: Sequence[str], folder: Path, now: Callable[[], datetime]) -> Plan:
    """Everything a run needs; `folder`: where the store lives by default. Raises UserFault for what cannot be."""
    check(settings)
    started_at = now()
    return Plan(
        collecting=collecting(settings, paths),
        probing=Probing(
            engine=None if settings.offline else _engine(settings, now),
            local_files=LocalFiles(_roots(settings, paths), settings.index),
            fresh_since=started_at - age(settings.max_age),
        ),
        store=store(settings, folder),
        secrets=settings.secrets,
        allow_empty=settings.allow_empty,
        deadline_s=age(settings.deadline).total_seconds() if settings.deadline else None,
        now=now,
    )


def check(settings: Settings) -> None:
    """Refuse what contradicts itself or has no meaning, all mistakes at once."""
    mistakes = [*_unknown("format", [form.partition("=")[0] for form in settings.format], FORMATS)]
    mistakes += _unknown("fail-on", settings.fail_on, FAIL_ON)
    mistakes += [f"{name}: '{pattern}' is no regular expression: {why}" for name, pattern, why in _bad(settings)]
    if settings.record and settings.replay:
        mistakes.append("record and replay exclude each other")
    if settings.offline and (settings.record or settings.replay):
        mistakes.append("offline asks nothing, so there is nothing to record or replay")
    for name in ("concurrency", "timeout", "connect_timeout", "read_timeout"):
        if getattr(settings, name) <= 0:
            mistakes.append(f"{name} must be greater than 0")
    for name in ("host_concurrency", "host_rate", "retries", "retry_wait"):
        if (getattr(settings, name) or 0) < 0:
            mistakes.append(f"{name} must not be negative")
    if mistakes:
        raise ConfigurationFault(mistakes)


def _unknown(name: str, words: Iterable[str], known: tuple[str, ...]) -> list[str]:
    return [
        f"{name}: unknown '{word}'{suggestion(word, known) or '; known are ' + ', '.join(known)}"
        for word in words
        if word not in known
    ]


def _bad(settings: Settings) -> list[tuple[str, str, str]]:
    found = []
    for name in ("include", "exclude", "secrets"):
        for pattern in getattr(settings, name):
            try:
                re.compile(pattern)
            except re.error as error:
                found.append((name, pattern, str(error)))
    return found


def collecting(settings: Settings, paths: Sequence[str]) -> Collecting:
    """What to read, and how."""
    walk = Walk(
        extensions=DEFAULT_EXTENSIONS | {_dotted(extension) for extension in settings.extension},
        hidden=settings.hidden,
        gitignore=settings.gitignore,
        excluded=settings.exclude_path,
        root=settings.root,
    )
    own_rules = {"proxy": list(settings.proxy), "site": list(settings.site), "exclude": list(settings.exclusion)}
    return Collecting(
        paths=tuple(paths),
        walk=walk,
        extraction=Extraction(lazy_attributes=settings.lazy_attribute),
        rules=targets.load(own_rules),
        selection=Selection(
            include=tuple(map(re.compile, settings.include)),
            exclude=tuple(map(re.compile, settings.exclude)),
            kinds=settings.kind,
        ),
        rules_digest=_digest(settings, paths),
    )


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
        settings.root or sorted(paths),
        os.fspath(Path.cwd()),
    )
    return blake2b(msgspec.json.encode(parts), digest_size=12).hexdigest()


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


def _engine(settings: Settings, now: Callable[[], datetime]) -> LocalEngine:
    patience = Patience(retries=settings.retries, first_wait_s=settings.retry_wait)
    by_host = {host: Wishes(own.concurrency, own.rate) for host, own in settings.hosts.items()}
    wishes = Wishes(settings.host_concurrency, settings.host_rate)
    if settings.replay is not None:
        replay = Replay(settings.replay, patterns=settings.secrets)
        return LocalEngine(
            lambda: Observer(replay),
            _asking(settings, patience),
            manners_of(wishes, by_host),
            concurrency=settings.concurrency,
            allow=_as_recorded(replay),
            is_paced=False,
            patience=patience,
        )
    guard = Guard(
        allow_private=settings.allow_private, connect_to=[parse_connect_to(text) for text in settings.connect_to]
    )
    tls = Tls(settings.ca_file, insecure=settings.insecure)
    record = settings.record

    def connect() -> Transport:
        live = Breaker(HttpxTransport(guard, tls, now=now), patience, now=now)
        observer = Observer(live, decoder=Decoder(), decodes_all=settings.image_check is ImageCheck.DECODE)
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
    timeouts = Timeouts(settings.connect_timeout, settings.read_timeout, settings.timeout)
    general = Asking(
        user_agent=settings.user_agent or USER_AGENT,
        method=settings.method,
        image_check=settings.image_check,
        timeouts=timeouts,
        patience=patience,
    )
    if not settings.hosts:
        return lambda target: general
    special = {host: _for_host(general, own) for host, own in settings.hosts.items()}

    @lru_cache(maxsize=4096)
    def of_host(name: str) -> Asking:
        labels = name.split(".")
        patterns = [name, *("*." + ".".join(labels[i:]) for i in range(1, len(labels)))]
        return next((special[pattern] for pattern in patterns if pattern in special), general)

    from linkcheck import urls

    return lambda target: of_host(urls.host(target.url))


def _for_host(general: Asking, own: HostSettings) -> Asking:
    timeouts = general.timeouts
    if own.timeout is not None:
        timeouts = Timeouts(min(own.timeout, timeouts.connect_s), min(own.timeout, timeouts.read_s), own.timeout)
    return msgspec.structs.replace(
        general,
        headers=tuple(credentials(own.headers).items()),
        timeouts=timeouts,
        method=own.method or general.method,
        image_check=own.image_check or general.image_check,
    )


def credentials(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers with each `env:NAME` taken from the environment; raises UserFault when it is not set."""
    found = {}
    for name, value in headers.items():
        if value.startswith("env:"):
            variable = value.removeprefix("env:")
            if variable not in os.environ:
                raise UserFault(f"the header {name} wants the environment variable {variable}, which is not set")
            value = os.environ[variable]
        found[name] = value
    return found


class Output(Struct, frozen=True):
    """Where one report goes."""

    format: str
    file: str | None
    """None: standard output."""


def outputs(settings: Settings) -> list[Output]:
    """The reports that are wanted; raises UserFault at once for a file that cannot be written."""
    wanted = []
    for form in settings.format:
        name, mark, file = form.partition("=")
        wanted.append(Output(name, file if mark else None))
    for output in wanted:
        if output.file is not None:
            _writable(Path(output.file))
    return wanted


def _writable(path: Path) -> None:
    try:
        existed = path.exists()
        with path.open("a"):
            pass
        if not existed and stat.S_ISREG(path.stat().st_mode):
            path.unlink()
    except OSError as error:
        raise UserFault(f"cannot write the report '{path}': {error.strerror}") from error
