"""`--changed`: which documents a pull request touches, asked of a real git."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from command import Done, files, linkcheck

from linkcheck.documents.changed import changed
from linkcheck.errors import UserFault

LINK = "[x](nowhere.md)\n"
ODD = ["a b.md", "quo\"te'.md", "新闻/文章.md", "tab\there.md", "-dash.md", "new\nline.md"]
QUIET = {"GITHUB_BASE_REF": None, "CI_MERGE_REQUEST_DIFF_BASE_SHA": None, "GIT_CEILING_DIRECTORIES": "/"}

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "x")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A repository whose branch `main` has three documents, and `work`, which is checked out."""
    folder = tmp_path / "archive"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    files(folder, {"old.md": LINK, "same.md": LINK, "sub/deep.md": LINK, ".gitignore": "ignored/\n.linkcheck/\n"})
    commit(folder)
    git(folder, "checkout", "--quiet", "-b", "work")
    return folder


def read(folder: Path, *words: str, environment: dict[str, str] | None = None) -> list[str]:
    """The documents that a run reads."""
    done = run(folder, *words, environment=environment)
    assert done.code == 0, done.stderr
    return [row["path"] for row in done.rows]


def run(folder: Path, *words: str, environment: dict[str, str] | None = None) -> Done:
    told = {**QUIET, **(environment or {})}
    fixed = ("--offline", "--no-store", "--format", "jsonl", "--fail-on", "never", "--quiet")
    return linkcheck(folder, "run", ".", *fixed, *words, environment=told)


def _commit_one(folder: Path) -> None:
    files(folder, {"old.md": "A word more.\n" + LINK})
    commit(folder)


def _edit_one(folder: Path) -> None:
    files(folder, {"old.md": "A word more.\n" + LINK})


def _stage_one(folder: Path) -> None:
    _edit_one(folder)
    git(folder, "add", "old.md")


def _add_unknown(folder: Path) -> None:
    files(folder, {"untracked.md": LINK, "ignored/x.md": LINK})


def _rename(folder: Path) -> None:
    git(folder, "mv", "old.md", "renamed.md")
    commit(folder)


def _delete(folder: Path) -> None:
    (folder / "old.md").unlink()
    git(folder, "rm", "--quiet", "same.md")


def _move_main_on(folder: Path) -> None:
    """What others did on main since is none of my pull request."""
    _commit_one(folder)
    git(folder, "checkout", "--quiet", "main")
    files(folder, {"same.md": "others\n" + LINK})
    commit(folder)
    git(folder, "checkout", "--quiet", "work")


@pytest.mark.parametrize(
    ("touch", "expected"),
    [
        (_commit_one, ["old.md"]),
        (_edit_one, ["old.md"]),
        (_stage_one, ["old.md"]),
        (_add_unknown, ["untracked.md"]),
        (_rename, ["renamed.md"]),
        (_delete, []),
        (_move_main_on, ["old.md"]),
        (lambda folder: None, []),
    ],
)
def test_what_a_pull_request_touches(touch: Callable[[Path], None], expected: list[str], archive: Path) -> None:
    """Commits since the branch left main, the working tree, and files that git does not know yet."""
    touch(archive)
    assert read(archive, "--changed=main") == expected


@pytest.mark.parametrize("name", ODD)
def test_names_of_any_kind(name: str, archive: Path) -> None:
    """Blanks, quotes, tabs, line ends and letters of any script."""
    files(archive, {name: LINK})
    assert read(archive, "--changed", "main") == [name]
    commit(archive)
    assert read(archive, "--changed", "main") == [name]


def test_from_a_folder_inside(archive: Path) -> None:
    """Only what is below the paths that are named, seen from where I stand; and through a link to it."""
    files(archive, {"old.md": "x" + LINK, "sub/deep.md": "x" + LINK})
    assert read(archive / "sub", "--changed", "main") == ["deep.md"]
    (archive.parent / "linked").symlink_to(archive)
    assert read(archive.parent / "linked" / "sub", "--changed", "main") == ["deep.md"]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"GITHUB_BASE_REF": "main"}, ["old.md"]),
        ({"CI_MERGE_REQUEST_DIFF_BASE_SHA": "origin/main"}, ["old.md"]),
        ({}, ["old.md"]),
    ],
)
def test_without_a_base_the_service_names_it(environment: dict[str, str], expected: list[str], archive: Path) -> None:
    """GitHub's and GitLab's variables, else the upstream branch."""
    git(archive, "update-ref", "refs/remotes/origin/main", "main")
    git(archive, "remote", "add", "origin", ".")
    git(archive, "branch", "--quiet", "--set-upstream-to", "origin/main")
    _commit_one(archive)
    assert read(archive, "--changed", environment=environment) == expected


def test_without_any_base_the_last_commit(archive: Path) -> None:
    """What I have not committed; and in a repository without a commit, everything."""
    _commit_one(archive)
    assert read(archive, "--changed") == []
    _add_unknown(archive)
    assert read(archive, "--changed") == ["untracked.md"]
    new = archive.parent / "new"
    new.mkdir()
    git(new, "init", "--quiet")
    files(new, {"first.md": LINK})
    assert read(new, "--changed") == ["first.md"]


def test_nothing_changed_is_fine_and_said(archive: Path) -> None:
    """Exit 0 with a sentence, and the reports are written."""
    done = linkcheck(
        archive, "run", ".", "--offline", "--changed", "main", "--format", "json=r.json", environment=QUIET
    )
    assert (done.code, done.stderr) == (0, "linkcheck: no document in '.' differs from 'main': nothing to check\n")
    assert (archive / "r.json").exists()


