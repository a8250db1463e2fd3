"""What a proxied URL unwraps to."""

import re

import ada_url
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linkcheck import urls
from linkcheck.targets import Rules, load, unwrap
from linkcheck.targets.proxies import DEPTH, Hop, absolute
from linkcheck.targets.rulebook import ProxyExample, ProxyRule

RULES = load()
ROWS = [(rule, example) for rule in RULES.proxies for example in rule.examples]
HEX = "68747470733a2f2f652e6f72672f782e737667"


def unwrapped(url: str, rules: Rules = RULES) -> list[str]:
    found = unwrap(urls.resolve(url) or url, rules)
    return [hop.origin or "-" for hop in found.hops] if found else []


def only_hop(url: str, rules: Rules = RULES) -> Hop:
    found = unwrap(urls.resolve(url) or url, rules)
    assert found is not None
    assert len(found.hops) == 1
    return found.hops[0]


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("https://images.weserv.nl/?url=static.dw.com/image/1_303.jpg", "https://static.dw.com/image/1_303.jpg"),
        ("https://images.weserv.nl?url=gdb.voanews.com/a_w800_r1.jpg", "https://gdb.voanews.com/a_w800_r1.jpg"),
        ("http://images.weserv.nl/?url=ssl:e.org/a.png", "https://e.org/a.png"),
        ("https://images.weserv.nl/?url=SSL://e.org/a.png", "https://e.org/a.png"),
        ("https://images.weserv.nl/?url=HTTP://e.org/a.png", "http://e.org/a.png"),
        ("https://images.weserv.nl/?url=//e.org/x.jpg", "https://e.org/x.jpg"),
        ("https://images.weserv.nl/?url=///e.org/x.jpg", "https://e.org/x.jpg"),
        ("https://images.weserv.nl/?URL=e.org/x.jpg", "https://e.org/x.jpg"),
        ("https://images.weserv.nl/?url=e.org/x.jpg&url=f.org/y.jpg", "https://e.org/x.jpg"),
        ("https://images.weserv.nl/?url=e.org", "https://e.org/"),
        ("https://images.weserv.nl/?url=e.org?v=1", "https://e.org/?v=1"),
        ("https://images.weserv.nl/?url=e.org/a+b.jpg", "https://e.org/a+b.jpg"),
        ("https://images.weserv.nl/?url=e.org/a%2520b.jpg", "https://e.org/a%20b.jpg"),
        ("https://images.weserv.nl/?url=e.org/a.jpg%23part", "https://e.org/a.jpg"),
        ("https://images.weserv.nl/?url=e.org/a.jpg#part", "https://e.org/a.jpg"),
        ("https://images.weserv.nl/?url=e.org/%B9%FE.jpg", "https://e.org/%B9%FE.jpg"),
        ("https://images.weserv.nl/?url=e.org/图.jpg", "https://e.org/%E5%9B%BE.jpg"),
        ("https://images.weserv.nl/?url=图.org/a.jpg", "https://xn--wcs.org/a.jpg"),
        ("https://images.weserv.nl/?url=e%E3%80%82org/a.jpg", "https://e.org/a.jpg"),
        ("https://images.weserv.nl/?url=e.org:8080/a.jpg", "https://e.org:8080/a.jpg"),
        (
            "https://wsrv.nl/?w=300&url=https%3A%2F%2Fa.b%2Fc%20d.jpg%3Fx%3D1%26y%3D2&default=x",
            "https://a.b/c%20d.jpg?x=1&y=2",
        ),
        ("https://i0.wp.com/s.ma.tt/files/DSC.jpg?w=300", "http://s.ma.tt/files/DSC.jpg"),
        ("https://i1.wp.com/e.mk/a-2.jpg?resize=730%2C465&ssl=1", "https://e.mk/a-2.jpg"),
        ("https://i2.wp.com/e.mk/i.jpg?q=v%3D3&ssl=1&w=1", "https://e.mk/i.jpg?v=3"),
        ("https://i3.wp.com/e.mk/i.jpg?ssl=0", "http://e.mk/i.jpg"),
        (f"https://camo.githubusercontent.com/{'a' * 64}/{HEX}", "https://e.org/x.svg"),
        ("https://res.cloudinary.com/demo/image/fetch/w_300/https://e.org/a.jpg?x=1", "https://e.org/a.jpg?x=1"),
        ("https://res.cloudinary.com/demo/image/fetch/https:/e.org/a.jpg", "https://e.org/a.jpg"),
        (
            "https://i.example/insecure/rs:fit:9:0/aHR0cDovL2V4YW1w/bGUuY29tL2ltYWdl/cy9jdXJpb3NpdHku/anBn",
            "http://example.com/images/curiosity.jpg",
        ),
        ("https://s.example/news/_next/image?url=%2Fa.jpg&w=640&q=75", "https://s.example/a.jpg"),
        ("https://media.discordapp.net/external/S/%3Fv%3D1/https/e.org/a.jpg?width=4", "https://e.org/a.jpg?v=1"),
    ],
)
def test_a_proxied_url_names_its_origin(outer: str, inner: str) -> None:
    assert unwrapped(outer) == [inner]


