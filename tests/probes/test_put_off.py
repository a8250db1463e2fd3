"""What waits for its second look waits in little room."""

import tracemalloc
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from linkcheck.model import Content, Ending, Exchange, Expects, Failure, Purpose, Request, Role, Target
from linkcheck.probes.put_off import Kept, PutOff

REFUSED = ("ConnectionRefusedError: [Errno 111] Connect call failed ('192.0.2.1', 443)",)
BEGAN = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)


def kept(number: int, **said: object) -> Kept:
    """Target `number` of a host that refused, and its second look."""
    url = f"https://refuses.test/2026/01/{number}.html"
    request = Request("GET", url, (("User-Agent", "linkcheck"), ("Accept", "*/*")), expects=Expects.PAGE)
    seen = Exchange(request, BEGAN, 0.25, **({"failure": Failure.CONNECTION_REFUSED, "error": REFUSED} | said))
    again = Request("GET", url, request.headers, purpose=Purpose.SECOND_LOOK, expects=Expects.PAGE)
    return Kept(number, Target(url, Role.SELF, Expects.PAGE), again, [seen], 0.25)


def test_what_was_put_off_comes_back_as_it_was() -> None:
    """Headers, bytes of a body, times and failures are the same after the wait, in the same order, once."""
    body = Content("text/html", 9, 9, Ending.COMPLETE, "ab" * 32, b"<p>\xff\x00</p>")
    wanted = [kept(1), kept(2, status=503, failure=None, headers=(("Retry-After", "9"),), content=body), kept(3)]
    waiting = PutOff()
    for one in wanted:
        waiting.add("refuses.test", one)
    waiting.add("other.test", kept(4))
    assert waiting.hosts() == [("refuses.test", 3), ("other.test", 1)]
    assert list(waiting.of("refuses.test")) == wanted
    assert list(waiting.of("refuses.test")) == []
    assert waiting.hosts() == [("other.test", 1)]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=40)), max_size=20))
def test_nothing_is_lost_or_mixed_up(put_off: list[tuple[str, str]]) -> None:
    """Whatever hosts and answers there are, each host gets its own back."""
    waiting = PutOff()
    for number, (host, phrase) in enumerate(put_off):
        waiting.add(host, kept(number, status=500, failure=None, reason_phrase=phrase))
    for host in "abc":
        expected = [kept(n, status=500, failure=None, reason_phrase=p) for n, (h, p) in enumerate(put_off) if h == host]
        assert list(waiting.of(host)) == expected
    assert not waiting


def test_a_dead_host_with_many_links_takes_little_room() -> None:
    """Ten thousand refused connections are not ten thousand exchanges in memory."""
    waiting = PutOff()
    tracemalloc.start()
    for number in range(2_000):
        waiting.add("refuses.test", kept(number))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken / 2_000 < 250
