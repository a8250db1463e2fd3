"""What the store knows of one URL → a text for people: every request and hop, and why the verdict is what it is."""

from collections.abc import Iterator, Sequence

from linkcheck.model import Content, Exchange, Purpose, Reason, Verdict
from linkcheck.reports.printable import printable
from linkcheck.verdicts import catalogue
from linkcheck.verdicts.statuses import phrase

_NAMES = """cf-mitigated cf-resized content-length content-range content-type date etag fastly-io-error last-modified
    link location retry-after server www-authenticate x-cache x-cld-error x-images-api"""
_MATTERING = frozenset(_NAMES.split())
_WHY = {
    Purpose.FIRST: "the first request",
    Purpose.RETRY: "again, after a transient failure",
    Purpose.SECOND_LOOK: "once more, at the end of the run",
    Purpose.REDIRECT: "where the redirect leads",
    Purpose.GET_AFTER_HEAD: "by GET, since HEAD settles nothing",
    Purpose.PLAIN_GET: "as plainly as possible",
    Purpose.ALTERNATE: "by the other scheme",
    Purpose.DIAGNOSIS: "without verification, for diagnosis only",
    Purpose.REFERER: "as one of its own pages would ask",
    Purpose.RENDITION: "another size of the image",
    Purpose.SIBLING: "a name beside it that cannot exist",
    Purpose.FALLBACK: "the API, since the page is gone",
}


def verdict(url: str, run_id: int | None, judged: Verdict, revised: tuple[str, str, str] | None) -> Iterator[str]:
    """The verdict and the rule that decided."""
    outcome, reason, detail = revised or (judged.outcome, judged.reason, judged.detail)
    yield printable(url)
    when = f"in run {run_id}" if run_id is not None else "just now"
    yield f"{outcome} {reason}, {when}: {printable(detail)}"
    if revised is not None:
        yield f"  by itself it would be {judged.outcome} {judged.reason}: {printable(judged.detail)}"
    entry = catalogue.entry(Reason(reason))
    yield ""
    yield f"How we know: {entry.evidence}"
    yield f"What would change it: {_change(outcome, entry)}"


def _change(outcome: str, entry: catalogue.Entry) -> str:
    if outcome in ("ok", "skipped"):
        return entry.remedy
    return f"a request that is answered as expected. It is asked again {entry.recheck}. {entry.remedy}"


def exchanges(asked: Sequence[Exchange]) -> Iterator[str]:
    """Every request, why it was sent, what was answered, and the headers that mattered."""
    for number, exchange in enumerate(asked, start=1):
        request = exchange.request
        yield f"{number:>3}. {request.method} {printable(request.url)}"
        yield f"     {_WHY[request.purpose]}, {exchange.started_at:%Y-%m-%d %H:%M:%S} UTC, {exchange.elapsed_s:.3f} s"
        yield f"     → {_answer(exchange)}"
        for name, value in exchange.headers:
            if name.lower() in _MATTERING:
                yield f"       {printable(name)}: {printable(value)}"
        if exchange.content is not None:
            yield from (f"       {line}" for line in _body(exchange.content))


def _answer(exchange: Exchange) -> str:
    peer = f" from {exchange.peer}" if exchange.peer else ""
    if exchange.failure is None:
        return f"{phrase(exchange.status or 0)}{peer}"
    status = f"{exchange.status}, then " if exchange.status is not None else ""
    causes = "; ".join(map(printable, exchange.error))
    return f"{status}{exchange.failure}{peer}: {causes}"


def _body(content: Content) -> Iterator[str]:
    yield f"[{content.length_bytes:,} bytes read, {content.ended}]"
    image, page = content.image, content.page
    if image is not None:
        end = {True: "ends as it should", False: "lacks its end", None: "end not looked at"}[image.ends_well]
        yield f"[{image.format}, {image.width_px}×{image.height_px} pixels, {end}]"
    if page is not None:
        yield f"[title: {printable(page.title or 'none')}]"
        if page.canonical:
            yield f"[canonical: {printable(page.canonical)}]"
        if page.signs:
            yield f"[signs: {', '.join(page.signs)}]"
