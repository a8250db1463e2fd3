"""The verdicts of a whole run → what only they show together: placeholders, catch-alls, walls, dead hosts; pure.

Each function takes a group of sightings that have something in common and gives the judgement that it changes.
"""

from collections.abc import Sequence

from msgspec import Struct

from linkcheck import urls
from linkcheck.model import Outcome, Reason, Verdict
from linkcheck.verdicts.judgement import Judgement, broken, uncertain

FEWEST_ALIKE = 3
"""Different keys with the same bytes, or different addresses with one end, that condemn."""
FEWEST_OF_HOST = 5
_DECORATION_PX = 64
ENOUGH_TEXT = 200
"""Characters; what is shorter may well be drawn in the browser."""
_UNREACHED = frozenset(
    {Reason.TIMED_OUT, Reason.CONNECTION_REFUSED, Reason.CONNECTION_RESET, Reason.DNS_FAILURE, Reason.HOST_DOWN}
)


class Sighting(Struct, frozen=True):
    """One target's verdict in a run, with what groups it."""

    observation_id: int
    url: str
    key: str
    """Equal for spellings and sizes of one thing."""
    verdict: Verdict
    text_length: int = 0
    """Characters of visible text, for a page."""


def placeholders(alike: Sequence[Sighting]) -> Judgement | None:
    """The judgement on images that share their bytes: under three or more keys they are nobody's picture."""
    keys = {sighting.key for sighting in alike}
    content = alike[0].verdict.content
    image = content.image if content is not None else None
    if len(keys) < FEWEST_ALIKE or image is None:
        return None
    if max(image.width_px or 0, image.height_px or 0) < _DECORATION_PX:
        return None
    detail = (
        f"{len(keys)} different images come as the same {image.format} of {image.width_px}×{image.height_px} pixels"
    )
    return broken(Reason.IMAGE_PLACEHOLDER, f"{detail}: a placeholder")


def catch_all(alike: Sequence[Sighting]) -> Judgement | None:
    """The judgement on addresses that one kind of redirect sends to one shallower address: nobody's page."""
    keys = {sighting.key for sighting in alike}
    end = alike[0].verdict.final_url or ""
    if len(keys) < FEWEST_ALIKE or any(_depth(sighting.url) <= _depth(end) for sighting in alike):
        return None
    host = urls.authority(alike[0].url)
    return broken(Reason.SOFT_NOT_FOUND, f"{host} redirects {len(keys)} different addresses to {end}")


def same_page(alike: Sequence[Sighting], others_of_host: int) -> Judgement | None:
    """The judgement on addresses of one host that show the same text, while `others_of_host` show another.

    When all pages of a host are alike nothing is known: it may be an application that draws them in the browser.
    """
    keys = {sighting.key for sighting in alike}
    if len(keys) < FEWEST_ALIKE or not others_of_host or alike[0].text_length < ENOUGH_TEXT:
        return None
    host = urls.authority(alike[0].url)
    return broken(Reason.SOFT_NOT_FOUND, f"{host} shows the same page for {len(keys)} different addresses")


def down(failing: Sequence[Sighting], asked_of_host: int) -> Judgement | None:
    """The judgement on the targets of a host where most fail to connect: the host is down, not each of them."""
    if len(failing) < FEWEST_OF_HOST or len(failing) * 2 <= asked_of_host:
        return None
    reasons = sorted({sighting.verdict.reason for sighting in failing} - {Reason.HOST_DOWN})
    host = urls.authority(failing[0].url)
    why = ", ".join(reasons) or "no answer"
    return uncertain(Reason.HOST_DOWN, f"{host} is down: {len(failing)} of {asked_of_host} targets fail ({why})")


def is_unreached(verdict: Verdict) -> bool:
    """Whether the target was not reached, so that its host may be down."""
    return verdict.outcome is Outcome.UNCERTAIN and verdict.status is None and verdict.reason in _UNREACHED


def walled(forbidden: Sequence[Sighting], asked_of_host: int) -> str | None:
    """What a host's share of refusals says, as words to add to a `blocked` detail; None: nothing."""
    if asked_of_host < FEWEST_OF_HOST:
        return None
    if len(forbidden) * 5 > asked_of_host * 4:
        return f"{len(forbidden)} of {asked_of_host} targets of this host are forbidden: a wall against us"
    if len(forbidden) * 20 <= asked_of_host:
        return f"only {len(forbidden)} of {asked_of_host} targets of this host: perhaps gone"
    return None


def _depth(url: str) -> int:
    return len([part for part in urls.path(url).split("/") if part])
