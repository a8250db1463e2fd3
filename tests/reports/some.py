"""Small findings for tests of reports: only what a test names differs."""

from linkcheck.model import Change, Finding, Kind, Outcome, Reason, Reference, Role, Span, Target, Verdict

REASONS = {
    Outcome.OK: Reason.AVAILABLE,
    Outcome.REDIRECTED: Reason.MOVED_PERMANENTLY,
    Outcome.AT_RISK: Reason.PROXY_CACHE_ONLY,
    Outcome.BROKEN: Reason.NOT_FOUND,
    Outcome.UNCERTAIN: Reason.TIMED_OUT,
    Outcome.SKIPPED: Reason.EXCLUDED,
}


def finding(
    url: str = "https://a.example/x",
    *,
    path: str = "a.md",
    line: int = 1,
    end_line: int | None = None,
    outcome: Outcome = Outcome.BROKEN,
    reason: Reason | None = None,
    detail: str = "a.example answered",
    change: Change = Change.NEW,
    confirmed: bool = False,
) -> Finding:
    """One finding."""
    why = reason or REASONS[outcome]
    span = Span(0, 1, line, 3, end_line or line, 9)
    reference = Reference(path, span, url, url, Kind.LINK, targets=(Target(url, Role.SELF),))
    verdict = Verdict(outcome, why, detail, elapsed_s=0.25)
    return Finding(reference, (verdict,), outcome, why, detail, change, confirmed)
