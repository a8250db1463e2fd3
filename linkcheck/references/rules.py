"""(element, attribute) → what kind of reference it holds, and in which shape; the table of HTML and SVG."""

import re
from collections.abc import Mapping
from enum import Enum, auto
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from linkcheck.model import Kind
from linkcheck.patterns import lazily
from linkcheck.references.candidate import LAZY_ATTRIBUTES

if TYPE_CHECKING:
    import turbohtml


class Shape(Enum):
    """How an attribute's value holds URLs."""

    URL = auto()
    SRCSET = auto()
    STYLE = auto()
    REFRESH = auto()


class Rule(NamedTuple):
    """What an attribute holds."""

    kind: Kind
    shape: Shape = Shape.URL


class Tag(NamedTuple):
    """One start tag: names in lower case, values decoded."""

    name: str
    attributes: Mapping[str, object]
    node: "turbohtml.Element | None"
    """Its place in the tree; None for a plain one, whose kind depends on no other element."""

    def get(self, attribute: str) -> str:
        """A value, trimmed and in lower case; empty when there is none."""
        value = self.attributes.get(attribute)
        return " ".join(value).lower() if isinstance(value, list) else str(value or "").strip().lower()

    def parent(self) -> str | None:
        """The name of the element around it."""
        return getattr(self.node.parent, "tag", None) if self.node is not None else None

    def rel(self) -> tuple[str, ...]:
        """The link types."""
        return tuple(self.get("rel").split()) if "rel" in self.attributes else ()


_LINK, _IMAGE, _MEDIA = Rule(Kind.LINK), Rule(Kind.IMAGE), Rule(Kind.MEDIA)
_RESOURCE = Rule(Kind.RESOURCE)
_SRCSET = Rule(Kind.IMAGE, Shape.SRCSET)
_STYLE = Rule(Kind.IMAGE, Shape.STYLE)

TABLE: dict[tuple[str, str], Rule] = {
    ("a", "href"): _LINK,
    ("a", "xlink:href"): _LINK,
    ("area", "href"): _LINK,
    ("blockquote", "cite"): _LINK,
    ("q", "cite"): _LINK,
    ("ins", "cite"): _LINK,
    ("del", "cite"): _LINK,
    ("img", "src"): _IMAGE,
    ("img", "srcset"): _SRCSET,
    ("img", "longdesc"): _LINK,
    ("source", "srcset"): _SRCSET,
    ("link", "imagesrcset"): _SRCSET,
    ("image", "href"): _IMAGE,
    ("image", "xlink:href"): _IMAGE,
    ("video", "poster"): _IMAGE,
    ("video", "src"): _MEDIA,
    ("audio", "src"): _MEDIA,
    ("track", "src"): _MEDIA,
    ("iframe", "src"): _MEDIA,
    ("frame", "src"): _MEDIA,
    ("embed", "src"): _MEDIA,
    ("object", "data"): _MEDIA,
    ("script", "src"): _RESOURCE,
    ("script", "href"): _RESOURCE,
    ("script", "xlink:href"): _RESOURCE,
} | {(element, "background"): _IMAGE for element in ("body", "table", "thead", "tbody", "tfoot", "tr", "td", "th")}
WHOLE = {place: holds.kind for place, holds in TABLE.items() if holds.shape is Shape.URL}
"""The kinds of those that hold one URL and nothing else, whatever else their element has."""
_CONTEXTUAL = frozenset({"href", "xlink:href", "src", "content"})
_STANDARD = frozenset({attribute for _, attribute in TABLE} | _CONTEXTUAL | {"style"})
_ATTRIBUTES = sorted(_STANDARD)
_SPECIAL = lazily(r"[^A-Za-z0-9_-]")

