"""A reason → what it usually means for the outcome, and its page for people; pure, the texts are read at first use.

Invariant: every `Reason` has exactly one entry.
"""

from linkcheck.model import Outcome, Reason

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
