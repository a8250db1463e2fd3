"""Which files are read, in which order, under which names."""

import os
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcheck.documents import Source, Walk, load, sources
from linkcheck.documents.walk import _extension
from linkcheck.errors import InputFault
from linkcheck.model import Problem


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def plant(*names: str, text: str = "x") -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def seen(*paths: str, walk: Walk = Walk()) -> list[str]:  # noqa: B008  frozen
    return [item.path if isinstance(item, Source) else f"!{item.path}" for item in sources(paths, walk)]


def test_documents_of_a_folder_in_order_of_names() -> None:
    """Known extensions in any case, hidden files left out, folders and files in one order."""
    plant("b.md", "a/z.HTML", "a/y.txt", "c.png", ".hidden.md", ".git/x.md", "a/.b/c.md", "d.markdown")
    assert seen(".") == ["a/y.txt", "a/z.HTML", "b.md", "d.markdown"]
    assert seen(".", walk=Walk(hidden=True)) == [".hidden.md", "a/.b/c.md", "a/y.txt", "a/z.HTML", "b.md", "d.markdown"]
    assert seen(".", walk=Walk(extensions=frozenset({".png"}))) == ["c.png"]


def test_a_named_file_is_read_whatever_it_is_called() -> None:
    """Neither its extension nor `.gitignore` matters when someone asks for it."""
    plant("a.weird", ".b", "c.md")
    Path(".gitignore").write_text("c.md\n")
    assert seen("c.md", "a.weird", ".b") == ["c.md", "a.weird", ".b"]


def test_named_twice_is_read_once() -> None:
    """A file inside a named folder is the same file."""
    plant("d/a.md", "d/b.md")
    assert seen("d/b.md", "d", "./d/a.md") == ["d/b.md", "d/a.md"]


@pytest.mark.parametrize("path", ["missing.md", "no/folder", "nul\0"])
def test_a_named_path_that_is_not_there_is_a_fault_at_once(path: str) -> None:
    """Before anything is read."""
    plant("a.md")
    with pytest.raises(InputFault, match="cannot read"):
        sources(["a.md", path], Walk())


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({".gitignore": "b.md\n"}, ["a.md", "d/c.md"]),
        ({".gitignore": "*.md\n!a.md\n"}, ["a.md"]),
        ({".gitignore": "d/\n"}, ["a.md", "b.md"]),
        ({".gitignore": "/c.md\n"}, ["a.md", "b.md", "d/b.md", "d/c.md"]),
        ({"d/.gitignore": "c.md\n"}, ["a.md", "b.md", "d/b.md"]),
        ({".gitignore": "b.md\n", "d/.gitignore": "!b.md\n"}, ["a.md", "d/b.md", "d/c.md"]),
        ({".gitignore": "d/*\n!d/b.md\n"}, ["a.md", "b.md", "d/b.md"]),
    ],
)
def test_gitignore(rules: dict[str, str], expected: list[str]) -> None:
    """Nested files, negation, folders and anchored patterns, as git reads them."""
    plant("a.md", "b.md", "d/b.md", "d/c.md")
    for name, text in rules.items():
        Path(name).write_text(text)
    assert seen(".") == expected
    assert seen(".", walk=Walk(gitignore=False)) == ["a.md", "b.md", "d/b.md", "d/c.md"]


def test_gitignore_above_the_named_folder_counts_inside_a_repository() -> None:
    """`linkcheck run docs` ignores what git ignores."""
    plant("docs/a.md", "docs/b.md", ".git/HEAD")
    Path(".gitignore").write_text("docs/b.md\n")
    assert seen("docs") == ["docs/a.md"]


def test_excluded_paths() -> None:
    """Globs against the path as shown, for folders, files and named files alike."""
    plant("a.md", "d/b.md", "d/e/c.md")
    assert seen(".", walk=Walk(excluded=("d/e/",))) == ["a.md", "d/b.md"]
    assert seen(".", walk=Walk(excluded=("*.md", "!a.md"))) == ["a.md"]
    assert seen("d/b.md", "a.md", walk=Walk(excluded=("d/**",))) == ["a.md"]