_UNFOLLOWED_RELS = frozenset({"preconnect", "dns-prefetch"})
_RESOURCE_RELS = frozenset({"stylesheet", "icon", "mask-icon", "fluid-icon", "manifest", "subresource", "expect"}) | {
    *("apple-touch-icon", "apple-touch-icon-precomposed", "apple-touch-startup-image"),
    *("preload", "modulepreload", "prefetch", "prerender"),
}
_META = (
    dict.fromkeys(("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"), _IMAGE)
    | dict.fromkeys(("og:video", "og:video:url", "og:video:secure_url", "og:audio", "og:audio:url"), _MEDIA)
    | dict.fromkeys(("og:audio:secure_url", "twitter:player"), _MEDIA)
    | {"og:url": _LINK, "thumbnail": _IMAGE, "msapplication-tileimage": _IMAGE}
)
_PICTURES = frozenset({"img", "source", "picture", "image", "input"})
_IMAGE_NAME = lazily(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|ico)(?:[?#!@]|\Z)|^data:image/")
_PLAYERS = frozenset({"video", "audio", "iframe", "embed"})


@lru_cache(maxsize=8)
def attribute_names(lazy: tuple[str, ...]) -> frozenset[str]:
    """Every attribute that may hold a reference."""
    return frozenset((*_ATTRIBUTES, *LAZY_ATTRIBUTES, *(name.lower() for name in lazy)))


@lru_cache(maxsize=8)
def selector(lazy: tuple[str, ...]) -> str:
    """A CSS selector for every element that may hold a reference, and for templates, whose content does not count."""
    return ",".join(
        ["style", "template", *(f"[{_SPECIAL.sub(_escaped, name)}]" for name in sorted(attribute_names(lazy)))]
    )


def _escaped(match: re.Match[str]) -> str:
    return f"\\{match.group()}"


def rule(tag: Tag, attribute: str, lazy: tuple[str, ...]) -> Rule | None:
    """What `attribute` of a tag holds; None: no reference."""
    found = TABLE.get((tag.name, attribute))
    if found is not None:
        return found
    if attribute in _CONTEXTUAL:
        return _by_context(tag, attribute)
    if attribute == "style":
        return _STYLE if "(" in str(tag.attributes[attribute]) else None
    if attribute in LAZY_ATTRIBUTES or attribute in attribute_names(lazy) - _STANDARD:
        return _lazy(tag, attribute)
    return None


def _by_context(tag: Tag, attribute: str) -> Rule | None:
    match tag.name, attribute:
        case "link", "href":
            return _link(tag)
        case "meta", "content":
            return _meta(tag)
        case "source", "src":
            return _IMAGE if tag.parent() == "picture" else _MEDIA
        case "input", "src":
            return _IMAGE if tag.get("type") == "image" else None
        case "use", "href" | "xlink:href":
            return None if tag.get(attribute).startswith("#") else _RESOURCE
        case "feImage" | "feimage", "href" | "xlink:href":
            return _IMAGE
    return None


def _link(tag: Tag) -> Rule | None:
    """By the link types; of several the strongest counts, an unknown one is a hyperlink."""
    rels = set(tag.rel())
    if rels and rels <= _UNFOLLOWED_RELS:
        return None
    if "image_src" in rels or ("preload" in rels and tag.get("as") == "image"):
        return _IMAGE
    return _RESOURCE if rels & _RESOURCE_RELS else _LINK


def _meta(tag: Tag) -> Rule | None:
    for key in ("property", "name", "itemprop"):
        if found := _META.get(tag.get(key)):
            return found
    if tag.get("itemprop") == "image":
        return _IMAGE
    return Rule(Kind.LINK, Shape.REFRESH) if tag.get("http-equiv") == "refresh" else None


def _lazy(tag: Tag, attribute: str) -> Rule:
    if attribute.endswith("srcset"):
        return _SRCSET
    if attribute in ("data-bg", "data-background-image") and "url(" in tag.get(attribute):
        return _STYLE
    if attribute != "data-poster" and tag.name in _PLAYERS:
        return _MEDIA
    if tag.name == "script":
        return _RESOURCE
    # A box with `data-src` is an image to come, or a widget's frame (WordPress): the name decides.
    is_frame = attribute == "data-src" and tag.name not in _PICTURES and not _IMAGE_NAME.search(tag.get(attribute))
    return _MEDIA if is_frame else _IMAGE
