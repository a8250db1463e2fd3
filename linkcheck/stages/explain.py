"""A URL → everything behind its verdict, as text, from the store."""

import re
import sqlite3
from collections.abc import Iterator

from linkcheck import urls
from linkcheck.engines.lanes import Engine, Lane
from linkcheck.model import Expects, Probe, Role, Target
from linkcheck.reports import explanation
from linkcheck.reports.printable import count, printable
from linkcheck.store import history
from linkcheck.targets import Rules, sites, unwrap
from linkcheck.verdicts.judge import judge

_IMAGE = re.compile(r"\.(?:avif|bmp|gif|jpe?g|png|svg|webp)$", re.IGNORECASE)
_MOST_PLACES = 20


def explain(db: sqlite3.Connection, url: str) -> Iterator[str]:
    """Lines of text; raises UserFault when the store has never met the URL."""
    target = history.target_id(db, url)
    latest = next(history.observed(db, target), None)
    if latest is None:
        yield printable(url)
        yield "never asked"
    else:
        yield from explanation.verdict(url, latest.run_id, latest.verdict, latest.revised)
        yield ""
        yield (
            f"What was asked, {count(len(latest.exchanges), 'request')}:"
            if latest.exchanges
            else "Nothing was asked of it."
        )
        yield from explanation.exchanges(latest.exchanges)
    yield ""
    yield from _places(db, target)


def ask(engine: Engine, url: str, rules: Rules) -> Iterator[str]:
    """Ask for `url` now, as an image when its name says so, and explain the answer."""
    expects = Expects.IMAGE if _IMAGE.search(urls.path(url)) or unwrap(url, rules) else Expects.PAGE
    target = Target(url, Role.SELF, expects, renditions=sites.renditions(url, rules))
    probes: list[Probe] = []
    lane = Lane(urls.authority(url), 1, lambda: iter([(0, target)]))
    engine.run([lane], lambda number, probe: probes.append(probe))
    for probe in probes:
        yield from explanation.verdict(url, None, judge(probe), None)
        yield ""
        yield f"What was asked, {count(len(probe.exchanges), 'request')}:"
        yield from explanation.exchanges(probe.exchanges)


def _places(db: sqlite3.Connection, target: int) -> Iterator[str]:
    places = history.places(db, target)
    yield f"Where it is used, {count(len(places), 'place')}:"
    for place in places[:_MOST_PLACES]:
        finding = f"{place.finding[0]} {place.finding[1]}" if place.finding is not None else "no finding"
        where = f"{printable(place.path)}:{place.line}:{place.column}"
        yield f"  {where}  {place.kind}, as {place.role}: {finding}"
    if len(places) > _MOST_PLACES:
        yield f"  … and {len(places) - _MOST_PLACES} more"