def test_links_inside_the_root_are_followed_and_others_named() -> None:
    """A link that leaves the root, a loop and a dangling link are problems, not crashes."""
    plant("root/a.md", "root/d/b.md", "outside.md", "out/x.md")
    Path("root/in.md").symlink_to("a.md")
    Path("root/out.md").symlink_to("../outside.md")
    Path("root/outdir").symlink_to("../out")
    Path("root/d/loop").symlink_to("..")
    Path("root/gone.md").symlink_to("nothing.md")
    Path("root/self.md").symlink_to("self.md")
    assert seen("root") == [
        "root/a.md",
        "root/d/b.md",
        "!root/d/loop",
        "!root/gone.md",
        "root/in.md",
        "!root/out.md",
        "!root/outdir",
        "!root/self.md",
    ]


def test_what_cannot_be_read_on_the_way_is_a_problem() -> None:
    """Too large, or no regular file."""
    plant("a.md", "b.md")
    Path("b.md").write_text("12345")
    os.mkfifo("c.md")
    assert seen(".", walk=Walk(largest_bytes=4)) == ["a.md", "!b.md", "!c.md"]


def test_paths_are_shown_relative_where_possible(tmp_path: Path) -> None:
    """Relative below the working directory, else as typed; always POSIX."""
    plant("w/d/a.md", "o/b.md")
    os.chdir("w")
    assert seen("d/../d/a.md", str(tmp_path / "w/d"), "../o", str(tmp_path / "o")) == [
        "d/a.md",
        "../o/b.md",
        (tmp_path / "o/b.md").as_posix(),
    ]


def test_paths_of_a_folder_above_the_working_directory(tmp_path: Path) -> None:
    """What lies below the working directory is shown relative to it all the same; the rest as typed."""
    plant("w/a.md", "w/d/b.md", "c.md")
    os.chdir("w")
    assert seen("..") == ["../c.md", "a.md", "d/b.md"]
    assert seen(f"{tmp_path}/") == [f"{tmp_path.as_posix()}/c.md", "a.md", "d/b.md"]


@pytest.mark.parametrize(
    "name",
    [
        *("空 格.md", "a .md", " a.md", "100%.md", "a#b.md", "a?b.md", "a&b.md", "a'\"b.md", "a:b.md", "a\\b.md"),
        *("a\u00a0b.md", "a\u3000b.md", "[x].md", "😀.md", "长" * 76 + ".md", "*.md", "a\nb.md"),
    ],
)
def test_odd_file_names(name: str) -> None:
    """Names are taken as they are."""
    plant(name)
    (source,) = sources(["."], Walk())
    assert isinstance(source, Source)
    assert (source.path, load(source)) == (name, b"x")


@pytest.mark.skipif(sys.platform == "darwin", reason="the file system refuses such names")
def test_an_undecodable_file_name_is_shown_in_valid_unicode() -> None:
    """The file is read all the same."""
    Path(os.fsdecode(b"\xff\xe4.md")).write_text("x")
    (source,) = sources(["."], Walk())
    assert isinstance(source, Source)
    assert source.path == "\\xff\\xe4.md"
    assert load(source) == b"x"


def test_roots() -> None:
    """`/x` starts at `--root`, else at the folder named, else at the working directory."""
    plant("d/a.md")
    roots = [
        item.root for walk in (Walk(), Walk(root="r")) for item in sources(["d"], walk) if isinstance(item, Source)
    ]
    assert roots == ["d", "r"]
    assert [item.root for item in sources(["d/a.md"], Walk()) if isinstance(item, Source)] == ["."]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` is one document."""
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"[t](u)")))
    (source,) = sources(["-"], Walk())
    assert not isinstance(source, Problem)
    assert (source.path, load(source)) == ("-", b"[t](u)")


def test_size_and_time_are_the_files() -> None:
    """They tell whether a file changed since the last run."""
    plant("a.md", text="12345")
    (source,) = sources(["a.md"], Walk())
    assert isinstance(source, Source)
    assert (source.size_bytes, source.modified_ns) == (5, Path("a.md").stat().st_mtime_ns)


@given(st.text("a.M", min_size=1))
def test_an_extension_is_what_the_operating_system_calls_one(name: str) -> None:
    """Found without its detour, and in lower case."""
    assert _extension(name) == os.path.splitext(name)[1].lower()  # noqa: PTH122  the oracle
