"""What is remembered of an answer is enough to judge it again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from evidence import exchange, failed, redirect
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from linkcheck.model import (
    Ending,
    Exchange,
    Expects,
    Failure,
    ImageFacts,
    Outcome,
    PageFacts,
    Probe,
    Purpose,
    Reason,
    Role,
    Target,
    Verdict,
)
from linkcheck.probes.observer import slim
from linkcheck.store import observations, runs
from linkcheck.store.connection import open_store
from linkcheck.store.observations import Observations
from linkcheck.verdicts.judge import judge

URL = "https://site.test/page"
JPEG = ImageFacts("jpeg", 640, 480, ends_well=True)
WESERV = b'{"status":"error","code":404,"message":"The requested URL returned error: 404"}'


def remembered(target: Target, *exchanges: Exchange) -> tuple[Probe, Probe, tuple[object, ...]]:
    """(the evidence as it came, as it comes back from the store, the row of the observation)"""
    db = open_store(None)
    run_id = runs.begin(db, datetime(2026, 1, 2, tzinfo=UTC), "1", ("a",))
    db.execute(
        "INSERT INTO target (id, key, url, host, expects) VALUES (1, ?, ?, 'site.test', ?)",
        (target.url, target.url, str(target.expects)),
    )
    probe = Probe(target, tuple(map(slim, exchanges)))
    seen = Observations(db, run_id)
    seen.add(1, probe, judge(probe))
    seen.flush()
    row = db.execute("SELECT * FROM observation").fetchone()
    assert db.execute("SELECT last_observation FROM target").fetchone() == (row[0],)
    return Probe(target, exchanges), Probe(target, observations.evidence(db, row[0])), row


def cases() -> Iterator[tuple[Expects, tuple[Exchange, ...]]]:
    page = PageFacts(title="Rain", headings=("Rain",), canonical=URL)
    yield Expects.PAGE, (exchange(URL, body=b"<title>Rain</title>" + b" " * 3000, page=page),)
    yield Expects.PAGE, (exchange(URL, body=b"<p>", page=PageFacts(title="Page not found")),)
    yield Expects.PAGE, (exchange(URL, body=b"not compressed", headers=[("Content-Encoding", "gzip")]),)
    for body in (b"\x1f\x8b\x08" + b"x" * 900, b"<title>not compressed"):
        yield Expects.PAGE, (exchange(URL, body=body, headers=[("Content-Encoding", "gzip")], page=page),)
    yield Expects.PAGE, (exchange(URL, 404, body=b"<h1>Gone</h1>"),)
    yield Expects.PAGE, (exchange(URL, 404, body=WESERV, page=PageFacts()),)
    yield Expects.IMAGE, (exchange(URL, 404, body=WESERV, media_type="application/json"),)
    yield Expects.IMAGE, (exchange(URL, body=b"\n" * 40 + b"<html><h1>no picture", media_type="image/jpeg"),)
    yield Expects.IMAGE, (exchange(URL, body=b"x" * 900, image=JPEG, media_type="image/jpeg"),)
    yield Expects.IMAGE, (exchange(URL, 304, request_headers=[("If-None-Match", '"1"'), ("Authorization", "secret")]),)
    yield Expects.IMAGE, (exchange(URL, 304),)
    yield Expects.JSON, (exchange(URL, body=b' {"id": 1}', media_type="application/json"),)
    yield Expects.JSON, (exchange(URL, body=b"<p>no", page=page),)
    yield Expects.PAGE, (failed(Failure.TIMED_OUT, URL), exchange(URL, purpose=Purpose.RETRY))
    yield Expects.PAGE, (redirect(URL, "/new"), exchange("https://site.test/new", purpose=Purpose.REDIRECT))
    yield Expects.PAGE, (exchange(URL, 403, headers=[("cf-mitigated", "challenge")]),)
    yield Expects.IMAGE, (exchange(URL, body=b"x", ended=Ending.CUT, failure=Failure.CONNECTION_RESET),)


@pytest.mark.parametrize(("expects", "exchanges"), list(cases()))
def test_old_evidence_is_judged_as_when_it_was_new(expects, exchanges):
    """A better rule can be applied to what was seen years ago; an unchanged rule says what it said."""
    exchanges = [structs.replace(one, request=structs.replace(one.request, expects=expects)) for one in exchanges]
    came, kept, _ = remembered(Target(URL, Role.SELF, expects), *exchanges)
    then, now = judge(came), judge(kept)
    assert (now.outcome, now.reason, now.detail) == (then.outcome, then.reason, then.detail)
    assert (now.status, now.final_url, now.attempts) == (then.status, then.final_url, then.attempts)


def test_no_credentials_are_remembered():
    """What was sent follows from the configuration; cookies and passwords stay out."""
    sent = [("If-None-Match", '"1"'), ("Authorization", "Basic secret"), ("Cookie", "secret")]
    got = [("Set-Cookie", "secret"), ("X-Other", "1"), ("ETag", '"1"')]
    _, kept, row = remembered(Target(URL, Role.SELF), exchange(URL, 304, request_headers=sent, headers=got))
    assert kept.exchanges[0].request.headers == (("If-None-Match", '"1"'),)
    assert kept.exchanges[0].headers == (("Set-Cookie", "…"), ("ETag", '"1"'))
    assert b"secret" not in b"".join(part for part in row if isinstance(part, bytes))


def test_an_image_that_is_fine_can_be_asked_for_conditionally():
    """The first ETag and Last-Modified, however they are spelt."""
    headers = [("etag", '"1"'), ("Last-modified", "Fri"), ("ETag", '"2"')]
    fine = exchange(URL, image=JPEG, body=b"x" * 900, headers=headers)
    assert remembered(Target(URL, Role.SELF, Expects.IMAGE), fine)[2][-2:] == ('"1"', "Fri")
    assert remembered(Target(URL, Role.SELF, Expects.PAGE), fine)[2][-2:] == (None, None)


def test_a_304_stands_for_what_was_seen_before():
    """An unchanged picture keeps its digest and size."""
    db = open_store(None)
    run_id = runs.begin(db, datetime(2026, 1, 2, tzinfo=UTC), "1", ("a",))
    db.execute("INSERT INTO target (id, key, url, host, expects) VALUES (1, ?, ?, 'site.test', 'image')", (URL, URL))
    target = Target(URL, Role.SELF, Expects.IMAGE)
    for answer in (
        exchange(URL, image=JPEG, body=b"x" * 900, headers=[("etag", '"1"')]),
        exchange(URL, 304, request_headers=[("If-None-Match", '"1"')]),
    ):
        seen = Observations(db, run_id)
        seen.add(1, Probe(target, (answer,)), judge(Probe(target, (answer,))))
        seen.flush()
    contents = db.execute("SELECT content, etag FROM observation ORDER BY id").fetchall()
    assert contents[0] == contents[1]


@given(st.datetimes(timezones=st.sampled_from((UTC, timezone(timedelta(hours=-3, minutes=-30))))))
def test_times_are_written_as_ever(when):
    """The store's texts are compared as texts, so that one form is used for all of them."""
    fine = Verdict(Outcome.OK, Reason.AVAILABLE, "there", checked_at=when)
    assert observations.columns(fine)[7] == when.isoformat()


