"""A reference → the rule that keeps it from being asked, as a sentence, or None; pure.

Invariant: nothing is excluded without a sentence that names the rule.
"""

import re

from msgspec import Struct

from linkcheck.model import Kind, Reference
from linkcheck.targets.rulebook import ExclusionRule, HostRules, Rules, compiled


class Selection(Struct, frozen=True):
    """What the user wants checked: every part that is given must agree."""

    include: tuple[re.Pattern[str], ...] = ()
    """At least one is found in the URL; empty: any URL."""
    exclude: tuple[re.Pattern[str], ...] = ()
    """None is found in the URL; stronger than `include`."""
    kinds: tuple[Kind, ...] = ()
    """Empty: all kinds."""

    def __bool__(self) -> bool:
        """Whether anything is narrowed."""
        return bool(self.include or self.exclude or self.kinds)


def excluded_by(reference: Reference, here: HostRules, rules: Rules) -> str | None:
    """The sentence of the first exclusion rule that applies; `here` are the rules of the URL's host."""
    url = reference.url
    if url is None:
        return None
    for rule in (*here.exclusions, *rules.exclusions_anywhere):
        if _applies(rule, url) and _fits(rule, reference):
            return f"excluded by rule `{rule.id}`: {rule.reason}"
    return None


def is_excluded(url: str, rules: Rules) -> bool:
    """Whether a rule about URLs alone forbids to ask `url`."""
    here = rules.at(url).exclusions
    if not here and not rules.exclusions_anywhere:
        return False
    return any(_applies(rule, url) for rule in (*here, *rules.exclusions_anywhere) if not rule.kinds and not rule.rel)


def _applies(rule: ExclusionRule, url: str) -> bool:
    return not rule.pattern or compiled(rule.pattern).search(url) is not None


def _fits(rule: ExclusionRule, reference: Reference) -> bool:
    if rule.kinds and reference.kind not in rule.kinds:
        return False
    return not rule.rel or any(name in rule.rel for name in reference.rel)


def deselected_by(reference: Reference, selection: Selection) -> str | None:
    """The sentence of what the user did not ask for; None: it is asked."""
    if selection.kinds and reference.kind not in selection.kinds:
        return f"kind `{reference.kind}` is not among `--kind {' --kind '.join(selection.kinds)}`"
    text = reference.url or reference.raw
    for pattern in selection.exclude:
        if pattern.search(text):
            return f"excluded by `--exclude {pattern.pattern}`"
    if selection.include and not any(pattern.search(text) for pattern in selection.include):
        return f"matches no `--include {' --include '.join(pattern.pattern for pattern in selection.include)}`"
    return None
