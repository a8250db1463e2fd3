"""Findings and references → the values that every machine-readable report is made of (the contract's shapes).

Structs, whose fields are the contract's keys in its order: making and encoding one costs a quarter of a dict's. What
the store holds as text (words, times) is printed as it is: a test holds `of_rows` to `of_finding`.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from linkcheck.model import Content, Finding, ImageFacts, Kind, Memento, Reference, Role, Verdict
from linkcheck.store.findings import unasked
from linkcheck.verdicts.expectations import wanted


class TargetRecord(Struct, frozen=True, gc=False):
    """A target as `extract` lists it."""

    url: str
    role: Role


class ReferenceRecord(Struct, frozen=True, gc=False):
    """A reference as `extract` prints it."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    raw: str
    url: str | None
    kind: Kind
    element: str | None
    attribute: str | None
    problem: str | UnsetType
    targets: Sequence[TargetRecord]


class ImageRecord(Struct, frozen=True, gc=False):
    """What an image is."""

    format: str
    width_px: int | None = None
    height_px: int | None = None


class ContentRecord(Struct, frozen=True, gc=False):
    """What a target gave."""

    media_type: str | None
    length_bytes: int
    sha256: str | None = None
    image: ImageRecord | None = None


class VerdictRecord(Struct, frozen=True, gc=False):
    """A target and what became of it."""

    url: str
    role: str
    outcome: str
    reason: str
    detail: str
    status: int | None
    final_url: str | None
    attempts: int
    elapsed_s: float
    checked_at: datetime | str | None
    content: ContentRecord | None


class FindingRecord(Struct, frozen=True, gc=False):
    """A finding as `json` and `jsonl` list it."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    raw: str
    url: str | None
    kind: str
    element: str | None
    attribute: str | None
    problem: str | UnsetType
    targets: Sequence[VerdictRecord]
    outcome: str
    reason: str
    detail: str
    change: str
    confirmed: bool
    failing_since: datetime | str | None
    memento: Memento | None
    checked_at: datetime | str | None


_ENCODER = msgspec.json.Encoder()
_CONTENT = msgspec.json.Decoder(ContentRecord)
"""Of a stored content, whose other fields are no part of a report."""
_KIND = 8
_ROLE = 19
"""Where they stand in a row of `findings.rows`."""


def lines(references: Iterable[Reference]) -> Iterator[bytes]:
    """References as JSON Lines, one at a time."""
    for reference in references:
        yield _ENCODER.encode(of_reference(reference)) + b"\n"


def of_reference(reference: Reference) -> ReferenceRecord:
    """A reference as `extract` prints it."""
    span = reference.span
    return ReferenceRecord(
        reference.path,
        span.line,
        span.column,
        span.end_line,
        span.end_column,
        reference.raw,
        reference.url,
        reference.kind,
        reference.element,
        reference.attribute,
        UNSET if reference.problem is None else reference.problem,
        [TargetRecord(target.url, target.role) for target in reference.targets],
    )


def of_finding(finding: Finding) -> FindingRecord:
    """A finding as `json` and `jsonl` list it."""
    reference = finding.reference
    span = reference.span
    return FindingRecord(
        reference.path,
        span.line,
        span.column,
        span.end_line,
        span.end_column,
        reference.raw,
        reference.url,
        reference.kind,
        reference.element,
        reference.attribute,
        UNSET if reference.problem is None else reference.problem,
        [
            _verdict(target.url, target.role, verdict)
            for target, verdict in zip(reference.targets, finding.verdicts, strict=True)
        ],
        finding.outcome,
        finding.reason,
        finding.detail,
        finding.change,
        finding.confirmed,
        finding.failing_since,
        finding.memento,
        finding.checked_at,
    )


def of_rows(rows: Iterable[Sequence[Any]]) -> Iterator[FindingRecord]:
    """Findings as `json` and `jsonl` list them, from the rows of `findings.rows`."""
    before: Sequence[Any] = (None,)
    targets: list[VerdictRecord] = []
    for row in rows:
        if row[0] != before[0]:
            if before[0] is not None:
                yield _of_row(before, targets)
            before, targets = row, []
        if row[_ROLE] is not None:
            targets.append(_verdict_of_row(row))
    if before[0] is not None:
        yield _of_row(before, targets)


def _of_row(row: Sequence[Any], targets: Sequence[VerdictRecord]) -> FindingRecord:
    """`row`: the first of the finding's."""
    (
        _,
        path,
        line,
        column,
        end_line,
        end_column,
        raw,
        url,
        kind,
        element,
        attribute,
        problem,
        outcome,
        reason,
        detail,
        change,
        confirmed,
        failing_since,
        checked_at,
        *_,
    ) = row
    return FindingRecord(
        path,
        line,
        column,
        end_line,
        end_column,
        raw,
        url,
        kind,
        element,
        attribute,
        UNSET if problem is None else problem,
        targets,
        outcome,
        reason,
        detail,
        change,
        confirmed == 1,
        _printed(failing_since) if failing_since is not None else None,
        None,
        _printed(checked_at) if checked_at is not None else None,
    )


def _verdict_of_row(row: Sequence[Any]) -> VerdictRecord:
    (
        role,
        fragment,
        url,
        seen,
        outcome,
        reason,
        detail,
        status,
        final_url,
        attempts,
        elapsed_s,
        checked_at,
        content,
    ) = row[_ROLE:]
    if fragment is not None and role != "local":
        url = f"{url}#{fragment}"
    if seen is None:
        return _verdict(url, role, unasked())
    outcome, reason, detail = wanted(row[_KIND], role, outcome, reason, detail, status) or (outcome, reason, detail)
    return VerdictRecord(
        url,
        role,
        outcome,
        reason,
        detail,
        status,
        final_url,
        attempts,
        elapsed_s,
        _printed(checked_at) if checked_at is not None else None,
        _CONTENT.decode(content) if content is not None else None,
    )


def _printed(when: str) -> str:
    """RFC 3339 in UTC, of a stored time."""
    return when.replace("+00:00", "Z")


def _verdict(url: str, role: str, verdict: Verdict) -> VerdictRecord:
    return VerdictRecord(
        url,
        role,
        verdict.outcome,
        verdict.reason,
        verdict.detail,
        verdict.status,
        verdict.final_url,
        verdict.attempts,
        verdict.elapsed_s,
        verdict.checked_at,
        _content(verdict.content) if verdict.content is not None else None,
    )


def _content(content: Content) -> ContentRecord:
    image = _image(content.image) if content.image is not None else None
    return ContentRecord(content.media_type, content.length_bytes, content.sha256, image)


def _image(image: ImageFacts) -> ImageRecord:
    return ImageRecord(image.format, image.width_px, image.height_px)


def time(when: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return when.isoformat().replace("+00:00", "Z") if when is not None else None
