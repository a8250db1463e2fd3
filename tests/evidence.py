"""Short ways to write down exchanges for tests of what decides."""

from collections.abc import Sequence
from datetime import UTC, datetime

from linkcheck.model import Content, Ending, Exchange, Failure, ImageFacts, PageFacts, Purpose, Request

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def exchange(
    url: str = "https://site.test/page",
    status: int | None = 200,
    *,
    method: str = "GET",
    purpose: Purpose = Purpose.FIRST,
    headers: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    media_type: str | None = "text/html",
    failure: Failure | None = None,
    image: ImageFacts | None = None,
    page: PageFacts | None = None,
    declared_bytes: int | None = None,
    ended: Ending = Ending.COMPLETE,
    elapsed_s: float = 0.1,
    request_headers: Sequence[tuple[str, str]] = (),
) -> Exchange:
    """One exchange; `status=None` with a failure means that no response came."""
    content = None
    if status is not None and method != "HEAD":
        content = Content(media_type, len(body), declared_bytes, ended, body=body, image=image, page=page)
    return Exchange(
        Request(method, url, tuple(request_headers), purpose=purpose),
        BEGAN,
        elapsed_s,
        status=status,
        headers=tuple(headers),
        content=content,
        failure=failure,
        error=(f"Test: {failure}",) if failure else (),
    )


def redirect(
    url: str, to: str, status: int = 301, *, purpose: Purpose = Purpose.FIRST, method: str = "GET", cookie: str = ""
) -> Exchange:
    """A redirect from `url` to `to`."""
    headers = [("Location", to)] + ([("Set-Cookie", cookie)] if cookie else [])
    return exchange(url, status, headers=headers, purpose=purpose, method=method)


def failed(failure: Failure, url: str = "https://site.test/page", *, purpose: Purpose = Purpose.FIRST) -> Exchange:
    """An exchange without a response."""
    return exchange(url, None, failure=failure, purpose=purpose)
