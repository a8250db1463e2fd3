"""Evidence → verdict, as a table."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest
from evidence import BEGAN, exchange, failed, redirect
from msgspec.structs import replace

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
)
from linkcheck.verdicts import judge as judging
from linkcheck.verdicts.judge import judge
from linkcheck.verdicts.signs import signs

URL = "https://site.test/page"
PAGE = Target(URL, Role.SELF, Expects.PAGE)
IMAGE = Target("https://site.test/a.jpg", Role.SELF, Expects.IMAGE)
JSON = Target("https://api.test/1", Role.API, Expects.JSON)
JPEG = ImageFacts("jpeg", 700, 394, ends_well=True)
PHOTO = exchange(IMAGE.url, body=b"\xff\xd8\xff", media_type="image/jpeg", image=JPEG, declared_bytes=3)


def titled(title: str, url: str = URL, **more) -> Exchange:
    return exchange(url, body=b"<html>", page=PageFacts(title=title, **more))


def picture(facts: ImageFacts | None = JPEG, body: bytes = b"\xff\xd8\xff", **more) -> Exchange:
    return exchange(IMAGE.url, body=body, media_type="image/jpeg", image=facts, **more)


CASES = [
    # what happened, target, exchanges, outcome, reason, what the detail says
    ("plain 200", PAGE, [exchange()], "ok", "available", "200 OK"),
    ("a HEAD that succeeds", PAGE, [exchange(method="HEAD")], "ok", "available", "200 OK"),
    ("404", PAGE, [exchange(status=404)], "broken", "not-found", "site.test answered 404 Not Found"),
    ("410", PAGE, [exchange(status=410)], "broken", "gone", "410 Gone"),
    ("418", PAGE, [exchange(status=418)], "broken", "client-error", "418"),
    ("401", PAGE, [exchange(status=401)], "uncertain", "blocked", "login"),
    ("402", PAGE, [exchange(status=402)], "uncertain", "blocked", "payment"),
    ("403", PAGE, [exchange(status=403)], "uncertain", "blocked", "forbids"),
    ("407", PAGE, [exchange(status=407)], "uncertain", "blocked", "407"),
    ("451", PAGE, [exchange(status=451)], "uncertain", "blocked", "legal"),
    ("511", PAGE, [exchange(status=511)], "uncertain", "blocked", "511"),
    ("999", PAGE, [exchange(status=999)], "uncertain", "blocked", "999"),
    ("408", PAGE, [exchange(status=408)], "uncertain", "timed-out", "408"),
    ("429", PAGE, [exchange(status=429)], "uncertain", "rate-limited", "429"),
    ("500", PAGE, [exchange(status=500)], "uncertain", "server-error", "500"),
    ("523", PAGE, [exchange(status=523)], "uncertain", "server-error", "523"),
    ("304 without a question", PAGE, [exchange(status=304)], "uncertain", "protocol-error", "nobody asked"),
    ("300", PAGE, [exchange(status=300)], "uncertain", "protocol-error", "leads nowhere"),
    ("no such name", PAGE, [failed(Failure.HOST_NOT_FOUND)], "broken", "host-not-found", "site.test does not exist"),
    ("no answer from DNS", PAGE, [failed(Failure.DNS_FAILURE)], "uncertain", "dns-failure", "could not be resolved"),
    ("refused", PAGE, [failed(Failure.CONNECTION_REFUSED)], "uncertain", "connection-refused", "refused"),
    ("reset", PAGE, [failed(Failure.CONNECTION_RESET)], "uncertain", "connection-reset", "before it answered"),
    ("timeout", PAGE, [failed(Failure.TIMED_OUT)], "uncertain", "timed-out", "did not answer"),
    ("certificate", PAGE, [failed(Failure.CERTIFICATE_INVALID)], "uncertain", "certificate-invalid", "certificate"),
    ("no HTTP", PAGE, [failed(Failure.PROTOCOL_ERROR)], "uncertain", "protocol-error", "HTTP"),
    ("private", PAGE, [failed(Failure.PRIVATE_ADDRESS)], "skipped", "private-address", "--allow-private"),
    ("port", PAGE, [failed(Failure.BLOCKED_PORT)], "skipped", "blocked-port", "not asked"),
    ("host down", PAGE, [failed(Failure.HOST_DOWN)], "uncertain", "host-down", "not asked again"),
    ("host rests", PAGE, [failed(Failure.HOST_RESTS)], "uncertain", "rate-limited", "not asked"),
    (
        "failed, then fine",
        PAGE,
        [exchange(status=500), exchange(purpose=Purpose.RETRY)],
        "ok",
        "available",
        "200 OK",
    ),
    (
        "moved for good",
        PAGE,
        [redirect(URL, "/new", 301), exchange("https://site.test/new", purpose=Purpose.REDIRECT)],
        "redirected",
        "moved-permanently",
        "https://site.test/new",
    ),
    (
        "moved for now",
        PAGE,
        [redirect(URL, "/new", 302), exchange("https://site.test/new", purpose=Purpose.REDIRECT)],
        "ok",
        "available",
        "200 OK",
    ),
    (
        "one hop for now among permanent ones",
        PAGE,
        [
            redirect(URL, "/b", 308),
            redirect("https://site.test/b", "/c", 307, purpose=Purpose.REDIRECT),
            exchange("https://site.test/c", purpose=Purpose.REDIRECT),
        ],
        "ok",
        "available",
        "200 OK",
    ),
    (
        "only the scheme",
        PAGE,
        [redirect("http://site.test/page", URL), exchange(URL, purpose=Purpose.REDIRECT)],
        "redirected",
        "moved-to-https",
        URL,
    ),
    (
        "moved to nothing",
        PAGE,
        [redirect(URL, "/new"), exchange("https://site.test/new", 404, purpose=Purpose.REDIRECT)],
        "broken",
        "not-found",
        "404",
    ),
    (
        "a circle",
        PAGE,
        [redirect(URL, "/b"), redirect("https://site.test/b", "/page", purpose=Purpose.REDIRECT)],
        "broken",
        "redirect-loop",
        "circle",
    ),
    ("to no web address", PAGE, [redirect(URL, "mailto:a@b.test")], "uncertain", "protocol-error", "mailto"),
    (
        "to a private address",
        PAGE,
        [
            redirect(URL, "http://10.0.0.1/"),
            failed(Failure.PRIVATE_ADDRESS, "http://10.0.0.1/", purpose=Purpose.REDIRECT),
        ],
        "skipped",
        "private-address",
        "redirects to http://10.0.0.1/",
    ),
    (
        "sent home",
        PAGE,
        [redirect(URL, "/", 302), exchange("https://site.test/", purpose=Purpose.REDIRECT)],
        "broken",
        "redirect-to-root",
        "home page",
    ),
    (
        "sent to a language's home",
        PAGE,
        [redirect(URL, "/zh/", 301), exchange("https://site.test/zh/", purpose=Purpose.REDIRECT)],
        "broken",
        "redirect-to-root",
        "home page",
    ),
    (
        "a home page that moves",
        Target("https://site.test/", Role.SELF, Expects.PAGE),
        [redirect("https://site.test/", "/en/", 302), exchange("https://site.test/en/", purpose=Purpose.REDIRECT)],
        "ok",
        "available",
        "200 OK",
    ),
    (
        "sent to an error page",
        PAGE,
        [redirect(URL, "/404.html", 302), exchange("https://site.test/404.html", purpose=Purpose.REDIRECT)],
        "broken",
        "soft-not-found",
        "error page",
    ),
    ("a page that says it is none", PAGE, [titled("404 Not Found")], "broken", "soft-not-found", "404 Not Found"),
    ("the same in Chinese", PAGE, [titled("頁面不存在 - 新聞")], "broken", "soft-not-found", "頁面不存在"),
    ("a headline about it", PAGE, [titled("404 Not Found 的歷史")], "ok", "available", "200 OK"),
    ("a heading", PAGE, [titled("News", headings=("Page not found",))], "broken", "soft-not-found", "Page not found"),
    ("for sale", PAGE, [titled("Domain for sale")], "broken", "parked-domain", "parked"),
    ("parking marks", PAGE, [titled("x", signs=("parking-sedo",))], "broken", "parked-domain", "sedo"),
    ("challenge page", PAGE, [titled("x", signs=("cloudflare-challenge",))], "uncertain", "blocked", "wall"),
    (
        "challenge header on a 503",
        PAGE,
        [exchange(status=503, headers=[("cf-mitigated", "challenge")])],
        "uncertain",
        "blocked",
        "wall",
    ),
    (
        "challenge header on a 429",
        PAGE,
        [exchange(status=429, headers=[("CF-Mitigated", "challenge")])],
        "uncertain",
        "blocked",
        "wall",
    ),
    (
        "a policy that names a wall",
        PAGE,
        [exchange(status=404, headers=[("Content-Security-Policy", "script-src challenges.cloudflare.com")])],
        "broken",
        "not-found",
        "404",
    ),
    (
        "sent to a login",
        PAGE,
        [redirect(URL, "/login?next=/page", 302), titled("Sign in", "https://site.test/login?next=/page")],
        "uncertain",
        "blocked",
        "login",
    ),
    ("an image", IMAGE, [PHOTO], "ok", "available", "700×394"),
    ("HTML as image", IMAGE, [picture(None, b"<!doctype html>")], "broken", "not-an-image", "an HTML page"),
    ("JSON as image", IMAGE, [picture(None, b'{"a":1}')], "broken", "not-an-image", "JSON"),
    ("nothing as image", IMAGE, [picture(None, b"")], "broken", "image-empty", "empty"),
    (
        "an empty range",
        IMAGE,
        [exchange(IMAGE.url, 416, headers=[("Content-Range", "bytes */0")])],
        "broken",
        "image-empty",
        "no bytes",
    ),
    (
        "an image that broke off",
        IMAGE,
        [picture(declared_bytes=99, ended=Ending.CUT, failure=Failure.CONNECTION_RESET)],
        "broken",
        "image-truncated",
        "3 of 99",
    ),
    (
        "an image without its end",
        IMAGE,
        [picture(ImageFacts("jpeg", 7, 7, ends_well=False))],
        "broken",
        "image-truncated",
        "lacks its end",
    ),
    (
        "an image that does not decode",
        IMAGE,
        [picture(ImageFacts("png", 70, 70, ends_well=True, damage="bad checksum", decoded=True))],
        "broken",
        "image-corrupt",
        "bad checksum",
    ),
    ("one pixel", IMAGE, [picture(ImageFacts("gif", 1, 1, ends_well=True))], "broken", "image-placeholder", "1×1"),
    (
        "one colour",
        IMAGE,
        [picture(ImageFacts("png", 700, 394, ends_well=True, decoded=True, uniform=True))],
        "broken",
        "image-placeholder",
        "one colour",
    ),
    ("JSON from an API", JSON, [exchange(JSON.url, body=b' {"id": 1}')], "ok", "available", "200"),
    ("a page from an API", JSON, [exchange(JSON.url, body=b"<html>")], "broken", "soft-not-found", "not JSON"),
]


@pytest.mark.parametrize(("what", "target", "exchanges", "outcome", "reason", "says"), CASES, ids=[c[0] for c in CASES])
def test_judgements(what: str, target: Target, exchanges, outcome: str, reason: str, says: str) -> None:
    """Each kind of evidence has its own outcome, reason and sentence."""
    exchanges = [
        exchange if i == 0 or exchange.request.purpose is not Purpose.FIRST else _hop(exchange)
        for i, exchange in enumerate(exchanges)
    ]
    verdict = judge(Probe(target, tuple(exchanges)))
    assert (verdict.outcome, verdict.reason) == (outcome, reason), verdict.detail
    assert says in verdict.detail


def _hop(exchange: Exchange) -> Exchange:
    from msgspec.structs import replace

    return replace(exchange, request=replace(exchange.request, purpose=Purpose.REDIRECT))


def test_the_alternate_scheme_counts_when_it_answers() -> None:
    """A scheme-less origin that only speaks http is fine."""
    verdict = judge(
        Probe(
            IMAGE,
            (
                failed(Failure.CONNECTION_REFUSED, IMAGE.url),
                exchange(
                    "http://site.test/a.jpg",
                    purpose=Purpose.ALTERNATE,
                    body=b"\xff\xd8\xff",
                    image=JPEG,
                    declared_bytes=3,
                ),
            ),
        )
    )
    assert verdict.outcome is Outcome.OK
    assert verdict.final_url == "http://site.test/a.jpg"


def test_side_evidence_explains_and_does_not_overrule() -> None:
    """A living rendition, a diagnostic look and a Referer test are told, the verdict stays."""
    lost = exchange(IMAGE.url, 404)
    other = exchange("https://site.test/b.jpg", purpose=Purpose.RENDITION, body=b"\xff\xd8\xff", image=JPEG)
    verdict = judge(Probe(IMAGE, (lost, other)))
    assert (verdict.reason, "alive: https://site.test/b.jpg" in verdict.detail) == (Reason.NOT_FOUND, True)
    verdict = judge(Probe(PAGE, (failed(Failure.CERTIFICATE_INVALID), exchange(purpose=Purpose.DIAGNOSIS))))
    assert (verdict.reason, "without verification" in verdict.detail) == (Reason.CERTIFICATE_INVALID, True)
    verdict = judge(Probe(IMAGE, (exchange(IMAGE.url, 403), exchange(IMAGE.url, purpose=Purpose.REFERER))))
    assert (verdict.reason, "hot-link" in verdict.detail) == (Reason.BLOCKED, True)


def test_what_was_not_asked_is_skipped() -> None:
    """Nothing is condemned unheard."""
    assert judge(Probe(PAGE, ())).reason is Reason.INTERRUPTED
    assert judge(Probe(PAGE, (), skipped=Reason.ROBOTS, note="robots.txt says no")).detail == "robots.txt says no"


NUMBERED = "https://site.test/a/20260102"
TITLES = (None, "Rain", "Page not found", "找不到页面", "This domain is for sale")
HEADINGS = ((), ("Rain",), ("页面不存在",))
CANONICALS = (None, NUMBERED, "https://site.test/", "https://b.test/")
SIGNS = ((), (signs().body[0].id,))
EXPIRES = (None, BEGAN + timedelta(days=14), BEGAN + timedelta(days=14, seconds=1))
BODIES = (
    (b"", ()),
    (b"<html>", ()),
    (b"<html>", (("Content-Encoding", "gzip"),)),
    (b"<html>", (("X", "gzip"),)),
    (b"\x1f\x8b", (("Content-Encoding", "gzip"),)),
)


def pages() -> Iterator[PageFacts | None]:
    yield None
    for title, headings, canonical, marks in product(TITLES, HEADINGS, CANONICALS, SIGNS):
        yield PageFacts(title=title, headings=headings, canonical=canonical, signs=marks)


@pytest.mark.parametrize("expects", Expects)
def test_what_is_beyond_doubt_is_what_no_rule_doubts(expects: Expects, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick word on a page that is plainly there is the word of all rules."""
    probes = [
        Probe(Target(url, Role.SELF, expects), (replace(seen, certificate_expires_at=expires_at),))
        for page, (body, headers), status in product(pages(), BODIES, (200, 206, 404))
        for seen in [exchange(NUMBERED, status, body=body, headers=headers, page=page)]
        for url, expires_at in product((NUMBERED, f"{NUMBERED}#part"), EXPIRES)
    ]
    quick = list(map(judge, probes))
    monkeypatch.setattr(judging, "_is_beyond_doubt", lambda target, exchange, rules: False)
    assert quick == list(map(judge, probes))
