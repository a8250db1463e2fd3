"""A run's summary and `--fail-on` → whether the command fails; pure."""

from collections.abc import Mapping, Sequence

from linkcheck.model import Change, Outcome

_NAMED = {
    "broken": Outcome.BROKEN,
    "at-risk": Outcome.AT_RISK,
    "redirected": Outcome.REDIRECTED,
    "uncertain": Outcome.UNCERTAIN,
}


def fails(changes: Mapping[tuple[Outcome, Change], int], confirmed: int, fail_on: Sequence[str]) -> int:
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
        if outcome in named and (not only_new or change in (Change.NEW, Change.UPDATED))
    )
    return counted + (confirmed if "confirmed" in fail_on and Outcome.BROKEN not in named else 0)