@pytest.mark.parametrize(("rule", "row"), ROWS, ids=[f"{rule.id}: {row.url[:60]}" for rule, row in ROWS])
def test_every_shipped_proxy_unwraps_its_examples(rule: ProxyRule, row: ProxyExample) -> None:
    found = unwrap(urls.resolve(row.url) or "", RULES)
    assert found is not None
    hop = found.hops[0]
    assert (hop.rule, hop.origin, hop.meant) == (rule.id, row.origin, row.meant)
    assert hop.fetches == (row.fetches or row.origin)


@pytest.mark.parametrize(
    "url",
    [
        "https://e.org/a.jpg",
        "https://images.weserv.nl/",
        "https://images.weserv.nl/?w=300",
        "https://images.weserv.nl/?url=",
        "https://notimages.weserv.example/?url=e.org/a.jpg",
        "https://web.archive.org/web/20200101000000im_/https://e.org/a.jpg",
        "https://web.archive.org/web/2020im_/https://images.weserv.nl/?url=e.org/a.jpg",
        "https://web.archive.org/web/2020im_/https://s.example/_next/image?url=%2Fa.jpg",
        "https://web.archive.org/web/2020im_/https://s.example/cdn-cgi/image/w=80/a.jpg",
        "https://arquivo.pt/wayback/20160101120000/http://e.org/200x200/https://f.org/a.jpg",
        "https://www.facebook.com/sharer.php?u=https://e.org/",
        "https://e.org/unsafe/building",
        "https://e.org/plain/http.html",
        "mailto:a@images.weserv.nl",
    ],
)
def test_what_is_no_proxied_url_is_left_alone(url: str) -> None:
    """A web archive's replay URL is its own target only, whatever it replays."""
    assert unwrapped(url) == []


def test_the_proxy_asks_http_where_we_ask_https_first() -> None:
    hop = only_hop("https://images.weserv.nl/?url=static.dw.com/image/60003556_303.jpg")
    assert hop.fetches == "http://static.dw.com/image/60003556_303.jpg"
    assert hop.scheme_assumed
    assert hop.query_lost


def test_a_raw_ampersand_gives_two_candidates() -> None:
    """First what the proxy fetches, then what the author meant."""
    found = unwrap("https://images.weserv.nl/?url=https://k.com/p.jpg?h=7741&w=300&itok=qP&v=2", RULES)
    assert found is not None
    assert found.origin == "https://k.com/p.jpg?h=7741"
    assert found.alternates == ("https://k.com/p.jpg?h=7741&itok=qP&v=2",)


