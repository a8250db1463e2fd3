"""The report for people: nothing from a document or the web is obeyed, and nothing of it is lost."""

import io
import re
from datetime import UTC, datetime

import pytest
from reports import hostile

from linkcheck.model import Change, Finding, Kind, Outcome, Problem, Reason, Reference, Role, Span, Target, Verdict
from linkcheck.reports import console
from linkcheck.reports.printable import printable
from linkcheck.reports.summary import Summary

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def finding(
    raw: str = "https://a.example/x",
    *,
    url: str | None = "",
    path: str = "a.md",
    detail: str = "a.example answered 404 Not Found",
    line: int = 1,
    outcome: Outcome = Outcome.BROKEN,
    reason: Reason = Reason.NOT_FOUND,
) -> Finding:
    address = raw if url == "" else url
    targets = (Target(address, Role.SELF),) if address is not None else ()
    reference = Reference(path, Span(0, 1, line, 1, line, 2), raw, address, Kind.LINK, targets=targets)
    return Finding(reference, tuple(Verdict(outcome, reason, detail) for _ in targets), outcome, reason, detail)


def shown(*findings: Finding, problems: tuple[Problem, ...] = ()) -> str:
    outcomes = {one.outcome: sum(other.outcome is one.outcome for other in findings) for one in findings}
    changes = {(outcome, Change.NEW): number for outcome, number in outcomes.items()}
    summary = Summary(1, NOW, NOW, "finished", (".",), 1, 1, outcomes, {}, {}, changes, 0, problems)
    out = io.StringIO()
    console.write(out, summary, hostile.by_target(findings))
    return out.getvalue()


HOSTILE = {
    "a title that clears the screen": ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
    "a carriage return": ("fine\rbroken", "fine\\rbroken"),
    "a line break": ("one\ntwo", "one\\ntwo"),
    "a C1 control": ("\x9b31m", "\\x9b31m"),
    "a bidirectional override": ("\u202egnp.exe", "\\u202egnp.exe"),
    "an isolate": ("\u2066x\u2069", "\\u2066x\\u2069"),
    "a backspace": ("good\x08\x08\x08\x08evil", "good\\x08\\x08\\x08\\x08evil"),
    "a separator": ("a\u2028b", "a\\u2028b"),
    "a lone surrogate": ("a\udcffb", "a\\udcffb"),
    "rich markup": ("[bold]x[/bold] [link=https://evil.example]y[/]", "[bold]x[/bold] [link=https://evil.example]y[/]"),
    "markup that closes nothing": ("[/]", "[/]"),
    "an index": ("[a]2", "[a]2"),
    "an emoji code": (":smile: 1.2.3.4 'quoted'", ":smile: 1.2.3.4 'quoted'"),
    "Chinese": ("新聞，標題", "新聞，標題"),
    "an emoji with joiner": ("👩\u200d🔬", "👩\u200d🔬"),
}


@pytest.mark.parametrize(("text", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_text_is_shown_and_not_obeyed(text: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a URL, a title, a file name or a message holds: I see it, my terminal does not."""
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert printable(text) == expected
    places = {
        "raw": finding(text, url=None),
        "detail": finding(detail=f"the page is called '{text}'"),
        "path": finding(path=f"{text}.md"),
    }
    for place, one in places.items():
        assert expected in shown(one), place
    assert f"not read: {expected}.md: {expected}" in shown(problems=(Problem(f"{text}.md", text),))


def test_a_hostile_address_makes_no_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clickable links hold only what a URL parser made; all else stays text, also with colours on."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    hostile = "https://a.example/\x1b]8;;https://evil.example\x07"
    for one in (finding(hostile, url=None), finding(hostile)):
        written = shown(one)
        assert "\x1b]8;;https://evil.example" not in written
        assert "\x07" not in written
    assert re.search(r"\x1b\]8;id=\d+;https://a\.example/x\x1b\\", shown(finding()))


def test_a_percent_encoded_address_is_readable_and_links_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """I read Chinese, and the link is what the document says."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    written = shown(finding("https://a.example/%E6%96%B0%E8%81%9E%E2%80%AE"))
    assert ";https://a.example/%E6%96%B0%E8%81%9E%E2%80%AE\x1b\\" in written
    assert "\u202e" not in written
    assert "新聞" in written or "%E6%96%B0%E8%81%9E" in written


def test_the_worst_comes_first_and_places_are_gathered() -> None:
    """Broken before uncertain before redirected; one target with all its places, at most five."""
    many = [finding(line=line) for line in range(1, 9)]
    other = finding("https://b.example/", outcome=Outcome.UNCERTAIN, reason=Reason.TIMED_OUT, detail="silence")
    moved = finding("https://c.example/", outcome=Outcome.REDIRECTED, reason=Reason.MOVED_PERMANENTLY, detail="moved")
    written = shown(moved, other, *many)
    heads = [line.split(" ")[0] for line in written.splitlines() if line.isupper() or " · " in line]
    assert heads == ["BROKEN", "UNCERTAIN", "REDIRECTED"]
    assert written.count("https://a.example/x") == 1
    assert [f"a.md:{line}:1" in written for line in range(1, 9)] == [True] * 5 + [False] * 3
    assert "… and 3 more places" in written


def test_what_is_fine_or_skipped_is_counted_and_not_listed() -> None:
    """The summary has every outcome, the list what someone should look at."""
    fine = finding("https://fine.example/", outcome=Outcome.OK, reason=Reason.AVAILABLE)
    skipped = finding("mailto:a@b.example", outcome=Outcome.SKIPPED, reason=Reason.UNSUPPORTED_SCHEME)
    written = shown(fine, skipped)
    assert "fine.example" not in written
    assert "mailto" not in written
    assert re.search(r"ok +1 ", written)
    assert re.search(r"skipped +1 ", written)


def test_no_line_is_cut() -> None:
    """A long URL stays whole, so that it can be copied."""
    long = "https://a.example/" + "x" * 500
    assert long in shown(finding(long))
