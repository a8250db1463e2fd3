"""Evidence → verdict on one target; pure, so that better rules can judge old evidence again.

The order of the rules: what was not asked · what broke · walls · statuses · what came in place of what is expected ·
where it came from.
"""

from datetime import timedelta

from linkcheck import urls
from linkcheck.model import Exchange, Expects, Failure, Outcome, Probe, Purpose, Reason, Target, Verdict
from linkcheck.targets import Rules, sites
from linkcheck.verdicts import evidence, failures, pictures, proxy_words, soft, statuses, walls
from linkcheck.verdicts.evidence import Trail
from linkcheck.verdicts.judgement import Judgement, broken, ok, uncertain
from linkcheck.verdicts.phrases import phrases

_ASKED_FOR_ITSELF = frozenset({Purpose.FIRST, Purpose.ALTERNATE})
_GZIP = b"\x1f\x8b"
_EXPIRES_SOON = timedelta(days=14)
_IMAGE, _JSON, _THERE, _AVAILABLE = Expects.IMAGE, Expects.JSON, Outcome.OK, Reason.AVAILABLE
"""Taken from their enum once: on Python 3.11 each look into an enum takes a tenth of a microsecond."""
_RANK = {outcome: rank for rank, outcome in enumerate(Outcome)}


def judge(probe: Probe, rules: Rules | None = None) -> Verdict:
    """The verdict on the probe's target; `rules` know the sites' keys and sizes."""
    if probe.skipped is not None:
        return Verdict(Outcome.SKIPPED, probe.skipped, probe.note or "not asked")
    if not probe.exchanges:
        return Verdict(Outcome.SKIPPED, Reason.INTERRUPTED, "not asked: the run ended before its turn")
    exchanges = probe.exchanges if len(probe.exchanges) == 1 else _sent(probe.exchanges)
    if len(exchanges) == 1:
        # Most are asked once: what only several exchanges can show is not looked for.
        final = exchanges[0]
        if _is_beyond_doubt(probe.target, final, rules):
            return _verdict(_THERE, _AVAILABLE, statuses.answer(final), final, 1, final.elapsed_s)
        trail = Trail(final.request.purpose, (), final, 1)
        return _verdict(*_by_rules(probe.target, trail, rules), final, 1, final.elapsed_s)
    trails = evidence.trails(exchanges)
    trail, judgement = _decisive(probe.target, trails, rules)
    judgement = _only_the_api(judgement, trails, rules) or _with_side_evidence(judgement, trail, trails)
    return _verdict(*judgement, trail.final, len(exchanges), sum([exchange.elapsed_s for exchange in exchanges]))


def _verdict(
    outcome: Outcome, reason: Reason, detail: str, final: Exchange, attempts: int, elapsed_s: float
) -> Verdict:
    return Verdict(
        outcome,
        reason,
        detail,
        final.status,
        final.request.url,
        attempts,
        round(elapsed_s, 3),
        final.started_at,
        final.content,
    )