def test_the_text_of_an_article_alone_is_remembered():
    """What is never compared again only fills the store; how long it was is known all the same."""
    page = PageFacts(title="Rain", text="It rains.")
    seen = exchange(URL, body=b"<p>It rains.", page=page)
    _, kept, row = remembered(Target(URL, Role.SELF, Expects.PAGE), seen)
    assert kept.exchanges[0].content.page == PageFacts(title="Rain")
    assert row[-3] == len(page.text)
    compared = structs.replace(seen, request=structs.replace(seen.request, wants_text=True))
    _, kept, _ = remembered(Target(URL, Role.SELF, Expects.PAGE), compared)
    assert kept.exchanges[0].content.page == page


def test_the_last_of_several_observations_of_a_target_counts():
    """Targets of a batch, one of them twice: each points to what was seen of it last."""
    db = open_store(None)
    run_id = runs.begin(db, datetime(2026, 1, 2, tzinfo=UTC), "1", ("a",))
    for number in (1, 2, 3):
        db.execute("INSERT INTO target (id, key, url, host, expects) VALUES (?, ?, 'u', 'h', 'any')", (number, number))
    probe = Probe(Target(URL, Role.SELF), (exchange(URL),))
    seen = Observations(db, run_id)
    for batch in ((3, 1), (2, 1, 2)):
        for number in batch:
            seen.add(number, probe, judge(probe))
        seen.flush()
    assert db.execute("SELECT id, last_observation FROM target ORDER BY id").fetchall() == [(1, 4), (2, 5), (3, 1)]
