"""A reference's text in its document → URL and target, or the reason why there is none.

Invariant: a local reference's URL is relative to the working directory, percent-encoded, its fragment kept.
"""

import re
from functools import lru_cache
from urllib.parse import quote

from linkcheck import urls
from linkcheck.model import Document, Expects, Kind, Role, Target
from linkcheck.patterns import lazily

_JOINED = re.compile(
    r"\Ahttps?:/*[^/?#\\]*?(?P<rest>https?(?::|：|%EF%BC%9A)?//.*|mailto:\D.*)", re.IGNORECASE | re.DOTALL
)
_STRIPPED = "".join(map(chr, range(0x21)))
_DROPPED = str.maketrans("", "", "\t\n\r")
_UP = lazily(r"\.|%2e", re.IGNORECASE)


class Resolver:
    """Resolves the references of one document."""

    def __init__(self, document: Document) -> None:
        self._base = document.base
        self._root = document.root
        self._path = document.path
        self._own = document.url
        self.own_site = _site(document.url) if document.url else ""
        """What the document's own URL begins with, and so every spelling of it; empty when it has none."""
        self._own_length = len(_collapsed(urls.without_fragment(document.url))) if document.url else 0

    def is_own(self, url: str) -> bool:
        """Whether a URL is the document's own, its fragment, doubled slashes and the case of escapes left aside."""
        if self._own is None or not url.startswith(self.own_site):
            return False
        if url == self._own:
            return True
        bare = _collapsed(urls.without_fragment(url))
        return len(bare) == self._own_length and urls.key(bare) == _collapsed(urls.key(self._own))

    def resolve(self, value: str, kind: Kind) -> tuple[str | None, str | None, tuple[Target, ...]]:
        """(URL, problem, targets): a URL or a problem, and a target when the reference is local."""
        text = value.strip(_STRIPPED).translate(_DROPPED)
        if not text or text.startswith("#"):
            return self._itself(text, kind)
        scheme = urls.scheme(text)
        if scheme in ("http", "https") and (problem := run_together(text)):
            return None, problem, ()
        if scheme == "file":
            return self._file(text, kind)
        if scheme is None and self._base is None:
            if text.replace("\\", "/").startswith("//"):
                return _web(f"https:{text}", None)
            return self._local(text, kind)
        return _web(text, self._base)

    def _itself(self, text: str, kind: Kind) -> tuple[str | None, str | None, tuple[Target, ...]]:
        if not text and kind is not Kind.LINK:
            return None, "an empty URL", ()
        url = quote(self._path, safe=_PATH_SAFE) + _tail(text)
        return _as_local(url, kind)

    def _local(self, text: str, kind: Kind) -> tuple[str | None, str | None, tuple[Target, ...]]:
        if text[0] in "/\\":
            folder, text = self._root, text.lstrip("/\\")
        elif text[0] == "?":
            return _as_local(quote(self._path, safe=_PATH_SAFE) + _tail(text), kind)
        else:
            folder = self._path.rpartition("/")[0] if "/" in self._path else "."
            if self._path.startswith("/") and not folder:
                folder = "/"
        url = _relative(text, folder)
        return _as_local(url, kind) if url is not None else (None, "no valid relative URL", ())

    def _file(self, text: str, kind: Kind) -> tuple[str | None, str | None, tuple[Target, ...]]:
        url = urls.resolve(text)
        if url is None:
            return None, "no valid URL", ()
        return _as_local(url.removeprefix("file://"), kind)


def _site(url: str) -> str:
    """All of a serialised web URL before its path, userinfo too."""
    end = url.find("/", url.find("://") + 3)
    return url[:end] if end > 0 else url


_PATH_SAFE = "/!$&'()*+,;=@~"


def _web(text: str, base: str | None) -> tuple[str | None, str | None, tuple[Target, ...]]:
    url = urls.resolve(text, base)
    return (url, None, ()) if url is not None else (None, "no valid URL", ())


def run_together(url: str) -> str | None:
    """What to say of two URLs written as one; None: it is one."""
    joined = _JOINED.match(url)
    if joined is None:
        return None
    rest = joined["rest"]
    meant = re.sub(r"\A(https?)(?::|：|%EF%BC%9A)?//", r"\1://", rest, flags=re.IGNORECASE)
    is_whole = urls.resolve(meant) is not None and not _JOINED.match(meant)
    return f"two URLs run together; perhaps '{meant}' is meant" if is_whole else "two URLs run together"


def _as_local(url: str, kind: Kind) -> tuple[str, None, tuple[Target, ...]]:
    expects = Expects.IMAGE if kind is Kind.IMAGE else Expects.ANY
    return url, None, (Target(url, Role.LOCAL, expects),)


@lru_cache(maxsize=256)
def _tail(text: str) -> str:
    """A query or fragment with its mark, percent-encoded as WHATWG does."""
    resolved = urls.resolve(text, "http://a/")
    return resolved.removeprefix("http://a/") if resolved else ""


def _relative(text: str, folder: str) -> str | None:
    """`text` against a folder, as a relative URL from the working directory that may begin with `../`.

    The URL parser works on a base that is deep enough for every `..`, since it stops at the top silently.
    """
    is_absolute = folder.startswith("/")
    parts = [part for part in folder.split("/") if part not in ("", ".")]
    depth = 0 if is_absolute else text.count("..") + len(_UP.findall(text)) // 2 + parts.count("..") + 1
    top = "http://a/" + "_/" * depth
    base = urls.resolve("".join(f"{quote(part, safe=_PATH_SAFE)}/" for part in parts), top) if parts else top
    url = urls.resolve(text, base)
    if url is None or not url.startswith("http://a/"):
        return None
    if is_absolute:
        return url.removeprefix("http://a")
    place = url.removeprefix("http://a/")
    up = depth
    while up and place.startswith("_/"):
        place, up = place[2:], up - 1
    relative = "../" * up + place
    if not relative or relative[0] in "?#":
        return f".{relative}" if not relative else f"./{relative}"
    return f"./{relative}" if ":" in relative.partition("/")[0] else relative


def _collapsed(url: str) -> str:
    if url.count("//") < 2:
        return url
    start = url.find("//") + 2
    return url[:start] + re.sub(r"/{2,}", "/", url[start:])
