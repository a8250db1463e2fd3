"""A run's summary and `--fail-on` → whether the command fails; pure."""

from collections.abc import Mapping, Sequence

from linkcheck.model import Change, Outcome

_NAMED = {
    "broken": Outcome.BROKEN,
    "at-risk": Outcome.AT_RISK,
    "redirected": Outcome.REDIRECTED,
    "uncertain": Outcome.UNCERTAIN,
}
_IS_NEW = (Change.NEW, Change.UPDATED)


def fails(
    changes: Mapping[tuple[Outcome, Change], int], confirmed: Mapping[Change, int], fail_on: Sequence[str]
) -> int:
    """How many findings make the command fail.

    `never` wins over all; `new` narrows the others to what the last run did not have, and alone means new breakage;
    `confirmed` counts confirmed breakage only.
    """
    if "never" in fail_on:
        return 0
    only_new = "new" in fail_on
    named = {_NAMED[word] for word in fail_on if word in _NAMED}
    if only_new and not named and "confirmed" not in fail_on:
        named = {Outcome.BROKEN}
    counted = sum(
        number
        for (outcome, change), number in changes.items()
        if outcome in named and (not only_new or change in _IS_NEW)
    )
    if "confirmed" not in fail_on or Outcome.BROKEN in named:
        return counted
    return counted + sum(number for change, number in confirmed.items() if not only_new or change in _IS_NEW)
