"""URLs are what a browser would ask for, byte for byte."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcheck import urls


@pytest.mark.parametrize(
    ("text", "base", "expected"),
    [
        ("HTTPS://Ex.org:443/a b?x=1|2#f", None, "https://ex.org/a%20b?x=1|2#f"),
        ("//e.org/x", "https://a.org/", "https://e.org/x"),
        ("?b=+&a=%zz&a=1", "http://a.org/p", "http://a.org/p?b=+&a=%zz&a=1"),
        ("http://0x7f.1/", None, "http://127.0.0.1/"),
        ("http://faß.de/中 文", None, "http://xn--fa-hia.de/%E4%B8%AD%20%E6%96%87"),
        ("http://a.org//cn//x", None, "http://a.org//cn//x"),
        ("http://a b/", None, None),
        ("http://e.org:99999/", None, None),
        ("relative", None, None),
    ],
)
def test_resolving_follows_the_standard(text: str, base: str | None, expected: str | None) -> None:
    """Nothing is sorted, collapsed or re-encoded beyond what a browser does."""
    assert urls.resolve(text, base) == expected


@pytest.mark.parametrize(
    ("url", "authority", "host", "port", "path"),
    [
        ("https://e.org/a?b#c", "e.org", "e.org", 443, "/a"),
        ("http://u:p@e.org:8080?x=/y", "e.org:8080", "e.org", 8080, ""),
        ("http://[::1]:81/x@y", "[::1]:81", "::1", 81, "/x@y"),
        ("https://e.org#/a", "e.org", "e.org", 443, ""),
        ("mailto:a@b.org", "", "", 0, ""),
    ],
)
def test_parts(url: str, authority: str, host: str, port: int, path: str) -> None:
    """Authority, host, port and path, however little there is."""
    assert (urls.authority(url), urls.host(url), urls.port(url)) == (authority, host, port)
    if authority:
        assert urls.path(url) == path


@given(st.text(max_size=60))
def test_serialising_and_keys_are_idempotent(text: str) -> None:
    """A serialised URL is its own serialisation, and a key its own key."""
    url = urls.resolve(text, "https://base.org/dir/page")
    if url is not None:
        assert urls.resolve(url) == url
        assert urls.key(urls.key(url)) == urls.key(url)


def test_keys_join_spellings_and_nothing_else() -> None:
    """Escapes of both cases are one, a fragment asks for nothing; order and plus signs matter."""
    assert urls.key("https://e.org/%e4%b8%ad#x") == urls.key("https://e.org/%E4%B8%AD")
    assert urls.key("https://e.org/?a=1&b=2") != urls.key("https://e.org/?b=2&a=1")
    assert urls.key("https://e.org/?a=+") != urls.key("https://e.org/?a=%20")


def test_the_reference_transport_keeps_our_bytes() -> None:
    """httpx, given a serialised URL, asks for the same host."""
    for url in ("https://e.org/%zz?b=+&a=1", "https://xn--fa-hia.de/%E4%B8%AD"):
        assert httpx.URL(url).host == urls.host(url) or httpx.URL(url).raw_host.decode() == urls.host(url)


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("www.bbc.co.uk", "bbc.co.uk"),
        ("images.weserv.nl", "weserv.nl"),
        ("a.b.github.io", "b.github.io"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("localhost", "localhost"),
    ],
)
def test_registrable_domains(name: str, domain: str) -> None:
    """By the Public Suffix List; addresses and bare names are themselves."""
    assert urls.registrable_domain(name) == domain


def test_the_closest_rule_for_a_host_wins() -> None:
    """Its own name, then the longest suffix."""
    rules = {"*.org": 1, "*.e.org": 2, "www.e.org": 3}
    assert [urls.closest(rules, name) for name in ("www.e.org", "a.e.org", "e.org", "x.net")] == [3, 2, 1, None]


def test_userinfo_and_readable_forms() -> None:
    """What may be shown: no secrets, and letters instead of escapes."""
    assert urls.mask_userinfo("https://me:pw@e.org/a@b") == "https://***@e.org/a@b"
    assert urls.mask_userinfo("mailto:a@b.org") == "mailto:a@b.org"
    assert urls.without_userinfo("https://me:pw@e.org/a") == "https://e.org/a"
    assert urls.readable("https://e.org/%E4%B8%AD%20x%1b") == "https://e.org/中%20x%1b"
