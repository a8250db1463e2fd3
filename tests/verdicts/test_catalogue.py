"""The catalogue of reasons: complete, specific, readable."""

import pytest

from linkcheck.model import Outcome, Reason
from linkcheck.verdicts.catalogue import USUAL_OUTCOME, Counts, entries, entry, page


def test_every_reason_has_an_entry_and_an_outcome():
    """Whatever word a report shows me, `explain` knows it."""
    assert set(entries()) == set(Reason) == set(USUAL_OUTCOME)


@pytest.mark.parametrize("reason", Reason)
def test_a_page_says_what_how_and_what_now(reason):
    """I get the meaning, the evidence and the remedy on one screen."""
    text = page(reason)
    assert text.startswith(f"# {reason.value}\n")
    assert f"`{USUAL_OUTCOME[reason].value}`" in text
    assert all(heading in text for heading in ("## What it means", "## How we know", "## What to do"))
    assert len(text) < 2500


@pytest.mark.parametrize("field", ["summary", "means", "evidence", "remedy"])
def test_no_two_reasons_share_a_sentence(field):
    """Each page is about its own reason; there is no boilerplate."""
    texts = [getattr(it, field) for it in entries().values()]
    sentences = [sentence for text in texts for sentence in text.split(". ") if len(sentence) > 20]
    assert len(sentences) == len(set(sentences))


@pytest.mark.parametrize("reason", Reason)
def test_texts_are_whole_sentences(reason):
    """Every text begins with a capital or a quoted word and ends with a full stop."""
    for text in (entry(reason).summary, entry(reason).means, entry(reason).evidence, entry(reason).remedy):
        assert text.endswith(".")
        assert text == text.strip()
        assert text[0].isupper() or text[0] == "`"


def test_walls_and_throttles_never_count_toward_death():
    """A site that shuts us out is not called dead."""
    never = {Reason.BLOCKED, Reason.RATE_LIMITED, Reason.DNS_FAILURE, Reason.CERTIFICATE_INVALID}
    assert all(entry(reason).counts is Counts.NEVER for reason in never)


def test_only_what_is_fine_resets_the_count():
    """A success forgets earlier failures, nothing else does."""
    resets = {reason for reason in Reason if entry(reason).counts is Counts.RESETS}
    fine = {Outcome.OK, Outcome.REDIRECTED}
    assert resets == {reason for reason in Reason if USUAL_OUTCOME[reason] in fine}


def test_what_was_not_asked_is_never_counted():
    """A skipped target has no evidence to count."""
    skipped = [reason for reason in Reason if USUAL_OUTCOME[reason] is Outcome.SKIPPED]
    assert all(entry(reason).counts is Counts.NOT_APPLICABLE for reason in skipped)
