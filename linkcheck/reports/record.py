"""Findings and references → the values that every machine-readable report is made of (the contract's shapes).

Structs, whose fields are the contract's keys in its order: making and encoding one costs a quarter of a dict's.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET, Struct, UnsetType

from linkcheck.model import (
    Change,
    Content,
    Finding,
    ImageFacts,
    Kind,
    Memento,
    Outcome,
    Reason,
    Reference,
    Role,
    Target,
    Verdict,
)


class TargetRecord(Struct, frozen=True, gc=False):
    """A target as `extract` lists it."""

    url: str
    role: Role


class ReferenceRecord(Struct, frozen=True):
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
    width_px: int | None
    height_px: int | None


class ContentRecord(Struct, frozen=True, gc=False):
    """What a target gave."""

    media_type: str | None
    length_bytes: int
    sha256: str | None
    image: ImageRecord | None


class VerdictRecord(Struct, frozen=True, gc=False):
    """A target and what became of it."""

    url: str
    role: Role
    outcome: Outcome
    reason: Reason
    detail: str
    status: int | None
    final_url: str | None
    attempts: int
    elapsed_s: float
    checked_at: datetime | None
    content: ContentRecord | None


class FindingRecord(Struct, frozen=True):
    """A finding as `json` and `jsonl` list it."""

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
    targets: Sequence[VerdictRecord]
    outcome: Outcome
    reason: Reason
    detail: str
    change: Change
    confirmed: bool
    failing_since: datetime | None
    memento: Memento | None
    checked_at: datetime | None


_ENCODER = msgspec.json.Encoder()


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
        list(map(_verdict, reference.targets, finding.verdicts)),
        finding.outcome,
        finding.reason,
        finding.detail,
        finding.change,
        finding.confirmed,
        finding.failing_since,
        finding.memento,
        finding.checked_at,
    )


def _verdict(target: Target, verdict: Verdict) -> VerdictRecord:
    return VerdictRecord(
        target.url,
        target.role,
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
