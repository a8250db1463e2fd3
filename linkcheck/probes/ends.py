"""The bytes of a long picture as they come → its two ends and the digest of all, which prove as much as the whole.

Invariant: what is not kept would change no verdict. Nothing is asked for again to make up for what was let go.
"""

from typing import TYPE_CHECKING, Final

from linkcheck.probes import images

if TYPE_CHECKING:
    from hashlib import _Hash

LAST_BYTES: Final = 4096


class Ends:
    """Begins with the first bytes of what `images.is_proved_by_ends`; `digest` takes in everything (None: not wanted).

    Until enough has come for the pixels that the head promises, all is kept: of fewer bytes a decoder has to tell.
    """

    __slots__ = ("_first", "_last", "_missing", "_parts", "digest")

    def __init__(self, first: bytes, digest: "_Hash | None") -> None:
        self.digest = digest
        self._first = first
        self._parts = [first]
        self._last = b""
        self._missing = images.plenty_bytes(images.facts(first, complete=False))
        self._keep(first)

    @property
    def first(self) -> bytes:
        """The first bytes; all of them while they may be needed."""
        return b"".join(self._parts)

    @property
    def last(self) -> bytes:
        """The last bytes, as far back as `first` when little has followed; empty while `first` holds all."""
        return self._last

    def add(self, part: bytes) -> None:
        """Take in what comes next."""
        if self._missing > 0:
            self._parts.append(part)
            self._keep(part)
            return
        if self.digest is not None:
            self.digest.update(part)
        self._last = part[-LAST_BYTES:] if len(part) >= LAST_BYTES else (self._last + part)[-LAST_BYTES:]

    def _keep(self, part: bytes) -> None:
        """Count what was added to the parts, and let them go once they are enough."""
        if self.digest is not None:
            self.digest.update(part)
        self._missing -= len(part)
        if self._missing <= 0:
            self._last = self.first[-LAST_BYTES:]
            self._parts = [self._first]
