"""A few names that always exist → whether our own network is up. Names are looked up, nothing is sent."""

import asyncio
from collections.abc import Sequence

from linkcheck.probes.guard import Guard, Refusal


def network_is_up(guard: Guard, names: Sequence[str]) -> bool:
    """Whether at least one of the names resolves; without names it is taken for granted."""
    return not names or asyncio.run(_any_resolves(guard, names))


async def _any_resolves(guard: Guard, names: Sequence[str]) -> bool:
    answers = await asyncio.gather(*(guard.addresses(name, 443) for name in names))
    return any(not isinstance(answer, Refusal) for answer in answers)
