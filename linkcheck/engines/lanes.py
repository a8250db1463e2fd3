"""What an engine works on and what it gives back."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from msgspec import Struct

from linkcheck.model import Exchange, Probe, Target

SETTLED_EVERY_S = 0.1
"""At most so old is what was delivered and is not on disk; at least so far apart are the transactions of a slow run."""
Deliver = Callable[[int, Probe], None]
"""Called once a target, with its number in the store and the evidence."""


class Lane(Struct, frozen=True):
    """The targets that are due at one host."""

    host: str
    """`name` or `name:port`, as in the URL."""
    number: int
    """How many there are."""
    targets: Callable[[], Iterator[tuple[int, Target]]]
    """Yields them with their number in the store; read lazily, so that memory stays flat."""
    known: Callable[[int], tuple[Exchange, ...]] | None = None
    """The evidence on a target that was asked before and waited for its second look; () for one that was not."""


class Engine(Protocol):
    """Where probes run."""

    def run(
        self,
        lanes: Iterable[Lane],
        deliver: Deliver,
        deadline_s: float | None = None,
        settle: Callable[[], None] | None = None,
        put_off: Deliver | None = None,
    ) -> bool:
        """Work all lanes until every target was delivered, or `deadline_s` is over; False: it was interrupted.

        `settle` is called every `SETTLED_EVERY_S`, whether anything is delivered or not, never during a delivery.
        `put_off` is told of every target that waits for its second look, with the evidence so far.
        """
        ...
