"""Survival curves and cohorts → a table, plain values for JSON, an SVG, and a picture in the terminal.

Ages are years. Each drawing carries the same numbers as a text: who cannot see it reads the table.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from linkcheck.reports.printable import printable
from linkcheck.survival import Cohort, Curve, Step

MARKS = (1, 2, 3, 5, 7, 10, 15, 20, 25, 30)
"""Ages in years at which a table reads the curves."""
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "currentColor", "#999999")
"""Okabe and Ito's: told apart by colour-blind readers too; dashes say it once more. Their black is that of the text."""
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 4", "1 4", "12 4", "6 2 1 2")
_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 640, 360, 52, 24, 16, 44
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def table(curves: Mapping[str, Curve], *, has_unicode: bool = True) -> Iterator[str]:
    """Lines: a row a curve, its survival (95 % band) at full years, and its half-life."""
    oldest = max((curve.steps[-1].age for curve in curves.values() if curve.steps), default=0.0)
    marks = [mark for mark in MARKS if mark <= oldest][-6:]
    width = max([len(printable(name)) for name in curves] + [5])
    head = "".join(f"{f'{mark} y':>16}" for mark in marks)
    yield f"{'group':<{width}}{'links':>9}{'died':>8}{head}{'half-life':>12}"
    for name, curve in curves.items():
        cells = "".join(f"{_cell(curve, mark, has_unicode=has_unicode):>16}" for mark in marks)
        half = curve.half_life()
        span = f"{half:.1f} y" if half is not None else ("–" if has_unicode else "-")
        yield f"{printable(name):<{width}}{curve.number:>9,}{curve.deaths:>8,}{cells}{span:>12}"


def _cell(curve: Curve, age: float, *, has_unicode: bool) -> str:
    dash = "–" if has_unicode else "-"
    if not curve.steps or age > curve.steps[-1].age:
        return dash
    step = curve.at(age)
    if step is None:
        return "100%"
    return f"{_percent(step.survival)} ({_percent(step.low)[:-1]}{dash}{_percent(step.high)[:-1]})"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def cohorts(rows: Sequence[Cohort], *, has_unicode: bool = True) -> Iterator[str]:
    """Lines: a row a cohort, the share that is dead with its 95 % interval, as a bar too."""
    width = max([len(printable(row.name)) for row in rows] + [5])
    full, dash = ("█", "–") if has_unicode else ("#", "-")
    yield f"{'group':<{width}}{'links':>9}{'dead':>8}   share (95 % interval)"
    for row in rows:
        share = f"{_percent(row.share)} ({_percent(row.low)[:-1]}{dash}{_percent(row.high)[:-1]})"
        bar = full * round(24 * row.share)
        yield f"{printable(row.name):<{width}}{row.number:>9,}{row.dead:>8,}   {share:<16}{bar}".rstrip()


def of_curve(curve: Curve) -> dict[str, Any]:
    """A curve as JSON shows it: ages in years, shares from 0 to 1."""
    half = curve.half_life()
    return {
        "links": curve.number,
        "died": curve.deaths,
        "half_life_years": round(half, 3) if half is not None else None,
        "steps": [_of_step(step) for step in curve.steps],
    }


def _of_step(step: Step) -> dict[str, float]:
    return {
        "age_years": round(step.age, 4),
        "survival": round(step.survival, 6),
        "low": round(step.low, 6),
        "high": round(step.high, 6),
        "at_risk": round(step.at_risk, 2),
        "deaths": round(step.deaths, 2),
    }


def of_cohort(row: Cohort) -> dict[str, Any]:
    """A cohort as JSON shows it."""
    return {
        "name": row.name,
        "links": row.number,
        "dead": row.dead,
        "share": round(row.share, 6),
        "low": round(row.low, 6),
        "high": round(row.high, 6),
    }


