"""The time, or the time a rehearsal pretends."""

import os
from collections.abc import Callable
from datetime import UTC, datetime

from linkcheck.errors import UserFault

VARIABLE = "LINKCHECK_NOW"


def clock() -> Callable[[], datetime]:
    """A function that tells the time in UTC; it starts from `LINKCHECK_NOW` (RFC 3339) when that is set."""
    text = os.environ.get(VARIABLE)
    if not text:
        return lambda: datetime.now(UTC)
    try:
        pretended = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserFault(f"{VARIABLE} is no RFC 3339 time: '{text}'") from error
    if pretended.tzinfo is None:
        raise UserFault(f"{VARIABLE} lacks a time zone: '{text}'; write it as 2026-11-25T00:00:00Z")
    ahead = pretended.astimezone(UTC) - datetime.now(UTC)
    return lambda: datetime.now(UTC) + ahead
