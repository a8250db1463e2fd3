"""An exchange without a whole response → its judgement; pure."""

from typing import assert_never

from linkcheck import urls
from linkcheck.model import Exchange, Failure, Reason
from linkcheck.verdicts.judgement import Judgement, broken, skipped, uncertain


def by_failure(exchange: Exchange, failure: Failure) -> Judgement:
    """What a failure of the transport means for a reader (verdicts.md: only a name that does not exist is death)."""
    host = urls.authority(exchange.request.url)
    match failure:
        case Failure.HOST_NOT_FOUND:
            return broken(Reason.HOST_NOT_FOUND, f"the name {urls.host(exchange.request.url)} does not exist (DNS)")
        case Failure.DNS_FAILURE:
            name = urls.host(exchange.request.url)
            return uncertain(Reason.DNS_FAILURE, f"the name {name} could not be resolved just now (DNS)")
        case Failure.CONNECTION_REFUSED:
            return uncertain(Reason.CONNECTION_REFUSED, f"{host} refused the connection")
        case Failure.CONNECTION_RESET:
            return uncertain(Reason.CONNECTION_RESET, f"{host} broke the connection off {_how_far(exchange)}")
        case Failure.TIMED_OUT:
            return uncertain(Reason.TIMED_OUT, f"{host} did not answer within {exchange.elapsed_s:.0f} s")
        case Failure.CERTIFICATE_INVALID:
            return uncertain(Reason.CERTIFICATE_INVALID, f"the certificate of {host} is not valid: {cause(exchange)}")
        case Failure.PROTOCOL_ERROR:
            return uncertain(Reason.PROTOCOL_ERROR, f"{host} did not speak HTTP properly: {cause(exchange)}")
        case Failure.PRIVATE_ADDRESS:
            return skipped(Reason.PRIVATE_ADDRESS, f"not asked: {cause(exchange)}; --allow-private would ask")
        case Failure.BLOCKED_PORT:
            return skipped(Reason.BLOCKED_PORT, f"not asked: {cause(exchange)}")
        case Failure.ROBOTS_FORBID:
            return skipped(Reason.ROBOTS, f"not asked: {cause(exchange)}")
        case Failure.HOST_DOWN:
            return uncertain(Reason.HOST_DOWN, f"not asked again: {cause(exchange)}")
        case Failure.HOST_RESTS:
            return uncertain(Reason.RATE_LIMITED, f"not asked: {cause(exchange)}")
        case Failure.TUNNEL_REFUSED:
            return uncertain(Reason.BLOCKED, f"{host} was not reached: {cause(exchange)}")
        case _:
            assert_never(failure)


def cause(exchange: Exchange) -> str:
    """The innermost cause, without its type name."""
    if not exchange.error:
        return "no cause known"
    text = exchange.error[-1]
    kind, mark, rest = text.partition(": ")
    return rest if mark and kind.isidentifier() and rest else text


def _how_far(exchange: Exchange) -> str:
    if exchange.status is None:
        return "before it answered"
    if exchange.content is None or exchange.content.declared_bytes is None:
        return "inside its answer"
    return f"after {exchange.content.length_bytes} of {exchange.content.declared_bytes} bytes"
