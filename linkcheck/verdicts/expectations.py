"""A target's verdict → what it means to one of the references that lead to it; pure.

A target that several references share is proved as the most demanding of them wants it. Invariant: that a page is no
image is nobody's fault but the image tag's: a link to it leads somewhere.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from linkcheck.model import Kind, Outcome, Reason, Reference, Role, Verdict

_IMAGES = frozenset({Kind.IMAGE, Kind.IMAGE_PROXY})
_PROXIED = frozenset({Role.PROXIED, Role.ORIGIN})
_OF_IMAGES = frozenset(
    {
        Reason.NOT_AN_IMAGE,
        Reason.IMAGE_TRUNCATED,
        Reason.IMAGE_CORRUPT,
        Reason.IMAGE_EMPTY,
        Reason.IMAGE_PLACEHOLDER,
    }
)


def wanted(reference: Reference, verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
    """The verdicts on the reference's targets by what it wants of them: a link wants an answer, not a picture."""
    if reference.kind in _IMAGES or not any(verdict.reason in _OF_IMAGES for verdict in verdicts):
        return verdicts
    if any(target.role in _PROXIED for target in reference.targets):
        return verdicts
    return [_answered(verdict) if verdict.reason in _OF_IMAGES else verdict for verdict in verdicts]


def _answered(verdict: Verdict) -> Verdict:
    if verdict.status is None or not 200 <= verdict.status < 300:
        return verdict
    detail = f"answered {verdict.status}; that it is no good image concerns only those who show it as one"
    return replace(verdict, outcome=Outcome.OK, reason=Reason.AVAILABLE, detail=detail)
