"""What is asked next, given what was answered."""

import pytest
from evidence import exchange, failed, redirect
from msgspec.structs import replace

from linkcheck.model import Ending, Exchange, Expects, Failure, Purpose, Role, Target
from linkcheck.probes import steps
from linkcheck.probes.choices import ImageCheck, Method
from linkcheck.probes.steps import Ask, Asking

ASKING = Asking(user_agent="test/1")
PAGE = Target("https://site.test/page", Role.SELF, Expects.PAGE)
ANY = Target("https://site.test/page", Role.SELF, Expects.ANY)
IMAGE = Target(
    "https://site.test/a_303.jpg",
    Role.ORIGIN,
    Expects.IMAGE,
    alternates=("http://site.test/a_303.jpg",),
    renditions=("https://site.test/a_607.jpg", "https://site.test/a_304.jpg"),
)


def said(ask: Ask | None) -> tuple[str, str, str] | None:
    return (ask.request.method, ask.request.url, ask.request.purpose) if ask else None


def header(ask: Ask | None, name: str) -> str | None:
    assert ask is not None
    return dict(ask.request.headers).get(name)


def test_pages_and_images_are_got_and_the_rest_is_asked_by_head() -> None:
    """What the body proves is worth its bytes; of the rest only the status matters."""
    assert said(steps.first(PAGE, ASKING)) == ("GET", "https://site.test/page", "first")
    assert said(steps.first(ANY, ASKING)) == ("HEAD", "https://site.test/page", "first")
    assert said(steps.first(PAGE, Asking("test/1", method=Method.HEAD))) == ("HEAD", "https://site.test/page", "first")


def test_an_image_header_is_asked_for_by_range() -> None:
    """`image_check = "header"` reads 4 KB of each image."""
    ask = steps.first(IMAGE, Asking("test/1", image_check=ImageCheck.HEADER))
    assert header(ask, "Range") == "bytes=0-4095"
    assert header(ask, "Accept-Encoding") == "identity"
    assert header(steps.first(IMAGE, ASKING), "Range") is None


def test_userinfo_becomes_a_header_and_leaves_the_url() -> None:
    """Credentials in a URL are sent as a browser sends them."""
    ask = steps.first(Target("https://me:p%40ss@site.test/x#top", Role.SELF), ASKING)
    assert ask.request.url == "https://site.test/x"
    assert header(ask, "Authorization") == "Basic bWU6cEBzcw=="


def test_a_recheck_is_conditional() -> None:
    """What was seen before is only asked whether it changed."""
    seen_before = replace(IMAGE, etag='"x"', last_modified="Fri, 02 Jan 2026 03:05:05 GMT")
    ask = steps.first(seen_before, ASKING)
    assert header(ask, "If-None-Match") == '"x"'
    assert header(ask, "If-Modified-Since") == "Fri, 02 Jan 2026 03:05:05 GMT"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 500, 501, 503])
def test_head_never_condemns(status: int) -> None:
    """Whatever a server says to HEAD, GET has the last word."""
    ask = steps.following(ANY, [exchange(status=status, method="HEAD")], ASKING)
    assert said(ask) == ("GET", "https://site.test/page", "get-after-head")


@pytest.mark.parametrize(
    ("media_type", "asked"), [("text/html; charset=utf-8", True), ("application/json", True), ("image/jpeg", False)]
)
def test_a_head_that_names_no_image_is_not_believed(media_type: str, asked: bool) -> None:
    """With `method = "head"` an image that answers as a page is got, and proved."""
    head = exchange(IMAGE.url, method="HEAD", headers=[("Content-Type", media_type)])
    plain = replace(IMAGE, renditions=())
    assert steps.is_enough(plain, head) is not asked
    assert (steps.following(plain, [head], Asking("test/1", method=Method.HEAD)) is not None) is asked


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("status", [200, 203, 204, 206, 301, 304, 404, 416, 429, 500])
def test_what_is_called_enough_leads_to_no_further_request(status: int, method: str) -> None:
    """The quick answer to most exchanges is the one that all the rules would give."""
    for target in (ANY, PAGE, IMAGE, replace(IMAGE, renditions=())):
        answer = exchange(target.url, status=status, method=method, headers=[("Location", "/elsewhere")])
        if steps.is_enough(target, answer):
            assert steps.following(target, [answer], ASKING) is None
            assert steps.sibling(target, [answer], ASKING) is None
    assert steps.is_enough(replace(IMAGE, renditions=()), exchange(IMAGE.url, status=206))


def test_all_bytes_are_wanted_to_decode_an_image() -> None:
    """Else what proves it is enough; of a page all bytes come anyway."""
    decoding = Asking("test/1", image_check=ImageCheck.DECODE)
    assert [steps.first(target, decoding).request.wants_bytes for target in (IMAGE, PAGE, ANY)] == [True, False, False]
    assert not steps.first(IMAGE, ASKING).request.wants_bytes


