"""Settings → the engine that asks; loaded when something has to be asked: half of the program hangs on it."""

import os
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from linkcheck import __version__, urls
from linkcheck.config.settings import ASKED_AS, HostSettings, KindSettings, Settings
from linkcheck.engines.local import LocalEngine
from linkcheck.errors import ConfigurationFault
from linkcheck.model import Exchange, Expects, Target, Timeouts
from linkcheck.probes.assured import Assured
from linkcheck.probes.breaker import Breaker
from linkcheck.probes.choices import Carrier, ImageCheck
from linkcheck.probes.decode import Decoder
from linkcheck.probes.guard import Guard, parse_connect_to
from linkcheck.probes.manners import Wishes, manners_of
from linkcheck.probes.observer import Observer
from linkcheck.probes.retry import Patience
from linkcheck.probes.steps import Ask, Asking
from linkcheck.probes.tls import Tls
from linkcheck.probes.transport import Transport
from linkcheck.probes.wire import WireTransport

if TYPE_CHECKING:
    from linkcheck.probes.cassette import Replay
    from linkcheck.probes.forward_proxies import ForwardProxies

USER_AGENT = f"linkcheck/{__version__} (+https://github.com/linkcheck-archive/linkcheck)"


def guard(settings: Settings) -> Guard:
    """Which addresses may be connected to; raises UserFault for a `--connect-to` that is none."""
    return Guard(
        allow_private=settings.allow_private, connect_to=[parse_connect_to(text) for text in settings.connect_to]
    )


def canaries_answer(settings: Settings) -> bool:
    """Whether our own network is up."""
    from linkcheck.probes.canary import network_is_up

    gate = guard(settings)
    try:
        return network_is_up(gate, settings.canaries)
    finally:
        gate.close()


def engine(settings: Settings, now: Callable[[], datetime]) -> LocalEngine:
    """The engine as configured; raises UserFault for what cannot be, CassetteFault for an unusable recording."""
    patience = Patience(retries=settings.retries, first_wait_s=settings.retry_wait)
    by_host = {host: Wishes(own.concurrency, own.rate) for host, own in settings.hosts.items()}
    wishes = Wishes(settings.host_concurrency, settings.host_rate)
    if settings.replay is not None:
        from linkcheck.probes.cassette import Replay

        replay = Replay(settings.replay, patterns=settings.secrets)
        return LocalEngine(
            lambda: Observer(replay, draws_anchors=_draws_anchors(settings)),
            _asking(settings, patience),
            manners_of(wishes, by_host),
            concurrency=settings.concurrency,
            budget=settings.budget,
            allow=_as_recorded(replay),
            is_paced=False,
            patience=patience,
        )
    proxies = _forward_proxies()
    gate, tls = guard(settings), Tls(settings.ca_file, insecure=settings.insecure)
    record = settings.record

    def connect() -> Transport:
        live: Transport = Breaker(_network(settings.transport, gate, tls, now, proxies), patience, now=now)
        if settings.robots:
            from linkcheck.probes.robots import Robots

            live = Robots(live, settings.user_agent or USER_AGENT, now=now)
        observer = Observer(
            live,
            decoder=Decoder(),
            decodes_all=settings.image_check is ImageCheck.DECODE,
            draws_anchors=_draws_anchors(settings),
        )
        if record is None:
            return observer
        from linkcheck.probes.cassette import Recorder

        return Recorder(observer, record, patterns=settings.secrets, now=now)

    return LocalEngine(
        connect,
        _asking(settings, patience),
        manners_of(wishes, by_host),
        concurrency=settings.concurrency,
        budget=settings.budget,
        patience=patience,
    )


def _forward_proxies() -> "ForwardProxies | None":
    """What the environment wants to be asked through; raises UserFault. Loaded where it wants something."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from linkcheck.probes.forward_proxies import from_environment

    return from_environment(os.environ)


def _network(
    carrier: Carrier, gate: Guard, tls: Tls, now: Callable[[], datetime], proxies: "ForwardProxies | None"
) -> Transport:
    """What sends; httpx is loaded when it is first needed, since most runs get by without."""

    def reference(proxy: str | None = None) -> Transport:
        from linkcheck.probes.httpx_transport import HttpxTransport

        return HttpxTransport(gate, tls, now=now, proxy=proxy)

    direct: Transport
    if carrier is Carrier.HTTPX:
        direct = reference()
    else:
        direct = Assured(WireTransport(gate, tls, now=now), reference, remembers=carrier is Carrier.AUTO)
    if proxies is None:
        return direct
    from linkcheck.probes.forward_proxies import Forwarding

    return Forwarding(direct, reference, proxies, gate)


def _as_recorded(replay: "Replay") -> Callable[[Exchange, Ask], bool]:
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


def _draws_anchors(settings: Settings) -> Callable[[str], bool] | None:
    """Whether the anchors of a page are wanted, by its host; None: nowhere. Reading them costs a whole parse."""
    own = {host: chosen.anchors for host, chosen in settings.hosts.items() if chosen.anchors is not None}
    if not own:
        return (lambda host: True) if settings.anchors else None

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
