"""The record that `json` and `jsonl` print: the same from the store's rows as from findings."""

import pytest
from store_made import NOW, Made, observe, planned, targets

from linkcheck.model import (
    Content,
    Ending,
    ImageFacts,
    Kind,
    Outcome,
    PageFacts,
    Reason,
    Reference,
    Role,
    Span,
    Target,
    Verdict,
)
from linkcheck.reports import plain_json, record
from linkcheck.stages import judge
from linkcheck.store import findings, sightings
from linkcheck.store.connection import open_store
from linkcheck.verdicts.judgement import Judgement
from linkcheck.verdicts.policies import Policy

_IMAGE = ImageFacts("png", 640, 480, ends_well=True)
CONTENTS = [
    None,
    Content(None, 0, None, Ending.COMPLETE),
    Content("text/html", 9, 9, Ending.COMPLETE, sha256="ab", page=PageFacts(anchors=("there",))),
    Content("image/png", 99, None, Ending.COMPLETE, sha256="cd", image=_IMAGE),
    Content("image/svg+xml", 99, 100, Ending.CUT, image=ImageFacts("svg")),
]
TEXTS = ["fine", 'a "quoted" \\ word', "line\nend\ttab\x7f\x1b", "橋 ##[error] \u202e \u2028"]


def _verdict(number: int) -> Verdict:
    return Verdict(
        list(Outcome)[number % len(Outcome)],
        list(Reason)[number % len(Reason)],
        TEXTS[number % len(TEXTS)],
        200 if number % 3 else None,
        f"https://h.example/{number}?é" if number % 2 else None,
        number % 4,
        number / 7,
        [None, NOW, NOW.replace(microsecond=9)][number % 3],
        CONTENTS[number % len(CONTENTS)],
    )


def _reference(number: int) -> Reference:
    url = f"https://h.example/{number}"
    targets = (
        (Target(url, Role.SELF),),
        (Target(url + "#part", Role.PROXIED), Target(url + "/origin", Role.ORIGIN)),
        (Target(f"{number}.md#x", Role.LOCAL),),
        (),
    )[number % 4]
    return Reference(
        "a.md",
        Span(number, number + 1, number + 1, 1, number + 1, 2),
        TEXTS[number % len(TEXTS)],
        url if number % 5 else None,
        list(Kind)[number % len(Kind)],
        "img" if number % 2 else None,
        "src" if number % 2 else None,
        None if number % 5 else "no URL",
        (),
        targets,
        "a rule" if number % 11 == 7 else None,
    )


@pytest.mark.parametrize("is_revised", [False, True])
def test_what_is_printed_from_rows_is_what_is_printed_from_findings(*, is_revised: bool) -> None:
    """A report of everything makes no object of a finding, and nobody can tell; be the run revised or not."""
    db = open_store(None)
    references = [_reference(number) for number in range(420)]
    run_id = planned(db, Made("a.md", references))
    some = [(number, url) for number, url in targets(db) if number % 13]
    observe(db, run_id, [(number, Target(url, Role.SELF), _verdict(number)) for number, url in some])
    if is_revised:
        word = Judgement(Outcome.UNCERTAIN, Reason.HOST_DOWN, "the whole run shows it")
        seen = db.execute("SELECT id FROM observation WHERE id % 3 = 0").fetchall()
        sightings.revise(db, run_id, "compare", [(number, word) for (number,) in seen])
    judge.judge(db, run_id, Policy(), NOW.date(), judge.NOT_DUE)

    made = [plain_json.encode(record.of_finding(finding)) for finding in findings.findings(db, run_id)]
    printed = [plain_json.encode(one) for one in record.of_rows(findings.rows(db, run_id))]
    assert len(printed) == len(references)
    assert any("the whole run shows it" in one for one in printed) is is_revised
    assert printed == made
