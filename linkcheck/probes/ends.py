"""The bytes of a long picture as they come → its two ends and the digest of all, which prove as much as the whole.

Invariant: of a body no more is kept than its first bytes, as many as say what the picture is, and `LAST_BYTES`.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hashlib import _Hash

LAST_BYTES: Final = 4096
"""What encoders and content servers append is shorter, with few exceptions."""


class Ends:
    """`first` is kept as it is, of all that follows the last bytes; `digest` takes in everything (None: not wanted)."""

    __slots__ = ("digest", "first", "last")

    def __init__(self, first: bytes, digest: "_Hash | None") -> None:
        self.first = first
        self.last = first[-LAST_BYTES:]
        """Reaches back into `first` as long as little has followed."""
        self.digest = digest
        if digest is not None:
            digest.update(first)

    def add(self, part: bytes) -> None:
        """Take in what comes next."""
        if self.digest is not None:
            self.digest.update(part)
        self.last = part[-LAST_BYTES:] if len(part) >= LAST_BYTES else (self.last + part)[-LAST_BYTES:]
