"""What a proxy's own words prove."""

import pytest
from evidence import exchange, redirect

from linkcheck.model import Expects, Probe, Role, Target
from linkcheck.verdicts.judge import judge

URL = "https://images.weserv.nl/?url=e.test/a.jpg"
TARGET = Target(URL, Role.PROXIED, Expects.IMAGE, substitutes=("https://d.test/x.png",))


def words(message: str, status: int = 404) -> bytes:
    return f'{{"status":"error","code":{status},"message":"{message}"}}'.encode()


@pytest.mark.parametrize(
    ("message", "status", "outcome", "reason"),
    [
        ("The requested URL returned error: 404", 404, "broken", "not-found"),
        ("The requested URL returned error: 410", 404, "broken", "gone"),
        ("The requested URL returned error: 403", 404, "uncertain", "blocked"),
        ("The requested URL returned error: 429", 404, "uncertain", "rate-limited"),
        ("The requested URL returned error: 503", 404, "uncertain", "server-error"),
        ("The requested URL returned error: 204", 404, "broken", "client-error"),
        ("The hostname of the origin is unresolvable (DNS) or blocked by policy", 404, "uncertain", "dns-failure"),
        ("The requested URL timed out", 404, "uncertain", "timed-out"),
        ("Will not follow a redirection to itself", 404, "broken", "redirect-loop"),
        ("Will not follow more than 10 redirects", 404, "broken", "redirect-loop"),
        ("The image is too large to be downloaded. Max image size: 104857600 bytes", 404, "broken", "proxy-fault"),
        ("Invalid or unsupported image format. Is it a valid image?", 404, "broken", "not-an-image"),
        ("Input image exceeds pixel limit", 404, "broken", "proxy-fault"),
        ("Unable to parse URI", 400, "broken", "invalid-url"),
        ("IP address blocked by policy", 400, "broken", "proxy-fault"),
        ("NGINX returned error: 500", 500, "uncertain", "server-error"),
        ("Something's wrong!", 500, "uncertain", "server-error"),
        ("Something new", 404, "broken", "not-found"),
    ],
)
def test_weserv_tells_who_failed(message: str, status: int, outcome: str, reason: str) -> None:
    """Every upstream fault comes as 404; the message says whose it is."""
    answer = exchange(URL, status, body=words(message, status), media_type="application/json")
    verdict = judge(Probe(TARGET, (answer,)))
    assert (verdict.outcome, verdict.reason) == (outcome, reason), verdict.detail


def test_a_substitute_is_a_failure() -> None:
    """A proxied URL with `default=` that redirects there has lost its image."""
    verdict = judge(Probe(TARGET, (redirect(URL, "https://d.test/x.png", 302),)))
    assert (verdict.outcome, verdict.reason) == ("broken", "not-found")


def test_cloudflare_speaks_by_header() -> None:
    """`Cf-Resized: err=9404` means that the origin has nothing."""
    answer = exchange(URL, 404, headers=[("Cf-Resized", "err=9404")], media_type="text/html")
    assert judge(Probe(TARGET, (answer,))).reason == "not-found"


def test_a_fragment_of_json_is_no_word() -> None:
    """What does not parse leaves the word to the status."""
    answer = exchange(URL, 404, body=b'{"status":"err', media_type="application/json")
    assert judge(Probe(TARGET, (answer,))).reason == "not-found"
