"""What titles, headings and paths say, and which headlines are spared."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkcheck.verdicts.phrases import PhraseRule, Phrases, book, phrases

RULES = [("not_found", rule) for rule in book().not_found] + [("parked", rule) for rule in book().parked]


def says(group, title, headings=()):
    asked = phrases().says_not_found if group == "not_found" else phrases().says_parked
    return asked(title, headings)


@pytest.mark.parametrize(
    ("group", "rule", "text"), [(group, rule.id, text) for group, rule in RULES for text in rule.matches]
)
def test_a_page_that_says_nothing_is_here_is_understood(group, rule, text):
    """A not-found page in my language is recognised by its title."""
    assert says(group, text) == rule


@pytest.mark.parametrize(("group", "text"), [(group, text) for group, rule in RULES for text in rule.spares])
def test_a_headline_that_holds_the_words_is_spared(group, text):
    """An article about missing pages is not called missing."""
    assert says(group, text) is None
    assert says(group, None, (text,)) is None


@pytest.mark.parametrize("rule", [book().login, book().error])
def test_paths_match_whole_segments(rule):
    """`/login` is a login page, an article about logins is none."""
    leads = phrases().leads_to_login if rule is book().login else phrases().leads_to_error
    assert [path for path in rule.matches if not leads(path)] == []
    assert [path for path in rule.spares if leads(path)] == []


@pytest.mark.parametrize("rule", [rule for _, rule in RULES], ids=lambda rule: rule.id)
@settings(deadline=None)
@given(st.data())
def test_whatever_matches_holds_a_needed_word(rule, data):
    """The quick look before the patterns never overlooks a page."""
    pattern = "|".join(f"(?:{pattern})" for pattern in rule.match)
    text = data.draw(st.from_regex(re.compile(pattern, re.IGNORECASE | re.ASCII), fullmatch=True))
    assert rule.needs
    assert any(word in text.lower() for word in rule.needs)


def test_the_first_heading_counts_and_later_ones_do_not():
    """A list of stories may have one called like an error."""
    assert phrases().says_not_found("Example News", ("Page not found", "More"))
    assert phrases().says_not_found("Example News", ("More", "Page not found")) is None


def test_white_space_is_folded():
    """Line breaks in a title change nothing."""
    assert phrases().says_not_found("\n  Page  not\nfound ") == "not-found-en"


def test_a_user_can_add_rules():
    """My language, my phrases."""
    extended = Phrases(book(), [PhraseRule("mine", ("pagina niet gevonden",))])
    assert extended.says_not_found("Pagina niet gevonden | Krant") == "mine"
    assert extended.says_not_found("頁面不存在") == "not-found-zh-hant"


def test_nothing_says_nothing():
    """A page without title is not missing."""
    assert phrases().says_not_found(None) is None
    assert phrases().says_not_found("") is None
