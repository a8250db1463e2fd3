"""Findings of a made-up archive, as many as wanted and the same each time; and their summary."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from linkcheck.model import (
    Change,
    Content,
    Ending,
    Finding,
    ImageFacts,
    Kind,
    Outcome,
    Problem,
    Reason,
    Reference,
    Role,
    Span,
    Target,
    Verdict,
)
from linkcheck.reports.summary import Summary, counted

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
VERDICTS = (
    (Outcome.BROKEN, Reason.NOT_FOUND, 404),
    (Outcome.BROKEN, Reason.HOST_NOT_FOUND, None),
    (Outcome.AT_RISK, Reason.PROXY_CACHE_ONLY, 200),
    (Outcome.UNCERTAIN, Reason.BLOCKED, 403),
    (Outcome.UNCERTAIN, Reason.TIMED_OUT, None),
    (Outcome.REDIRECTED, Reason.MOVED_PERMANENTLY, 301),
    (Outcome.OK, Reason.AVAILABLE, 200),
    (Outcome.SKIPPED, Reason.EXCLUDED, None),
)
_PICTURE = Content("image/jpeg", 5935, 5935, Ending.COMPLETE, image=ImageFacts("jpeg", 700, 394))
_PAGES = (Kind.LINK, Kind.CROSS_REFERENCE, Kind.IMAGE, Kind.MEDIA)


def finding(
    url: str | None = "https://a.example/x",
    *,
    raw: str = "x",
    path: str = "a.md",
    line: int = 1,
    kind: Kind = Kind.LINK,
    outcome: Outcome = Outcome.BROKEN,
    reason: Reason = Reason.NOT_FOUND,
    detail: str = "a.example answered 404 Not Found",
    change: Change = Change.NEW,
    sides: Sequence[tuple[Target, Verdict]] = (),
) -> Finding:
    """One finding; without `sides` its only target is `url` with the same verdict."""
    own = [(Target(url, Role.SELF), Verdict(outcome, reason, detail, 404, url, 1, 0.2, NOW))] if url is not None else []
    targets, verdicts = zip(*(sides or own), strict=True) if sides or own else ((), ())
    reference = Reference(path, Span(0, 1, line, 7, line, 8), raw, url, kind, targets=targets)
    return Finding(reference, verdicts, outcome, reason, detail, change, checked_at=NOW)


def proxied(
    origin: str,
    outcome: Outcome = Outcome.AT_RISK,
    reason: Reason = Reason.PROXY_CACHE_ONLY,
    status: int | None = 404,
    *,
    path: str = "a.md",
    line: int = 1,
    change: Change = Change.NEW,
) -> Finding:
    """An image that its proxy still shows, whatever became of its origin."""
    url = "https://images.weserv.nl/?url=" + origin.removeprefix("https://")
    host = origin.split("/")[2]
    proxy = Verdict(Outcome.OK, Reason.AVAILABLE, "images.weserv.nl answered 200 OK", 200, url, 1, 0.2, NOW, _PICTURE)
    seen = Verdict(outcome, reason, f"{host} answered {status}", status, origin, 2, 0.1, NOW)
    sides = [(Target(url, Role.PROXIED), proxy), (Target(origin, Role.ORIGIN), seen)]
    return finding(
        url,
        path=path,
        line=line,
        kind=Kind.IMAGE_PROXY,
        outcome=outcome,
        reason=reason,
        detail=seen.detail,
        change=change,
        sides=sides,
    )


def findings(number: int) -> Iterator[Finding]:
    """`number` findings: a third proxied images, one in fourteen with a Chinese address, every verdict and change."""
    chance = random.Random(number)
    for place in range(number):
        outcome, reason, status = chance.choice(VERDICTS)
        host = f"host{min(int(chance.expovariate(1 / 40)), 399)}.example"
        path = f"news/{chance.choice(('harbour', 'river', '新聞'))}/{chance.randrange(20_000)}.md"
        change, line = chance.choices(tuple(Change), (1, 8, 1, 1))[0], chance.randrange(1, 80)
        if place % 3 == 0:
            origin = f"https://static.{host}/image/{place if place % 5 else place % 50}_303.jpg"
            yield proxied(origin, outcome, reason, status, path=path, line=line, change=change)
            continue
        tail = (
            f"zh/%E6%96%B0%E8%81%9E/a-{place}" if place % 7 == 0 else f"articles/{2000 + place % 25}/{place}/headline"
        )
        yield finding(
            f"https://www.{host}/{tail}",
            path=path,
            line=line,
            kind=chance.choice(_PAGES),
            outcome=outcome,
            reason=reason,
            detail=f"www.{host} answered {status}",
            change=change,
        )


def summary(
    of: Sequence[Finding],
    *,
    since: str | None = "the last run",
    problems: Sequence[Problem] = (),
    published: dict[str, dict[Outcome, int]] | None = None,
) -> Summary:
    """The numbers of these findings."""
    rows = [(one.outcome, one.reason, one.reference.kind, one.change, 1) for one in of]
    return Summary(
        12,
        NOW,
        NOW + timedelta(minutes=9),
        "finished",
        ("news",),
        len({one.reference.path for one in of}),
        len({one.reference.url for one in of}),
        *counted(rows),
        removed=0,
        problems=tuple(problems),
        since=since,
        published=published or {},
    )
