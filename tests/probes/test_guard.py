import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcheck.errors import UserFault
from linkcheck.model import Failure
from linkcheck.probes.addresses import address, is_private_name, is_public
from linkcheck.probes.dns import table_resolver
from linkcheck.probes.guard import Address, ConnectTo, Guard, Refusal, parse_connect_to
from linkcheck.urls import resolve

PUBLIC = ["93.184.215.14", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.128.0.1", "192.0.1.1", "198.20.0.1"]
PUBLIC += ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2400:cb00::1", "::ffff:1.1.1.1", "64:ff9b::101:101"]

PRIVATE = ["0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.9.9.9", "168.63.129.16"]
PRIVATE += ["169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1"]
PRIVATE += ["192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1"]
PRIVATE += ["255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1"]
PRIVATE += ["64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:20::1", "2001:db8::1"]
PRIVATE += ["2002:7f00:1::", "2002:808:808::", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1%eth0"]
PRIVATE += ["fec0::1", "ff02::1", "4000::1"]


@pytest.mark.parametrize(("text", "public"), [(a, True) for a in PUBLIC] + [(a, False) for a in PRIVATE])
def test_an_address_is_public_or_not(text: str, public: bool) -> None:
    """Documents lead me to the open internet, and nowhere else."""
    literal = address(text)
    assert literal is not None
    assert is_public(literal) is public


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:{}", "64:ff9b::{}"]))
def test_no_disguise_makes_an_address_public(plain: object, disguise: str) -> None:
    """However an IPv4 address is wrapped, it is judged by what it is."""
    bare, wrapped = address(str(plain)), address(disguise.format(plain))
    assert bare is not None
    assert wrapped is not None
    assert is_public(bare) == is_public(wrapped)


NAMES = [("localhost", True), ("LOCALHOST.", True), ("a.localhost", True), ("db.internal", True), ("nas.local", True)]
NAMES += [("metadata.google.internal", True), ("metadata", True), ("metadata.goog", True), ("router.home.arpa", True)]
NAMES += [("localhost.localdomain", True), ("local.example", False), ("internal.example", False)]
NAMES += [("mylocalhost", False), ("notlocal", False), ("www.dw.com", False)]


@pytest.mark.parametrize(("name", "private"), NAMES)
def test_some_names_are_private_by_definition(name: str, private: bool) -> None:
    """`localhost` and a cloud's metadata are refused without asking any resolver."""
    assert is_private_name(name) is private


REFUSALS = [
    ("https://www.dw.com/a", None),
    ("https://www.dw.com:8443/", None),
    ("http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", None),
    ("http://a.example:22/", Failure.BLOCKED_PORT),
    ("http://a.example:6667/", Failure.BLOCKED_PORT),
    ("http://a.example:10080/", Failure.BLOCKED_PORT),
    ("http://a.example:0/", Failure.BLOCKED_PORT),
    *[
        (f"http://a.example:{port}/", Failure.BLOCKED_PORT)
        for port in (3306, 5432, 6379, 27017, 9200, 11211, 1433, 1521, 5984)
    ],
    ("http://user:pw@a.example:5432/", Failure.BLOCKED_PORT),
    ("http://localhost/", Failure.PRIVATE_ADDRESS),
    ("http://localhost:8000/", Failure.PRIVATE_ADDRESS),
    ("http://a.b.localhost./", Failure.PRIVATE_ADDRESS),
    ("http://metadata.google.internal/", Failure.PRIVATE_ADDRESS),
    ("http://0x7f.1/", Failure.PRIVATE_ADDRESS),
    ("http://2130706433/", Failure.PRIVATE_ADDRESS),
    ("http://0177.0.0.1/", Failure.PRIVATE_ADDRESS),
    ("http://127.0.0.1./", Failure.PRIVATE_ADDRESS),
    ("http://127.1:80/", Failure.PRIVATE_ADDRESS),
    ("http://[::ffff:127.0.0.1]/", Failure.PRIVATE_ADDRESS),
    ("http://[::ffff:7f00:1]/", Failure.PRIVATE_ADDRESS),
    ("http://[::1]:8080/", Failure.PRIVATE_ADDRESS),
    ("http://①②⑦.0.0.1/", Failure.PRIVATE_ADDRESS),
    ("http://1.1.1.1@10.0.0.1/", Failure.PRIVATE_ADDRESS),
    ("http://169.254.169.254/latest/meta-data/", Failure.PRIVATE_ADDRESS),
]


@pytest.mark.parametrize(("url", "failure"), REFUSALS)
def test_some_urls_are_refused_unseen(url: str, failure: Failure | None) -> None:
    """A private address or a dangerous port in a document is never asked, however it is spelled."""
    serialised = resolve(url)
    assert serialised is not None
    refusal = Guard(resolver=table_resolver({})).refusal(serialised)
    assert (refusal and refusal.failure) == failure


def test_mapping_does_not_lift_a_refusal() -> None:
    """A literal private address is refused before any --connect-to is looked at."""
    guard = Guard(connect_to=[parse_connect_to("::127.0.0.1:8000")])
    assert guard.refusal("http://localhost/") is not None
    assert guard.refusal("http://127.0.0.1/") is not None
    assert guard.refusal("http://a.example:6379/") is not None


def test_private_addresses_may_be_allowed_but_ports_may_not() -> None:
    """--allow-private is about addresses; ports that browsers refuse stay refused."""
    guard = Guard(allow_private=True)
    assert guard.refusal("http://localhost/") is None
    assert guard.refusal("http://10.0.0.1/") is None
    refusal = guard.refusal("http://10.0.0.1:6379/")
    assert refusal == Refusal(Failure.BLOCKED_PORT, "port 6379 is a database's")


RULES = [
    ("a.example:443:127.0.0.1:8443", ConnectTo("a.example", 443, "127.0.0.1", 8443)),
    ("A.Example.:80:b.example:", ConnectTo("a.example", 80, "b.example", None)),
    ("::127.0.0.1:8000", ConnectTo(None, None, "127.0.0.1", 8000)),
    (":::", ConnectTo(None, None, None, None)),
    (":::8000", ConnectTo(None, None, None, 8000)),
    ("[2001:DB8::1]:80:[::1]:8080", ConnectTo("2001:db8::1", 80, "::1", 8080)),
    ("新.example:80:localhost:1", ConnectTo("xn--efv.example", 80, "localhost", 1)),
]


@pytest.mark.parametrize(("text", "rule"), RULES)
def test_a_mapping_is_read_as_curl_reads_it(text: str, rule: ConnectTo) -> None:
    """HOST1:PORT1:HOST2:PORT2, each part may be empty."""
    assert parse_connect_to(text) == rule


BAD_RULES = ["", "a", "a:1:b", "a:1:b:2:c", "a:x:b:2", "a:1:b:70000", "a:1:b:0", "[::1:80:b:1", "[x]:1:b:2", "a b:1::2"]


@pytest.mark.parametrize("text", [*BAD_RULES, "a/b:1::2", "[::1]x:1::"])
def test_a_bad_mapping_is_my_mistake(text: str) -> None:
    """A mapping that cannot be read is said in one sentence that quotes it."""
    with pytest.raises(UserFault) as fault:
        parse_connect_to(text)
    assert repr(text) in str(fault.value)
    assert "\n" not in str(fault.value)


@given(st.text(":[]a1.", max_size=20))
def test_any_mapping_is_read_or_refused(text: str) -> None:
    """No text makes the mapping crash."""
    with contextlib.suppress(UserFault):
        parse_connect_to(text)


TABLE = {
    "public.example": ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
    "home.example": ["127.0.0.1"],
    "mixed.example": ["10.0.0.1", "93.184.215.14", "::1"],
    "0x7f.1": ["127.0.0.1"],
    "empty.example": [],
    "odd.example": ["no address"],
}


def _asked(host: str, port: int = 80, *, allow_private: bool = False, connect_to: Sequence[str] = ()) -> object:
    guard = Guard(
        allow_private=allow_private,
        connect_to=[parse_connect_to(rule) for rule in connect_to],
        resolver=table_resolver(TABLE),
    )
    try:
        found = asyncio.run(guard.addresses(host, port))
    finally:
        guard.close()
    return found.failure if isinstance(found, Refusal) else [str(address) for address in found]


ADDRESSES: list[tuple[str, list[str], object]] = [
    ("public.example", [], ["93.184.215.14:80", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:80"]),
    ("PUBLIC.example.", [], ["93.184.215.14:80", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:80"]),
    ("mixed.example", [], ["93.184.215.14:80"]),
    ("home.example", [], Failure.PRIVATE_ADDRESS),
    ("odd.example", [], Failure.PRIVATE_ADDRESS),
    ("0x7f.1", [], Failure.PRIVATE_ADDRESS),
    ("127.0.0.1", [], Failure.PRIVATE_ADDRESS),
    ("::1", [], Failure.PRIVATE_ADDRESS),
    ("gone.example", [], Failure.HOST_NOT_FOUND),
    ("empty.example", [], Failure.HOST_NOT_FOUND),
    ("gone.example", ["::127.0.0.1:8000"], ["127.0.0.1:8000"]),
    ("gone.example", ["gone.example:80:home.example:"], ["127.0.0.1:80"]),
    ("gone.example", ["other.example::127.0.0.1:1", "gone.example:443::2"], Failure.HOST_NOT_FOUND),
    ("gone.example", ["gone.example::127.0.0.1:1", "::127.0.0.1:2"], ["127.0.0.1:1"]),
    ("home.example", [":::8000"], Failure.PRIVATE_ADDRESS),
    ("public.example", [":80::8000"], ["93.184.215.14:8000", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:8000"]),
]


@pytest.mark.parametrize(("host", "connect_to", "expected"), ADDRESSES)
def test_every_address_is_checked_before_it_is_used(host: str, connect_to: list[str], expected: object) -> None:
    """Of a mixed answer only public addresses are used; what I mapped myself is exempt; first rule wins."""
    assert _asked(host, connect_to=connect_to) == expected


def test_allowing_private_addresses_allows_all() -> None:
    """With --allow-private every address of an answer is used."""
    assert _asked("mixed.example", allow_private=True) == ["10.0.0.1:80", "93.184.215.14:80", "[::1]:80"]


def _counting(resolver: Callable[[str], Sequence[str]]) -> tuple[list[str], Callable[[str], Sequence[str]]]:
    names: list[str] = []

    def counted(name: str) -> Sequence[str]:
        names.append(name)
        return resolver(name)

    return names, counted


async def test_a_name_is_looked_up_once() -> None:
    """A thousand links to a host are one lookup, also when they ask at the same time, also when it fails."""
    names, resolver = _counting(table_resolver(TABLE))
    guard = Guard(resolver=resolver)
    for host in ("public.example", "gone.example"):
        answers = await asyncio.gather(*(guard.addresses(host, port) for port in range(1, 50)))
        assert len(answers) == 49
        await guard.addresses(host, 80)
    guard.close()
    assert names == ["public.example", "gone.example"]


async def test_a_temporary_failure_is_not_remembered() -> None:
    """The resolver said "try again": so we do. A missing name is looked up anew only when I say so."""
    answers = [socket.gaierror(socket.EAI_AGAIN, "later"), OSError(24, "too many files"), ["1.1.1.1"]]

    def resolver(_: str) -> Sequence[str]:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    guard = Guard(resolver=resolver)
    first, second = await guard.addresses("a.example", 80), await guard.addresses("a.example", 80)
    assert isinstance(first, Refusal)
    assert isinstance(second, Refusal)
    assert {first.failure, second.failure} == {Failure.DNS_FAILURE}
    assert await guard.addresses("a.example", 80) == (Address("1.1.1.1", 80),)
    guard.forget("A.example.")
    answers.append(socket.gaierror(socket.EAI_NONAME, "gone"))
    third = await guard.addresses("a.example", 80)
    assert isinstance(third, Refusal)
    assert third == Refusal(Failure.HOST_NOT_FOUND, f"gaierror: [Errno {socket.EAI_NONAME}] gone")
    guard.close()


async def test_an_impossible_name_does_not_exist() -> None:
    """Labels over 63 bytes or empty ones cannot be looked up at all."""
    guard = Guard()
    found = await guard.addresses("a" * 70 + ".example", 80)
    guard.close()
    assert isinstance(found, Refusal)
    assert found.failure is Failure.HOST_NOT_FOUND


async def test_one_impatient_caller_does_not_take_the_answer_from_others() -> None:
    """A lookup that two wait for survives the one that gives up."""
    gate = threading.Event()

    def resolver(_: str) -> Sequence[str]:
        gate.wait(5)
        return ["1.1.1.1"]

    guard = Guard(resolver=resolver)
    patient, impatient = (asyncio.create_task(guard.addresses("a.example", 80)) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.sleep(0)
    gate.set()
    assert await patient == (Address("1.1.1.1", 80),)
    guard.close()


async def test_slow_lookups_do_not_hold_up_others() -> None:
    """A few dead name servers do not stop the run."""
    gate = threading.Event()

    def resolver(name: str) -> Sequence[str]:
        if name.startswith("slow"):
            gate.wait(5)
        return ["1.1.1.1"]

    guard = Guard(resolver=resolver)
    slow = [asyncio.create_task(guard.addresses(f"slow{i}.example", 80)) for i in range(12)]
    await asyncio.sleep(0)
    began = time.monotonic()
    await guard.addresses("quick.example", 80)
    assert time.monotonic() - began < 2
    gate.set()
    await asyncio.gather(*slow)
    guard.close()
