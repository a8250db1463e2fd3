"""A transport that asks a host's robots.txt first, and sends nothing that it forbids us (RFC 9309).

Off by default: a checker of cited URLs is close to a browser. What it refuses is an exchange like any other, so that a
recording holds it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from linkcheck import urls
from linkcheck.model import Exchange, Expects, Failure, Purpose, Request
from linkcheck.probes.transport import Transport

if TYPE_CHECKING:
    from protego import Protego

_LONGEST_BYTES = 524_288
"""RFC 9309, 2.5: at least 500 KiB have to be read."""
_MOST_REDIRECTS = 5


class Robots:
    """Wraps a transport; each host's rules are asked for once."""

    def __init__(
        self,
        transport: Transport,
        user_agent: str,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._transport = transport
        self._user_agent = user_agent
        self._now = now
        self._rules: dict[str, Protego | None] = {}

    async def send(self, request: Request) -> Exchange:
        """Ask, unless the host's rules forbid it."""
        origin = urls.origin(request.url)
        if origin not in self._rules:
            self._rules[origin] = await self._asked(origin)
        rules = self._rules[origin]
        if rules is None or not rules.can_fetch(request.url, self._user_agent):
            why = f"{origin}/robots.txt " + ("cannot be had" if rules is None else f"forbids {urls.path(request.url)}")
            return Exchange(request, self._now(), 0.0, failure=Failure.ROBOTS_FORBID, error=(why,))
        return await self._transport.send(request)

    async def aclose(self) -> None:
        """Close what is wrapped."""
        await self._transport.aclose()

    async def _asked(self, origin: str) -> "Protego | None":
        """The rules; all is allowed after a 4xx, nothing (None) when the server fails (RFC 9309, 2.3.1)."""
        from protego import Protego

        url = f"{origin}/robots.txt"
        for _ in range(_MOST_REDIRECTS + 1):
            headers = (("User-Agent", self._user_agent), ("Accept-Encoding", "identity"))
            answer = await self._transport.send(
                Request(
                    "GET", url, headers, read_limit_bytes=_LONGEST_BYTES, purpose=Purpose.FIRST, expects=Expects.ANY
                )
            )
            location = answer.header("location")
            if answer.status in (301, 302, 303, 307, 308) and location:
                url = urls.resolve(location, url) or url
                continue
            if answer.status is None or answer.status >= 500:
                return None
            body = answer.content.body if answer.status == 200 and answer.content is not None else b""
            return Protego.parse(body.decode("utf-8", "replace"))
        return Protego.parse("")
