"""What the readers of the formats deliver: a place, the URL as it reads there, and what holds it; not yet resolved."""

from operator import attrgetter

from msgspec import Struct

from linkcheck.model import Kind

LAZY_ATTRIBUTES = (
    "data-src",
    "data-original",
    "data-original-src",
    "data-lazy-src",
    "data-lazy",
    "data-actualsrc",
    "data-echo",
    "data-hi-res-src",
    "data-bg",
    "data-background-image",
    "data-poster",
    "data-srcset",
    "data-lazy-srcset",
)


class Extraction(Struct, frozen=True):
    """What counts as a reference beyond the standards."""

    lazy_attributes: tuple[str, ...] = ()
    """More attributes that hold an image's URL (or a srcset, when the name ends in `srcset`)."""
    include_code: bool = False
    """Whether bare URLs in Markdown code spans and code blocks count."""


class Candidate(Struct, frozen=True, gc=False):
    """`text[start:end]` is how the document writes `value`."""

    start: int
    end: int
    value: str
    kind: Kind
    element: str | None = None
    attribute: str | None = None
    rel: tuple[str, ...] = ()
    problem: str | None = None


place = attrgetter("start", "end")
"""Where a candidate stands: the order of a document's references."""
