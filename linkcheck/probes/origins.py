"""A URL → its origin: where to connect, what to call the host there, and why it may not be asked at all.

Everything that is the same for all URLs of an origin is worked out once, since an archive asks some hosts ten thousand
times. Invariant: at most `_KEPT` origins are remembered, however many a run meets.
"""

from ssl import SSLSocket

from linkcheck import urls
from linkcheck.probes.guard import Address, Guard, Refusal

PORTS = {"http": 80, "https": 443}
_KEPT = 4096


class Origin:
    """One scheme, host and port, as URLs spell it."""

    __slots__ = (
        "connections",
        "dialled",
        "host",
        "host_line",
        "key",
        "name",
        "open",
        "port",
        "preferred",
        "refusal",
        "secured",
        "uses_tls",
    )

    def __init__(self, url: str, refusal: Refusal | None) -> None:
        authority = urls.authority(url)
        scheme = urls.scheme(url) or ""
        host, port = urls.split_authority(authority)
        self.key = f"{scheme}://{authority}"
        self.uses_tls = scheme == "https"
        self.host = host
        self.port = port or PORTS[scheme]
        self.name = host.rstrip(".")
        """For SNI and the certificate."""
        self.host_line = f" HTTP/1.1\r\nHost: {authority}\r\n"
        self.refusal = refusal
        self.preferred: Address | None = None
        """The address that let us connect last."""
        self.connections = 0
        """Over TLS, that served and were not kept."""
        self.secured: SSLSocket | None = None
        """The TLS of an open connection that has served: further ones may take its session up."""
        self.open = 0
        """Connections there are."""
        self.dialled = 0
        """Connections there will be soon."""

    def has_dialled(self) -> None:
        """One attempt to connect has ended."""
        self.dialled -= 1


class Origins:
    """The origins of one run."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._known: dict[str, Origin] = {}

    def of(self, url: str) -> tuple[Origin, str]:
        """The origin of a serialised web URL, and the request target."""
        end = url.find("/", 8)
        if end < 0:
            url, end = f"{url}/", len(url)
        origin = self._known.get(url[:end])
        if origin is None:
            origin = self._added(url, url[:end])
        return origin, url[end:] if "#" not in url else url[end:].partition("#")[0]

    def _added(self, url: str, key: str) -> Origin:
        if len(self._known) >= _KEPT:
            del self._known[next(iter(self._known))]
        origin = self._known[key] = Origin(url, self._guard.refusal(url))
        return origin
