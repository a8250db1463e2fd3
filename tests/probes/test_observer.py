"""The facts of a body, drawn between the network and whoever judges."""

from datetime import UTC, datetime

import pytest

from linkcheck.model import Content, Ending, Exchange, PageFacts, Request
from linkcheck.probes import pages
from linkcheck.probes.observer import Observer
from linkcheck.probes.transport import Transport

PLAIN = b"<html><head><title>Not here</title></head><body><p>Nothing under this name.</p></body></html>"
RELATIVE = b'<html><head><title>Here</title><link rel="canonical" href="one"></head><body>x</body></html>'


class Alike(Transport):
    """Answers everything with one body, read whole (or, without a digest, in part)."""

    def __init__(self, body: bytes, *types: str, sha256: str | None = "ab") -> None:
        self.body = body
        self.types = list(types)
        self.sha256 = sha256

    async def send(self, request: Request) -> Exchange:
        media_type = self.types.pop(0) if self.types else "text/html"
        content = Content(media_type, len(self.body), None, Ending.COMPLETE, sha256=self.sha256, body=self.body)
        headers = (("Content-Type", media_type),)
        return Exchange(request, datetime(2026, 1, 2, tzinfo=UTC), 0.1, 200, headers=headers, content=content)

    async def aclose(self) -> None:
        pass


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs whose page was read."""
    urls: list[str] = []
    facts = pages.facts

    def counted(body: bytes, description: pages.Description, url: str, **options: bool) -> PageFacts | None:
        urls.append(url)
        return facts(body, description, url, **options)

    monkeypatch.setattr(pages, "facts", counted)
    return urls


async def _pages(observer: Observer, *urls: str) -> list[PageFacts | None]:
    exchanges = [await observer.send(Request("GET", url)) for url in urls]
    return [exchange.content.page for exchange in exchanges if exchange.content is not None]


async def test_the_page_a_host_gives_for_everything_is_read_once(read: list[str]) -> None:
    """The same bytes say the same, whatever was asked for."""
    found = await _pages(Observer(Alike(PLAIN)), "http://a.example/1", "http://a.example/2", "http://b.example/")
    assert [page.title for page in found if page is not None] == ["Not here"] * 3
    assert read == ["http://a.example/1"]


async def test_what_is_relative_is_read_again(read: list[str]) -> None:
    """A canonical address means another thing at another place."""
    found = await _pages(Observer(Alike(RELATIVE)), "http://a.example/x/", "http://a.example/y/")
    assert [page.canonical for page in found if page is not None] == [
        "http://a.example/x/one",
        "http://a.example/y/one",
    ]
    assert len(read) == 2


async def test_bytes_in_another_encoding_are_another_page(read: list[str]) -> None:
    """The same bytes read as UTF-8 and as Latin-1 say different things."""
    body = "<title>café</title>".encode()
    observer = Observer(Alike(body, "text/html; charset=utf-8", "text/html; charset=latin-1"))
    found = await _pages(observer, "http://a.example/1", "http://a.example/2")
    assert [page.title for page in found if page is not None] == ["café", "cafÃ©"]


async def test_a_page_that_was_not_read_whole_is_no_measure(read: list[str]) -> None:
    """Without a digest nobody knows whether it is the same."""
    await _pages(Observer(Alike(PLAIN, sha256=None)), "http://a.example/1", "http://a.example/2")
    assert len(read) == 2
