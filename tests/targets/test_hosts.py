"""Published manners of hosts are complete and honest."""

from typing import Any

import pytest

from linkcheck.shipped import shipped
from linkcheck.targets import load

HOSTS: list[dict[str, Any]] = shipped("hosts.toml")["host"]
FIELDS = {"pattern", "path", "requests", "window_s", "concurrency", "never", "source", "note"}


def entries(pattern: str, path: str = "") -> list[dict[str, Any]]:
    return [entry for entry in HOSTS if entry["pattern"] == pattern and entry.get("path", "") == path]


@pytest.mark.parametrize("entry", HOSTS, ids=[f"{entry['pattern']}{entry.get('path', '')}" for entry in HOSTS])
def test_an_entry_says_what_holds_and_who_says_so(entry: dict[str, Any]) -> None:
    assert set(entry) <= FIELDS
    assert entry["source"]
    assert entry.get("never") or entry.get("requests") or entry.get("concurrency")
    assert ("requests" in entry) == ("window_s" in entry)


def test_no_place_has_two_entries() -> None:
    places = [(entry["pattern"], entry.get("path", "")) for entry in HOSTS]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    ("pattern", "path", "published", "window_s"),
    [
        ("images.weserv.nl", "", 2500, 600),
        ("wsrv.nl", "", 2500, 600),
        ("web.archive.org", "", 600, 60),
        ("web.archive.org", "/cdx/", 30, 60),
        ("web.archive.org", "/web/timemap/", 30, 60),
        ("arquivo.pt", "", 250, 60),
    ],
)
def test_we_stay_below_what_is_published(pattern: str, path: str, published: int, window_s: int) -> None:
    (entry,) = entries(pattern, path)
    assert entry["requests"] < published
    assert entry["window_s"] == window_s


def test_whoever_is_never_asked_is_excluded_too() -> None:
    """The reason for silence stands in the exclusions; both lists name the same hosts."""
    never = {entry["pattern"] for entry in HOSTS if entry.get("never")}
    excluded = next(rule for rule in load().exclusions if rule.id == "archive-today")
    assert never == set(excluded.hosts)
