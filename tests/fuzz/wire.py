"""A fuzzing campaign against the wire, guided by coverage; not part of the suite.

    pip install atheris
    python tests/fuzz/wire.py -max_total_time=60

The first two bytes choose method, size of the pieces and read limit, the rest is what the server says. It fails when
the wire raises, hangs, keeps more than it may, or is content with what httpcore and h11 hear otherwise.
"""

import asyncio
import sys
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]
with atheris.instrument_imports(include=["linkcheck.probes", "h11"]):
    import spoken

_LOOP = asyncio.new_event_loop()


async def compare(data: bytes) -> None:
    """Raises AssertionError when the two disagree."""
    method = "HEAD" if data[0] & 1 else "GET"
    size, limit = (data[0] >> 1) % 16 + 1, data[1]
    pieces = [data[start : start + size] for start in range(2, len(data), size)]
    exchange = await asyncio.wait_for(spoken.wire(pieces, method, limit), 5)
    if exchange.failure is not None:
        return
    ours, theirs = spoken.heard(exchange), await spoken.reference(pieces, method)
    assert len(ours.body) <= limit
    is_over = exchange.content is not None and exchange.content.ended == "limit"
    theirs.body, theirs.is_clean = theirs.body[:limit], theirs.is_clean or is_over
    assert ours == theirs, (ours, theirs)


def once(data: bytes) -> None:
    """One input."""
    if len(data) > 2:
        _LOOP.run_until_complete(compare(data))


if __name__ == "__main__":
    atheris.Setup(sys.argv, once)
    atheris.Fuzz()