def _says(done: Done, sentence: str) -> None:
    assert (done.code, done.stdout) == (2, b"")
    assert done.stderr.startswith(f"linkcheck: --changed: {sentence}"), done.stderr
    assert done.stderr.count("\n") == 1


def test_a_shallow_clone_says_what_to_do(archive: Path) -> None:
    """Neither a missing base nor a missing ancestor looks like an untouched archive."""
    _move_main_on(archive)
    url = archive.as_uri()
    git(archive.parent, "clone", "--quiet", "--depth", "1", "--branch", "work", url, "shallow")
    shallow = archive.parent / "shallow"
    _says(
        run(shallow, "--changed", environment={"GITHUB_BASE_REF": "main"}), "git knows no 'origin/main' in this shallow"
    )
    git(shallow, "fetch", "--quiet", "--depth", "1", "origin", "main:refs/remotes/origin/main")
    _says(
        run(shallow, "--changed", "origin/main"), "this clone is shallow and does not reach what 'origin/main' and HEAD"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--changed nope", "git knows no 'nope'; fetch it, or name another base by --changed BASE"),
        ("--changed sub", "git knows no 'sub', which is a path; write the paths before --changed, or --changed=BASE"),
    ],
)
def test_a_base_that_git_does_not_know(words: str, sentence: str, archive: Path) -> None:
    """A typing error is mine."""
    _says(run(archive, *words.split()), sentence)


def test_a_base_is_never_an_option_of_git(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names a branch cannot make git write files."""
    monkeypatch.chdir(archive)
    for base in ("--output=x", "-O./x", "main\0x"):
        with pytest.raises(UserFault, match="git knows no"):
            changed(base, {})
    assert not (archive / "x").exists()


def test_outside_a_repository(tmp_path: Path) -> None:
    """Wrong usage, and nothing is asked."""
    _says(run(files(tmp_path, {"a.md": LINK}), "--changed"), f"'{tmp_path}' is not inside a git repository")


def test_without_git(archive: Path) -> None:
    """It is said that git is missing."""
    done = run(archive, "--changed", environment={"PATH": str(archive / "sub")})
    assert (done.code, done.stderr) == (
        2,
        "linkcheck: --changed asks git, which cannot be run: No such file or directory\n",
    )


def test_what_was_not_read_is_neither_fixed_nor_gone(archive: Path) -> None:
    """A pull request's run tells of its own documents, and the next whole run compares with the last whole one."""
    whole = ("run", ".", "--offline", "--fail-on", "new")
    linkcheck(archive, *whole, environment=QUIET)
    files(archive, {"old.md": "[fresh](gone.md)\n"})
    (archive / "sub" / "deep.md").unlink()
    touched = linkcheck(archive, *whole, "--changed", "main", environment=QUIET)
    assert touched.code == 1
    assert "since the last run: 1 new, 0 fixed, 0 known, 2 removed" in touched.out
    files(archive, {"old.md": LINK})
    again = linkcheck(archive, *whole, environment=QUIET)
    assert (again.code, "0 new, 0 fixed, 2 known, 1 removed" in again.out) == (0, True), again.out
    done = linkcheck(archive, "baseline", environment=QUIET)
    assert done.out.count("nowhere.md") == 2


def test_with_a_file_the_same_holds(archive: Path) -> None:
    """A committed baseline knows all problems, a pull request tells of those in its own documents."""
    linkcheck(archive, "run", ".", "--offline", "--no-store", "--format", "baseline=known.jsonl", environment=QUIET)
    files(archive, {"old.md": "[fresh](gone.md)\n"})
    (archive / "sub" / "deep.md").unlink()
    words = ("run", ".", "--offline", "--no-store", "--baseline", "known.jsonl", "--fail-on", "new")
    done = linkcheck(archive, *words, "--changed", "main", environment=QUIET)
    assert done.code == 1
    assert "since the baseline 'known.jsonl': 1 new, 0 fixed, 0 known, 2 removed" in done.out


def test_a_baseline_is_never_written_of_changed_documents_only(archive: Path) -> None:
    """It would forget the problems of all the others."""
    run(archive, "--changed", "main")
    done = run(archive, "--changed", "main", "--format", "baseline=known")
    assert (done.code, "would forget the problems" in done.stderr) == (2, True)
    linkcheck(archive, "run", ".", "--offline", "--fail-on", "never", "--changed", "main", environment=QUIET)
    done = linkcheck(archive, "baseline", "--run", "1", environment=QUIET)
    assert (done.code, "read changed documents only" in done.stderr) == (2, True)


def test_articles_that_others_hold_are_not_asked_for(archive: Path) -> None:
    """A reference to an article that an untouched document holds is fine, as in a whole run."""
    url = "https://www.dw.com/zh/x/a-70000001"
    files(archive, {"held.md": f"[An article]({url})\n------\n\ntext\n"})
    commit(archive)
    git(archive, "branch", "--force", "main", "work")
    whole = ("run", ".", "--offline", "--format", "jsonl", "--fail-on", "never")
    linkcheck(archive, *whole, environment=QUIET)
    files(archive, {"old.md": f"<a rel='ArticleRef' href='{url}'>x</a>\n"})
    rows = linkcheck(archive, *whole, "--changed", "main", environment=QUIET).rows
    assert [(row["path"], row["outcome"], row["reason"]) for row in rows] == [("old.md", "ok", "available-locally")]
