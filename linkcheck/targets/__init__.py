"""`Reference` as written → the same with its final kind, its targets and the rule that excludes it; pure.

Invariant: local targets stay as they are, and an ordinary link costs one look-up of its host.
"""

from msgspec.structs import replace

from linkcheck import urls
from linkcheck.model import Expects, Kind, Reference, Role, Target
from linkcheck.targets import sites
from linkcheck.targets.exclude import Selection, deselected_by, excluded_by, is_excluded
from linkcheck.targets.proxies import Hop, Unwrapped, unwrap
from linkcheck.targets.rulebook import HostRules, Rules, has_mark
from linkcheck.targets.rules import check, load

__all__ = [
    "Hop",
    "Rules",
    "Selection",
    "Unwrapped",
    "assign",
    "check",
    "document_key",
    "fallbacks",
    "load",
    "unwrap",
]

_Aim = tuple[Kind, tuple[Target, ...], str | None]
"""What a reference is, what is asked for it, and the key of the other article that it leads to."""

_FILE_SUFFIXES = """7z apk avi avif bz2 csv dmg doc docx epub exe flac gif gz iso jpeg jpg m4a mkv mov mp3 mp4 mpg ods
odt ogg pdf png ppt pptx rar svg tar tgz tif tiff torrent txt wav webm webp xls xlsx xz zip"""
_FILES = frozenset(_FILE_SUFFIXES.split())
_LONGEST_SUFFIX = 1 + max(map(len, _FILES))
_WEB = ("https://", "http://")
# An enum's member costs as much to look up as a target to build.
_ARTICLE, _LINK, _IMAGE, _IMAGE_PROXY = Kind.ARTICLE, Kind.LINK, Kind.IMAGE, Kind.IMAGE_PROXY
_SELF, _PAGE, _ANY, _AN_IMAGE = Role.SELF, Expects.PAGE, Expects.ANY, Expects.IMAGE
_HYPERLINKS = (Kind.LINK, Kind.ARTICLE, Kind.CROSS_REFERENCE)
_HYPERLINK_ELEMENTS = (None, "a", "area")


def document_key(url: str | None, rules: Rules) -> str | None:
    """The key of the article that a document's own URL names; None when no site rule makes it one."""
    return sites.key(url, rules) if url else None


def assign(
    reference: Reference,
    document_key: str | None,
    document_url: str | None,
    rules: Rules,
    selection: Selection | None = None,
) -> Reference:
    """`reference` with kind, targets and `ignored_by` final.

    `document_key` is `document_key(document_url, rules)`, found once for all references of a document.
    """
    url, ignored = reference.url, reference.ignored_by
    if url is None or reference.targets:
        found = reference
    elif not url.startswith(_WEB):
        found = replace(reference, targets=_without_network(reference))
    else:
        here = rules.at(url)
        kind, targets, key = _aim(reference, url, here, document_key, document_url, rules)
        if here.exclusions or rules.exclusions_anywhere:
            ignored = excluded_by(replace(reference, kind=kind), here, rules)
        found = replace(reference, kind=kind, targets=targets, key=key, ignored_by=ignored)
    if selection is None or ignored is not None or not selection:
        return found
    return replace(found, ignored_by=deselected_by(found, selection))


def _without_network(reference: Reference) -> tuple[Target, ...]:
    """A `data:` image is looked at where it stands; `mailto:` and its like lead to nothing that can be asked."""
    if reference.url is not None and reference.kind is Kind.IMAGE and reference.url.startswith("data:"):
        return (Target(reference.url, Role.SELF, Expects.IMAGE),)
    return ()