def _sent(exchanges: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
    """Without what was not sent because the host wanted a rest: the answer that asked for it says more."""
    return tuple(exchange for exchange in exchanges if exchange.failure is not Failure.HOST_RESTS) or exchanges[-1:]


def _decisive(target: Target, trails: list[Trail], rules: Rules | None) -> tuple[Trail, Judgement]:
    """The trail that decides: the one that reached most of what is expected; of equal ones the first."""
    judged = [(trail, by_trail(target, trail, rules)) for trail in trails if trail.purpose in _ASKED_FOR_ITSELF]
    return min(judged, key=lambda pair: _RANK[pair[1].outcome])


def by_trail(target: Target, trail: Trail, rules: Rules | None = None) -> Judgement:
    """The judgement on one way through the web."""
    if not trail.hops and _is_beyond_doubt(target, trail.final, rules):
        return ok(statuses.answer(trail.final))
    return _by_rules(target, trail, rules)


def _by_rules(target: Target, trail: Trail, rules: Rules | None) -> Judgement:
    """The same where something may speak against it."""
    final = trail.final
    onward = evidence.location(final)
    if onward is not None:
        return proxy_words.by_words(target, final) or _unfollowed(target, trail, onward)
    if final.failure is not None:
        return _by_failure(target, trail, final.failure)
    status = final.status or 0
    judgement = walls.by_signs(trail) or proxy_words.by_words(target, final) or _by_answer(target, trail, status, rules)
    if judgement.outcome is _THERE:
        return _moved(target, trail, judgement) or _expiring(trail, judgement) or judgement
    return judgement


def _is_beyond_doubt(target: Target, exchange: Exchange, rules: Rules | None) -> bool:
    """Whether no rule has anything to say but that it is there: most answers are of this kind, and cost a third so."""
    content, expects = exchange.content, target.expects
    if exchange.status != 200 or exchange.failure is not None or content is None:
        return False
    if expects is _IMAGE or expects is _JSON or _expires_soon(exchange):
        return False
    if content.body and not content.body.startswith(_GZIP) and exchange.header("content-encoding") is not None:
        return False
    page = content.page
    if page is None:
        return True
    is_called_so = page.canonical is None or page.canonical == exchange.request.url == target.url
    if not is_called_so or page.signs or phrases().may_say(page.title, page.headings):
        return False
    return rules is None or not soft.site_says_not_found(page.title, exchange.request.url, rules)


def _by_answer(target: Target, trail: Trail, status: int, rules: Rules | None) -> Judgement:
    final = trail.final
    if not evidence.is_success(final):
        return statuses.by_status(final, status)
    if status == 304 and not _was_conditional(final):
        return uncertain(Reason.PROTOCOL_ERROR, f"{statuses.answer(final)}, though nobody asked whether it changed")
    if status == 304:
        return ok(f"{statuses.answer(final)}: unchanged since it was last seen")
    content = final.content
    if target.expects is _IMAGE and content is not None and final.request.method == "GET":
        return pictures.by_image(final, content, _expected_size(target, rules))
    return _undecodable(final) or soft.by_page(target, trail, rules) or ok(statuses.answer(final))


def _was_conditional(exchange: Exchange) -> bool:
    return any(name in ("If-None-Match", "If-Modified-Since") for name, _ in exchange.request.headers)


def _undecodable(exchange: Exchange) -> Judgement | None:
    """A body that is not in the coding its header names: no browser shows it (RFC 1952, 2.3.1: the first two bytes)."""
    body = exchange.content.body if exchange.content is not None else b""
    if not body or body.startswith(_GZIP):
        return None
    if (exchange.header("content-encoding") or "").strip().lower() not in ("gzip", "x-gzip"):
        return None
    return uncertain(
        Reason.PROTOCOL_ERROR, f"{statuses.answer(exchange)}, but the body is not the gzip that it promises"
    )


def _expected_size(target: Target, rules: Rules | None) -> tuple[int, int] | None:
    return sites.expected_size(target.url, rules) if rules is not None else None


def _by_failure(target: Target, trail: Trail, failure: Failure) -> Judgement:
    final = trail.final
    if final.status is not None and target.expects is Expects.IMAGE and final.content is not None:
        return pictures.cut_off(final, final.content)
    judgement = failures.by_failure(final, failure)
    if trail.hops and failure in (Failure.PRIVATE_ADDRESS, Failure.BLOCKED_PORT):
        hop = f"{urls.authority(trail.hops[-1].request.url)} redirects to {final.request.url}"
        return judgement._replace(detail=f"{hop}; {judgement.detail}")
    if trail.hops:
        return judgement._replace(detail=f"{judgement.detail}, after {_redirects(trail)}")
    return judgement


def _unfollowed(target: Target, trail: Trail, onward: str) -> Judgement:
    """A redirect that was not followed: a circle, too many, a proxy's substitute, or no web address."""
    host = urls.authority(trail.final.request.url)
    if urls.without_fragment(onward) in target.substitutes:
        return broken(Reason.NOT_FOUND, f"{host} has nothing and redirects to the substitute {onward}")
    if not urls.is_web(onward):
        return uncertain(Reason.PROTOCOL_ERROR, f"{host} redirects to {onward}, which is no web address")
    if len(trail.hops) >= evidence.MOST_REDIRECTS:
        return broken(Reason.REDIRECT_LOOP, f"more than {evidence.MOST_REDIRECTS} redirects, the last to {onward}")
    return broken(Reason.REDIRECT_LOOP, f"{host} redirects in a circle, back to {onward}")


def _moved(target: Target, trail: Trail, judgement: Judgement) -> Judgement | None:
    """It is there, elsewhere, for good: every redirect was permanent."""
    if not trail.hops or any(hop.status not in evidence.PERMANENT for hop in trail.hops):
        return None
    asked, found = trail.hops[0].request.url, trail.final_url
    if asked == found:
        return None
    if asked.startswith("http://") and found == "https://" + asked.removeprefix("http://"):
        return Judgement(Outcome.REDIRECTED, Reason.MOVED_TO_HTTPS, f"moved for good to {found}")
    return Judgement(Outcome.REDIRECTED, Reason.MOVED_PERMANENTLY, f"moved for good to {found}; {judgement.detail}")


def _expiring(trail: Trail, judgement: Judgement) -> Judgement | None:
    if not _expires_soon(trail.final):
        return None
    host = urls.authority(trail.final.request.url)
    detail = f"{judgement.detail}, but the certificate of {host} ends on {trail.final.certificate_expires_at:%Y-%m-%d}"
    return Judgement(Outcome.AT_RISK, Reason.CERTIFICATE_EXPIRING, detail)


def _expires_soon(exchange: Exchange) -> bool:
    expires_at = exchange.certificate_expires_at
    return expires_at is not None and expires_at - exchange.started_at <= _EXPIRES_SOON


def _only_the_api(judgement: Judgement, trails: list[Trail], rules: Rules | None) -> Judgement | None:
    """The page is gone, but the site's API still has the article."""
    if judgement.outcome is not Outcome.BROKEN:
        return None
    for trail in trails:
        if trail.purpose is not Purpose.FALLBACK or not evidence.is_success(trail.final):
            continue
        said = soft.json_of(trail.final)
        if said is not None and soft.missing(said, trail.final_url, rules) is None:
            detail = f"only the API still has it ({trail.final_url}); the page: {judgement.detail}"
            return Judgement(Outcome.AT_RISK, Reason.API_ONLY, detail)
    return None


def _with_side_evidence(judgement: Judgement, decisive: Trail, trails: list[Trail]) -> Judgement:
    """Add what the other looks found: they explain, they do not overrule."""
    found = [note for trail in trails if trail is not decisive for note in [_note(trail, decisive)] if note]
    return judgement._replace(detail="; ".join([judgement.detail, *found])) if found else judgement


def _note(trail: Trail, decisive: Trail) -> str | None:
    final, answered = trail.final, evidence.is_success(trail.final)
    match trail.purpose:
        case Purpose.DIAGNOSIS:
            return f"without verification {_brief(final)}"
        case Purpose.REFERER if answered:
            return "hot-link protection: it answers when the request comes from its own pages"
        case Purpose.RENDITION if answered and final.content is not None and final.content.image is not None:
            return f"another size of it is alive: {final.request.url}"
        case Purpose.ALTERNATE if not answered and final.status != decisive.final.status:
            return f"by {urls.scheme(final.request.url)}, {_brief(final)}"
    return None


def _brief(exchange: Exchange) -> str:
    if exchange.failure is not None:
        return failures.by_failure(exchange, exchange.failure).detail
    return statuses.answer(exchange)


def _redirects(trail: Trail) -> str:
    return "1 redirect" if len(trail.hops) == 1 else f"{len(trail.hops)} redirects"
