"""A URL's fragment and a page's anchors → is the place there?; pure."""

from collections.abc import Collection, Sequence
from urllib.parse import unquote

from linkcheck import urls
from linkcheck.model import Ending, Outcome, Reason, Reference, Verdict
from linkcheck.verdicts.judgement import Judgement, broken

_ALIVE = frozenset({Outcome.OK, Outcome.REDIRECTED})
_ROUTES = ("!", "/", "?")
"""How the fragments of applications begin that draw their pages in the browser."""


def name(fragment: str) -> str:
    """The anchor that a percent-encoded fragment names, without text directives (`:~:text=…`)."""
    return unquote(fragment).partition(":~:")[0]


def is_there(wanted: str, anchors: Collection[str]) -> bool:
    """Whether a browser finds the place (HTML standard, 7.4.6.4): an empty one and `top` are always there."""
    if not wanted or wanted.lower() == "top":
        return True
    return wanted in anchors or wanted.lower() in anchors or f"user-content-{wanted}" in anchors


def anchored(reference: Reference, verdicts: Sequence[Verdict], judgement: Judgement) -> Judgement:
    """The judgement, or `anchor-not-found` when the page is there and its anchors are known, but not this one."""
    if judgement.outcome not in _ALIVE or not reference.targets:
        return judgement
    fragment = urls.fragment(reference.targets[0].url)
    content = verdicts[0].content
    page = content.page if content is not None else None
    if not fragment or page is None or not page.anchors or fragment.startswith(_ROUTES):
        return judgement
    if content is None or content.ended is not Ending.COMPLETE:
        return judgement
    wanted = name(fragment)
    if is_there(wanted, page.anchors):
        return judgement
    return broken(Reason.ANCHOR_NOT_FOUND, f"{judgement.detail}, but the page has no anchor '{wanted}'")
