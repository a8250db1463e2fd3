"""A git working tree and a base → the files that a pull request touches; git is asked, and nothing is changed.

Touched is what differs between the merge base of BASE with HEAD and the working tree, and what git does not know yet. A
renamed file counts under its new name; deleted ones are named apart. Names come as bytes, so that no blank, quote or
letter of any script is lost.
"""

import os
import subprocess
from collections.abc import Mapping

from msgspec import Struct

from linkcheck.documents.walk import shown, shown_name
from linkcheck.errors import UserFault

_LONGEST_S = 300
_NO_REPOSITORY = "not a git repository"


class Changed(Struct, frozen=True):
    """What a pull request touches."""

    base: str
    """As git knows it, for a sentence."""
    files: frozenset[str]
    """Real paths, as the operating system knows them."""
    deleted: tuple[str, ...]
    """For display, like a document's path."""


def changed(base: str, environment: Mapping[str, str]) -> Changed:
    """What differs from `base` ("": what the CI service names, else the upstream branch, else the last commit).

    Raises UserFault when this is no repository, git is missing, or the clone does not reach back far enough.
    """
    top = os.fsdecode(_asked("rev-parse", "--show-toplevel").removesuffix(b"\n"))
    name, start = _start(base, environment)
    differing = _names("-C", top, "diff", "--name-status", "--no-renames", "--no-ext-diff", "-z", start, "--")
    states = dict(zip(differing[1::2], differing[::2], strict=True))
    untracked = _names("-C", top, "ls-files", "--others", "--exclude-standard", "-z")
    there = [path for path, state in states.items() if state != b"D"] + untracked
    gone = [path for path, state in states.items() if state == b"D" and path not in untracked]
    return Changed(
        name,
        frozenset(os.path.realpath(os.path.join(top, os.fsdecode(path))) for path in there),  # noqa: PTH118 - bytes' names
        tuple(sorted(_displayed(top, path) for path in gone)),
    )


def _displayed(top: str, path: bytes) -> str:
    """As the walk shows it; git's top folder is a real path, the working directory need not be."""
    absolute = os.path.join(top, os.fsdecode(path))  # noqa: PTH118 - bytes' names
    relative = os.path.relpath(absolute, os.path.realpath(os.getcwd()))  # noqa: PTH109 - as in the walk
    return shown(relative)


def _start(base: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """(the base's name, the commit to compare with)."""
    head = _commit("HEAD")
    if head is None:
        # No commit yet: everything is new.
        return "an empty repository", _asked("hash-object", "-t", "tree", os.devnull).decode().strip()
    name = base or _default_base(environment)
    commit = _commit(name)
    if commit is None:
        raise UserFault(f"--changed: {_unknown(name)}")
    shared = _asked("merge-base", commit, head, may_fail=True).decode().strip()
    if shared:
        return name, shared.split("\n", 1)[0]
    if _is_shallow():
        raise UserFault(
            f"--changed: this clone is shallow and does not reach what '{shown_name(name)}' and HEAD have in {_FETCH}"
        )
    return name, commit


_FETCH = "common; fetch more history (fetch-depth: 0 on GitHub, GIT_DEPTH: 0 on GitLab, git fetch --unshallow)"


def _default_base(environment: Mapping[str, str]) -> str:
    target = environment.get("GITHUB_BASE_REF")
    if target:
        return f"origin/{target}"
    merge_request = environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA")
    if merge_request:
        return merge_request
    return "@{upstream}" if _commit("@{upstream}") is not None else "HEAD"


def _unknown(name: str) -> str:
    words = f"git knows no '{shown_name(name)}'"
    if os.path.exists(name):  # noqa: PTH110 - a name as typed
        return f"{words}, which is a path; write the paths before --changed, or --changed=BASE"
    if _is_shallow():
        return f"{words} in this shallow clone; fetch it (fetch-depth: 0 on GitHub, GIT_DEPTH: 0 on GitLab)"
    return f"{words}; fetch it, or name another base by --changed BASE"


def _commit(name: str) -> str | None:
    if "\0" in name:
        return None
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}")
    return _asked(*words, may_fail=True).decode().strip() or None


def _is_shallow() -> bool:
    return _asked("rev-parse", "--is-shallow-repository", may_fail=True).strip() == b"true"


def _names(*words: str) -> list[bytes]:
    return [name for name in _asked(*words).split(b"\0") if name]


def _asked(*words: str, may_fail: bool = False) -> bytes:
    """What git says; with `may_fail`, nothing instead of a fault when it says no."""
    try:
        done = subprocess.run(
            ["git", *words], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_LONGEST_S
        )
    except OSError as error:
        raise UserFault(f"--changed asks git, which cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise UserFault(f"--changed: git did not answer within {_LONGEST_S} s") from error
    if done.returncode == 0:
        return done.stdout
    complaint = done.stderr.decode("utf-8", "backslashreplace").strip().split("\n")[0]
    if _NO_REPOSITORY in complaint:
        raise UserFault(f"--changed: '{shown_name(os.getcwd())}' is not inside a git repository")  # noqa: PTH109 - as in the walk
    if may_fail:
        return b""
    raise UserFault(f"--changed: git says: {complaint.removeprefix('fatal: ')}")
