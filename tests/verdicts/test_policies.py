"""What the user decided beforehand."""

import re
from datetime import date

import pytest

from linkcheck.model import Kind, Outcome, Reason, Reference, Role, Span, Target, Verdict
from linkcheck.verdicts.judgement import broken, ok, uncertain
from linkcheck.verdicts.policies import Ignore, Policy, accept, ignore

TODAY = date(2026, 5, 1)
GONE = broken(Reason.NOT_FOUND, "it answered 404")


def reference(kind: Kind = Kind.LINK, url: str = "https://www.a.test/x", path: str = "news/a.md") -> Reference:
    return Reference(path, Span(0, 1, 1, 1, 1, 2), "x", url, kind, targets=(Target(url, Role.SELF),))


@pytest.mark.parametrize(
    ("policy", "kind", "status", "accepted"),
    [
        (Policy(), Kind.LINK, 403, False),
        (Policy(accepted=frozenset({403})), Kind.LINK, 403, True),
        (Policy(accepted=frozenset({403})), Kind.LINK, 404, False),
        (Policy(accepted_by_kind={Kind.IMAGE: frozenset({404})}), Kind.LINK, 404, False),
        (Policy(accepted_by_kind={Kind.IMAGE: frozenset({404})}), Kind.IMAGE, 404, True),
        (Policy(accepted_by_host={"www.a.test": frozenset({404})}), Kind.LINK, 404, True),
        (Policy(accepted_by_host={"*.a.test": frozenset({404})}), Kind.LINK, 404, True),
        (Policy(accepted_by_host={"*.b.test": frozenset({404})}), Kind.LINK, 404, False),
    ],
)
def test_accepted_statuses_count_as_ok_and_say_so(policy: Policy, kind: Kind, status: int, accepted: bool) -> None:
    """A status that the configuration accepts is no problem, and the detail names the rule."""
    verdict = Verdict(Outcome.BROKEN, Reason.NOT_FOUND, "said so", status)
    found = accept(policy, reference(kind), [verdict])[0]
    assert (found.outcome is Outcome.OK) is accepted
    assert ("is accepted by" in found.detail) is accepted


def test_what_was_not_answered_cannot_be_accepted() -> None:
    """A timeout has no status."""
    verdict = Verdict(Outcome.UNCERTAIN, Reason.TIMED_OUT, "slow")
    assert accept(Policy(accepted=frozenset({200})), reference(), [verdict])[0] == verdict


@pytest.mark.parametrize(
    ("rule", "ignored"),
    [
        (Ignore("r", reasons=frozenset({Reason.NOT_FOUND})), True),
        (Ignore("r", reasons=frozenset({Reason.GONE})), False),
        (Ignore("r", url=re.compile(r"a\.test/x$")), True),
        (Ignore("r", url=re.compile(r"b\.test")), False),
        (Ignore("r", path="news/*"), True),
        (Ignore("r", path="old/*"), False),
        (Ignore("r", kinds=frozenset({Kind.IMAGE})), False),
        (Ignore("r", reasons=frozenset({Reason.NOT_FOUND}), until=date(2026, 5, 1)), True),
        (Ignore("r", reasons=frozenset({Reason.NOT_FOUND}), until=date(2026, 4, 30)), False),
        (Ignore("r", reasons=frozenset({Reason.NOT_FOUND}), kinds=frozenset({Kind.IMAGE})), False),
    ],
)
def test_known_problems_are_excluded_until_their_date(rule: Ignore, ignored: bool) -> None:
    """Every part that is given must agree; an ignore that has expired is none."""
    judged = ignore(Policy(ignores=(rule,)), reference(), GONE, TODAY)
    assert (judged.outcome is Outcome.SKIPPED) is ignored
    if ignored:
        assert judged.reason is Reason.EXCLUDED
        assert "it answered 404" in judged.detail


def test_what_is_fine_is_not_ignored() -> None:
    """An ignored link that works again is simply ok."""
    policy = Policy(ignores=(Ignore("r", path="*"),))
    assert ignore(policy, reference(), ok("fine"), TODAY).outcome is Outcome.OK
    assert ignore(policy, reference(), uncertain(Reason.BLOCKED, "no"), TODAY).outcome is Outcome.SKIPPED
