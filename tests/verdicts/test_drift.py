"""Whether a live page is still the archived article."""

from linkcheck.model import Document, Format, PageFacts, Reason
from linkcheck.verdicts.drift import by_text, titles_agree

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
