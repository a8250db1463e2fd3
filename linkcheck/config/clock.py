"""The time, or the time a rehearsal pretends."""

import os
from collections.abc import Callable
from datetime import UTC, datetime

from linkcheck.errors import UserFault

VARIABLE = "LINKCHECK_NOW"
_FIRST_YEAR, _LAST_YEAR = 1970, 2999
"""HTTP dates and certificates have no earlier time, and ages reach a century back."""


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
    if not _FIRST_YEAR <= pretended.year <= _LAST_YEAR:
        raise UserFault(f"{VARIABLE} must lie between the years {_FIRST_YEAR} and {_LAST_YEAR}, not '{text}'")
    ahead = pretended.astimezone(UTC) - datetime.now(UTC)
    return lambda: datetime.now(UTC) + ahead
