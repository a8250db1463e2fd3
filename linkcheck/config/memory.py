"""Settings → the rules of death and the intervals of re-checks."""

from msgspec.structs import replace

from linkcheck.config.settings import Settings, age
from linkcheck.store.lives import Remembering
from linkcheck.verdicts.death import DEFAULT_RULES, HARD, Rule, Rules
from linkcheck.verdicts.recheck import DEFAULT_DAYS, Intervals


def remembering(settings: Settings) -> Remembering:
    """How what is seen over time is told; the settings have been checked."""
    return Remembering(_rules(settings), _intervals(settings), holds_to_run=settings.replay is None)


def _rules(settings: Settings) -> Rules:
    own = settings.death
    rules = {reason: _changed(rule, own.failures, own.days) for reason, rule in DEFAULT_RULES.items()}
    for reason, chosen in own.reasons.items():
        default = rules.get(reason, Rule(chosen.failures, chosen.days))
        rules[reason] = replace(
            default,
            failures=chosen.failures,
            days=chosen.days,
            kinds=chosen.kinds if chosen.kinds is not None else default.kinds,
        )
    return Rules(rules, round(age(own.apart).total_seconds()))


def _changed(rule: Rule, failures: int, days: float) -> Rule:
    """The general numbers hold for all that is no slower by default."""
    is_general = (rule.failures, rule.days) == (HARD.failures, HARD.days)
    return replace(rule, failures=failures, days=days) if is_general else rule


def _intervals(settings: Settings) -> Intervals:
    own = settings.recheck
    return Intervals(
        of={**DEFAULT_DAYS, **{reason: _days(text) for reason, text in own.reasons.items()}},
        alive=_days(own.alive),
        stable=_days(own.stable),
        dead=_days(own.dead),
        jitter=own.jitter,
    )


def _days(text: str) -> float:
    return age(text).total_seconds() / 86_400
