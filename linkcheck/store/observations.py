"""Verdicts and their evidence → rows that are only ever added, in batches; and back."""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from linkcheck.model import Content, Exchange, Expects, Outcome, PageFacts, Probe, Reason, Request, Verdict
from linkcheck.store.connection import transaction

_BATCH = 500
_INSERT = f"INSERT INTO observation VALUES (NULL{', ?' * 18})"
_KEPT = """age cache-control cf-mitigated cf-ray cf-resized content-encoding content-length content-location
content-range content-type date etag expires fastly-io-error last-modified link location retry-after server set-cookie
transfer-encoding via www-authenticate x-cache x-cld-error x-images-api x-robots-tag x-upstream-response-length"""
_KEPT_HEADERS = frozenset(_KEPT.split())
_TELLING_OF_REQUEST = frozenset({"If-Modified-Since", "If-None-Match", "Range"})
_NAMES_REMEMBERED = 4096
_IMAGE, _PAGE = Expects.IMAGE, Expects.PAGE
_MARK_BYTES = 2
"""Of a page that was read judges look no further than that, for the mark of gzip."""
_ENCODE = msgspec.json.Encoder().encode
_UNCHANGED = """
UPDATE observation SET content = before.content, sha256 = before.sha256,
  etag = coalesce(observation.etag, before.etag),
  last_modified = coalesce(observation.last_modified, before.last_modified)
FROM target JOIN observation AS before ON before.id = target.last_observation
WHERE observation.id > (SELECT max(id) FROM observation) - ? AND observation.status = 304
  AND target.id = observation.target_id
"""
"""A 304 stands for the content that was seen before."""
_EVIDENCE = msgspec.json.Decoder(tuple[Exchange, ...])
_CONTENT = msgspec.json.Decoder(Content)
OUTCOMES = {outcome.value: outcome for outcome in Outcome}
REASONS = {reason.value: reason for reason in Reason}
"""The store's words; a look-up takes a tenth of what `Outcome(word)` takes."""


Row = tuple[object, ...]


class Observations:
    """Writes the observations of one run; `flush` before reading them."""

    def __init__(self, db: sqlite3.Connection, run_id: int, unsaved: list[Row] | None = None) -> None:
        """`unsaved` holds what is not written yet; whoever gives it still has it when the store is lost."""
        self._db = db
        self._run_id = run_id
        self._rows: list[Row] = [] if unsaved is None else unsaved
        self._has_unchanged = bool(self._rows)
        self._before = db.execute("SELECT coalesce(max(id), 0) FROM observation").fetchone()[0]

    def add(self, target_id: int, probe: Probe, verdict: Verdict) -> None:
        """Remember one verdict and the evidence behind it."""
        expects, exchanges = probe.target.expects, probe.exchanges
        self._rows.append(
            (
                self._run_id,
                target_id,
                str(expects),
                *columns(verdict),
                _ENCODE([essential(exchange) for exchange in exchanges]),
                _redirected_by(exchanges) if len(exchanges) > 1 else None,
                _text_length(verdict),
                *(_validators(probe, verdict) if expects is _IMAGE else _NO_VALIDATORS),
            )
        )
        if verdict.status == 304:
            self._has_unchanged = True
        if len(self._rows) >= _BATCH:
            self.flush()

    def settle(self) -> None:
        """Write what is buffered, to be called now and then: what was delivered must not wait for the next delivery.

        A store that cannot be written is left for `flush` to complain of.
        """
        with suppress(sqlite3.Error):
            self.flush()

    def flush(self) -> None:
        """Write what is buffered, in one transaction; nothing of it is lost when that fails."""
        rows = self._rows
        if not rows:
            return
        with transaction(self._db):
            self._db.executemany(_INSERT, rows)
            if self._has_unchanged:
                self._db.execute(_UNCHANGED, (len(rows),))
            last = self._db.execute("SELECT max(id) FROM observation").fetchone()[0]
            self._db.executemany(
                "UPDATE target SET last_observation = ? WHERE id = ?",
                [(number, row[1]) for number, row in enumerate(rows, last - len(rows) + 1)],
            )
        rows.clear()
        self._has_unchanged = False

    def only_names_failed(self) -> bool:
        """Whether, since the run began or went on, no target answered, and names that should exist did not resolve."""
        row = self._db.execute(
            "SELECT count(*), coalesce(sum(reason IN ('dns-failure', 'host-not-found')"
            f" AND NOT {_NEVER_EXIST}), 0), coalesce(sum(reason NOT IN ('dns-failure', 'host-not-found')), 0)"
            " FROM observation JOIN target ON target.id = target_id"
            " WHERE run_id = ? AND observation.id > ? AND target.host <> ''",
            (self._run_id, self._before),
        ).fetchone()
        return bool(row[1]) and not row[2]

    def withdraw(self) -> None:
        """Take back what was observed since then: without a network it says nothing about anybody."""
        with transaction(self._db):
            self._db.execute(
                "UPDATE target SET last_observation = (SELECT max(id) FROM observation"
                " WHERE target_id = target.id AND id <= ?2)"
                " WHERE id IN (SELECT target_id FROM observation WHERE run_id = ?1 AND id > ?2)",
                (self._run_id, self._before),
            )
            self._db.execute("DELETE FROM observation WHERE run_id = ? AND id > ?", (self._run_id, self._before))


