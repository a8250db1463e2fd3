"""Secrets: what is masked, what is not, and that what was masked is still asked."""

import pytest
from evidence import exchange
from msgspec.structs import replace

from linkcheck.model import Kind, Probe, Reference, Role, Span, Target
from linkcheck.stages.secrets import Secrets

MASKED = [
    ("https://user:pw@a.example/x", "https://***@a.example/x"),
    ("https://pw@a.example/x", "https://***@a.example/x"),
    ("https://user:p@w@a.example/x", "https://***@a.example/x"),
    ("https:/user:pw@a.example/x", "https:/***@a.example/x"),
    ("https:\\\\user:pw@a.example/x", "https:\\\\***@a.example/x"),
    ("//user:pw@a.example/x", "//***@a.example/x"),
    ("ftp://user:pw@a.example/x", "ftp://***@a.example/x"),
    ("HTTPS://user:pw@A.example/x", "HTTPS://***@A.example/x"),
    ("https://***@a.example/x", "https://***@a.example/x"),
    ("https://p.example/?url=https://user:pw@a.example/x", "https://p.example/?url=https://***@a.example/x"),
    ("https://p.example/?url=//user:pw@a.example/x", "https://p.example/?url=//***@a.example/x"),
    ("https://p.example/?url=https%3A%2F%2Fuser:pw@a.example", "https://p.example/?url=https%3A%2F%2F***@a.example"),
    (
        "https://p.example/?url=https%3a%2f%2fuser%3Apw%40a.example%2Fx",
        "https://p.example/?url=https%3a%2f%2f***%40a.example%2Fx",
    ),
    ("https://u:p@p.example/https://user:pw@a.example/x", "https://***@p.example/https://***@a.example/x"),
    (
        "two URLs; perhaps 'https://user:pw@a.example/x' is meant",
        "two URLs; perhaps 'https://***@a.example/x' is meant",
    ),
]
LEFT_ALONE = """https://a.example/@user https://medium.example/@user/post?x=a@b https://a.example/?mail=a@b.example
mailto:somebody@a.example https://web.example/https://a.example/@user https://a.example//@user https://a.example/#a@b
https://a.example/?url=https%3A%2F%2Fb.example%2F%40user https://p.example/?url=//b.example&mail=a@b
https://maps.example/place/@52.5,13.4,17z acct:somebody@a.example""".split()


@pytest.mark.parametrize(("text", "expected"), MASKED)
def test_userinfo_is_masked_wherever_a_url_stands(text: str, expected: str) -> None:
    """In URLs, in URLs within URLs, encoded or not."""
    assert Secrets().mask(text) == expected
    assert Secrets().mask(expected) == expected


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_is_no_userinfo_stays(text: str) -> None:
    """An `@` in a path, a query or a mail address is no secret."""
    assert Secrets().mask(text) == text


def test_patterns_are_masked_too() -> None:
    """What I configure as secret is masked in any text."""
    assert Secrets([r"(?<=token=)\w+"]).mask("https://a.example/?token=abc&x=1") == "https://a.example/?token=***&x=1"


def _reference(url: str, *more: Target, problem: str | None = None) -> Reference:
    return Reference(
        "a.md", Span(0, 1, 1, 1, 1, 2), url, url, Kind.LINK, problem=problem, targets=(Target(url, Role.SELF), *more)
    )


def test_a_masked_target_is_asked_as_it_is_written() -> None:
    """The report shows `***`; the server sees the truth: target, other spellings, renditions and referer alike."""
    secrets = Secrets([r"KEY\w+"])
    inner = Target(
        "https://u:p@b.example/KEY1",
        Role.ORIGIN,
        alternates=("http://u:p@b.example/KEY1",),
        renditions=("https://u:p@b.example/KEY2",),
        substitutes=("https://b.example/KEY3",),
        referer="https://u:p@c.example/",
    )
    found = _reference("https://u:p@a.example/#part", inner, problem="perhaps 'https://u:p@a.example/' is meant")
    protected = secrets.protect(found)
    assert "u:p" not in repr(protected)
    assert "KEY" not in repr(protected)
    assert secrets.reveal(protected.targets[1]) == inner


@pytest.mark.parametrize("at", ["&#64;", "&#x40;", "&commat;", "&#64", r"\@", "&#37;40"])
def test_a_password_that_is_written_in_disguise_is_masked(at: str) -> None:
    """A character reference for the `@` hides it from no one but a reader of the source."""
    found = replace(_reference("https://u:p@a.example/"), raw=f"https://u:p{at}a.example/?a=1&amp;b=2")
    protected = Secrets().protect(found)
    assert protected.url == "https://***@a.example/"
    assert protected.targets[0].url == "https://***@a.example/"
    assert "u:p" not in protected.raw
    plain = replace(found, raw="/a?b=1&amp;c=2")
    assert Secrets().protect(plain).raw == plain.raw
    referring = _reference("/x", Target("https://b.example/", Role.SELF, referer="https://u:p@c.example/"))
    assert "u:p" not in repr(Secrets().protect(referring))


def test_two_secrets_at_one_place_stay_two_targets() -> None:
    """The same page with two passwords is asked twice, each with its own."""
    secrets = Secrets()
    found = [_reference(f"https://u:{password}@a.example/") for password in ("one", "two", "one")]
    first, second, third = (secrets.protect(reference) for reference in found)
    assert first.url == second.url == "https://***@a.example/"
    assert first.targets == third.targets != second.targets
    for reference, protected in zip(found, (first, second, third), strict=True):
        assert secrets.reveal(protected.targets[0]) == reference.targets[0]


def test_what_servers_say_is_masked_before_it_is_judged() -> None:
    """A redirect to a URL with a password, and a page that repeats a token, reach no store."""
    secrets = Secrets([r"KEY\w+"])
    location = exchange("https://a.example/KEY1", 302, headers=[("Location", "https://u:p@b.example/")])
    probe = Probe(Target("https://a.example/KEY1", Role.SELF), (location, exchange("https://u:p@b.example/")))
    protected = repr(secrets.protect_probe(probe))
    assert "u:p" not in protected
    assert "KEY" not in protected


def test_evidence_without_secrets_is_left_alone() -> None:
    """The usual case costs nothing."""
    probe = Probe(Target("https://a.example/", Role.SELF), (exchange("https://a.example/"),))
    assert Secrets().protect_probe(probe) is probe
