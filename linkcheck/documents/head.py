"""Text → what its head says: title, own URL, dates, and where front matter ends.

Invariant: only the head is looked at; an unreadable head says nothing and raises nothing.
"""

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from linkcheck import urls
from linkcheck.documents.escapes import unescape
from linkcheck.patterns import lazily

if TYPE_CHECKING:
    from linkcheck.documents.front_matter import Entry

OWN_URL_KEYS = ("original_url", "canonical_url", "url", "from", "link", "source")
_ARCHIVED_KEYS = ("fetch_date", "archived_at", "archived", "fetched_at", "retrieved")
_PUBLISHED_KEYS = ("published_at", "published", "date", "pubdate", "pub_date")
# Bounded, so that no line is looked through again and again.
_TITLE_LINE = re.compile(
    r"\s*(?:<!--\s*(?P<stamp>\d{1,20})\s*-->[ \t]*(?:\r\n|\r|\n)\s*)?"
    r"\[(?=[^\r\n]{0,8192}+(?:\r\n|\r|\n)[ ]{0,3}-)(?P<title>[^\r\n]{0,2000})"
    r"\]\((?P<url>[^\s()]*(?:\([^\s()]*\)[^\s()]*)*|\S+)\)[ \t]*(?:\r\n|\r|\n)"
    r"[ ]{0,3}-+[ \t]*(?:\r\n|\r|\n|\Z)"
)
_STAMP = lazily(r"\s*<!--\s*(\d{1,20})\s*-->")
_BODY_DATE = lazily(
    r"<i>\s*(?:<br\s*/?>)?\s*(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:?\d\d)?)\s*</i>"
    r"|日期[：:]\s*(?P<mail>[^\r\n<]{6,60})"
)
_BODY_DATE_WITHIN = 400
_BASE = lazily(r"<base[\s/]", re.IGNORECASE)


class Head(Struct, frozen=True):
    """What the head of a file says."""

    title: str | None = None
    url: str | None = None
    published_at: datetime | None = None
    archived_at: datetime | None = None
    body_start: int = 0
    has_title_line: bool = False


def read_head(text: str) -> Head:
    """Front matter, then the archive's stamp, title line and rule, whichever are there."""
    entries, body_start = _front_matter(text) if text.startswith(("---", "+++")) else ((), 0)
    line = title_line(text, body_start)
    named = {entry.key: entry.value for entry in reversed(entries) if entry.depth == 0} if entries else {}
    return Head(
        title=line["title"] if line else _text(named.get("title")),
        url=(_web_url(unescape(line["url"])) if line else None) or _own_url(named),
        published_at=_published_at(text, body_start, line) or (_first_date(named, _PUBLISHED_KEYS) if named else None),
        archived_at=_first_date(named, _ARCHIVED_KEYS) if named else None,
        body_start=body_start,
        has_title_line=line is not None,
    )


def _front_matter(text: str) -> "tuple[tuple[Entry, ...], int]":
    from linkcheck.documents import front_matter  # an archive may have none

    return front_matter.read(text)


def title_line(text: str, body_start: int) -> re.Match[str] | None:
    """The archive's stamp, title link (`title`, `url`) and rule at the start of the body, or None.

    The last answer is kept: a document's head and its references ask for the same text in turn.
    """
    last_text, last_start, found = _last_title_line[0]
    if last_text is not text or last_start != body_start:
        found = _TITLE_LINE.match(text, body_start)
        _last_title_line[0] = text, body_start, found
    return found


_last_title_line: list[tuple[str, int, re.Match[str] | None]] = [("", 0, None)]


def html_base(text: str, own_url: str | None) -> str | None:
    """What the first `<base href>` of a page says, when that is an absolute web URL; else None."""
    if not _BASE.search(text):
        return None
    import turbohtml  # the parser is loaded only where a text needs it

    for element in turbohtml.parse(text).find_all("base"):
        href = element.attrs.get("href")
        if isinstance(href, str):
            resolved = urls.resolve(href, own_url)
            return resolved if resolved and urls.is_web(resolved) else None
    return None


def _web_url(text: str) -> str | None:
    if not text[:8].lower().startswith(("http://", "https://")):
        return None
    return urls.resolve(text)


def _own_url(named: dict[str, object]) -> str | None:
    for key in OWN_URL_KEYS:
        value = named.get(key)
        if isinstance(value, str) and (url := _web_url(value.strip())):
            return url
    return None


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int | float) and value != "" else None


def _published_at(text: str, body_start: int, line: re.Match[str] | None) -> datetime | None:
    """The date in the body is more exact than the stamp."""
    start = line.end() if line else body_start
    until = start + _BODY_DATE_WITHIN
    is_dated = line is not None and (text.find("<i>", start, until) >= 0 or text.find("日期", start, until) >= 0)
    if is_dated and (match := _BODY_DATE.search(text, start, until)):
        found = _date(match["iso"]) if match["iso"] else _mail_date(match["mail"])
        if found:
            return found
    stamp = (line["stamp"] if line else None) or ((match := _STAMP.match(text, body_start)) and match[1])
    return _from_stamp(stamp) if stamp else None


def _from_stamp(milliseconds: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _first_date(named: dict[str, object], keys: tuple[str, ...]) -> datetime | None:
    for key in keys:
        if (found := _date(named.get(key))) is not None:
            return found
    return None


def _date(value: object) -> datetime | None:
    """A date of front matter, aware; a time without zone counts as UTC."""
    if isinstance(value, datetime):
        return _aware(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, str):
        return None
    text = re.sub(r"^(\S+)\s+([\d:.]+)\s*([+-]\d\d:?\d\d)$", r"\1T\2\3", value.strip())
    try:
        return _aware(datetime.fromisoformat(text))
    except ValueError:
        return _mail_date(value)


def _mail_date(text: str) -> datetime | None:
    """RFC 2822, as feeds write it."""
    from email.utils import parsedate_to_datetime  # some 8 ms, for the few heads that date themselves so

    try:
        return _aware(parsedate_to_datetime(text.strip()))
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def _aware(moment: datetime) -> datetime | None:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None