def test_candidates_of_a_value_without_scheme_come_in_both_schemes() -> None:
    found = unwrap("https://images.weserv.nl/?url=k.com/p.jpg?h=1&itok=qP", RULES)
    assert found is not None
    assert (found.origin, *found.alternates) == (
        "https://k.com/p.jpg?h=1",
        "http://k.com/p.jpg?h=1",
        "https://k.com/p.jpg?h=1&itok=qP",
        "http://k.com/p.jpg?h=1&itok=qP",
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://images.weserv.nl/?url=https%3A%2F%2Fk.com%2Fp.jpg%3Fh%3D1&itok=qP",
        "https://images.weserv.nl/?url=https://k.com/p.jpg&itok=qP",
        "https://images.weserv.nl/?itok=qP&url=https://k.com/p.jpg?h=1&w=300&OUTPUT=webp",
    ],
)
def test_what_cannot_have_been_cut_has_one_candidate(url: str) -> None:
    assert only_hop(url).meant is None


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", None),
        ("&default=x", None),
        ("&default=", None),
        ("&default=f.org/none.png", "http://f.org/none.png"),
        ("&default=https%3A%2F%2Ff.org%2Fnone.png", "https://f.org/none.png"),
        ("&errorredirect=//f.org/none.png", "https://f.org/none.png"),
        ("&default=1", "http://e.org/a.jpg"),
    ],
)
def test_a_stand_in_for_failures_is_known(options: str, expected: str | None) -> None:
    """A redirect there is a failure, however the stand-in answers."""
    assert only_hop(f"https://wsrv.nl/?url=e.org/a.jpg{options}").default_url == expected


def test_a_value_that_the_proxy_cannot_read_is_proxied_without_origin() -> None:
    hop = only_hop("https://images.weserv.nl/?url=ftp://e.org/a.jpg")
    assert hop.origin is None
    assert not hop.opaque


@pytest.mark.parametrize(
    ("url", "signed", "opaque"),
    [
        ("https://wsrv.nl/?url=e.org/a.jpg", False, False),
        (f"https://camo.githubusercontent.com/{'a' * 40}/{HEX}", True, False),
        (f"https://s.imgix.net/http%3A%2F%2Fe.org%2Fj.png?s={'a' * 32}", True, False),
        ("https://s.imgix.net/http%3A%2F%2Fe.org%2Fj.png", False, False),
        (f"https://i.example/{'a' * 43}/rs:fit:300:0/enc/abc", True, True),
        ("https://imagedelivery.net/HASH/ID/public", False, True),
    ],
)
def test_signed_and_opaque_proxies_are_marked(url: str, signed: bool, opaque: bool) -> None:
    hop = only_hop(url)
    assert (hop.signed, hop.opaque) == (signed, opaque)


@pytest.mark.parametrize(
    ("outer", "chain"),
    [
        (
            "https://images.weserv.nl/?url=i1.wp.com/e.mk/a.jpg%3Fssl%3D1",
            ["https://i1.wp.com/e.mk/a.jpg?ssl=1", "https://e.mk/a.jpg"],
        ),
        (
            "https://external-content.duckduckgo.com/iu/?u=https%3A%2F%2Fi0.wp.com%2Fe.mk%2Fa.jpg&ipt=1",
            ["https://i0.wp.com/e.mk/a.jpg", "http://e.mk/a.jpg"],
        ),
        (
            "https://images.weserv.nl/?url=web.archive.org/web/2020im_/http://e.org/a.jpg",
            ["https://web.archive.org/web/2020im_/http://e.org/a.jpg"],
        ),
        ("https://wsrv.nl/?url=imagedelivery.net/H/I/public", ["https://imagedelivery.net/H/I/public", "-"]),
    ],
)
def test_proxies_around_proxies_are_followed_inwards(outer: str, chain: list[str]) -> None:
    assert unwrapped(outer) == chain


def test_the_origin_behind_an_opaque_proxy_is_that_proxys_own_url() -> None:
    found = unwrap("https://wsrv.nl/?url=imagedelivery.net/H/I/public", RULES)
    assert found is not None
    assert found.origin == "https://imagedelivery.net/H/I/public"
    assert found.alternates == ("http://imagedelivery.net/H/I/public",)


def test_unwrapping_stops_after_five_hops() -> None:
    url = "https://wsrv.nl/?url=" * 9 + "e.org/a.jpg"
    assert len(unwrapped(url)) == DEPTH