@pytest.mark.parametrize("failure", [Failure.CONNECTION_RESET, Failure.TIMED_OUT, Failure.PROTOCOL_ERROR])
def test_a_server_that_drops_head_is_asked_by_get(failure: Failure) -> None:
    """Some servers never answer a HEAD."""
    broken = Exchange(exchange(method="HEAD").request, exchange().started_at, 1.0, failure=failure)
    assert said(steps.following(ANY, [broken], ASKING)) == ("GET", "https://site.test/page", "get-after-head")


def test_redirects_are_followed_one_by_one() -> None:
    """Each hop is a request of its own, relative locations included."""
    hops = [redirect("https://site.test/page", "/next")]
    assert said(steps.following(PAGE, hops, ASKING)) == ("GET", "https://site.test/next", "redirect")
    hops.append(redirect("https://site.test/next", "//other.test/x", purpose=Purpose.REDIRECT))
    assert said(steps.following(PAGE, hops, ASKING)) == ("GET", "https://other.test/x", "redirect")


def test_raw_utf8_in_a_location_is_read_as_browsers_do() -> None:
    """A Chinese Location is no protocol error."""
    hop = redirect("https://site.test/page", "/中文".encode().decode("latin-1"))
    assert said(steps.following(PAGE, [hop], ASKING)) == ("GET", "https://site.test/%E4%B8%AD%E6%96%87", "redirect")


def test_circles_are_left() -> None:
    """A redirect to where we have been, and the eleventh redirect, are not followed."""
    there = redirect("https://site.test/page", "/b")
    back = redirect("https://site.test/b", "/page", purpose=Purpose.REDIRECT)
    assert steps.following(PAGE, [there, back], ASKING) is None
    itself = redirect("https://site.test/page", "/page")
    assert steps.following(PAGE, [itself], ASKING) is None
    long = [redirect(f"https://site.test/{i}", f"/{i + 1}", purpose=Purpose.REDIRECT) for i in range(10)]
    assert said(steps.following(PAGE, long[:9], ASKING)) == ("GET", "https://site.test/9", "redirect")
    eleventh = redirect("https://site.test/10", "/11", purpose=Purpose.REDIRECT)
    assert said(steps.following(PAGE, long, ASKING)) == ("GET", "https://site.test/10", "redirect")
    assert steps.following(PAGE, [*long, eleventh], ASKING) is None


def test_a_cookie_wall_is_passed_once() -> None:
    """A site that sets a cookie and sends us back gets its cookie, within this chain alone."""
    wall = redirect("https://site.test/page", "/page", 302, cookie="seen=1; Path=/; HttpOnly")
    ask = steps.following(PAGE, [wall], ASKING)
    assert said(ask) == ("GET", "https://site.test/page", "redirect")
    assert header(ask, "Cookie") == "seen=1"
    again = redirect("https://site.test/page", "/page", 302, cookie="seen=1", purpose=Purpose.REDIRECT)
    assert steps.following(PAGE, [wall, again], ASKING) is None


def test_a_cookie_does_not_go_to_strangers() -> None:
    """Another site's hop gets no cookie."""
    hop = redirect("https://site.test/page", "https://other.test/", cookie="secret=1; Domain=site.test")
    assert header(steps.following(PAGE, [hop], ASKING), "Cookie") is None
    hop = redirect("https://www.site.test/page", "https://site.test/", cookie="secret=1; Domain=site.test")
    assert header(steps.following(PAGE, [hop], ASKING), "Cookie") == "secret=1"


def test_a_proxys_substitute_is_not_followed() -> None:
    """A proxy that redirects to its `default=` image has failed."""
    target = Target(
        "https://proxy.test/?url=x&default=y", Role.PROXIED, Expects.IMAGE, substitutes=("https://y.test/",)
    )
    assert steps.following(target, [redirect(target.url, "https://y.test/", 302)], ASKING) is None


@pytest.mark.parametrize(
    "answer",
    [exchange(status=500), exchange(status=503), exchange(status=429), failed(Failure.TIMED_OUT)]
    + [failed(Failure.CONNECTION_RESET), failed(Failure.CONNECTION_REFUSED), failed(Failure.DNS_FAILURE)],
)
def test_what_may_pass_is_asked_again_and_once_more_at_the_end(answer: Exchange) -> None:
    """Transient trouble gets its retries, then a second look when all else is done."""
    exchanges = [answer]
    asked = []
    while (ask := steps.following(PAGE, exchanges, ASKING)) is not None:
        asked.append((ask.request.purpose.value, ask.late, ask.wait_s <= 60))
        exchanges.append(Exchange(ask.request, answer.started_at, 1.0, status=answer.status, failure=answer.failure))
    assert asked == [("retry", False, True), ("retry", False, True), ("second-look", True, True)]


def test_a_name_that_does_not_exist_is_asked_once_more_at_the_end() -> None:
    """NXDOMAIN is final but for one second look."""
    missing = failed(Failure.HOST_NOT_FOUND)
    ask = steps.following(PAGE, [missing], ASKING)
    assert ask is not None
    assert (ask.request.purpose, ask.late) == ("second-look", True)
    assert steps.following(PAGE, [missing, failed(Failure.HOST_NOT_FOUND, purpose=Purpose.SECOND_LOOK)], ASKING) is None


