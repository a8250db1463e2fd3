"""All verdicts of a run → what they show together, into the store as revisions; nothing more is asked."""

import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from linkcheck import urls
from linkcheck.model import Reason
from linkcheck.store import sightings
from linkcheck.store.connection import transaction
from linkcheck.verdicts import context
from linkcheck.verdicts.context import ENOUGH_TEXT, FEWEST_ALIKE, FEWEST_OF_HOST, Sighting
from linkcheck.verdicts.judgement import Judgement, uncertain

if TYPE_CHECKING:
    from linkcheck.targets import Rules

_ALIVE = "outcome IN ('ok', 'redirected')"
_UNREACHED = (
    "(outcome = 'uncertain' AND status IS NULL AND reason IN"
    " ('timed-out', 'connection-refused', 'connection-reset', 'dns-failure', 'host-down'))"
)
_FORBIDDEN = "(reason = 'blocked' AND status = 403)"
Revised = Iterator[tuple[int, Judgement]]


def compare(db: sqlite3.Connection, run_id: int, rules: "Rules") -> None:
    """Revise what the run as a whole proves wrong, or explains better; `rules` of sites and proxies."""
    sightings.sight(db)
    with transaction(db):
        for revised in (
            _placeholders(db, rules),
            _catch_alls(db, rules),
            _same_pages(db, rules),
            _down(db),
            _walled(db),
        ):
            sightings.revise(db, run_id, "compare", revised)


def _placeholders(db: sqlite3.Connection, rules: "Rules") -> Revised:
    is_image = f"{_ALIVE} AND expects = 'image'"
    for alike in sightings.grouped(db, "sha256", is_image, FEWEST_ALIKE):
        yield from _all(alike, context.placeholders(_keyed(alike, rules)))


def _catch_alls(db: sqlite3.Connection, rules: "Rules") -> Revised:
    is_moved = f"{_ALIVE} AND expects = 'page' AND redirected_by IS NOT NULL AND moved_to IS NOT NULL"
    column = "redirected_by || ' ' || moved_to"
    for alike in sightings.grouped(db, column, is_moved, FEWEST_ALIKE):
        yield from _all(alike, context.catch_all(_keyed(alike, rules)))


def _same_pages(db: sqlite3.Connection, rules: "Rules") -> Revised:
    is_page = f"{_ALIVE} AND expects = 'page'"
    for alike, others in sightings.of_one_body(db, is_page, FEWEST_ALIKE, ENOUGH_TEXT):
        yield from _all(alike, context.same_page(_keyed(alike, rules), others))


def _down(db: sqlite3.Connection) -> Revised:
    for failing, asked in sightings.by_host(db, _UNREACHED, FEWEST_OF_HOST):
        yield from _all(failing, context.down(failing, asked))


def _walled(db: sqlite3.Connection) -> Revised:
    for forbidden, asked in sightings.by_host(db, _FORBIDDEN, 1):
        words = context.walled(forbidden, asked)
        if words is not None:
            for sighting in forbidden:
                yield sighting.observation_id, uncertain(Reason.BLOCKED, f"{sighting.verdict.detail}; {words}")


def _all(alike: list[Sighting], judgement: Judgement | None) -> Revised:
    if judgement is not None:
        for sighting in alike:
            yield sighting.observation_id, judgement


def _keyed(alike: list[Sighting], rules: "Rules") -> list[Sighting]:
    return [replace(sighting, key=_key(sighting.url, rules)) for sighting in alike]


def _key(url: str, rules: "Rules") -> str:
    """What a URL stands for: the picture or article of a site rule, a proxied URL's origin, else host and path.

    A differing query alone is no different key, nor is the scheme or `www.`.
    """
    from linkcheck.targets import sites, unwrap  # a run with nothing alike does without

    wrapped = unwrap(url, rules)
    inner = wrapped.origin if wrapped is not None and wrapped.origin is not None else url
    known = sites.image_key(inner, rules) or sites.key(inner, rules)
    return known or urls.host(inner).removeprefix("www.") + urls.path(inner).rstrip("/")
