"""The verdicts on several targets → one outcome."""

import pytest

from linkcheck.model import Expects, Kind, Outcome, Reason, Reference, Role, Span, Target, Verdict
from linkcheck.verdicts.witnesses import join

WORDS = {
    "ok": Verdict(Outcome.OK, Reason.AVAILABLE, "fine", 200),
    "gone": Verdict(Outcome.BROKEN, Reason.NOT_FOUND, "404", 404),
    "no image": Verdict(Outcome.BROKEN, Reason.NOT_AN_IMAGE, "html", 200),
    "blocked": Verdict(Outcome.UNCERTAIN, Reason.BLOCKED, "403", 403),
    "timeout": Verdict(Outcome.UNCERTAIN, Reason.TIMED_OUT, "slow"),
    "says 404": Verdict(Outcome.BROKEN, Reason.NOT_FOUND, "origin answered 404", 404),
    "says 403": Verdict(Outcome.UNCERTAIN, Reason.BLOCKED, "origin answered 403", 404),
    "says dns": Verdict(Outcome.UNCERTAIN, Reason.DNS_FAILURE, "unresolvable", 404),
    "says too large": Verdict(Outcome.BROKEN, Reason.PROXY_FAULT, "too large", 404),
    "429": Verdict(Outcome.UNCERTAIN, Reason.RATE_LIMITED, "429", 429),
    "500": Verdict(Outcome.UNCERTAIN, Reason.SERVER_ERROR, "500", 500),
    "private": Verdict(Outcome.SKIPPED, Reason.PRIVATE_ADDRESS, "private"),
}


def reference(kind: Kind, *roles: Role, url: str | None = "https://x.test/") -> Reference:
    targets = tuple(Target(f"https://{role}.test/", role, Expects.ANY) for role in roles)
    return Reference("a.md", Span(0, 1, 1, 1, 1, 2), "x", url, kind, targets=targets)


@pytest.mark.parametrize(
    ("origin", "proxied", "outcome", "reason"),
    [
        ("ok", "ok", "ok", "available"),
        ("ok", "says 404", "broken", "proxy-fault"),
        ("ok", "says 403", "broken", "proxy-fault"),
        ("ok", "says dns", "broken", "proxy-fault"),
        ("ok", "says too large", "broken", "proxy-fault"),
        ("ok", "no image", "broken", "proxy-fault"),
        ("ok", "500", "broken", "proxy-fault"),
        ("ok", "429", "uncertain", "rate-limited"),
        ("ok", "timeout", "uncertain", "timed-out"),
        ("ok", "blocked", "uncertain", "blocked"),
        ("gone", "ok", "at-risk", "proxy-cache-only"),
        ("no image", "ok", "at-risk", "proxy-cache-only"),
        ("gone", "says 404", "broken", "not-found"),
        ("gone", "says dns", "broken", "not-found"),
        ("gone", "429", "uncertain", "rate-limited"),
        ("gone", "timeout", "uncertain", "timed-out"),
        ("blocked", "ok", "ok", "available"),
        ("blocked", "says 403", "uncertain", "blocked"),
        ("timeout", "ok", "ok", "available"),
        ("timeout", "says 404", "uncertain", "timed-out"),
        ("private", "ok", "ok", "available"),
        ("private", "says 404", "broken", "not-found"),
        ("ok", "private", "skipped", "private-address"),
    ],
)
def test_two_witnesses(origin: str, proxied: str, outcome: str, reason: str) -> None:
    """Origin and proxy together say who failed."""
    image = reference(Kind.IMAGE_PROXY, Role.PROXIED, Role.ORIGIN)
    judged = join(image, [WORDS[proxied], WORDS[origin]])
    assert judged[:2] == (outcome, reason), judged.detail


@pytest.mark.parametrize(
    ("page", "api", "outcome", "reason"),
    [
        ("ok", "ok", "ok", "available"),
        ("ok", "gone", "ok", "available"),
        ("gone", "ok", "at-risk", "api-only"),
        ("gone", "gone", "broken", "not-found"),
        ("blocked", "ok", "ok", "available"),
        ("blocked", "gone", "uncertain", "blocked"),
        ("gone", "timeout", "uncertain", "timed-out"),
        ("timeout", "timeout", "uncertain", "timed-out"),
    ],
)
def test_page_and_api(page: str, api: str, outcome: str, reason: str) -> None:
    """A cross-reference lives as long as its page or its API does."""
    article = reference(Kind.CROSS_REFERENCE, Role.API, Role.PAGE)
    judged = join(article, [WORDS[api], WORDS[page]])
    assert judged[:2] == (outcome, reason), judged.detail


def test_what_this_archive_holds_is_there() -> None:
    """73 of 100 cross-references lead to another file of the same archive."""
    article = reference(Kind.CROSS_REFERENCE, Role.API, Role.PAGE)
    judged = join(article, [WORDS["gone"], WORDS["gone"]], held_by=("dw/1.md", "dw/2.md"))
    assert judged[:2] == ("ok", "available-locally")
    assert "dw/1.md and 1 more" in judged.detail


def test_references_without_targets() -> None:
    """What cannot be asked is said."""
    assert join(reference(Kind.LINK, url="mailto:a@b.test"), [])[:2] == ("skipped", "unsupported-scheme")
    assert join(reference(Kind.LINK, url=None), [])[:2] == ("broken", "invalid-url")
