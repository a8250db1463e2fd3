"""The safety rule: a clean response of the fast transport counts; anything else the reference transport is asked again.

No URL is called broken on the word of our own wire: a break, an oddity of framing, trouble with TLS, a body cut off are
httpx's to tell, and its exchange is the one that is kept. What both transports learn from the same code, or the
operating system, needs no second question: a name that is not found (one resolver), an address that the guard refuses,
a port where nobody listens. Nor does a time that is up, since asking again would double every wait; but where it was
up in the midst of a response, the URL's next question, a retry, goes to the reference transport.

The second question follows at once, on a connection of its own; at most one an exchange.
"""

from collections.abc import Callable

from linkcheck import urls
from linkcheck.model import Exchange, Failure, Request
from linkcheck.probes.transport import Transport

_SETTLED = frozenset(
    {
        Failure.HOST_NOT_FOUND,
        Failure.DNS_FAILURE,
        Failure.CONNECTION_REFUSED,
        Failure.TIMED_OUT,
        Failure.PRIVATE_ADDRESS,
        Failure.BLOCKED_PORT,
    }
)
_REMEMBERED = 4096
_ODDITIES = 3
"""So many odd answers, and a host is the reference transport's: one odd page shall not slow down ten thousand plain."""


class Assured:
    """Wraps the fast transport; `reference` is built when it is first needed.

    With `remembers`, a host that only the reference transport understands (one that speaks HTTP/2 alone, say) is asked
    through that one from then on.
    """

    def __init__(self, fast: Transport, reference: Callable[[], Transport], *, remembers: bool = True) -> None:
        self._fast = fast
        self._build = reference
        self._built: Transport | None = None
        self._remembers = remembers
        self._left: dict[str, None] = {}
        """Origins and URLs that are not the fast transport's, the oldest first."""
        self._oddities: dict[str, int] = {}

    async def send(self, request: Request) -> Exchange:
        """Ask; an exchange with a failure has been confirmed, or is of a kind that needs no confirmation."""
        if self._left and self._is_left(request):
            return await self._reference.send(request)
        exchange = await self._fast.send(request)
        failure = exchange.failure
        if failure is None:
            return exchange
        if failure in _SETTLED:
            if failure is Failure.TIMED_OUT and exchange.status is not None:
                self._leave(request.url)
            return exchange
        confirmed = await self._reference.send(request)
        # a body that was cut off is that body's trouble; a dropped connection is chance, or the host's opinion of us
        if failure is Failure.PROTOCOL_ERROR and exchange.status is None and confirmed.failure is None:
            self._note(urls.origin(request.url), speaks_http2=confirmed.http_version == "HTTP/2")
        return confirmed

    def _note(self, origin: str, *, speaks_http2: bool) -> None:
        """The reference transport alone understood an answer of this origin."""
        times = self._oddities.pop(origin, 0) + 1
        if speaks_http2 or times >= _ODDITIES:
            self._leave(origin)
            return
        self._oddities[origin] = times
        if len(self._oddities) > _REMEMBERED:
            del self._oddities[next(iter(self._oddities))]

    @property
    def _reference(self) -> Transport:
        if self._built is None:
            self._built = self._build()
        return self._built

    def _is_left(self, request: Request) -> bool:
        return request.url in self._left or urls.origin(request.url) in self._left

    def _leave(self, key: str) -> None:
        if self._remembers:
            if len(self._left) >= _REMEMBERED:
                del self._left[next(iter(self._left))]
            self._left[key] = None

    async def aclose(self) -> None:
        """Close both."""
        await self._fast.aclose()
        if self._built is not None:
            await self._built.aclose()
