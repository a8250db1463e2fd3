"""A transport that draws the facts from each body: what image it is, what page it is, whether it decodes.

It stands above the network (or a replay) and below the recorder, so that a recording holds the facts of bodies it does
not keep whole.
"""

from collections.abc import Callable

import msgspec

from linkcheck import urls
from linkcheck.model import Content, Ending, Exchange, Expects, ImageFacts, PageFacts, Request
from linkcheck.probes import images, pages
from linkcheck.probes.decode import Decoder
from linkcheck.probes.transport import Transport

_KEPT_BYTES = 2048
_KEPT_OF_MARKUP_BYTES = 256
_KEPT_OF_PAGE_BYTES = 64
_TELLING = frozenset({*range(200, 300), 403, 429, 503})
"""Statuses under which a page may be something else than it says; reading one costs 0.03 to 0.3 ms."""
_MOST_FAMILIAR = 256


class Observer:
    """Wraps a transport. With a `decoder`, images that are suspicious (or all, `decodes_all`) are decoded."""

    def __init__(
        self,
        transport: Transport,
        *,
        decoder: Decoder | None = None,
        decodes_all: bool = False,
        draws_anchors: Callable[[str], bool] | None = None,
    ) -> None:
        """`draws_anchors` says of a host whether its pages' anchors are wanted; None: nowhere."""
        self._transport = transport
        self._decoder = decoder
        self._decodes_all = decodes_all
        self._draws_anchors = draws_anchors
        self._familiar: dict[tuple[str, pages.Description, bool, bool], PageFacts] = {}

    async def send(self, request: Request) -> Exchange:
        """Send, and draw the facts of what came."""
        exchange = await self._transport.send(request)
        content = exchange.content
        if content is None or not content.body or content.image is not None or content.page is not None:
            return exchange
        if request.expects is Expects.IMAGE:
            image = await self._image(content)
            return exchange if image is None else _with(exchange, msgspec.structs.replace(content, image=image))
        if exchange.status not in _TELLING:
            return exchange
        page = self._page(request, exchange, content)
        return exchange if page is None else _with(exchange, msgspec.structs.replace(content, page=page))

    def _page(self, request: Request, exchange: Exchange, content: Content) -> PageFacts | None:
        """The facts of a page; the same bytes (a host's one answer to whatever is asked) are read once."""
        anchors = self._draws_anchors is not None and self._draws_anchors(urls.host(request.url))
        description = pages.described(exchange.headers)
        key = (content.sha256, description, anchors, request.wants_text) if content.sha256 is not None else None
        known = self._familiar.get(key) if key is not None else None
        if known is not None:
            return known
        page = pages.facts(content.body, description, request.url, anchors=anchors, whole_text=request.wants_text)
        # What is relative means another thing at another URL.
        if key is not None and page is not None and not (page.canonical or page.refresh):
            if len(self._familiar) >= _MOST_FAMILIAR:
                self._familiar.clear()
            self._familiar[key] = page
        return page

    async def aclose(self) -> None:
        """Close the decoder and what is wrapped."""
        if self._decoder is not None:
            await self._decoder.aclose()
        await self._transport.aclose()

    async def _image(self, content: Content) -> ImageFacts | None:
        whole = content.ended is Ending.COMPLETE and _is_all(content)
        facts = _facts(content, whole=whole)
        if facts is None or not whole or facts.format == "svg":
            return facts
        if not (self._decodes_all or _is_suspicious(facts, content.length_bytes)):
            return facts
        # What is not here would change nothing (`ends.py`), and nobody is asked twice.
        if self._decoder is None or content.tail:
            return facts
        return await self._decoder.decode(content.body)


def _facts(content: Content, *, whole: bool) -> ImageFacts | None:
    total = content.length_bytes if content.declared_bytes is None else content.declared_bytes
    return images.facts(content.body, complete=whole, total_bytes=total, tail=content.tail or None)


def slim(exchange: Exchange) -> Exchange:
    """The exchange without the bulk of its body: facts have been drawn, judges read no further than the start."""
    content = exchange.content
    if content is None or not content.body:
        return exchange
    return _with(exchange, msgspec.structs.replace(content, body=_start(content), tail=b""))


def _start(content: Content) -> bytes:
    """As much as a judge may read: nothing of an image, what kind of markup it is, words of JSON and plain text."""
    if content.image is not None:
        return b""
    start = content.body[:_KEPT_BYTES]
    if start.lstrip()[:1] == b"<":
        # What its facts tell need not be kept twice.
        return start[: _KEPT_OF_MARKUP_BYTES if content.page is None else _KEPT_OF_PAGE_BYTES]
    return start if content.page is None else start[:_KEPT_OF_MARKUP_BYTES]


def _with(exchange: Exchange, content: Content) -> Exchange:
    return msgspec.structs.replace(exchange, content=content)


def _is_all(content: Content) -> bool:
    return content.declared_bytes is None or content.length_bytes >= content.declared_bytes


def _is_suspicious(facts: ImageFacts, length: int) -> bool:
    is_thin = length < images.plenty_bytes(facts)
    return facts.ends_well is False or facts.width_px is None or facts.damage is not None or is_thin
