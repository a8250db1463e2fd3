import socket
import ssl
import time
from collections.abc import Iterator

import pytest
from servers import (
    Certificates,
    End,
    Server,
    Wait,
    after,
    answer,
    chunked,
    drip,
    in_turn,
    redirect,
    short,
    steps,
    unused_port,
)

ROUTES = {
    ("a.example", "/"): answer(body=b"a"),
    ("a.example", "*"): answer(body=b"any"),
    ("*", "/"): answer(body=b"root"),
    ("*", "/turn"): in_turn(answer(503), answer(200)),
    ("*", "/chunked"): chunked(b"ab", b"c"),
    ("*", "/cut"): chunked(b"ab", cut=True),
    ("*", "/short"): short(b"ab", 5),
    ("*", "/redirect"): redirect("/x"),
    ("*", "/raw"): steps(b"one", Wait(0.01), b"two", End.CLOSE),
    ("*", "/drip"): drip(b"x", 0.001, times=3),
    ("*", "/late"): after(0.05, answer()),
}


@pytest.fixture(scope="module")
def server(certificates: Certificates) -> Iterator[Server]:
    with Server(ROUTES, certificates) as running:
        yield running


def talk(server: Server, *heads: str, tls: ssl.SSLContext | None = None, name: str = "a.example") -> bytes:
    """Write raw heads one after the other on one connection; everything that comes until it is closed."""
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    with plain, tls.wrap_socket(plain, server_hostname=name) if tls is not None else plain as connection:
        connection.sendall("".join(head.replace("\n", "\r\n") + "\r\n\r\n" for head in heads).encode("latin-1"))
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def get(target: str, host: str = "b.example", method: str = "GET") -> str:
    return f"{method} {target} HTTP/1.1\nHost: {host}\nConnection: close"


ANSWERS = [
    (get("/", "a.example"), b"HTTP/1.1 200", b"\r\n\r\na"),
    (get("/", "A.EXAMPLE:80"), b"HTTP/1.1 200", b"\r\n\r\na"),
    (get("/other?q", "a.example"), b"HTTP/1.1 200", b"\r\n\r\nany"),
    (get("/?q=1"), b"HTTP/1.1 200", b"\r\n\r\nroot"),
    (get("/", method="HEAD"), b"HTTP/1.1 200", b"Content-Length: 4\r\n\r\n"),
    (get("/none"), b"HTTP/1.1 404", b"nothing here"),
    (get("/chunked"), b"HTTP/1.1 200", b"\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
    (get("/cut"), b"HTTP/1.1 200", b"\r\n\r\n2\r\nab\r\n"),
    (get("/short"), b"HTTP/1.1 200", b"Content-Length: 5\r\n\r\nab"),
    (get("/redirect"), b"HTTP/1.1 301", b"Location: /x\r\n\r\n"),
    (get("/raw"), b"one", b"onetwo"),
    (get("/drip"), b"HTTP/1.1 200", b"\r\n\r\nxxx"),
]


@pytest.mark.parametrize(("asked", "start", "end"), ANSWERS)
def test_the_most_exact_route_answers(server: Server, asked: str, start: bytes, end: bytes) -> None:
    """Host and path choose the behaviour, which answers byte for byte."""
    came = talk(server, asked)
    assert came.startswith(start)
    assert came.endswith(end)


def test_connections_are_kept_and_requests_logged(server: Server) -> None:
    """Several requests on one connection; the log has each with its head, target and connection."""
    before, connections = len(server.log), server.connections
    talk(server, "GET /x?a=%zz HTTP/1.1\nHost: c.example:8080\nX-A: 1", get("/turn", "c.example"))
    one, two = server.log[before:]
    assert (one.host, one.method, one.target, one.path) == ("c.example", "GET", "/x?a=%zz", "/x")
    assert (one.headers, one.scheme) == ((("Host", "c.example:8080"), ("X-A", "1")), "http")
    assert one.connection == two.connection == connections
    assert one.at <= two.at
    assert server.asked("c.example", "/turn") == [two]


def test_answers_in_turn(server: Server) -> None:
    """The first request gets the first answer, later ones the last."""
    statuses = [talk(server, get("/turn", "turn.example"))[9:12] for _ in range(3)]
    assert statuses == [b"503", b"200", b"200"]


def test_late_is_late(server: Server) -> None:
    """A pause is a pause."""
    began = time.monotonic()
    talk(server, get("/late"))
    assert time.monotonic() - began >= 0.05


def test_the_same_port_speaks_tls(server: Server, ca_file: str) -> None:
    """A certificate for every name, on the same port."""
    context = ssl.create_default_context(cafile=ca_file)
    assert talk(server, get("/", "a.example"), tls=context).endswith(b"\r\n\r\na")
    assert server.log[-1].scheme == "https"


@pytest.mark.parametrize(
    ("name", "code"), [("expired.example", 10), ("wrong-name.example", 62), ("untrusted.example", 20)]
)
def test_some_names_have_bad_certificates(server: Server, ca_file: str, name: str, code: int) -> None:
    """Expired, for another name, by a stranger."""
    context = ssl.create_default_context(cafile=ca_file)
    with pytest.raises(ssl.SSLCertVerificationError) as error:
        talk(server, get("/"), tls=context, name=name)
    assert error.value.verify_code == code


def test_resets_are_resets(certificates: Certificates) -> None:
    """A reset is no orderly end."""
    with Server({("*", "/"): steps(End.RESET)}, certificates) as server, pytest.raises(ConnectionResetError):
        talk(server, get("/"))


def test_hanging_ends_when_the_client_leaves(certificates: Certificates) -> None:
    """The server can be stopped while it hangs, and while a client is silent."""
    with Server({("*", "/"): steps(End.HANG)}, certificates) as server:
        silent = socket.create_connection(("127.0.0.1", server.port))
        with socket.create_connection(("127.0.0.1", server.port)) as hung:
            hung.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            while not server.log:
                time.sleep(0.005)
    silent.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))


def test_an_unused_port_refuses() -> None:
    """Nobody is there."""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", unused_port()))
