"""Text → WHATWG URL, its canonical key, host, origin and registrable domain; pure.

Invariant: a serialised URL is what a browser would ask for, byte for byte; nothing is sorted, collapsed or re-encoded.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from linkcheck.patterns import lazily

# The parser and the list are loaded when needed: a run over unchanged files needs neither.
if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

Rule = TypeVar("Rule")

_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_PLAIN_SITE = re.compile(
    rf"https?://(?:(?:[a-z0-9]++(?:-++[a-z0-9]++)*+\.)++[a-z]{{2,}}+|(?:{_BYTE}\.){{3}}{_BYTE})"
    r"(?::(?!(?:80|443)\Z)(?:[1-5][0-9]{0,4}+|[6-9][0-9]{0,3}+))?+"
)
# What the serialiser leaves alone in path, query and fragment, as ranges: a word's class takes twice the time.
_PLAIN_REST = re.compile(r"/[%-;=@-Z_a-z~!$]*+(?:\?[(-;=?-Z_a-z~!$%&]*+)?+(?:#[!$%-;=?-Z_a-z~]*+)?+")
_LONGEST_SCHEME = len("https://")
_LONGEST_SITE = 300
"""What is remembered as a site; a name has 253 characters at most."""
_PERCENT = lazily(r"%[0-9a-fA-F]{2}")
_SCHEME = re.compile(r"\A[a-zA-Z][a-zA-Z0-9+.\-]*:")
_USERINFO = lazily(
    r"\A(\s*(?:(?:https?|ftp|wss?):[/\\]*|[a-z][a-z0-9+.\-]*://))[^/\\?#@]*(?:@[^/\\?#@]*)*@", re.IGNORECASE
)
_PATH = lazily(r"://[^/?#]*([^?#]*)")
_AUTHORITY = re.compile(r"://([^/?#]*)")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def resolve(text: str, base: str | None = None) -> str | None:
    """`text` as an absolute serialised URL, fragment kept; None when it cannot be one.

    Follows the WHATWG URL standard, with `base` for relative references.
    """
    if is_plain(text):
        return text
    import ada_url

    try:
        return ada_url.join_url(base, text) if base else ada_url.normalize_url(text)
    except (ValueError, UnicodeEncodeError):
        return None


def is_plain(text: str) -> bool:
    """Whether a URL is absolute and plainly its own serialisation: a sixth of the parser's time, for most URLs."""
    end = text.find("/", _LONGEST_SCHEME)
    if (
        not 0 < end <= _LONGEST_SITE
        or not _is_plain_site(text[:end])
        or _PLAIN_REST.fullmatch(text, end) is None
        or "/." in text
    ):
        return False
    return "%2" not in text or "%2e" not in text.lower()


@lru_cache(maxsize=8192)
def _is_plain_site(text: str) -> bool:
    return _PLAIN_SITE.fullmatch(text) is not None and "xn--" not in text


def scheme(url: str) -> str | None:
    """The lower-case scheme of an absolute URL or of text that begins like one, else None."""
    match = _SCHEME.match(url)
    return match.group()[:-1].lower() if match else None


def is_web(url: str) -> bool:
    """Whether a serialised URL is http or https."""
    return url.startswith(("https://", "http://"))


def without_fragment(url: str) -> str:
    """The URL up to its first `#`."""
    return url.partition("#")[0]


def fragment(url: str) -> str | None:
    """What follows the first `#`, still percent-encoded; None when there is no `#`."""
    _, mark, rest = url.partition("#")
    return rest if mark else None


def key(url: str) -> str:
    """Equal for serialised URLs that ask for the same thing: no fragment, percent-escapes in upper case."""
    bare = without_fragment(url)
    return _PERCENT.sub(lambda escape: escape.group().upper(), bare) if "%" in bare else bare


def authority(url: str) -> str:
    """`host` or `host:port` of a serialised web URL, without userinfo; `` when there is none."""
    match = _AUTHORITY.search(url)
    return match[1].rpartition("@")[2] if match else ""


def host(url: str) -> str:
    """Host name of a serialised web URL, lower case, without brackets; `` when there is none."""
    return split_authority(authority(url))[0]


def split_authority(text: str) -> tuple[str, int | None]:
    """`host`, `host:port` or `[v6]:port` → (host without brackets, port or None)."""
    if text.startswith("["):
        name, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    else:
        name, _, port = text.partition(":")
    return name, int(port) if port else None


def patterns(name: str) -> list[str]:
    """A host name, then `*.suffix` from its longest suffix on: how rules for hosts are looked up, the closest first."""
    labels = name.split(".")
    return [name, *("*." + ".".join(labels[i:]) for i in range(1, len(labels)))]


def closest(rules: Mapping[str, Rule], name: str) -> Rule | None:
    """The rule for a host: that of its own name, else of the closest `*.suffix`; None when there is none."""
    return next((rules[pattern] for pattern in patterns(name) if pattern in rules), None)


def port(url: str) -> int:
    """The port a serialised web URL is asked at."""
    explicit = split_authority(authority(url))[1]
    return explicit if explicit is not None else _DEFAULT_PORTS.get(scheme(url) or "", 0)


def origin(url: str) -> str:
    """Scheme, host and port as serialised, without a trailing slash."""
    return f"{scheme(url)}://{authority(url)}"


def path(url: str) -> str:
    """The path of a serialised web URL, from its first `/`; `` when it has none."""
    match = _PATH.search(url)
    return match[1] if match else ""


@lru_cache(maxsize=1)
def _public_suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=True)


@lru_cache(maxsize=8192)
def registrable_domain(name: str) -> str:
    """The registrable domain of a host name (Public Suffix List); the name itself for addresses and bare suffixes."""
    if not name or name[-1].isdigit() or ":" in name:
        return name
    return _public_suffixes().privatesuffix(name.rstrip(".")) or name


def path_and_query(url: str) -> str:
    """What follows the authority of a serialised web URL, from its first `/` on, without fragment."""
    return "/" + without_fragment(url).partition("://")[2].partition("/")[2]


def mask_userinfo(text: str) -> str:
    """`https://user:secret@host/…` as `https://***@host/…`; other text as it is."""
    return _USERINFO.sub(r"\1***@", text, count=1) if "@" in text else text


def userinfo(url: str) -> str | None:
    """The userinfo of a serialised URL, still percent-encoded; None without."""
    start = url.find("://")
    if start < 0 or "@" not in url:
        return None
    rest = re.split(r"[/?#]", url[start + 3 :], maxsplit=1)[0]
    info, mark, _ = rest.rpartition("@")
    return info if mark else None


def without_userinfo(url: str) -> str:
    """The URL as it may be sent or shown: userinfo taken out."""
    info = userinfo(url)
    return url.replace(f"{info}@", "", 1) if info is not None else url


def readable(url: str) -> str:
    """For people: percent-escapes of printable UTF-8 letters decoded, host in Unicode; never to be sent."""

    def decoded(run: re.Match[str]) -> str:
        try:
            text = bytes.fromhex(run.group().replace("%", "")).decode()
        except UnicodeDecodeError:
            return run.group()
        return text if text.isprintable() and not text.isascii() else run.group()

    return re.sub(r"(?:%[89a-fA-F][0-9a-fA-F])+", decoded, url)
