"""The looks at one target over time → whether it is alive, failing, or dead beyond doubt; pure.

A fold: `live` takes a life and the next look and gives the life after it, so that what is kept of a target can be told
again from its observations at any time. Invariant: one look confirms nothing, and neither does any number of them
within a day, an outage of the host or of our own network, or a wall.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct

from linkcheck.model import Outcome, Reason

DAY_S = 86_400
_RECOVERIES = 2
_FLAKY_S = 90 * DAY_S


class State(StrEnum):
    """What a target's history amounts to."""

    UNKNOWN = "unknown"
    """Never seen alive, and no failure that counts."""
    ALIVE = "alive"
    FAILING = "failing"
    DEAD = "dead"


class Rule(Struct, frozen=True):
    """How much evidence of one reason confirms a death."""

    failures: int
    """Looks that count, each at least `Rules.apart_s` after the one before."""
    days: float
    """From the first of them to the last."""
    kinds: int = 1
    """Different reasons among them: soft evidence needs a second kind."""
    is_steady: bool = False
    """Only looks that show the very same count together."""
    is_own: bool = False
    """Counts with its own kind alone: a host that is down says nothing of the single target."""


HARD = Rule(3, 6.0)
SOFT = Rule(3, 6.0, kinds=2)
SLOW = Rule(5, 30.0)
_RULES: dict[Rule, str] = {
    HARD: "not-found gone host-not-found redirect-loop parked-domain image-corrupt image-placeholder proxy-fault"
    " file-not-found",
    SOFT: "redirect-to-root soft-not-found not-an-image image-empty",
    SLOW: "client-error server-error timed-out connection-refused connection-reset protocol-error",
    Rule(3, 6.0, is_steady=True): "image-truncated",
    Rule(5, 30.0, is_own=True): "host-down",
}
DEFAULT_RULES: Mapping[Reason, Rule] = MappingProxyType(
    {Reason(word): rule for rule, words in _RULES.items() for word in words.split()}
)
"""Reasons without a rule never count: walls, throttling, our resolver's trouble, certificates, drift."""

_RESETS = frozenset({Outcome.OK, Outcome.REDIRECTED})
_NO_LOOK = frozenset({Outcome.SKIPPED})
_NOT_DOWN = frozenset({Reason.BLOCKED, Reason.RATE_LIMITED, Reason.CONTENT_DRIFTED, Reason.CERTIFICATE_INVALID})


class Rules(Struct, frozen=True):
    """What counts, and how much."""

    of: Mapping[Reason, Rule] = DEFAULT_RULES
    apart_s: int = 20 * 3600
    """Looks closer together are one: nights are not exactly 24 hours apart."""


class Look(NamedTuple):
    """One observation, as far as life and death are concerned."""

    outcome: Outcome
    reason: Reason
    at: int
    """Seconds since 1970 (UTC)."""
    mark: str = ""
    """What exactly was seen, for reasons that must be steady."""
    is_outage: bool = False
    """Most targets of the host failed alike at that time: it counts for the host, not for this one target."""
    is_void: bool = False
    """Perhaps our own network was down: it counts for nothing."""


class Streak(Struct, frozen=True, array_like=True):
    """The failures of one reason since the target was last seen alive."""

    reason: Reason
    count: int
    first_at: int
    last_at: int
    mark: str = ""


class Life(Struct, frozen=True):
    """All that a target's looks amount to; times are seconds since 1970 (UTC)."""

    state: State = State.UNKNOWN
    reason: Reason | None = None
    """Of the last look."""
    last_at: int | None = None
    alive_since: int | None = None
    """The first look of the present life; None while it is not seen alive."""
    last_alive_at: int | None = None
    failing_since: int | None = None
    """The first failure of the present streak that counts."""
    dead_since: int | None = None
    """When the rule was met; None: not confirmed."""
    died_after: int | None = None
    """The last look alive before the first confirmed death; None: it was never seen alive, or never died."""
    died_before: int | None = None
    """The first failure of the first confirmed death; None: it never died."""
    streaks: tuple[Streak, ...] = ()
    recoveries: tuple[int, ...] = ()
    """When it came back, the last few times."""
    is_down: bool = False
    """The last look that could tell found it failing."""


NEWBORN = Life()


def live(life: Life, look: Look, rules: Rules = Rules()) -> Life:  # noqa: B008 - frozen
    """The life after one more look; a look that is older than the last one starts the count anew."""
    if look.outcome in _NO_LOOK:
        return life
    if look.is_outage:
        look = look._replace(reason=Reason.HOST_DOWN)
    if look.outcome in _RESETS or look.reason is Reason.CERTIFICATE_EXPIRING:
        return _alive(life, look)
    rule = rules.of.get(look.reason) if life.dead_since is None else None
    if rule is None or look.is_void or look.outcome is Outcome.AT_RISK:
        return _changed(life, look, is_down=life.is_down or look.reason not in _NOT_DOWN)
    return _failing(life, look, rule, rules)


def lived(looks: Iterable[Look], rules: Rules = Rules()) -> Life:  # noqa: B008 - frozen
    """The life that looks in the order of time make."""
    life = NEWBORN
    for look in looks:
        life = live(life, look, rules)
    return life


def _alive(life: Life, look: Look) -> Life:
    recoveries = (
        (*life.recoveries[-2:], look.at) if life.is_down and life.last_alive_at is not None else life.recoveries
    )
    has_gone_on = life.alive_since is not None and life.alive_since <= look.at
    return Life(
        State.ALIVE,
        look.reason,
        look.at,
        alive_since=life.alive_since if has_gone_on else look.at,
        last_alive_at=look.at,
        died_after=life.died_after,
        died_before=life.died_before,
        recoveries=recoveries,
    )


