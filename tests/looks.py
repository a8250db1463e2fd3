"""Histories of one target, written in a line."""

from linkcheck.model import Reason
from linkcheck.verdicts.catalogue import USUAL_OUTCOME
from linkcheck.verdicts.death import DAY_S, Look

START = 1_780_000_000


def looks(words: str) -> list[Look]:
    """`not-found@0 available@1.5 timed-out!@3`: reason, `!` for an outage of the host, day; `=x` what was seen."""
    found = []
    for word in words.split():
        name, _, day = word.partition("@")
        name, _, mark = name.partition("=")
        reason = Reason(name.removesuffix("!"))
        at = START + round(float(day) * DAY_S)
        found.append(Look(USUAL_OUTCOME[reason], reason, at, mark, is_outage=name.endswith("!")))
    return found
