"""Is an address, a name or a port one that a document may lead us to? Pure tables and judgements.

Invariant: what is not known to be public is private.
"""

import ipaddress
from typing import Final

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NOT_PUBLIC_V4: Final = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; 100.100.100.200 is a cloud's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's host agent, though in public space
        "169.254.0.0/16",  # link-local; 169.254.169.254 is the clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",  # IETF protocol assignments; 192.0.0.192 is a cloud's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, withdrawn
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
"""IANA's special-purpose registry. Not `is_global`: what that means has changed between versions of Python, and
3.11.7 holds multicast and 192.0.0.192 for global."""

_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_NOT_PUBLIC_V6: Final = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, ORCHID, benchmarks and other protocol assignments
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: leads to any IPv4 address, and nobody serves from it any more
        "3fff::/20",  # documentation
    )
)

_PRIVATE_NAMES: Final = frozenset(
    {"localhost", "metadata", "instance-data", "metadata.goog", "metadata.tencentyun.com", "metadata.packet.net"}
)
_PRIVATE_SUFFIXES: Final = (".localhost", ".local", ".localdomain", ".internal", ".home.arpa", ".metadata.goog")

BROWSERS_REFUSE: Final = frozenset(
    (
        *(0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104),
        *(109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515),
        *(526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049),
        *(3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080),
    )
)
"""The Fetch standard's bad ports (section 2.9, port blocking)."""

DATABASES: Final = frozenset(
    {
        1433: "SQL Server",
        1434: "SQL Server",
        1521: "Oracle",
        3050: "Firebird",
        3306: "MySQL",
        33060: "MySQL",
        5432: "PostgreSQL",
        5984: "CouchDB",
        6379: "Redis",
        7474: "Neo4j",
        7687: "Neo4j",
        9042: "Cassandra",
        9200: "Elasticsearch",
        9300: "Elasticsearch",
        11211: "memcached",
        26257: "CockroachDB",
        27017: "MongoDB",
        27018: "MongoDB",
        27019: "MongoDB",
        28015: "RethinkDB",
    }
)
"""Default ports of databases, some of which answer HTTP without asking who is there."""


def address(text: str) -> IpAddress | None:
    """`text` (without brackets) as an address, a zone dropped; None for a name."""
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def is_public(ip: IpAddress) -> bool:
    """Whether an address is out on the open internet; forms that carry an IPv4 address are judged by it."""
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _NOT_PUBLIC_V4)
    if ip.ipv4_mapped is not None:
        return is_public(ip.ipv4_mapped)
    if ip in _NAT64:
        return is_public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return ip in _GLOBAL_UNICAST and not any(ip in network for network in _NOT_PUBLIC_V6)


def is_private_name(name: str) -> bool:
    """Whether a host name is private by definition (RFC 6761, RFC 6762, RFC 8375, RFC 9476) or a cloud's metadata."""
    bare = name.rstrip(".").lower()
    return bare in _PRIVATE_NAMES or bare.endswith(_PRIVATE_SUFFIXES)
