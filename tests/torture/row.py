"""One row of the torture table: a document's text, what the servers say, and what the findings must be."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from servers import Behaviour
from torture.world import DOMAIN

from linkcheck.model import Outcome, Reason

SHORT_TIMEOUT_S = 0.5


@dataclass(frozen=True)
class Expected:
    """What one reference comes to; `word` must be in the finding's detail."""

    outcome: Outcome
    reason: Reason
    word: str


@dataclass(frozen=True)
class Row:
    """`text` is the document NAME.SUFFIX; `{host}` stands for the row's own host there, in routes and in words."""

    name: str
    text: str
    expected: tuple[Expected, ...]
    """One for each reference, in the document's order."""
    routes: Mapping[str, Behaviour] = field(default_factory=dict)
    suffix: str = "md"
    asked: tuple[str, ...] = ()
    """Request targets that the row's own host must have been asked for, byte for byte."""
    files: Mapping[str, bytes | str] = field(default_factory=dict)
    """More files beside the document; what names a row too is only another document of the archive."""
    is_slow: bool = False
    """Its host gets half a second."""
    pending: str = ""
    """What has to be built before the row can hold."""
    is_ours: bool = False
    """Only our own configuration makes it true: no peer is wrong about it."""

    @property
    def host(self) -> str:
        return f"{self.name}.{DOMAIN}"

    @property
    def path(self) -> str:
        return f"{self.name}.{self.suffix}"

    def filled(self, text: str) -> str:
        return text.replace("{host}", self.host)

    def hosts(self) -> dict[tuple[str, str], Behaviour]:
        """The routes for the server: a path alone belongs to the row's own host."""
        return {_route(self.filled(place), self.host): behaviour for place, behaviour in self.routes.items()}


def _route(place: str, host: str) -> tuple[str, str]:
    if place == "*" or place.startswith("/"):
        return host, place
    other, slash, path = place.partition("/")
    return other, slash + path if path != "*" else "*"


def ok(word: str = "answered 200", reason: str = "available") -> Expected:
    return Expected(Outcome.OK, Reason(reason), word)


def moved(word: str, reason: str = "moved-permanently") -> Expected:
    return Expected(Outcome.REDIRECTED, Reason(reason), word)


def at_risk(reason: str, word: str) -> Expected:
    return Expected(Outcome.AT_RISK, Reason(reason), word)


def broken(reason: str, word: str) -> Expected:
    return Expected(Outcome.BROKEN, Reason(reason), word)


def uncertain(reason: str, word: str) -> Expected:
    return Expected(Outcome.UNCERTAIN, Reason(reason), word)


def skipped(reason: str, word: str) -> Expected:
    return Expected(Outcome.SKIPPED, Reason(reason), word)


def link(
    name: str,
    says: Behaviour | Mapping[str, Behaviour],
    expected: Expected,
    *,
    path: str = "/a",
    by: str = "http",
    is_slow: bool = False,
    pending: str = "",
) -> Row:
    """A Markdown link to `path` at the row's host."""
    routes = says if isinstance(says, Mapping) else {path.partition("?")[0]: says}
    text = f"See [the harbour]({by}://{{host}}{path}) in winter.\n"
    return Row(name, text, (expected,), routes, is_slow=is_slow, pending=pending)


def image(
    name: str,
    says: Behaviour | Mapping[str, Behaviour],
    expected: Expected,
    *,
    path: str = "/a.jpg",
    is_slow: bool = False,
    pending: str = "",
) -> Row:
    """An image in HTML at the row's host."""
    routes = says if isinstance(says, Mapping) else {path: says}
    text = f'<div><img src="http://{{host}}{path}" width="100%"></div>\n'
    return Row(name, text, (expected,), routes, is_slow=is_slow, pending=pending)
