"""Settings → what is wrong with them, each with the word to look for in the file; nothing is raised here."""

import re
from collections.abc import Iterable, Iterator
from math import isfinite

from linkcheck.config.policies import is_status
from linkcheck.config.settings import ASKED_AS, AUTO, COLORS, FAIL_ON, FORMATS, Settings, age, is_server, suggestion
from linkcheck.errors import UserFault
from linkcheck.model import Expects, Kind, Reason
from linkcheck.patterns import lazily
from linkcheck.probes.choices import ImageCheck, Method

_JOB = re.compile(r"[A-Za-z0-9._]+(?:-[A-Za-z0-9._]+)*")
"""It stands in a comment of HTML, which two hyphens could end."""
_MOST_AT_ONCE = 100_000
"""No machine has more connections to spare."""
_HEADER_NAME = lazily(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

Place = tuple[str, ...]
"""The names down to a setting; the tables of `[[name]]` are numbered from 1: `("site", "2", "hosts")`."""
Mistake = tuple[Place, str]
"""(where in the file, the sentence)."""


def mistakes(settings: Settings) -> list[Mistake]:
    """Everything that has no meaning or contradicts itself."""
    return [
        *_words(settings),
        *_patterns(settings),
        *_headers(settings),
        *_numbers(settings),
        *_ages(settings),
        *_memory(settings),
        *_contradictions(settings),
        *_policies(settings),
    ]


def _words(settings: Settings) -> Iterator[Mistake]:
    yield from _unknown(("format",), [form.partition("=")[0] for form in settings.format], FORMATS)
    for form in settings.format:
        if form.endswith("=") and form.count("=") == 1:
            yield ("format",), f"format: '{form}' names no file"
    files = [file for _, mark, file in (form.partition("=") for form in settings.format) if mark]
    for file in sorted({file for file in files if files.count(file) > 1}):
        yield ("format",), f"format: two reports into the same file '{file}'"
    yield from _unknown(("fail_on",), settings.fail_on, FAIL_ON)
    yield from _unknown(("color",), [settings.color], COLORS)
    if not _JOB.fullmatch(settings.job):
        yield ("job",), f"job: {settings.job!r} is no name of letters, digits, '.', '_' and single '-'"
    if not settings.fail_on:
        yield ("fail_on",), f"fail_on: names nothing; known are {', '.join(FAIL_ON)}"
    if "never" in settings.fail_on and len(settings.fail_on) > 1:
        yield ("fail_on",), "fail_on: 'never' excludes all other words"


def _unknown(place: Place, words: Iterable[str], known: tuple[str, ...]) -> Iterator[Mistake]:
    for word in words:
        if word not in known:
            hint = suggestion(word, known) or "; known are " + ", ".join(known)
            yield place, f"{place[-1]}: unknown '{word}'{hint}"


def _patterns(settings: Settings) -> Iterator[Mistake]:
    named: list[tuple[Place, str]] = [
        ((name,), pattern) for name in ("include", "exclude", "secrets") for pattern in getattr(settings, name)
    ]
    rules = enumerate(settings.ignore, start=1)
    named += [(("ignore", str(number), "url"), rule.url) for number, rule in rules if rule.url is not None]
    for place, pattern in named:
        try:
            re.compile(pattern)
        except re.error as error:
            yield place, f"{place[-1]}: '{pattern}' is no regular expression: {error}"


def _headers(settings: Settings) -> Iterator[Mistake]:
    """What cannot stand in a header line (RFC 9110, 5.5) would be refused by every server, or smuggle a line in."""
    if settings.user_agent is not None and not _is_sendable(settings.user_agent):
        yield ("user_agent",), f"user_agent: {settings.user_agent!r} is no printable ASCII text"
    for host, own in settings.hosts.items():
        for name, value in own.headers.items():
            if not _HEADER_NAME.fullmatch(name) or not _is_sendable(value):
                yield ("hosts", host, "headers"), f"hosts.'{host}': the header '{name}' is no printable ASCII text"


def _is_sendable(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable()


def _numbers(settings: Settings) -> Iterator[Mistake]:
    for name in ("concurrency", "timeout", "connect_timeout", "read_timeout"):
        if not _is_positive(getattr(settings, name)):
            yield (name,), f"{name} must be greater than 0"
    if settings.concurrency > _MOST_AT_ONCE:
        yield ("concurrency",), f"concurrency must not be greater than {_MOST_AT_ONCE:,}"
    for name in ("host_concurrency", "host_rate", "retries", "retry_wait"):
        if not _is_not_negative(getattr(settings, name)):
            yield (name,), f"{name} must not be negative"
    for host, own in settings.hosts.items():
        if own.timeout is not None and not _is_positive(own.timeout):
            yield ("hosts", host, "timeout"), f"hosts.'{host}': timeout must be greater than 0"
        if not _is_not_negative(own.concurrency) or not _is_not_negative(own.rate):
            yield ("hosts", host), f"hosts.'{host}': concurrency and rate must not be negative"


def _is_positive(number: float) -> bool:
    return isfinite(number) and number > 0


def _is_not_negative(number: float | None) -> bool:
    return number is None or (isfinite(number) and number >= 0)


def _ages(settings: Settings) -> Iterator[Mistake]:
    named: list[tuple[Place, str | None]] = [(("deadline",), settings.deadline)]
    named.append((("death", "apart"), settings.death.apart))
    if settings.max_age != AUTO:
        named.append((("max_age",), settings.max_age))
    recheck = settings.recheck
    named += [(("recheck", name), getattr(recheck, name)) for name in ("alive", "stable", "dead")]
    named += [(("recheck", "reasons", reason.value), text) for reason, text in recheck.reasons.items()]
    for place, text in named:
        if text is not None:
            try:
                age(text)
            except UserFault as fault:
                yield place, f"{'.'.join(place)}: {fault}"


def _memory(settings: Settings) -> Iterator[Mistake]:
    """Rules that no look could meet, or that any look would meet."""
    if settings.budget is not None and settings.budget < 1:
        yield ("budget",), "budget must be at least 1"
    general = settings.death
    rules: list[tuple[Place, int, float, int | None]] = [(("death",), general.failures, general.days, None)]
    rules += [
        (("death", "reasons", reason.value), own.failures, own.days, own.kinds)
        for reason, own in settings.death.reasons.items()
    ]
    for place, failures, days, kinds in rules:
        if failures < 1 or (kinds is not None and kinds < 1) or not _is_not_negative(days):
            yield place, f"{'.'.join(place)}: failures and kinds must be at least 1, days not negative"
    if not 0 <= settings.recheck.jitter < 1:
        yield ("recheck", "jitter"), "recheck.jitter must lie between 0 and 1"


def _contradictions(settings: Settings) -> Iterator[Mistake]:
    if settings.record and settings.replay:
        yield ("record",), "record and replay exclude each other"
    if settings.offline and (settings.record or settings.replay):
        yield ("offline",), "offline asks nothing, so there is nothing to record or replay"
    if settings.quiet and settings.verbose:
        yield ("quiet",), "quiet and verbose exclude each other"
    if settings.changed is not None and any(form.partition("=")[0] == "baseline" for form in settings.format):
        yield ("format",), "format: 'baseline' with 'changed' would forget the problems of all other documents"
    if settings.store and settings.no_store:
        yield ("no_store",), "store and no_store exclude each other"
    if settings.store and "://" in settings.store and not is_server(settings.store):
        scheme = settings.store.partition("://")[0]
        yield ("store",), f"store: '{scheme}://' is not known; name a file, or postgresql://user@host/db"
    if settings.resume and settings.no_store:
        yield ("resume",), "resume goes on with what a store knows, and no_store keeps none"
    if settings.resume and settings.record:
        yield ("resume",), "resume asks only what is left, and record wants the whole run"
    for pattern in set(settings.include) & set(settings.exclude):
        yield ("include",), f"include and exclude hold the same '{pattern}': nothing is left to check"
    if settings.method is Method.HEAD and settings.image_check is ImageCheck.DECODE:
        yield ("method",), "method 'head' gets no image that image_check 'decode' could decode"
    yield from _kinds(settings)
    for host, own in settings.hosts.items():
        if own.method is Method.HEAD and own.image_check is ImageCheck.DECODE:
            yield ("hosts", host), f"hosts.'{host}': method 'head' gets no image that image_check 'decode' could decode"


def _kinds(settings: Settings) -> Iterator[Mistake]:
    """Kinds that are asked for alike must be asked alike."""
    chosen: dict[Expects, tuple[Kind, tuple[object, ...]]] = {}
    for kind, own in settings.kinds.items():
        how = (own.timeout, own.image_check, own.method)
        if own.timeout is not None and own.timeout <= 0:
            yield ("kinds", kind.value, "timeout"), f"kinds.'{kind}': timeout must be greater than 0"
        if how == (None, None, None):
            continue
        other, before = chosen.setdefault(ASKED_AS[kind], (kind, how))
        if before != how:
            same = "set timeout, image_check and method the same"
            yield ("kinds", kind.value), f"kinds.'{kind}' and kinds.'{other}' are asked for alike: {same}"


def _policies(settings: Settings) -> Iterator[Mistake]:
    accepting: list[tuple[Place, tuple[int | str, ...]]] = [(("accept",), settings.accept)]
    accepting += [(("hosts", host, "accept"), own.accept) for host, own in settings.hosts.items()]
    accepting += [(("kinds", kind.value, "accept"), own.accept) for kind, own in settings.kinds.items()]
    for place, accept in accepting:
        for word in accept:
            if not is_status(word):
                yield place, f"accept: '{word}' is no status; write for example 403 or '5xx'"
    for number, rule in enumerate(settings.ignore, start=1):
        known = tuple(reason.value for reason in Reason)
        yield from _unknown(("ignore", str(number), "reason"), rule.reason, known)
        if not (rule.reason or rule.url or rule.path or rule.kind):
            yield (
                ("ignore", str(number)),
                f"[[ignore]] number {number} would ignore everything; name a reason, url, path or kind",
            )
