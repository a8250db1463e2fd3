"""The looks at one target over time → alive, failing, or dead beyond doubt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from looks import START, looks

from linkcheck.model import Outcome, Reason
from linkcheck.verdicts import catalogue, death
from linkcheck.verdicts.catalogue import USUAL_OUTCOME, Counts
from linkcheck.verdicts.death import DAY_S, Life, Look, Rule, Rules, State, lived, sentence

HISTORIES: dict[str, tuple[str, State]] = {
    "nothing": ("", State.UNKNOWN),
    "alive": ("available@0", State.ALIVE),
    "one failure": ("not-found@0", State.FAILING),
    "three failures, six days": ("not-found@0 not-found@3 not-found@6", State.DEAD),
    "three failures, five days": ("not-found@0 not-found@3 not-found@5.9", State.FAILING),
    "two failures, a month": ("not-found@0 not-found@30", State.FAILING),
    "nightly": ("gone@0 gone@1 gone@2 gone@3 gone@4 gone@5 gone@6", State.DEAD),
    "many within a day": ("not-found@0 not-found@6 not-found@6.1 not-found@6.2 not-found@6.3", State.FAILING),
    "a success between": ("not-found@0 not-found@3 available@4 not-found@6 not-found@9", State.FAILING),
    "back from the dead": ("not-found@0 not-found@3 not-found@6 moved-permanently@90", State.ALIVE),
    "blocked for a year": ("blocked@0 blocked@100 blocked@200 blocked@365", State.UNKNOWN),
    "walls neither add nor reset": ("not-found@0 blocked@2 not-found@3 rate-limited@4 not-found@6", State.DEAD),
    "three hosts moved": ("not-found@0 gone@3 host-not-found@6", State.DEAD),
    "trouble for a week": ("timed-out@0 timed-out@3 timed-out@7 timed-out@9", State.FAILING),
    "trouble for a month": ("timed-out@0 timed-out@8 server-error@15 timed-out@22 server-error@30", State.DEAD),
    "hard evidence joins trouble": ("timed-out@0 timed-out@8 not-found@15 timed-out@22 not-found@30", State.DEAD),
    "trouble is no hard evidence": ("timed-out@0 timed-out@3 not-found@6", State.FAILING),
    "soft alone": ("soft-not-found@0 soft-not-found@3 soft-not-found@6 soft-not-found@90", State.FAILING),
    "soft of two kinds": ("soft-not-found@0 soft-not-found@3 redirect-to-root@6", State.DEAD),
    "soft and hard": ("soft-not-found@0 soft-not-found@3 not-found@6", State.DEAD),
    "the same cut": ("image-truncated=9@0 image-truncated=9@3 image-truncated=9@6", State.DEAD),
    "another cut each time": ("image-truncated=9@0 image-truncated=8@3 image-truncated=7@6", State.FAILING),
    "an outage": ("not-found@0 server-error!@1 not-found@3 server-error!@5 timed-out!@7", State.FAILING),
    "the host is down, thrice": ("not-found@0 host-down@3 host-down@6 host-down@9", State.FAILING),
    "the host is down for good": ("host-down@0 host-down@8 host-down@15 host-down@22 host-down@30", State.DEAD),
    "an outage for good": ("server-error!@0 timed-out!@8 server-error!@15 server-error!@22 host-down@30", State.DEAD),
    "our resolver": ("dns-failure@0 dns-failure@10 dns-failure@20 dns-failure@30 dns-failure@40", State.UNKNOWN),
    "a clock that jumps back": ("not-found@0 not-found@3 not-found@-5000 not-found@6", State.FAILING),
    "a clock that jumps ahead": ("not-found@0 not-found@5000 not-found@3 not-found@4", State.FAILING),
    "a wall after death": ("not-found@0 not-found@3 not-found@6 blocked@90", State.DEAD),
}


@pytest.mark.parametrize(("words", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_states(words: str, expected: State) -> None:
    """What a history amounts to under the rules that hold by default."""
    assert lived(looks(words)).state is expected


SENTENCES = {
    "not-found@0": "failing, 1 of 3 checks since 2026-05-28",
    "not-found@0 not-found@3": "failing, 2 of 3 checks since 2026-05-28",
    "not-found@0 not-found@1 not-found@2": "failing, 3 of 3 checks since 2026-05-28; confirmed if it still fails on "
    "2026-06-03",
    "not-found@0 not-found@3 not-found@6": "confirmed: 3 checks failed since 2026-05-28",
    "timed-out@0": "failing, 1 of 5 checks since 2026-05-28",
    "soft-not-found@0 soft-not-found@3 soft-not-found@6": "failing, 3 of 3 checks since 2026-05-28; 1 of 2 kinds of "
    "evidence",
    "blocked@0": None,
    "available@0": None,
    "available@0 timed-out@1 available@2 not-found@3 available@4": "flaky: it came back 2 times lately",
}


@pytest.mark.parametrize(("words", "expected"), SENTENCES.items(), ids=SENTENCES)
def test_sentences(words: str, expected: str | None) -> None:
    """A reader learns how far the evidence goes."""
    assert sentence(lived(looks(words))) == expected


def test_rules_can_be_changed() -> None:
    """Two failures in a row suffice when I say so, and what never counts can be made to count."""
    rules = Rules({Reason.NOT_FOUND: Rule(2, 0.0), Reason.BLOCKED: Rule(4, 90.0)}, apart_s=0)
    assert lived(looks("not-found@0 not-found@0"), rules).state is State.DEAD
    assert lived(looks("blocked@0 blocked@30 blocked@60 blocked@90"), rules).state is State.DEAD
    assert lived(looks("gone@0 gone@9 gone@99"), rules).state is State.UNKNOWN


def test_a_first_death_is_remembered() -> None:
    """Between which looks it died stays known, though it came back and died again."""
    life = lived(looks("available@0 not-found@2 not-found@5 not-found@8 available@20 gone@30 gone@33 gone@36"))
    assert (life.died_after, life.died_before) == (START, START + 2 * DAY_S)
    assert life.state is State.DEAD


REASON = st.sampled_from(list(Reason))
HISTORY = st.lists(st.tuples(REASON, st.floats(0, 400), st.booleans()), max_size=30)


@given(HISTORY)
def test_no_death_without_the_evidence(history: list[tuple[Reason, float, bool]]) -> None:
    """Whatever is seen in whatever order: a confirmed death has three failures over six days, and no success since."""
    seen = [
        Look(USUAL_OUTCOME[reason], reason, START + round(day * DAY_S), is_outage=outage)
        for reason, day, outage in sorted(history, key=lambda one: one[1])
    ]
    life = Life()
    for number, look in enumerate(seen):
        life = death.live(life, look)
        if life.state is not State.DEAD:
            continue
        good = [n for n, one in enumerate(seen[: number + 1]) if one.outcome in (Outcome.OK, Outcome.REDIRECTED)]
        later = seen[(good[-1] + 1 if good else 0) : number + 1]
        # an outage of the host counts as one, whatever its targets said
        since = [one for one in later if one.is_outage or one.reason in death.DEFAULT_RULES]
        assert len(since) >= 3
        assert since[-1].at - since[0].at >= 6 * DAY_S
        assert life.failing_since is not None
        assert life.failing_since <= look.at - 6 * DAY_S or life.dead_since != look.at


def test_the_rules_agree_with_the_pages_of_the_reasons() -> None:
    """What `explain` says of a reason is what the rules do."""
    expected = {
        Counts.YES: death.HARD,
        Counts.SOFT: death.SOFT,
        Counts.SLOW: death.SLOW,
        Counts.STEADY: Rule(3, 6.0, is_steady=True),
        Counts.HOST: Rule(5, 30.0, is_own=True),
    }
    for reason in Reason:
        assert death.DEFAULT_RULES.get(reason) == expected.get(catalogue.entry(reason).counts), reason
