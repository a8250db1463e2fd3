"""How a run stands and `--fail-on` → whether the command fails; pure."""

from collections.abc import Sequence

from linkcheck.model import Outcome
from linkcheck.store.comparison import Standing

_NAMED = {
    "broken": Outcome.BROKEN,
    "at-risk": Outcome.AT_RISK,
    "redirected": Outcome.REDIRECTED,
    "uncertain": Outcome.UNCERTAIN,
}


def fails(standing: Standing, fail_on: Sequence[str]) -> int:
    """How many findings make the command fail.

    `never` wins over all; `confirmed` counts confirmed breakage only. With `new`, `standing` holds what is worse than
    in the baseline (`is_narrowed`), and `new` alone means new breakage.
    """
    if "never" in fail_on:
        return 0
    named = {_NAMED[word] for word in fail_on if word in _NAMED}
    if is_narrowed(fail_on) and not named and "confirmed" not in fail_on:
        named = {Outcome.BROKEN}
    counted = sum(number for outcome, number in standing.outcomes.items() if outcome in named)
    return counted if "confirmed" not in fail_on or Outcome.BROKEN in named else counted + standing.confirmed


def is_narrowed(fail_on: Sequence[str]) -> bool:
    """Whether only what the baseline did not have counts."""
    return "new" in fail_on