def test_a_proxy_that_only_adds_parameters_is_a_rule_of_ones_own() -> None:
    """Fastly's image optimiser: the same URL without its options."""
    rules = load(
        {
            "proxy": [
                {
                    "id": "fastly",
                    "hosts": ["img.e.org"],
                    "extract": "without-options",
                    "options": ["width", "auto"],
                    "examples": [{"url": "https://img.e.org/x.jpg?width=3", "origin": "https://img.e.org/x.jpg"}],
                }
            ]
        }
    )
    assert unwrapped("https://img.e.org/x.jpg?width=300&v=2&auto=webp", rules) == ["https://img.e.org/x.jpg?v=2"]
    assert unwrapped("https://img.e.org/x.jpg?v=2", rules) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.statically.io/img/e.org/" + "a=a" * 2000 + ",,/x",
        "https://h.example/unsafe/filters:a(" + "()" * 2000,
        "https://h.example/a/q1" + ",q1" * 2000 + "/http",
        "https://substackcdn.com/image/fetch/" + "http%25" * 2000,
        "https://wsrv.nl/?url=e.org?" + "&a=b" * 2000,
    ],
    ids=lambda url: url[:40],
)
def test_a_long_odd_url_does_not_hang_us(url: str) -> None:
    """A pattern that backtracks without end would stop the suite here."""
    unwrapped(url)


SCRAPS = """
https:// http:/ // / e.org images.weserv.nl i1.wp.com camo.githubusercontent.com/ ?url= & # % %2F %3A @ [ ssl: default=1
/_next/image?url= /cdn-cgi/image/ /image/fetch/ /unsafe/ filters:a( /insecure/ /plain/ /aHR0c /200x,q60/https: \ud800 \0
"""
PIECES = st.sampled_from([*SCRAPS.split(), "a" * 40])


@given(st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join)))
@example("https://a:b/")
@example("https://images.weserv.nl/?url=%ED%A0%80.org")
def test_any_text_unwraps_without_an_exception(text: str) -> None:
    """Whatever stands in an attribute, we do not crash and do not hang."""
    for prefix in ("", "https://images.weserv.nl/?url=", "https://e.org/"):
        found = unwrap(prefix + text, RULES)
        assert found is None or 1 <= len(found.hops) <= DEPTH
        serialised = urls.resolve(prefix + text)
        if serialised:
            unwrap(serialised, RULES)


@given(st.text(max_size=40))
def test_an_origin_is_always_a_serialised_web_url(text: str) -> None:
    url, _ = absolute(text)
    assert url is None or (urls.is_web(url) and urls.resolve(url) == url)


@given(
    st.from_regex(r"(?:https?|ssl|ftp|a)?:?/{0,3}[a-z0-9.。]{1,9}(?::[0-9]{0,3})?(?:/[a-z.:#]{0,5})?", fullmatch=True)
)
def test_a_value_stands_for_what_it_says(text: str) -> None:
    """A colon or two slashes may state a scheme; the short way for all else gives what the parser gives."""
    found, is_assumed = absolute(text)
    if ":" not in text and not text.startswith("//"):
        bare = text.partition("#")[0].lstrip("/")
        has_dot = re.match(r"[^/?]+[.。][^/?]", bare) is not None
        assert found == (normalized(f"https://{bare}") if has_dot else None)
        assert is_assumed == (found is not None)


def normalized(url: str) -> str | None:
    try:
        return ada_url.normalize_url(url)
    except ValueError:
        return None


@pytest.mark.parametrize(
    "url",
    [
        "https://images.weserv.nl/x",
        "http://images.weserv.nl:8080/",
        "https://images.weserv.nl?a",
        "https://a@wsrv.nl/#/b/c",
    ],
)
def test_rules_are_those_of_the_host(url: str) -> None:
    """Whatever stands around it, and however often it is looked up."""
    rules = load()
    assert [rule.id for rule in rules.at(url).proxies] == ["weserv"]
    assert rules.at(url) is rules.at(url)
    assert not rules.at("https://images.weserv.nl.test/").proxies
