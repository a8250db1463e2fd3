"""Findings → one HTML file that needs nothing else: no request leaves it, and no text in it is taken as markup.

Invariants: the policy in its head allows this one style sheet and this one script, by their digests, and nothing
besides; memory is bounded by `MOST` findings; without its script the page is a summary and the worst of its rows.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TextIO

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from linkcheck import __version__
from linkcheck.model import PROBLEMS, Finding, Outcome, Role
from linkcheck.reports import island, pictures
from linkcheck.reports.printable import count, printable
from linkcheck.reports.rows import WORST_FIRST, Place, Row, Rows, Side, first
from linkcheck.reports.summary import LISTED, Summary

MOST = 50_000
"""Findings in one page; measured 2026-11-25: they open in about a second."""
_WITHOUT_SCRIPT = 200
"""Rows that are also there without JavaScript."""
_PLACES_WITHOUT_SCRIPT = 3
_PAGE = Path(__file__).parent / "page"
_SCRIPTS = ("table.js", "search.js", "page.js")
_MEANINGS = {
    Outcome.BROKEN: "a reader does not get it",
    Outcome.AT_RISK: "still there, by a thread",
    Outcome.UNCERTAIN: "blocked, throttled, in trouble",
    Outcome.REDIRECTED: "elsewhere for good",
    Outcome.OK: "as the documents expect",
    Outcome.SKIPPED: "not asked",
}
_ROLES = {role: "proxy" if role is Role.PROXIED else role.value for role in Role}
_SIGNS = {
    Outcome.BROKEN: "✕",
    Outcome.AT_RISK: "▲",
    Outcome.UNCERTAIN: "?",
    Outcome.REDIRECTED: "→",
    Outcome.OK: "✓",
    Outcome.SKIPPED: "–",
}


def write(
    out: TextIO, summary: Summary, findings: Iterable[Finding], further: Sequence[tuple[str, str, str, str]] = ()
) -> None:
    """The whole page; `further` pictures are (title, what it shows, SVG that is safe as it is, its table)."""
    kept, tally = Rows(MOST), pictures.Tally()
    for finding in findings:
        tally.add(finding)
        kept.add(finding)
    rows = kept.worst_first()
    drawn = [tally.hosts(), tally.kinds(), pictures.ages(summary.published)]
    out.writelines(
        _environment()
        .get_template("page.html.jinja")
        .generate(
            summary=summary,
            version=__version__,
            since=printable(summary.since or ""),
            paths=[printable(path) for path in summary.paths],
            problems=[(printable(problem.path), printable(problem.message)) for problem in summary.problems],
            rows=[(row, len(places), list(first(places, _PLACES_WITHOUT_SCRIPT))) for row, places in _listed(rows)],
            row_total=len(rows),
            listed_total=sum(row.outcome in LISTED for row, _ in rows),
            kept=sum(len(places) for _, places in rows),
            left_out=kept.left_out,
            pictures=[picture for picture in drawn if picture is not None],
            further=[(title, says, Markup(svg), table) for title, says, svg, table in further],
            style=Markup(_style()),
            script=Markup(_script()),
            policy=_policy(),
            pieces=map(Markup, island.pieces(rows)),
        )
    )


def _listed(rows: list[tuple[Row, list[Place]]]) -> list[tuple[Row, list[Place]]]:
    return [item for item in rows[:_WITHOUT_SCRIPT] if item[0].outcome in LISTED]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_PAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["count"] = count
    environment.filters["image"] = _image
    environment.globals.update(
        outcomes=WORST_FIRST,
        problem_outcomes=PROBLEMS,
        meanings=_MEANINGS,
        signs=_SIGNS,
        roles=_ROLES,
        width=pictures.WIDTH,
    )
    return environment


def _image(side: Side) -> str:
    """`JPEG 700×394`, or what is known of it; `` for what is no image."""
    if side.format is None:
        return ""
    size = f" {side.width_px}×{side.height_px}" if side.width_px and side.height_px else ""
    return f"{side.format.upper()}{size}"


@cache
def _style() -> str:
    return (_PAGE / "page.css").read_text(encoding="utf-8")


@cache
def _script() -> str:
    parts = "\n".join((_PAGE / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def _policy() -> str:
    """The Content-Security-Policy: nothing but this style and this script (CSP Level 3, 2.3.1)."""
    return (
        f"default-src 'none'; style-src '{_digest(_style())}'; script-src '{_digest(_script())}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
