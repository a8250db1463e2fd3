"""The whole command against a web as bad as the real one: every row of the table, in one run with each transport."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Any

import pytest
from servers import Seen
from torture import command, table
from torture.command import Finding
from torture.row import Row
from torture.world import World

from linkcheck.model import Reason

OPTIONS = ("--no-store", "--host-rate", "0", "--retries", "1")


@dataclass(frozen=True)
class Ran:
    """What the one run left."""

    findings: dict[str, list[Finding]]
    """By document, in its order."""
    extracted: list[Finding]
    asked: list[Seen]
    contacts: set[str]
    seconds: float
    exit_code: int
    complaints: str


@pytest.fixture(scope="module", params=["auto", "wire", "httpx"])
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """The run itself, once with each transport: which one asks must never make a difference."""
    folder = tmp_path_factory.mktemp("torture")
    table.write(folder / "archive")
    with World(table.routes(), folder) as world:
        (folder / "linkcheck.toml").write_text(table.settings(world.rules, world.ca_file), encoding="utf-8")
        began = monotonic()
        how = ("--transport", request.param, "--format", "json=report.json")
        done = command.run(folder, "run", "archive", *OPTIONS, *how)
        seconds = monotonic() - began
        extracted = command.run(folder, "extract", "archive")
        yield Ran(
            _by_document(command.findings(folder)),
            [json.loads(line) for line in extracted.stdout.splitlines()],
            list(world.server.log),
            command.contacts(folder),
            seconds,
            done.returncode,
            done.stderr,
        )


def _by_document(findings: list[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding["path"].removeprefix("archive/"), []).append(finding)
    return found


def _parameters() -> list[Any]:
    parameters = []
    for row in table.ROWS:
        marks = [pytest.mark.xfail(reason=f"pending: {row.pending}", strict=True)] if row.pending else []
        parameters.append(pytest.param(row, id=row.name, marks=marks))
    return parameters


@pytest.mark.parametrize("row", _parameters())
def test_every_behaviour_gets_its_verdict(ran: Ran, row: Row) -> None:
    """What a reader would see, and who said so."""
    findings = ran.findings.get(row.path, [])
    seen = [(finding["outcome"], finding["reason"]) for finding in findings]
    said = [finding["detail"] for finding in findings]
    assert seen == [(it.outcome.value, it.reason.value) for it in row.expected], said
    for expected, detail in zip(row.expected, said, strict=True):
        assert expected.word in detail
    asked = {seen.target for seen in ran.asked if seen.host == row.host}
    assert set(row.asked) <= asked


def test_every_reference_has_exactly_one_finding(ran: Ran) -> None:
    """Nothing is dropped, nothing is said twice."""
    found = [finding for findings in ran.findings.values() for finding in findings]
    assert Counter(map(_place, found)) == Counter(map(_place, ran.extracted))
    assert set(Counter(map(_place, found)).values()) == {1}


def _place(reference: Finding) -> tuple[Any, ...]:
    # not `raw`: reports mask userinfo there
    return tuple(reference[key] for key in ("path", "line", "column", "end_line", "end_column"))


def test_nothing_outside_is_contacted(ran: Ran) -> None:
    """Every connection went to loopback, every name that was looked up is one of two."""
    names = {contact for contact in ran.contacts if contact.startswith("resolve")}
    assert ran.contacts - names == {"connect 127.0.0.1"}
    assert names == {"resolve nxdomain.torture", "resolve servfail.torture", "resolve nxdomain-origin.torture"}


def test_the_run_ends_in_time_and_says_that_links_are_broken(ran: Ran) -> None:
    """A web of liars does not hold it up."""
    assert ran.exit_code == 1
    assert "fault of linkcheck" not in ran.complaints
    assert ran.seconds < 40


def test_every_reason_has_a_row() -> None:
    """A reason that nothing comes to is a promise that nobody keeps."""
    reached = {expected.reason for row in table.ROWS if not row.pending for expected in row.expected}
    assert reached | table.ELSEWHERE == set(Reason)


def test_rows_have_names_of_their_own() -> None:
    """Two rows of one name would share a host."""
    assert [name for name, number in Counter(row.name for row in table.ROWS).items() if number > 1] == []
