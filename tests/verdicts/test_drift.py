"""Whether a live page is still the archived article."""

from hypothesis import given
from hypothesis import strategies as st

from linkcheck.model import Document, Format, PageFacts, Reason
from linkcheck.verdicts.drift import _folded, _resemble, by_text, titles_agree

STORY = (
    "The lighthouse keeper walked to the harbour at night and told the captain that no ferry would leave before dawn. "
    "Two hundred passengers slept in the waiting room, and the baker lit his oven again for them. "
)
OTHER = (
    "Quarterly results of the insurance group exceeded what analysts expected; dividends will rise by four percent. "
    "The board plans to buy back shares and to close three regional offices during the coming year. "
)


def archived(title: str = "The night the ferry stopped", text: str = STORY * 4) -> Document:
    return Document("a.md", text, Format.MARKDOWN, title=title)


def test_a_page_with_another_title_and_text_has_drifted() -> None:
    """An address that now holds something else is not ok, and not dead either."""
    judged = by_text(archived(), PageFacts(title="Insurance results", text=OTHER * 4))
    assert judged is not None
    assert judged.reason is Reason.CONTENT_DRIFTED
    assert "Insurance results" in judged.detail


def test_whatever_still_agrees_is_the_same_article() -> None:
    """A title with the site's name, a heading, or the same text under a new headline will do."""
    assert by_text(archived(), PageFacts(title="The Night the Ferry Stopped | Harbour Post", text=OTHER * 4)) is None
    assert by_text(archived(), PageFacts(headings=("The night the ferry stopped",), title="x", text=OTHER * 4)) is None
    assert by_text(archived(), PageFacts(title="Ferry chaos", text="Menu Login " + STORY * 3)) is None


def test_too_little_to_tell_is_no_drift() -> None:
    """A page that the browser would draw, or a short note, proves nothing."""
    assert by_text(archived(), PageFacts(title="Loading", text="Please enable JavaScript")) is None
    assert by_text(archived(text="short"), PageFacts(title="Insurance results", text=OTHER * 4)) is None


def test_titles_of_both_chinese_scripts_share_enough() -> None:
    """Punctuation, width and a site's suffix do not matter."""
    page = PageFacts(title="規避美晶片出口管制　中國地下黑市成形 – DW – 2023年6月20日")
    assert titles_agree("規避美晶片出口管制 中國地下黑市成形", page)
    assert titles_agree(None, page)
    assert not titles_agree("渡輪停駛的那一夜", page)


_WORDS = st.sampled_from(
    ["渡輪", "ferry", "Ferry ", "FERRY", "-", " ", "ﬃ", "e\u0301", "é", "the night", "停駛的那一夜", "x", "1"]
)
_NAMES = st.lists(_WORDS, max_size=5).map("".join)


@given(st.none() | _NAMES, st.none() | _NAMES, st.none() | _NAMES, st.lists(_NAMES, max_size=2))
def test_what_is_quickly_seen_to_agree_is_what_each_name_says_alone(
    archived: str | None, title: str | None, og_title: str | None, headings: list[str]
) -> None:
    """The cheap tests come first, and tell nothing else than all of them for one name after the other."""
    wanted = _folded(archived or "")
    named = [_folded(name) for name in (title, og_title, *headings) if name]
    alike = [wanted in name or (len(name) > 4 and name in wanted) or _resemble(wanted, name) for name in named]
    page = PageFacts(title=title, og_title=og_title, headings=tuple(headings))
    assert titles_agree(archived, page) is (not wanted or not named or any(alike))
