"""A stream of ranked items → the worst few of them, in order; memory holds at most about twice as many.

Invariant: the same items in the same order are kept as by sorting them all and cutting (ties keep their order).
"""

from typing import Any, Generic, TypeVar

Item = TypeVar("Item")


class Worst(Generic[Item]):
    """Keeps `most` items of the lowest rank, and counts all."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[tuple[tuple[Any, ...], int, Item]] = []
        self.seen = 0

    def push(self, rank: tuple[Any, ...], item: Item) -> None:
        """Take one more; cheap."""
        self._kept.append((rank, self.seen, item))
        self.seen += 1
        if len(self._kept) >= 2 * self._most + 16:
            self._cut()

    def kept(self) -> list[Item]:
        """What is left, the worst first."""
        self._cut()
        return [item for _, _, item in self._kept]

    def _cut(self) -> None:
        # The number makes every key unique, so that items are never compared.
        self._kept.sort(key=lambda entry: entry[:2])
        del self._kept[self._most :]
