"""What is remembered of an answer is enough to judge it again."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from evidence import exchange, failed, redirect

from linkcheck.model import Ending, Exchange, Expects, Failure, ImageFacts, PageFacts, Probe, Purpose, Role, Target
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
    yield Expects.PAGE, (exchange(URL, 404, body=b"<h1>Gone</h1>"),)
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
