"""The bytes of an SVG → its size, and whether it is whole; pure, nothing is rendered, resolved or loaded.

Invariant: entities are never expanded: a document that declares one is refused before anything is done with it.
"""

import re
from xml.parsers import expat

from msgspec import Struct

from linkcheck.patterns import lazily

_LENGTH = lazily(r"\s*\+?(\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d{1,2})?\s*([a-z%]*)\s*\Z", re.IGNORECASE)
_PX_PER_UNIT = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54}
_NAMESPACE = "http://www.w3.org/2000/svg"


class Drawing(Struct, frozen=True):
    """What an SVG says of itself."""

    width_px: int | None = None
    height_px: int | None = None
    is_closed: bool = False
    """The root element's end tag was reached."""
    damage: str | None = None


class _RefusedError(Exception):
    """What the document does is not allowed in an image that came from elsewhere."""


class _Reader:
    """Listens to expat: the root's attributes, its end, and what is refused."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.attributes: dict[str, str] = {}
        self.depth = 0
        self.is_closed = False
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._refuse_entity

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.root is None:
            self.root, self.attributes = name, attributes
            if name not in (f"{_NAMESPACE} svg", "svg"):
                raise _RefusedError(f"its root element is {name.rpartition(' ')[2]!r}")

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.is_closed = self.depth == 0

    def _refuse_entity(self, name: str, *_: object) -> None:
        raise _RefusedError(f"it declares the entity {name!r}")


def read(body: bytes) -> Drawing:
    """The size in CSS pixels (`width` and `height`, else the `viewBox`) and what is wrong with the document.

    A body that merely breaks off is not damaged, only not closed.
    """
    reader = _Reader()
    damage = None
    try:
        reader.parser.Parse(body, False)
    except expat.ExpatError as error:
        damage = f"no XML: {expat.ErrorString(error.code)} in line {error.lineno}"
    except _RefusedError as refused:
        damage = str(refused)
    except (LookupError, ValueError):
        damage = "its encoding is unknown"
    size = _size(reader.attributes)
    return Drawing(size[0], size[1], reader.is_closed, None if reader.is_closed and damage is None else damage)


def _size(attributes: dict[str, str]) -> tuple[int | None, int | None]:
    box = re.split(r"[\s,]+", attributes.get("viewBox", "").strip())
    boxed = (_px(box[2]), _px(box[3])) if len(box) == 4 else (None, None)
    return _px(attributes.get("width")) or boxed[0], _px(attributes.get("height")) or boxed[1]


def _px(length: str | None) -> int | None:
    match = _LENGTH.match(length[:32]) if length else None
    factor = _PX_PER_UNIT.get(match[2].lower()) if match else None
    return round(float(match[1]) * factor) if match and factor else None
