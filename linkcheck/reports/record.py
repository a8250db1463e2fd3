"""Findings and references → the plain values that every machine-readable report is made of (the contract's shapes)."""

from datetime import datetime
from typing import Any

from linkcheck.model import Content, Finding, Reference, Target, Verdict


def of_reference(reference: Reference) -> dict[str, Any]:
    """A reference as `extract` prints it."""
    return {**_place(reference), "targets": [_target(target) for target in reference.targets]}


def of_finding(finding: Finding) -> dict[str, Any]:
    """A finding as `json` and `jsonl` list it."""
    reference, memento = finding.reference, finding.memento
    targets = zip(reference.targets, finding.verdicts, strict=True)
    return {
        **_place(reference),
        "targets": [{**_target(target), **_verdict(verdict)} for target, verdict in targets],
        "outcome": finding.outcome,
        "reason": finding.reason,
        "detail": finding.detail,
        "change": finding.change,
        "confirmed": finding.confirmed,
        "failing_since": time(finding.failing_since),
        "memento": memento
        and {"url": memento.url, "captured_at": time(memento.captured_at), "archive": memento.archive},
        "checked_at": time(finding.checked_at),
    }


def _place(reference: Reference) -> dict[str, Any]:
    span = reference.span
    place = {
        "path": reference.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "raw": reference.raw,
        "url": reference.url,
        "kind": reference.kind,
        "element": reference.element,
        "attribute": reference.attribute,
    }
    if reference.problem is not None:
        place["problem"] = reference.problem
    return place


def _target(target: Target) -> dict[str, Any]:
    return {"url": target.url, "role": target.role}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "detail": verdict.detail,
        "status": verdict.status,
        "final_url": verdict.final_url,
        "attempts": verdict.attempts,
        "elapsed_s": verdict.elapsed_s,
        "checked_at": time(verdict.checked_at),
        "content": verdict.content and _content(verdict.content),
    }


def _content(content: Content) -> dict[str, Any]:
    image = content.image
    return {
        "media_type": content.media_type,
        "length_bytes": content.length_bytes,
        "sha256": content.sha256,
        "image": image and {"format": image.format, "width_px": image.width_px, "height_px": image.height_px},
    }


def time(when: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return when.isoformat().replace("+00:00", "Z") if when is not None else None
