"""Findings: however they come about (by SQLite, by the judges, carried over from the last run), they are the same."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_made import NOW, Made, observe, planned, reference

from linkcheck.model import (
    Content,
    Ending,
    Expects,
    Kind,
    Outcome,
    PageFacts,
    Reason,
    Role,
    Target,
    Verdict,
)
from linkcheck.stages import judge
from linkcheck.store import findings, plan, runs, sightings
from linkcheck.store.connection import open_store
from linkcheck.verdicts.judgement import Judgement
from linkcheck.verdicts.policies import Ignore, Policy

TODAY = date(2026, 1, 2)
POLICIES = {
    "none": Policy(),
    "accepts": Policy(accepted=frozenset({404})),
    "ignores moves": Policy(ignores=(Ignore("[[ignore]] number 1", reasons=frozenset({Reason.MOVED_PERMANENTLY})),)),
    "ignores links": Policy(ignores=(Ignore("[[ignore]] number 1", kinds=frozenset({Kind.LINK})),)),
}
URLS = [f"https://h{number % 2}.example/{number}" for number in range(6)]
_ANCHORED = Content("text/html", 9, None, Ending.COMPLETE, sha256="ab", page=PageFacts(anchors=("there",)))
VERDICTS = [
    Verdict(Outcome.OK, Reason.AVAILABLE, "fine", 200, checked_at=NOW),
    Verdict(Outcome.OK, Reason.AVAILABLE, "fine", 200, checked_at=NOW.replace(microsecond=9), content=_ANCHORED),
    Verdict(Outcome.REDIRECTED, Reason.MOVED_PERMANENTLY, "moved", 200, checked_at=NOW),
    Verdict(Outcome.AT_RISK, Reason.CERTIFICATE_EXPIRING, "soon over", 200, checked_at=NOW),
    Verdict(Outcome.BROKEN, Reason.NOT_FOUND, "gone", 404, checked_at=NOW),
    Verdict(Outcome.UNCERTAIN, Reason.TIMED_OUT, "silence", checked_at=NOW),
    Verdict(Outcome.UNCERTAIN, Reason.BLOCKED, "forbidden", 403, checked_at=NOW),
    Verdict(Outcome.SKIPPED, Reason.ROBOTS, "robots.txt forbids it"),
]
_urls = st.sampled_from(URLS)
_fragments = st.sampled_from(["", "", "", "#there", "#gone", "#"])


def _one(role: Role) -> st.SearchStrategy[tuple[Target, ...]]:
    return st.tuples(st.builds(lambda url, fragment: Target(url + fragment, role), _urls, _fragments))


def _two(first: Role, second: Role) -> st.SearchStrategy[tuple[Target, ...]]:
    return st.builds(lambda one, other: (Target(one, first), Target(other, second)), _urls, _urls)


_targets = st.one_of(
    _one(Role.SELF),
    _one(Role.SELF),
    _one(Role.API),
    _one(Role.PROXIED),
    _two(Role.PROXIED, Role.ORIGIN),
    _two(Role.PROXIED, Role.ORIGIN),
    _two(Role.SELF, Role.API),
    st.just((Target("b.md", Role.LOCAL),)),
    st.just(()),
)


_parts = st.tuples(
    _targets,
    st.sampled_from(list(Kind)),
    st.sampled_from([None, None, None, "excluded by rule `x`"]),
    st.sampled_from([None, None, "article:1", "article:2"]),
    st.sampled_from([None, None, None, "two URLs"]),
)
_documents = st.lists(
    st.tuples(st.sampled_from([None, "article:1"]), st.lists(_parts, max_size=5)), min_size=1, max_size=3
)
_worlds = st.fixed_dictionaries({url: st.sampled_from([None, *VERDICTS]) for url in URLS})
_revised = st.sets(_urls, max_size=2)


def _seen(db: sqlite3.Connection, world: dict[str, Verdict | None]) -> Iterator[tuple[int, Target, Verdict]]:
    for number, target in list(plan.without_network(db)):
        yield number, target, Verdict(Outcome.OK, Reason.AVAILABLE_LOCALLY, "the file is there")
    for number, url, expects in db.execute(
        "SELECT target.id, url, expects FROM due JOIN target ON target.id = target_id"
    ).fetchall():
        verdict = world[url]
        if verdict is not None:
            yield number, Target(url, Role.SELF, Expects(expects)), verdict


def _run(
    db: sqlite3.Connection,
    documents: Sequence[tuple[str | None, list[tuple[object, ...]]]],
    world: dict[str, Verdict | None],
    revised: set[str],
    versions: Sequence[int],
) -> int:
    """One run up to its judgement: documents collected, what is due asked (None: not), some verdicts revised."""
    made = []
    for number, ((key, parts), version) in enumerate(zip(documents, versions, strict=True)):
        path = f"{number}.md"
        references = [reference(path, *part) for part in parts]  # type: ignore[arg-type]  # drawn as such
        made.append(Made(path, references, key, version))
    run_id = planned(db, *made)
    observe(db, run_id, _seen(db, world))
    numbers = db.execute(
        "SELECT url, last_observation FROM target WHERE last_observation IS NOT NULL AND host <> ''"
    ).fetchall()
    words = Judgement(Outcome.BROKEN, Reason.SOFT_NOT_FOUND, "one page for all")
    sightings.revise(db, run_id, "compare", [(number, words) for url, number in numbers if url in revised])
    return run_id


def _judged(db: sqlite3.Connection, run_id: int, policy: Policy, *, takes_shortcuts: bool) -> list[tuple[object, ...]]:
    judge.judge(db, run_id, policy, TODAY, judge.NOT_DUE, takes_shortcuts=takes_shortcuts)
    return db.execute("SELECT * FROM finding WHERE run_id = ? ORDER BY position", (run_id,)).fetchall()


@settings(max_examples=60, deadline=None)
@given(
    documents=_documents,
    worlds=st.tuples(_worlds, _worlds),
    revised=st.tuples(_revised, _revised),
    changed=st.lists(st.booleans(), min_size=3, max_size=3),
    policy=st.sampled_from(sorted(POLICIES)),
)
def test_every_way_to_a_finding_leads_to_the_same(
    documents: list[tuple[str | None, list[tuple[object, ...]]]],
    worlds: tuple[dict[str, Verdict | None], dict[str, Verdict | None]],
    revised: tuple[set[str], set[str]],
    changed: list[bool],
    policy: str,
) -> None:
    """By SQLite or by the judges, anew or carried over from last night: the same outcome, words, change and times."""
    db = open_store(None)
    first = _run(db, documents, worlds[0], revised[0], [0] * len(documents))
    by_judges = _judged(db, first, POLICIES[policy], takes_shortcuts=False)
    assert _judged(db, first, POLICIES[policy], takes_shortcuts=True) == by_judges
    assert len(by_judges) == sum(len(parts) for _, parts in documents)
    runs.end(db, first, NOW, "finished")

    later = [
        ((None if key else "article:1") if is_new else key, parts)
        for (key, parts), is_new in zip(documents, changed, strict=False)
    ]
    second = _run(db, later, worlds[1], revised[1], [int(is_new) for is_new in changed[: len(documents)]])
    carried = _judged(db, second, POLICIES[policy], takes_shortcuts=True)
    tallied = findings.counts(db, second)
    db.execute("UPDATE run SET judged_by = NULL WHERE id = ?", (first,))
    assert _judged(db, second, POLICIES[policy], takes_shortcuts=False) == carried
    assert findings.counts(db, second) == tallied
    db.close()


@pytest.mark.parametrize("policy", POLICIES)
def test_sqlite_and_the_judges_agree_on_every_combination(policy: str) -> None:
    """Every verdict, alone, with fragments, in pairs of witnesses, revised or not, asked or not."""
    world: dict[str, Verdict | None] = {f"https://h.example/{n}": told for n, told in enumerate([None, *VERDICTS])}
    alone = [
        (Target(url + fragment, role),)
        for url in world
        for fragment in ("", "#", "#there", "#gone")
        for role in (Role.SELF, Role.API, Role.PROXIED)
    ]
    pairs = [
        (Target(one, first), Target(other, second))
        for one in world
        for other in world
        for first, second in ((Role.PROXIED, Role.ORIGIN), (Role.SELF, Role.API), (Role.PAGE, Role.SELF))
    ]
    parts: list[tuple[object, ...]] = [(targets, Kind.LINK, None, None, None) for targets in (*alone, *pairs)]
    parts += [((Target(url, Role.SELF),), Kind.LINK, None, "article:1", None) for url in world]
    parts += [((Target(url, Role.SELF),), Kind.LINK, "excluded by rule `x`", None, None) for url in world]
    parts += [((), Kind.LINK, None, None, "two URLs"), ((), Kind.LINK, None, None, None)]
    db = open_store(None)
    run_id = _run(db, [(None, parts), ("article:1", [])], world, {"https://h.example/1"}, [0, 0])
    by_judges = _judged(db, run_id, POLICIES[policy], takes_shortcuts=False)
    assert _judged(db, run_id, POLICIES[policy], takes_shortcuts=True) == by_judges
    assert len(by_judges) == len(parts)


@pytest.mark.parametrize("policy", ["none", "accepts"])
def test_what_did_not_change_is_carried_over_whole(policy: str) -> None:
    """Nothing new, nothing due: the findings are last night's, all `unchanged`, and the numbers say so."""
    db = open_store(None)
    good = dict.fromkeys(URLS, VERDICTS[0])
    parts = [((Target(url, Role.SELF),), Kind.LINK, None, None, None) for url in URLS]
    ids = []
    for _ in range(3):
        run_id = _run(db, [(None, parts)], good, set(), [0])
        is_carried = judge.carry_over(db, run_id, POLICIES[policy], TODAY, judge.NOT_DUE)
        assert is_carried is bool(ids)
        if not is_carried:
            _judged(db, run_id, POLICIES[policy], takes_shortcuts=True)
        runs.end(db, run_id, NOW, "finished")
        ids.append(run_id)
    told = [[(f.reference, f.verdicts, f.outcome, f.detail) for f in findings.findings(db, run_id)] for run_id in ids]
    assert told[0] == told[1] == told[2]
    assert [{row[3].value for row in findings.counts(db, run_id)} for run_id in ids] == [
        {"new"},
        {"unchanged"},
        {"unchanged"},
    ]
    assert runs.sizes(db, ids[0]) == runs.sizes(db, ids[2]) == (1, len(URLS))


def test_another_policy_or_day_judges_anew() -> None:
    """An ignore rule that is over, a policy that came, a run without network: nothing old is taken for granted."""
    db = open_store(None)
    until = Policy(ignores=(Ignore("x", reasons=frozenset({Reason.GONE}), until=TODAY),))
    _run_id = _run(
        db, [(None, [((Target(URLS[0], Role.SELF),), Kind.LINK, None, None, None)])], {URLS[0]: VERDICTS[0]}, set(), [0]
    )
    judge.judge(db, _run_id, until, TODAY, judge.NOT_DUE)
    runs.end(db, _run_id, NOW, "finished")
    again = runs.begin(db, NOW, "1", ["."])
    db.execute("INSERT INTO run_document SELECT ?, position, document_id FROM run_document", (again,))
    plan.draw_up(db, again, "2026-01-01")
    later = date(2026, 1, 3)
    assert not judge.carry_over(db, again, until, later, judge.NOT_DUE)
    assert not judge.carry_over(db, again, POLICIES["accepts"], TODAY, judge.NOT_DUE)
    assert not judge.carry_over(db, again, until, TODAY, judge.OFFLINE)
    assert judge.carry_over(db, again, until, TODAY, judge.NOT_DUE)
