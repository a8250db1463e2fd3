"""Paths → `Source`s in a fixed order, and a `Problem` for each that cannot be read.

Invariant: nothing is followed out of its root, no folder is entered twice on one way down.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from linkcheck.errors import InputFault
from linkcheck.model import Problem

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

DEFAULT_EXTENSIONS = frozenset({".md", ".markdown", ".mkd", ".mdown", ".mdx", ".html", ".htm", ".xhtml", ".txt"})

MOST_LISTED = 1000
"""Of the files and folders that were left out."""

_name = attrgetter("name")


class Walk(Struct, frozen=True):
    """What is read of the folders that are named."""

    extensions: frozenset[str] = DEFAULT_EXTENSIONS
    """Lower case, with their dots."""
    hidden: bool = False
    gitignore: bool = True
    excluded: tuple[str, ...] = ()
    """Globs as in `.gitignore`, matched against displayed paths; they hold for named files too."""
    root: str | None = None
    """Where `/x` starts; None: the folder named, or the working directory for a file below it."""
    largest_bytes: int = 64 * 1024 * 1024


class Source(Struct, frozen=True):
    """A file to read."""

    path: str
    """For display: POSIX, valid Unicode, relative to the working directory where possible."""
    file: str
    """For opening, as the operating system knows it."""
    root: str
    size_bytes: int = 0
    modified_ns: int = 0


class _Ignore(Struct, frozen=True):
    """One `.gitignore`: its patterns, and the folder they are relative to."""

    folder: str
    patterns: "GitIgnoreSpec"


class _Way(Struct, frozen=True):
    """How a folder was reached: what ignores there, and the real folders above it."""

    root: str
    real_root: str
    ignores: tuple[_Ignore, ...]
    above: frozenset[str]


class LeftOut(Struct):
    """What `Walk.excluded` took away: files, and whole folders (which end with `/`), as displayed, each once."""

    number: int = 0
    first: dict[str, None] = {}
    """At most `MOST_LISTED` of them."""

    def add(self, display: str) -> None:
        """One more, if it is not known."""
        if display not in self.first:
            self.number += 1
            if len(self.first) < MOST_LISTED:
                self.first[display] = None


class _Excluded(Struct, frozen=True):
    """The globs of `Walk.excluded`."""

    patterns: "GitIgnoreSpec"
    left_out: LeftOut

    def holds(self, display: str) -> bool:
        held = self.patterns.match_file(display)
        if held:
            self.left_out.add(display)
        return held


def sources(paths: Sequence[str], walk: Walk, left_out: LeftOut | None = None) -> Iterator[Source | Problem]:
    """Every document below `paths`, folders in order of names, each file once; `left_out` is filled on the way.

    Raises InputFault at once for a named path that does not exist or cannot be read; `-` is standard input.
    """
    for path in paths:
        _require(path)
    found = _found(paths, walk, left_out if left_out is not None else LeftOut())
    return _once(found) if len(paths) > 1 else found


def shown(path: str) -> str:
    """A path for display: POSIX, valid Unicode, relative when it lies below the working directory."""
    absolute, here = os.path.abspath(path), os.getcwd()  # noqa: PTH100, PTH109  strings: this runs once a file
    if absolute == here:
        name = "."
    elif absolute.startswith(here.rstrip(os.sep) + os.sep):
        name = absolute[len(here.rstrip(os.sep)) + 1 :]
    else:
        name = os.path.normpath(path)
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace(os.sep, "/")


def _require(path: str) -> None:
    if path == "-":
        return
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputFault(f"cannot read '{shown_name(path)}': {reason}") from error
    needed = os.R_OK | os.X_OK if stat.S_ISDIR(mode) else os.R_OK
    if not os.access(path, needed, effective_ids=os.access in os.supports_effective_ids):
        raise InputFault(f"cannot read '{shown_name(path)}': permission denied")


def shown_name(path: str) -> str:
    """A path as typed, made valid Unicode."""
    return os.fsencode(path).decode("utf-8", "backslashreplace") if "\0" not in path else path.replace("\0", "\\0")


def _once(found: Iterable[Source | Problem]) -> Iterator[Source | Problem]:
    seen: set[str] = set()
    for item in found:
        if item.path not in seen:
            seen.add(item.path)
            yield item


def _found(paths: Sequence[str], walk: Walk, left_out: LeftOut) -> Iterator[Source | Problem]:
    excluded = _Excluded(_patterns(walk.excluded), left_out) if walk.excluded else None
    for path in paths:
        if path == "-":
            yield Source("-", "-", shown(walk.root or "."))
        elif os.path.isdir(path):  # noqa: PTH112  strings: as in the walk
            root = walk.root or path
            way = _Way(shown(root), os.path.realpath(root), _ignores_above(path, walk), frozenset())
            yield from _folder(path, walk, excluded, way)
        else:
            display = shown(path)
            if excluded is None or not excluded.holds(display):
                yield _named_file(path, display, walk)


def _patterns(lines: Iterable[str]) -> "GitIgnoreSpec":
    # loaded only where there is something to leave out
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines)


def _named_file(path: str, display: str, walk: Walk) -> Source | Problem:
    try:
        status = os.stat(path)  # noqa: PTH116  strings: as in the walk
    except OSError as error:
        return Problem(display, f"cannot be read: {error.strerror}")
    return _source(path, display, walk, shown(walk.root or _root_of_file(path)), status)


def _root_of_file(path: str) -> str:
    return os.path.dirname(path) or "." if Path(shown(path)).is_absolute() else "."  # noqa: PTH120


def _ignores_above(path: str, walk: Walk) -> tuple[_Ignore, ...]:
    """The `.gitignore` files between the repository's top and the named folder."""
    if not walk.gitignore:
        return ()
    folder = Path(path).resolve()
    found: list[_Ignore] = []
    above = list(folder.parents)
    tops = [index for index, parent in enumerate([folder, *above]) if (parent / ".git").exists()]
    if not tops:
        return ()
    for parent in above[: tops[0]]:
        found.extend(_ignore(str(parent)))
    return tuple(reversed(found))


