"""Requests of one origin that wait for a connection rather than shake hands once more."""

import asyncio

import pytest
from servers import Certificates, Server, Wait, answer, head, steps
from transports import open_wire, towards

from linkcheck.model import Failure, Request, Timeouts
from linkcheck.probes import wire_pool
from linkcheck.probes.tls import Tls

NUMBER = 30


def asked(scheme: str = "https", **options: object) -> list[Request]:
    """Many requests of one origin."""
    return [Request("GET", f"{scheme}://a.example/{n}", **options) for n in range(NUMBER)]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody gives up waiting, however slow the machine is."""
    monkeypatch.setattr(wire_pool, "PATIENCE_S", 60.0)


@pytest.mark.usefixtures("patient")
async def test_a_few_connections_serve_many_requests(certificates: Certificates, tls: Tls) -> None:
    """However many requests I have for a host, it is not burdened with a handshake each; each gets its own answer."""
    with Server({("*", "*"): lambda seen: answer(body=seen.target.encode())(seen)}, certificates) as server:
        async with open_wire(towards(server), tls) as transport:
            exchanges = await asyncio.gather(*map(transport.send, asked()))
            assert not transport._pool._waiting
            again = await asyncio.gather(*map(transport.send, asked()))
    for n, exchange in enumerate([*exchanges, *again]):
        assert exchange.content is not None
        assert exchange.content.body == f"/{n % NUMBER}".encode()
    assert server.connections == wire_pool.FREELY


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_who_waits_in_vain_gets_a_connection(
    certificates: Certificates, tls: Tls, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow host delays only its first answers: as many connections as were asked for are opened after a moment."""
    monkeypatch.setattr(wire_pool, "PATIENCE_S", 0.01)
    slow = steps(Wait(0.4), head(200, ("Content-Length", "1")), b"x")
    with Server({("*", "*"): slow}, certificates) as server:
        async with open_wire(towards(server), tls) as transport:
            exchanges = await asyncio.gather(*map(transport.send, asked(scheme)))
    assert {exchange.status for exchange in exchanges} == {200}
    assert server.connections == NUMBER


async def test_nobody_waits_for_a_host_that_keeps_no_connection(certificates: Certificates, tls: Tls) -> None:
    """Once it is known that connections are closed after an answer, each request opens its own at once."""
    with Server({("*", "*"): answer(200, b"x", ("Connection", "close"))}, certificates) as server:
        async with open_wire(towards(server), tls) as transport:
            assert (await transport.send(asked()[0])).status == 200
            sending = [asyncio.create_task(transport.send(request)) for request in asked()]
            await asyncio.sleep(0)
            assert not transport._pool._waiting
            assert {exchange.status for exchange in await asyncio.gather(*sending)} == {200}


@pytest.mark.usefixtures("patient")
async def test_the_time_is_up_for_who_waits(certificates: Certificates, tls: Tls) -> None:
    """The bound of a request holds while it waits, and says what was not done in time."""
    with Server({("*", "*"): steps(Wait(1), head(204))}, certificates) as server:
        async with open_wire(towards(server), tls) as transport:
            requests = asked(timeouts=Timeouts(5, 5, 0.1))
            exchanges = await asyncio.gather(*map(transport.send, requests))
            assert not any(one.is_waiting for line in transport._pool._waiting.values() for one in line)
    assert {exchange.failure for exchange in exchanges} == {Failure.TIMED_OUT}
    assert {exchange.error for exchange in exchanges} == {("TimeoutError: exchange not done within 0.1 s",)}
    assert server.connections <= wire_pool.FREELY


@pytest.mark.usefixtures("patient")
async def test_who_is_called_off_is_not_served(certificates: Certificates, tls: Tls) -> None:
    """The connection goes to the next in the line."""
    with Server({("*", "*"): steps(Wait(0.05), head(204))}, certificates) as server:
        async with open_wire(towards(server), tls) as transport:
            sending = [asyncio.create_task(transport.send(request)) for request in asked()]
            await asyncio.sleep(0.02)
            for task in sending[wire_pool.FREELY : -2]:
                task.cancel()
            rest = await asyncio.gather(*sending[: wire_pool.FREELY], *sending[-2:])
            assert len(transport._pool) <= wire_pool.FREELY
    assert {exchange.status for exchange in rest} == {204}
    assert len(server.log) == wire_pool.FREELY + 2


async def test_nobody_is_kept_who_waits_no_longer(certificates: Certificates, tls: Tls) -> None:
    """Answers, with all that was read, go with their requests: at a host that keeps no connection, too."""
    with Server({("*", "*"): answer(200, b"x", ("Connection", "close"))}, certificates) as server:
        async with open_wire(towards(server), tls) as transport:
            await asyncio.gather(*map(transport.send, asked()))
            assert not transport._pool._waiting