def _changed(life: Life, look: Look, *, is_down: bool) -> Life:
    """A look that neither adds nor resets."""
    return Life(
        life.state,
        look.reason,
        look.at,
        life.alive_since,
        life.last_alive_at,
        life.failing_since,
        life.dead_since,
        life.died_after,
        life.died_before,
        life.streaks,
        life.recoveries,
        is_down,
    )


def _failing(life: Life, look: Look, rule: Rule, rules: Rules) -> Life:
    streaks = _counted(life, look, rule, rules)
    is_met = any(_is_met(streaks, streak.reason, rules) for streak in streaks)
    dead_since = look.at if is_met else None
    failing_since = min(streak.first_at for streak in streaks)
    has_died = dead_since is not None and life.died_before is None
    return Life(
        State.DEAD if dead_since is not None else State.FAILING,
        look.reason,
        look.at,
        last_alive_at=life.last_alive_at,
        failing_since=failing_since,
        dead_since=dead_since,
        died_after=life.last_alive_at if has_died else life.died_after,
        died_before=failing_since if has_died else life.died_before,
        streaks=streaks,
        recoveries=life.recoveries,
        is_down=True,
    )


def _counted(life: Life, look: Look, rule: Rule, rules: Rules) -> tuple[Streak, ...]:
    """The streaks with this look, if it is apart from those before it."""
    begun = Streak(look.reason, 1, look.at, look.at, look.mark)
    latest = max((streak.last_at for streak in life.streaks), default=None)
    if latest is None or look.at < latest:
        # A clock that has jumped back: times that contradict each other prove nothing together.
        return (begun,)
    if look.at - latest < rules.apart_s:
        return life.streaks
    same = next((streak for streak in life.streaks if streak.reason is look.reason), None)
    others = tuple(streak for streak in life.streaks if streak is not same)
    if same is None or (rule.is_steady and same.mark != look.mark):
        return (*others, begun)
    return (*others, Streak(look.reason, same.count + 1, same.first_at, look.at, look.mark))


def _is_met(streaks: tuple[Streak, ...], reason: Reason, rules: Rules) -> bool:
    rule = rules.of.get(reason)
    if rule is None:
        return False
    count, first_at, last_at, kinds = _summed(streaks, rule, reason, rules)
    return count >= rule.failures and last_at - first_at >= rule.days * DAY_S and kinds >= rule.kinds


def _summed(streaks: tuple[Streak, ...], rule: Rule, reason: Reason | None, rules: Rules) -> tuple[int, int, int, int]:
    """(looks, first, last, kinds) of all that weighs at least as much as the rule demands."""
    weighty = [streak for streak in streaks if streak.reason is reason or _weighs(streak, rule, rules)]
    if not weighty:
        return 0, 0, 0, 0
    return (
        sum(streak.count for streak in weighty),
        min(streak.first_at for streak in weighty),
        max(streak.last_at for streak in weighty),
        len(weighty),
    )


def _weighs(streak: Streak, rule: Rule, rules: Rules) -> bool:
    other = rules.of.get(streak.reason)
    if other is None or other.is_own or rule.is_own or other.is_steady or rule.is_steady:
        return False
    return other.failures <= rule.failures and other.days <= rule.days


def is_known(life: Life) -> bool:
    """Whether it was ever seen alive, or failing in a way that counts."""
    return life.state is not State.UNKNOWN or life.last_alive_at is not None


def is_flaky(life: Life) -> bool:
    """Whether it came back twice or more within ninety days before the last look."""
    if life.last_at is None:
        return False
    return sum(at >= life.last_at - _FLAKY_S for at in life.recoveries) >= _RECOVERIES


def sentence(life: Life, rules: Rules = Rules()) -> str | None:  # noqa: B008 - frozen
    """What to add to the detail of a problem: how far the evidence goes; None: nothing."""
    rule = rules.of.get(life.reason) if life.reason is not None else None
    if life.failing_since is None or rule is None or not life.streaks:
        return _flaky_words(life)
    count, first_at, last_at, kinds = _summed(life.streaks, rule, life.reason, rules)
    if life.dead_since is not None:
        total = sum(streak.count for streak in life.streaks)
        words = f"confirmed: {total} checks failed since {day(life.failing_since)}"
    elif not count:
        words = f"failing since {day(life.failing_since)}"
    elif count < rule.failures:
        words = f"failing, {count} of {rule.failures} checks since {day(first_at)}"
    elif last_at - first_at < rule.days * DAY_S:
        due = datetime.fromtimestamp(max(first_at + rule.days * DAY_S, last_at + rules.apart_s), UTC)
        words = (
            f"failing, {rule.failures} of {rule.failures} checks since {day(first_at)};"
            f" confirmed if it still fails on {due:%Y-%m-%d}"
        )
    else:
        words = (
            f"failing, {rule.failures} of {rule.failures} checks since {day(first_at)};"
            f" {kinds} of {rule.kinds} kinds of evidence"
        )
    return "; ".join(filter(None, [words, _flaky_words(life)]))


def _flaky_words(life: Life) -> str | None:
    return f"flaky: it came back {len(life.recoveries)} times lately" if is_flaky(life) else None


def day(at: int) -> str:
    """A time as its date."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