def _ignore(folder: str) -> tuple[_Ignore, ...]:
    try:
        text = Path(folder, ".gitignore").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return (_Ignore(os.path.realpath(folder), _patterns(text.splitlines())),)


def _folder(path: str, walk: Walk, excluded: _Excluded | None, way: _Way) -> Iterator[Source | Problem]:
    real = os.path.realpath(path)
    if real in way.above:
        yield Problem(shown(path), "is a link back to a folder that holds it and was not entered")
        return
    try:
        with os.scandir(path) as scan:
            entries = sorted(scan, key=_name)
    except OSError as error:
        yield Problem(shown(path), f"cannot be read: {error.strerror}")
        return
    ignores = way.ignores
    if walk.gitignore and any(entry.name == ".gitignore" for entry in entries):
        ignores += _ignore(path)
    inner = _Way(way.root, way.real_root, ignores, way.above | {real})
    before = _shown_before(path)
    is_narrowed = bool(ignores) or excluded is not None
    for entry in entries:
        name = entry.name
        if name == ".git" or (name[0] == "." and not walk.hidden):
            continue
        try:
            is_folder = entry.is_dir()
        except OSError as error:  # a chain of links without end
            yield Problem(shown(entry.path), f"cannot be read: {error.strerror}")
            continue
        if not is_folder and _extension(name) not in walk.extensions:
            continue
        display = shown(entry.path) if is_folder else before + _valid(name)
        if is_narrowed and _is_left_out(os.path.join(real, name), display, is_folder, ignores, excluded):  # noqa: PTH118
            continue
        if entry.is_symlink() and not _is_below(os.path.realpath(entry.path), way.real_root):
            yield Problem(display, "is a link that leaves the root and was not followed")
        elif is_folder:
            yield from _folder(entry.path, walk, excluded, inner)
        else:
            yield _file(entry, display, walk, way.root)


def _shown_before(folder: str) -> str:
    """What `shown` puts before the name of a file in this folder."""
    place = shown(folder)
    if place == ".":
        return ""
    return place if place.endswith("/") else f"{place}/"


def _extension(name: str) -> str:
    """In lower case with its dot; dots that a name begins with begin none."""
    if name[0] != "." and "." in name:
        return name[name.rfind(".") :].lower()
    return os.path.splitext(name)[1].lower()  # noqa: PTH122  strings: this runs once a file


def _valid(name: str) -> str:
    """A name made valid Unicode."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def _is_left_out(
    path: str, display: str, is_folder: bool, ignores: Sequence[_Ignore], excluded: _Excluded | None
) -> bool:
    if _is_ignored(path, is_folder, ignores):
        return True
    return excluded is not None and excluded.holds(display + "/" * is_folder)


def _file(entry: os.DirEntry[str], display: str, walk: Walk, root: str) -> Source | Problem:
    try:
        status = entry.stat()
    except OSError as error:
        return Problem(display, f"cannot be read: {error.strerror}")
    if not stat.S_ISREG(status.st_mode):
        return Problem(display, "is no regular file and was not read")
    return _source(entry.path, display, walk, root, status)


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def _is_ignored(path: str, is_folder: bool, ignores: Sequence[_Ignore]) -> bool:
    """The deepest `.gitignore` with an opinion decides."""
    for ignore in reversed(ignores):
        name = path[len(ignore.folder.rstrip(os.sep)) + 1 :].replace(os.sep, "/") + "/" * is_folder
        verdict = ignore.patterns.check_file(name).include
        if verdict is not None:
            return verdict
    return False


def _source(path: str, display: str, walk: Walk, root: str, status: os.stat_result) -> Source | Problem:
    if status.st_size > walk.largest_bytes:
        return Problem(display, f"is larger than {walk.largest_bytes} bytes and was not read")
    return Source(display, path, root, status.st_size, status.st_mtime_ns)
