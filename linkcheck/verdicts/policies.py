"""What the user decided beforehand → verdicts and judgements as they count for this archive; pure.

Invariant: a policy never hides anything silently: the sentence names the rule, and what would have been said.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase

from msgspec import Struct, field
from msgspec.structs import replace

from linkcheck import urls
from linkcheck.model import Kind, Outcome, Reason, Reference, Verdict
from linkcheck.verdicts.judgement import Judgement, skipped

_TO_ACCEPT = frozenset({Outcome.BROKEN, Outcome.UNCERTAIN})


class Ignore(Struct, frozen=True):
    """Problems that are known and shall not be reported as such; every part that is given must agree."""

    name: str
    """How the sentence calls it."""
    reasons: frozenset[Reason] = frozenset()
    url: re.Pattern[str] | None = None
    path: str | None = None
    """A glob over the document's path."""
    kinds: frozenset[Kind] = frozenset()
    until: date | None = None
    """The last day on which it holds."""
    why: str = ""


class Policy(Struct, frozen=True):
    """All that the user decided."""

    accepted: frozenset[int] = frozenset()
    accepted_by_kind: Mapping[Kind, frozenset[int]] = field(default_factory=dict)
    accepted_by_host: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """By name or `*.suffix`."""
    ignores: tuple[Ignore, ...] = ()

    def accepts_nothing(self) -> bool:
        """Whether no status is accepted beyond the usual ones."""
        return not (self.accepted or self.accepted_by_kind or self.accepted_by_host)


def accept(policy: Policy, reference: Reference, verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
    """The verdicts, with statuses that the user accepts counting as `ok`."""
    if policy.accepts_nothing():
        return verdicts
    return [
        _accepted(policy, reference.kind, target.url, verdict)
        for target, verdict in zip(reference.targets, verdicts, strict=True)
    ]


def _accepted(policy: Policy, kind: Kind, url: str, verdict: Verdict) -> Verdict:
    if verdict.outcome not in _TO_ACCEPT or verdict.status is None:
        return verdict
    rule = _accepting(policy, kind, urls.host(url), verdict.status)
    if rule is None:
        return verdict
    detail = f"{verdict.detail}; {verdict.status} is accepted by {rule}"
    return replace(verdict, outcome=Outcome.OK, reason=Reason.AVAILABLE, detail=detail)


def _accepting(policy: Policy, kind: Kind, host: str, status: int) -> str | None:
    for pattern in urls.patterns(host):
        if status in policy.accepted_by_host.get(pattern, ()):
            return f"[hosts.'{pattern}']"
    if status in policy.accepted_by_kind.get(kind, ()):
        return f"[kinds.{kind}]"
    return "the configuration" if status in policy.accepted else None


def ignore(policy: Policy, reference: Reference, judgement: Judgement, today: date) -> Judgement:
    """The judgement, or `skipped` `excluded` when the user knows of the problem already."""
    if not policy.ignores or judgement.outcome in (Outcome.OK, Outcome.SKIPPED):
        return judgement
    for rule in policy.ignores:
        if _applies(rule, reference, judgement, today):
            until = f" until {rule.until}" if rule.until is not None else ""
            why = f" ({rule.why})" if rule.why else ""
            was = f"{judgement.outcome} {judgement.reason}: {judgement.detail}"
            return skipped(Reason.EXCLUDED, f"ignored by {rule.name}{until}{why}; it is {was}")
    return judgement


def _applies(rule: Ignore, reference: Reference, judgement: Judgement, today: date) -> bool:
    return (
        (rule.until is None or today <= rule.until)
        and (not rule.reasons or judgement.reason in rule.reasons)
        and (not rule.kinds or reference.kind in rule.kinds)
        and (rule.url is None or rule.url.search(reference.url or reference.raw) is not None)
        and (rule.path is None or fnmatchcase(reference.path, rule.path))
    )
