"""A reason → what it usually means for the outcome, and its page for people; pure, the texts are read at first use.

Invariant: every `Reason` has exactly one entry.
"""

from enum import StrEnum
from functools import cache

from msgspec import Struct, convert

from linkcheck.model import Outcome, Reason
from linkcheck.shipped import shipped

_REASONS_OF: dict[Outcome, str] = {
    Outcome.OK: "available available-locally",
    Outcome.REDIRECTED: "moved-permanently moved-to-https",
    Outcome.AT_RISK: "proxy-cache-only api-only certificate-expiring",
    Outcome.BROKEN: "not-found gone host-not-found redirect-loop redirect-to-root soft-not-found parked-domain"
    " not-an-image image-truncated image-corrupt image-empty image-placeholder proxy-fault invalid-url file-not-found"
    " anchor-not-found client-error",
    Outcome.UNCERTAIN: "blocked rate-limited server-error timed-out connection-refused connection-reset dns-failure"
    " certificate-invalid protocol-error host-down content-drifted",
    Outcome.SKIPPED: "excluded unsupported-scheme private-address blocked-port outside-root robots not-due offline"
    " interrupted",
}

USUAL_OUTCOME: dict[Reason, Outcome] = {
    Reason(word): outcome for outcome, words in _REASONS_OF.items() for word in words.split()
}
"""The outcome a reason has unless a policy or time moves it."""


class Counts(StrEnum):
    """Whether one look with this reason counts toward death."""

    RESETS = "resets"
    YES = "yes"
    SOFT = "soft"
    SLOW = "slow"
    STEADY = "steady"
    HOST = "host"
    NEVER = "never"
    NOT_APPLICABLE = "not-applicable"


_COUNTS_IN_WORDS = {
    Counts.RESETS: "no; it sets the count back to zero",
    Counts.YES: "yes; three failures over at least six days confirm it",
    Counts.SOFT: "yes, but a second kind of evidence must join it",
    Counts.SLOW: "slowly; five failures over thirty days make it broken",
    Counts.STEADY: "yes, once the very same cut was seen three times over at least six days",
    Counts.HOST: "once for the host, not for each of its links; five outages over thirty days make it broken",
    Counts.NEVER: "never by itself",
    Counts.NOT_APPLICABLE: "does not apply",
}


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """What there is to know about a reason, in sentences."""

    summary: str
    means: str
    evidence: str
    remedy: str
    counts: Counts
    retries: str
    """Further attempts within a run."""
    recheck: str
    """When it is asked again."""
    sources: tuple[str, ...] = ()


@cache
def entries() -> dict[Reason, Entry]:
    """Every entry, in the order of the file."""
    return convert(shipped("reasons.toml"), dict[Reason, Entry])


def entry(reason: Reason) -> Entry:
    """The entry of `reason`."""
    return entries()[reason]


def page(reason: Reason) -> str:
    """The page of `reason` in Markdown that reads well as plain text; ends without a line feed."""
    it = entry(reason)
    lines = [
        f"# {reason.value}",
        it.summary,
        f"**Outcome:** usually `{USUAL_OUTCOME[reason].value}`",
        f"## What it means\n\n{it.means}",
        f"## How we know\n\n{it.evidence}",
        f"## What to do\n\n{it.remedy}",
        "## Over time\n\n"
        f"- Counts toward death: {_COUNTS_IN_WORDS[it.counts]}.\n"
        f"- Retries in a run: {it.retries}.\n"
        f"- Asked again: {it.recheck}.",
    ]
    if it.sources:
        lines.append(f"Sources: {'; '.join(it.sources)}.")
    return "\n\n".join(lines)