def picture(curve: Curve, columns: int = 60, rows: int = 13, *, has_unicode: bool = True) -> Iterator[str]:
    """Lines: the curve with its axes, drawn in braille dots, or in asterisks without Unicode."""
    if not curve.steps:
        return
    wide, high = (2, 4) if has_unicode else (1, 1)
    oldest = curve.steps[-1].age
    dots: set[tuple[int, int]] = set()
    before = 1.0
    for x in range(columns * wide):
        step = curve.at(oldest * (x + 0.5) / (columns * wide))
        now = step.survival if step is not None else 1.0
        top, bottom = (round((1 - share) * (rows * high - 1)) for share in (before, now))
        dots.update((x, y) for y in range(top, bottom + 1))
        before = now
    corner, upright, level = ("└", "│", "─") if has_unicode else ("+", "|", "-")
    for row in range(rows):
        label = f"{100 - round(100 * row / (rows - 1)):>3}%" if row % 3 == 0 or row == rows - 1 else "    "
        line = "".join(_character(dots, column, row, has_unicode=has_unicode) for column in range(columns))
        yield f"{label} {upright}{line}".rstrip()
    yield f"     {corner}{level * columns}"
    yield f"      {'0':<{columns - 8}}{f'{oldest:.1f} years':>8}"


def _character(dots: set[tuple[int, int]], column: int, row: int, *, has_unicode: bool) -> str:
    if not has_unicode:
        return "*" if (column, row) in dots else " "
    bits = sum(_DOTS[y][x] for y in range(4) for x in range(2) if (2 * column + x, 4 * row + y) in dots)
    return chr(0x2800 + bits) if bits else " "


def svg(curves: Mapping[str, Curve], title: str = "Share of links still alive, by age") -> str:
    """An SVG element of its own, to be put into a page or a file; the table is its description."""
    drawn = {name: curve for name, curve in curves.items() if curve.steps}
    oldest = max((curve.steps[-1].age for curve in drawn.values()), default=1.0)
    described = escape("\n".join(table(drawn))) if drawn else "nothing is known yet"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {_WIDTH} {_HEIGHT + 20 * len(drawn)}"'
        ' font-family="system-ui,sans-serif" font-size="12" fill="currentColor">',
        f"<title>{escape(title)}</title><desc>{described}</desc>",
        *_axes(oldest),
    ]
    for number, (name, curve) in enumerate(drawn.items()):
        colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)]
        parts += _drawn(curve, oldest, colour, dash)
        y = _HEIGHT + 20 * number
        parts.append(
            f'<path d="M{_LEFT} {y}h28" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
            f'<text x="{_LEFT + 36}" y="{y + 4}">{escape(printable(name))} ({curve.number:,} links,'
            f" {curve.deaths:,} died)</text>"
        )
    return "".join([*parts, "</svg>"])


def _axes(oldest: float) -> Iterator[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    for percent in (0, 25, 50, 75, 100):
        y = _y(percent / 100)
        yield f'<path d="M{_LEFT} {y}H{right}" stroke="currentColor" stroke-opacity=".2"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:g}" text-anchor="end">{percent}%</text>'
    unit = next((width for width in (0.1, 0.25, 0.5, 1, 2, 5, 10, 20) if oldest / width <= 8), 50)
    for number in range(int(oldest / unit) + 1):
        x = _x(number * unit, oldest)
        yield f'<text x="{x:g}" y="{bottom + 18}" text-anchor="middle">{number * unit:g}</text>'
    yield f'<text x="{right}" y="{bottom + 34}" text-anchor="end">years after publication</text>'


def _drawn(curve: Curve, oldest: float, colour: str, dash: str) -> Iterator[str]:
    upper = _staircase([(step.age, step.high) for step in curve.steps], oldest)
    lower = _staircase([(step.age, step.low) for step in curve.steps], oldest)
    line = _staircase([(step.age, step.survival) for step in curve.steps], oldest)
    outline = "L".join(f"{x:g} {y:g}" for x, y in [*upper, *reversed(lower)])
    yield f'<path d="M{outline}Z" fill="{colour}" fill-opacity=".15" stroke="none"/>'
    course = "L".join(f"{x:g} {y:g}" for x, y in line)
    yield f'<path d="M{course}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'


def _staircase(points: Sequence[tuple[float, float]], oldest: float) -> list[tuple[float, float]]:
    found = [(_x(0, oldest), _y(1.0))]
    for age, share in points:
        found += [(_x(age, oldest), found[-1][1]), (_x(age, oldest), _y(share))]
    return found


def _x(age: float, oldest: float) -> float:
    return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * age / oldest, 1)


def _y(share: float) -> float:
    return round(_TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - share), 1)
