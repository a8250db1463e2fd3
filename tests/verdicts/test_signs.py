"""The exact marks of walls and parking."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcheck.verdicts.signs import body_signs, header_signs, meaning, signs


@pytest.mark.parametrize(
    ("headers", "status", "expected"),
    [
        ([("CF-Mitigated", "challenge")], 429, ("cloudflare-challenge",)),
        ([("x-vercel-mitigated", "challenge")], 429, ("vercel-challenge",)),
        ([("x-amzn-waf-action", "captcha")], 405, ("aws-waf-captcha",)),
        ([("Server", "AkamaiGHost")], 403, ("akamai-block",)),
        ([("Server", "AkamaiGHost")], 200, ()),
        ([("Server", "AkamaiGHost")], None, ()),
        ([("x-sucuri-block", "BLACK01")], 403, ("sucuri-block",)),
        ([("Server", "cloudflare"), ("CF-RAY", "1")], 403, ()),
        ([("cf-mitigated", "challenge-ish")], 403, ()),
        ([("Content-Security-Policy", "script-src challenges.cloudflare.com")], 403, ()),
        ([("Link", '<https://e.org/>; rel="blocked-by"')], 451, ("legal-block",)),
        ([], 200, ()),
    ],
)
def test_headers_name_the_wall(headers, status, expected):
    """I learn who shut me out, by exact headers only."""
    assert header_signs(headers, status) == expected


@pytest.mark.parametrize(
    ("body", "title", "expected"),
    [
        (b"<script>window._cf_chl_opt={cvId:'3'}</script>", "Just a moment...", ("cloudflare-challenge",)),
        (b"<p>", "Just a moment...", ("cloudflare-challenge",)),
        (b'<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>', "News", ()),
        (b'<div id="px-captcha"></div>', None, ("perimeterx",)),
        (b"<script src='/_Incapsula_Resource?SWJIYLWA=1'></script>", "News", ()),
        (b'<script>window.park = "abc"</script>', None, ("parking-park-script",)),
        (b'<script>window.park = "abc"</script>' + b" " * 30_000, None, ()),
        (b'<meta http-equiv="Content-Security-Policy" content="x //cdn.dan.com/">', None, ()),
        (b'<div class="cf-error-details cf-error-522">', "e.org | 522: Connection timed out", ()),
        (b"<p>nothing special", "A story", ()),
    ],
)
def test_bodies_name_the_wall(body, title, expected):
    """Ordinary pages that load a guard's script are no walls."""
    assert body_signs(body, title) == expected


@pytest.mark.parametrize(("sign", "mark"), [(sign.id, mark) for sign in signs().body for mark in sign.any])
def test_no_mark_is_overlooked(sign, mark):
    """The quick look that spares most pages the close one finds every mark."""
    assert sign in body_signs(b"<p>" + mark.encode() + b"</p>")


MARKS = sorted({mark for sign in signs().body for mark in sign.any})
PARTS = st.sampled_from(MARKS).flatmap(
    lambda mark: st.integers(0, len(mark)).map(lambda cut: mark[cut:]) | st.just(mark.swapcase()) | st.just(mark)
)


@given(st.lists(PARTS | st.sampled_from(["<p>", " ", "大"]), max_size=6), st.sampled_from([0, 9_000, 16_370, 30_000]))
def test_a_body_is_marked_where_it_holds_a_mark(parts, before):
    """One look for all marks finds what looking for each finds, in the first 16 KB and in pages not too large."""
    body = " " * before + "".join(parts)
    start = body.encode()[:16_384].decode(errors="ignore")
    assert body_signs(body.encode()) == tuple(
        sign.id
        for sign in signs().body
        if any(mark in start for mark in sign.any)
        and (sign.largest_bytes is None or len(body.encode()) <= sign.largest_bytes)
    )


def test_every_sign_has_a_known_meaning():
    """A sign tells a wall from a parked domain."""
    ids = [sign.id for sign in signs().header] + [sign.id for sign in signs().body]
    assert {meaning(sign) for sign in ids} == {"wall", "parking"}
    assert meaning("no-such-sign") is None
