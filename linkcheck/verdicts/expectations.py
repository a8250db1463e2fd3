"""A target's verdict → what it means to one of the references that lead to it; pure.

A target that several references share is proved as the most demanding of them wants it. Invariant: that a page is no
image is nobody's fault but the image tag's: a link to it leads somewhere.
"""

from linkcheck.model import Kind, Outcome, Reason, Role

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


def wanted(
    kind: str, role: str, outcome: str, reason: str, detail: str, status: int | None
) -> tuple[str, str, str] | None:
    """Outcome, reason and detail by what a reference of `kind` wants of the target; None: as they are.

    A link wants an answer, not a picture; one that leads through an image proxy wants the picture. Takes values or
    enums, since it is asked of every stored verdict that is read.
    """
    if reason not in _OF_IMAGES or kind in _IMAGES or role in _PROXIED:
        return None
    if status is None or not 200 <= status < 300:
        return None
    words = f"answered {status}; that it is no good image concerns only those who show it as one"
    return Outcome.OK, Reason.AVAILABLE, words