def _aim(
    reference: Reference,
    url: str,
    here: HostRules,
    document_key: str | None,
    document_url: str | None,
    rules: Rules,
) -> _Aim:
    kind = reference.kind
    if kind is _LINK or kind in _HYPERLINKS:
        if kind is _ARTICLE or (document_url is not None and _is_same(url, document_url)):
            return _ARTICLE, (Target(url, _SELF, _PAGE),), None
        if here.sites or reference.rel:
            found = _article_aim(reference, url, here, document_key, document_url, rules)
            if found:
                return found
        kind = _LINK
    elif kind is not _IMAGE and kind is not _IMAGE_PROXY:
        return kind, (Target(url, _SELF),), None
    wrapped = _proxied(url, rules) if here.proxies or has_mark(url, rules) else None
    if wrapped:
        targets = _proxied_targets(wrapped, document_url, rules)
        return _IMAGE_PROXY if kind is not _LINK else kind, targets, None
    if kind is _LINK:
        return kind, (Target(url, _SELF, _page_or_file(url)),), None
    others = sites.renditions(url, rules) if here.sites else ()
    return _IMAGE, (Target(url, _SELF, _AN_IMAGE, renditions=others, referer=document_url),), None


def _page_or_file(url: str) -> Expects:
    """A link leads to a page, whose title is evidence, unless its name says that it is a file."""
    dot = url.rfind(".", -_LONGEST_SUFFIX)
    return _ANY if dot >= 0 and url[dot + 1 :].lower() in _FILES else _PAGE


def _is_same(url: str, other: str) -> bool:
    """Whether two serialised URLs ask for the same thing; lengths first, as most differ."""
    if "#" in url or "#" in other:
        url, other = urls.without_fragment(url), urls.without_fragment(other)
    if len(url) != len(other):
        return False
    return url == other or ("%" in url and urls.key(url) == urls.key(other))


def _article_aim(
    reference: Reference,
    url: str,
    here: HostRules,
    document_key: str | None,
    document_url: str | None,
    rules: Rules,
) -> _Aim | None:
    """The aim of a link that names an article; None when it does not, or names it as an ordinary link."""
    if reference.element not in _HYPERLINK_ELEMENTS:
        return None
    found = sites.match(url, rules) if here.sites else None
    is_article_reference = "articleref" in reference.rel
    page = Target(url, Role.SELF, Expects.PAGE)
    if found is None:
        return (Kind.CROSS_REFERENCE, (page,), None) if is_article_reference else None
    if found.key == document_key and not is_article_reference:
        is_title = reference.element is None and found.role is Role.PAGE
        return (Kind.ARTICLE, (page,), None) if is_title else None
    spoken = sites.language(document_url, found.site, rules)
    apis = tuple(other.url for other in sites.fallbacks(found, spoken) if other.role is Role.API)
    own = Target(url, Role.API, Expects.JSON) if found.role is Role.API else replace(page, fallbacks=apis)
    if not found.pattern.ask_also:
        return Kind.CROSS_REFERENCE, (own,), found.key
    others = sites.candidates(found, spoken)
    return Kind.CROSS_REFERENCE, (own, *(other for other in others if other.url != url)), found.key


def fallbacks(reference: Reference, document_url: str | None, rules: Rules) -> tuple[Target, ...]:
    """What else may be asked for a cross-reference once its own targets have failed; () when no rule tells."""
    if reference.kind is not Kind.CROSS_REFERENCE or reference.url is None:
        return ()
    found = sites.match(reference.url, rules)
    if found is None:
        return ()
    asked = {target.url for target in reference.targets}
    others = sites.fallbacks(found, sites.language(document_url, found.site, rules))
    return tuple(other for other in others if other.url not in asked)


def _proxied(url: str, rules: Rules) -> Unwrapped | None:
    wrapped = unwrap(url, rules)
    return wrapped if wrapped and not wrapped.opaque else None


def _proxied_targets(wrapped: Unwrapped, document_url: str | None, rules: Rules) -> tuple[Target, ...]:
    first = wrapped.hops[0]
    stand_ins = (first.default_url,) if first.default_url else ()
    outermost = Target(first.url, Role.PROXIED, first.serves, substitutes=stand_ins)
    origin = wrapped.origin
    if origin is None or is_excluded(origin, rules):
        return (outermost,)
    others = sites.renditions(origin, rules) if rules.at(origin).sites else ()
    return outermost, Target(origin, Role.ORIGIN, first.serves, wrapped.alternates, others, referer=document_url)