_NEVER_EXIST = "(target.host LIKE '%.invalid' OR target.host LIKE '%.test' OR target.host LIKE '%.example')"
"""RFC 6761: names that resolve nowhere, so that their failing tells nothing."""


def _redirected_by(exchanges: tuple[Exchange, ...]) -> int | None:
    """The status of the first redirect, when there was one."""
    status = exchanges[0].status
    return status if status is not None and 300 < status < 309 else None


_NO_VALIDATORS = (None, None)


def _validators(probe: Probe, verdict: Verdict) -> tuple[str | None, str | None]:
    """ETag and Last-Modified of an image that is fine, for the next conditional request."""
    if verdict.outcome is not Outcome.OK or not probe.exchanges:
        return None, None
    first = probe.exchanges[0]
    if len(probe.exchanges) > 1 or first.status not in (200, 304):
        return None, None
    etag = last_modified = None
    for name, value in reversed(first.headers):
        if len(name) == 4 and name.lower() == "etag":
            etag = value
        elif len(name) == 13 and name.lower() == "last-modified":
            last_modified = value
    return etag, last_modified


def _text_length(verdict: Verdict) -> int | None:
    page = verdict.content.page if verdict.content is not None else None
    return len(page.text) if page is not None else None


def columns(verdict: Verdict) -> tuple[object, ...]:
    """A verdict as the columns from `outcome` to `content`."""
    content = verdict.content
    return (
        str(verdict.outcome),
        str(verdict.reason),
        verdict.detail,
        verdict.status,
        verdict.final_url,
        verdict.attempts,
        verdict.elapsed_s,
        _written(verdict.checked_at) if verdict.checked_at is not None else None,
        content.sha256 if content else None,
        _ENCODE(_kept(content)) if content is not None else None,
    )


def _written(when: datetime) -> str:
    """`when.isoformat()`, for a time in UTC in a tenth of its time."""
    text: str = msgspec.to_builtins(when)
    return f"{text[:-1]}+00:00" if text[-1] == "Z" else when.isoformat()


def _kept(content: Content) -> Content:
    """Without the bytes; of a page's facts only the anchors are needed again for each reference."""
    if not content.body and content.page is None:
        return content
    page = PageFacts(anchors=content.page.anchors) if content.page is not None and content.page.anchors else None
    return replace(content, body=b"", page=page)


COLUMNS = "outcome, reason, detail, status, final_url, attempts, elapsed_s, checked_at, sha256, content"
"""The columns that make a verdict, in the order of `verdict`."""


def verdict(row: Sequence[Any]) -> Verdict:
    """The verdict of a row of `COLUMNS`."""
    outcome, reason, detail, status, final_url, attempts, elapsed_s, checked_at, _, content = row
    return Verdict(
        OUTCOMES[outcome],
        REASONS[reason],
        detail,
        status,
        final_url,
        attempts,
        elapsed_s,
        datetime.fromisoformat(checked_at) if checked_at is not None else None,
        _CONTENT.decode(content) if content is not None else None,
    )


def evidence(db: sqlite3.Connection, observation_id: int) -> tuple[Exchange, ...]:
    """The exchanges behind an observation, in time order."""
    row = db.execute("SELECT evidence FROM observation WHERE id = ?", (observation_id,)).fetchone()
    return _EVIDENCE.decode(row[0]) if row and row[0] else ()


class _Keeping(dict[str, str | None]):
    """A header's name as it was sent → the name in lower case when the header is kept, else None."""

    def __missing__(self, name: str) -> str | None:
        lowered = name.lower()
        kept = lowered if lowered in _KEPT_HEADERS else None
        if len(self) < _NAMES_REMEMBERED:
            self[name] = kept
        return kept


_KEEPING = _Keeping()


def essential(exchange: Exchange) -> Exchange:
    """Without what follows from the configuration (and may hold secrets), and most headers; enough to judge again."""
    request, content = exchange.request, exchange.content
    asked = Request(
        request.method,
        request.url,
        tuple([pair for pair in request.headers if pair[0] in _TELLING_OF_REQUEST]),
        verify=request.verify,
        purpose=request.purpose,
        expects=request.expects,
        asked_for=request.asked_for,
    )
    headers = [
        pair if name != "set-cookie" else (pair[0], "…")
        for pair in exchange.headers
        if (name := _KEEPING[pair[0]]) is not None
    ]
    page = content.page if content is not None else None
    if content is not None and page is not None:
        # Only an article's text is ever compared again; how long another page's was stands in a column of its own.
        page = page if request.wants_text or not page.text else replace(page, text="")
        is_plain = exchange.status == 200 and request.expects is _PAGE
        content = replace(content, body=content.body[:_MARK_BYTES] if is_plain else content.body, page=page)
    return replace(exchange, request=asked, headers=tuple(headers), content=content)