def test_a_rest_longer_than_a_run_obeys_waits_for_the_end() -> None:
    """Retry-After: 3600 does not hold the run up."""
    ask = steps.following(PAGE, [exchange(status=429, headers=[("Retry-After", "3600")])], ASKING)
    assert ask is not None
    assert ask.late


def test_a_wall_is_not_asked_again() -> None:
    """A challenge that comes as 429 does not open after a minute."""
    assert steps.following(PAGE, [exchange(status=429, headers=[("cf-mitigated", "challenge")])], ASKING) is None


@pytest.mark.parametrize("status", [404, 410, 403, 451, 200])
def test_what_is_final_is_not_asked_again(status: int) -> None:
    """A 404 to a GET is final for the run."""
    assert steps.following(PAGE, [exchange(status=status)], ASKING) is None


def test_an_odd_4xx_gets_one_plain_get() -> None:
    """A server that dislikes how we asked is asked as plainly as possible, once."""
    ask = steps.following(PAGE, [exchange(status=406)], ASKING)
    assert said(ask) == ("GET", "https://site.test/page", "plain-get")
    assert (
        steps.following(PAGE, [exchange(status=406), exchange(status=406, purpose=Purpose.PLAIN_GET)], ASKING) is None
    )


def test_an_assumed_scheme_has_an_alternate() -> None:
    """A scheme-less origin is tried as https, then as http."""
    ask = steps.following(IMAGE, [exchange(IMAGE.url, 404)], ASKING)
    assert said(ask) == ("GET", "http://site.test/a_303.jpg", "alternate")
    both = [exchange(IMAGE.url, 404), exchange(IMAGE.alternates[0], 404, purpose=Purpose.ALTERNATE)]
    assert steps.following(IMAGE, both, ASKING) is None


def test_other_sizes_are_asked_before_an_image_is_lost() -> None:
    """A dead rendition is not a lost image: the largest others are asked until one answers."""
    both = [exchange(IMAGE.url, 404), exchange(IMAGE.alternates[0], 404, purpose=Purpose.ALTERNATE)]
    ask = steps.following(IMAGE, both, ASKING, is_lost=True)
    assert said(ask) == ("GET", "https://site.test/a_607.jpg", "rendition")
    both.append(exchange(IMAGE.renditions[0], 404, purpose=Purpose.RENDITION))
    assert said(steps.following(IMAGE, both, ASKING, is_lost=True)) == ("GET", IMAGE.renditions[1], "rendition")
    both.append(exchange(IMAGE.renditions[1], 200, purpose=Purpose.RENDITION))
    assert steps.following(IMAGE, both, ASKING, is_lost=True) is None


def test_hot_link_protection_is_told_apart() -> None:
    """A forbidden image is asked once more as its own pages would ask."""
    target = Target("https://img.test/a.jpg", Role.SELF, Expects.IMAGE, referer="https://news.test/article")
    ask = steps.following(target, [exchange(target.url, 403)], ASKING)
    assert said(ask) == ("GET", "https://img.test/a.jpg", "referer")
    assert header(ask, "Referer") == "https://news.test/article"


def test_behind_a_bad_certificate_we_look_once_without_credentials() -> None:
    """The diagnostic look verifies nothing, so it carries nothing."""
    target = Target("https://me:pw@site.test/x", Role.SELF, Expects.PAGE)
    ask = steps.following(target, [failed(Failure.CERTIFICATE_INVALID, "https://site.test/x")], ASKING)
    assert ask is not None
    assert (ask.request.purpose, ask.request.verify) == ("diagnosis", False)
    assert header(ask, "Authorization") is None


def test_a_cut_image_is_got_again() -> None:
    """A body that broke off is tried twice more before it is called truncated."""
    cut = exchange(
        IMAGE.url, 200, body=b"\xff\xd8\xff", declared_bytes=99, ended=Ending.CUT, failure=Failure.CONNECTION_RESET
    )
    assert said(steps.following(IMAGE, [cut], ASKING)) == ("GET", IMAGE.url, "retry")


def test_a_hosts_headers_stay_with_it() -> None:
    """Credentials for one host do not follow a redirect to another, nor a look behind a bad certificate."""
    asking = Asking("test/1", headers={"*.site.test": (("X-Key", "secret"),), "site.test": (("X-Key", "own"),)})
    assert header(steps.first(PAGE, asking), "X-Key") == "own"
    away = steps.following(PAGE, [redirect("https://site.test/page", "https://other.test/x")], asking)
    assert header(away, "X-Key") is None
    sub = steps.following(PAGE, [redirect("https://site.test/page", "https://api.site.test/x")], asking)
    assert header(sub, "X-Key") == "secret"
    behind = steps.following(PAGE, [failed(Failure.CERTIFICATE_INVALID)], asking)
    assert header(behind, "X-Key") is None
