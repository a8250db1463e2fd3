"""A local reference → its verdict: does the file exist, is the anchor there, is the image one?

Invariant: nothing outside the roots is opened, whatever `..`, links or `file:` say.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from linkcheck import documents
from linkcheck.model import Content, Ending, Expects, Outcome, Problem, Reason, Target, Verdict
from linkcheck.probes import images
from linkcheck.references.anchors import anchors
from linkcheck.verdicts import fragments, pictures
from linkcheck.verdicts.judgement import Judgement, broken, ok, skipped

_DOCUMENT_SUFFIXES = frozenset(documents.DEFAULT_EXTENSIONS) - {".txt"}
_LARGEST_IMAGE_BYTES = 64 * 1024 * 1024


class LocalFiles:
    """Looks below `roots`; a directory counts when it exists, or holds one of `index_names` when some are given."""

    def __init__(self, roots: Sequence[Path], index_names: Sequence[str] = ()) -> None:
        self._roots = [root.resolve() for root in roots]
        self._index_names = tuple(index_names)
        self._anchors = lru_cache(maxsize=256)(_anchors)

    def look(self, target: Target) -> Verdict:
        """The verdict on a target of role local, or on a `data:` image."""
        if target.url.startswith("data:"):
            return _verdict(_data_image(target.url))
        if ":" in target.url.partition("/")[0] and not target.url.startswith("file:"):
            name = target.url.partition(":")[0]
            return _verdict(skipped(Reason.UNSUPPORTED_SCHEME, f"{name}: addresses are not asked"))
        return _verdict(self._by_file(target))

    def _by_file(self, target: Target) -> Judgement:
        place, _, fragment = target.url.partition("#")
        path = self._find(place.removeprefix("file://"))
        if path is None:
            return broken(Reason.FILE_NOT_FOUND, f"there is no file '{unquote(place)}'")
        if not any(path.resolve().is_relative_to(root) for root in self._roots):
            return skipped(Reason.OUTSIDE_ROOT, f"'{unquote(place)}' lies outside the root and is not looked at")
        if path.is_dir():
            return self._by_directory(path, place)
        if target.expects is Expects.IMAGE:
            return _image_file(path, place)
        if fragment and path.suffix.lower() in _DOCUMENT_SUFFIXES:
            return self._by_anchor(path, place, fragment)
        return ok(f"the file '{unquote(place)}' is there", Reason.AVAILABLE_LOCALLY)

    def _find(self, place: str) -> Path | None:
        """The file of a percent-encoded place; a query belongs to the name only when such a file exists."""
        for spelling in (place, place.partition("?")[0]):
            for name in (unquote_to_bytes(spelling), spelling.encode("utf-8", "surrogatepass")):
                try:
                    path = Path(name.decode("utf-8", "surrogateescape") or ".")
                    if not self._may_look(path) or path.exists():
                        return path
                except (OSError, ValueError):
                    continue
        return None

    def _may_look(self, path: Path) -> bool:
        try:
            return any(path.resolve().is_relative_to(root) for root in self._roots)
        except (OSError, RuntimeError):
            return False

    def _by_directory(self, path: Path, place: str) -> Judgement:
        if self._index_names and not any((path / name).is_file() for name in self._index_names):
            return broken(Reason.FILE_NOT_FOUND, f"the folder '{unquote(place)}' has no index file")
        return ok(f"the folder '{unquote(place)}' is there", Reason.AVAILABLE_LOCALLY)

    def _by_anchor(self, path: Path, place: str, fragment: str) -> Judgement:
        name = fragments.name(fragment)
        known = self._anchors(path)
        if fragments.is_there(name, known):
            return ok(f"the file '{unquote(place)}' is there, with its anchor", Reason.AVAILABLE_LOCALLY)
        return broken(Reason.ANCHOR_NOT_FOUND, f"'{unquote(place)}' is there, but has no anchor '{name}'")


def _anchors(path: Path) -> frozenset[str]:
    source = next(iter(documents.sources([str(path)], documents.Walk())), None)
    if source is None or isinstance(source, Problem):
        return frozenset()
    content = documents.load(source)
    document = documents.read(source, content) if isinstance(content, bytes) else content
    return frozenset() if isinstance(document, Problem) else anchors(document)


def _image_file(path: Path, place: str) -> Judgement:
    try:
        if path.stat().st_size > _LARGEST_IMAGE_BYTES:
            return ok(f"the file '{unquote(place)}' is there, too large to look into", Reason.AVAILABLE_LOCALLY)
        body = path.read_bytes()
    except OSError as error:
        return broken(Reason.FILE_NOT_FOUND, f"the file '{unquote(place)}' cannot be read: {error.strerror}")
    return _image_bytes(body, f"the file '{unquote(place)}'")


def _image_bytes(body: bytes, what: str) -> Judgement:
    content = Content(None, len(body), len(body), Ending.COMPLETE, body=body)
    facts = images.facts(body, complete=True, total_bytes=len(body))
    if not body:
        return broken(Reason.IMAGE_EMPTY, f"{what} is empty")
    if facts is None:
        return broken(Reason.NOT_AN_IMAGE, f"{what} holds {pictures.tell_tale(content)}, not an image")
    found = pictures.damage(what, content, facts)
    return found or ok(f"{what} is {pictures.picture(facts, content)}", Reason.AVAILABLE_LOCALLY)


def _data_image(url: str) -> Judgement:
    """RFC 2397, decoded as the Fetch standard does."""
    import base64
    import binascii

    head, mark, payload = url.removeprefix("data:").partition(",")
    if not mark:
        return broken(Reason.INVALID_URL, "a data: address without a comma holds nothing")
    body = unquote_to_bytes(payload)
    if head.rstrip().lower().endswith("base64"):
        try:
            body = base64.b64decode(body + b"=" * (-len(body) % 4), validate=False)
        except binascii.Error:
            return broken(Reason.IMAGE_CORRUPT, "the data: address is no valid base64")
    judged = _image_bytes(body, "the data: address")
    return judged._replace(reason=Reason.AVAILABLE) if judged.outcome is Outcome.OK else judged


def _verdict(judgement: Judgement) -> Verdict:
    return Verdict(*judgement)
