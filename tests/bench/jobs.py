"""The work that both tools are given: documents, commands, and what must have been asked and found."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import corpus
from corpus import Article
from measure import BenchFault, Command, free_mb, measure
from server import HOSTS, HTTP2_HOSTS, SLOW_HOSTS, Asked
from tools import (
    OURS_20_A_SECOND,
    OURS_BY_DEFAULT,
    OURS_UNTHROTTLED,
    OURS_WIDE,
    PEER_20_A_SECOND,
    PEER_BY_DEFAULT,
    PEER_UNTHROTTLED,
    PEER_WIDE,
    Tools,
)

_IMAGES = 2000
_PEER_KB_A_URL = 7.4
"""lychee's memory (measured 2026-11-25 with 200,000 and 1,000,000 URLs)."""
_ROUND = 100_000
_STATE = (".linkcheck", ".lycheecache", "ours.jsonl", "peer.json")


def _nothing() -> None:
    """Most cases need no more than a folder without traces of the run before."""


@dataclass(frozen=True, slots=True)
class Job:
    """A prepared case. Both commands run in the same folder, one after the other."""

    ours: Command
    peer: Command
    units: int
    """How many URLs, files or starts a run is."""
    asked: frozenset[tuple[str, str]] | None = None
    """Host and path of everything that each tool has to ask for at least once; None: the case has no server."""
    broken: int | None = None
    """How many 404s are planted; None: no report to look at."""
    proved: int = 0
    """How many images we have to have proved."""
    restore: Callable[[], None] = _nothing
    """Puts stores and caches back as they are to be found."""
    compare: Callable[[Path, Path], None] | None = None
    """Compares both standard outputs after the last pair."""
    remark: str = ""
    """What the page has to say of this job, a clause."""


def forget(folder: Path) -> None:
    """Remove what an earlier run has left."""
    for name in _STATE:
        path = folder / name
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _pages(number: int, hosts: tuple[str, ...]) -> list[tuple[str, str]]:
    """Host and path of pages, spread over hosts one by one; every hundredth is a 404."""
    return [(hosts[n % len(hosts)], f"/gone/{n}" if n % 100 == 99 else f"/page/{n}") for n in range(number)]


def _urls(tools: Tools, places: list[tuple[str, str]], way: str = "plain") -> list[str]:
    return [tools.server.url(path, host, way) for host, path in places]


def _asking(tools: Tools, folder: Path, places: list[tuple[str, str]], way: str = "plain") -> Job:
    corpus.write(folder / "documents", corpus.articles(_urls(tools, places, way), links_each=10))
    return Job(
        tools.our_run(*OURS_UNTHROTTLED),
        tools.peer_run(*PEER_UNTHROTTLED),
        units=len(places),
        asked=frozenset(places),
        broken=_planted(places),
    )


def _planted(places: list[tuple[str, str]]) -> int:
    return sum(path.startswith("/gone/") for _, path in places)


def distinct(number: int) -> Callable[[Tools, Path], Job]:
    """Distinct plain URLs on 500 hosts, as many as the machine's memory holds for lychee."""

    def build(tools: Tools, folder: Path) -> Job:
        fitting = int(free_mb() * 1024 * 0.7 / _PEER_KB_A_URL) // _ROUND * _ROUND
        if fitting < min(number, _ROUND):
            raise BenchFault(f"{free_mb():.0f} MB of free memory are too few for lychee with {_ROUND} URLs")
        asked = min(number, fitting)
        job = _asking(tools, folder, _pages(asked, HOSTS[:500]))
        return job if asked == number else replace(job, remark=f"{asked:,} URLs: this machine's memory holds no more")

    return build


def handshakes(tools: Tools, folder: Path) -> Job:
    """2,000 HTTPS URLs on 1,000 hosts."""
    return _asking(tools, folder, _pages(2_000, HOSTS), "tls")


def latency(tools: Tools, folder: Path) -> Job:
    """4,000 URLs on 100 hosts that answer after 100 ms, 256 requests under way."""
    places = [(SLOW_HOSTS[n % len(SLOW_HOSTS)], f"/page/{n}") for n in range(4_000)]
    corpus.write(folder / "documents", corpus.articles(_urls(tools, places, "slow"), links_each=10))
    return Job(
        tools.our_run(*OURS_WIDE),
        tools.peer_run(*PEER_WIDE),
        units=len(places),
        asked=frozenset(places),
        broken=0,
    )


def whole_run(way: str) -> Callable[[Tools, Path], Job]:
    """1,000 articles of 6 links and 2 images each over HTTPS; default options, but no throttle."""

    def build(tools: Tools, folder: Path) -> Job:
        pages = _pages(6_000, HTTP2_HOSTS)
        images = [(HTTP2_HOSTS[n % 5], path) for n, (_, path) in enumerate(_image_places(tools))]
        articles = corpus.articles(_urls(tools, pages, way), _urls(tools, images, way), links_each=6, images_each=2)
        number = corpus.write(folder / "documents", articles)
        return Job(
            tools.our_run(*OURS_BY_DEFAULT),
            tools.peer_run(*PEER_BY_DEFAULT),
            units=number,
            asked=frozenset([*pages, *images]),
            broken=_planted(pages),
            proved=len(images),
        )

    return build


def extraction(tools: Tools, folder: Path) -> Job:
    """5,000 articles, nothing asked."""
    number = corpus.write(folder / "documents", corpus.archive_articles(5000))
    return Job(
        tools.ours("extract", "documents"),
        tools.peer("--dump", "documents"),
        units=number,
        compare=lambda ours, peer: _compare_extraction(folder, ours, peer),
    )


def _compare_extraction(folder: Path, ours: Path, peer: Path) -> None:
    """Every span of ours must be exact, and lychee must have found no URL that we have not."""
    texts: dict[str, list[str]] = {}
    found = set()
    for line in ours.read_text(encoding="utf-8").splitlines():
        reference = json.loads(line)
        path = reference["path"]
        lines = texts.setdefault(path, (folder / path).read_text(encoding="utf-8").split("\n"))
        if lines[reference["line"] - 1][reference["column"] - 1 : reference["end_column"] - 1] != reference["raw"]:
            raise BenchFault("a span is inexact", line)
        found.add(reference["url"])
    missed = set(peer.read_text(encoding="utf-8").split()) - found
    if missed or len(texts) != 5000:
        raise BenchFault(
            f"{len(texts)} files with references, {len(missed)} URLs that only lychee found", min(missed, default="")
        )


def one_host(tools: Tools, folder: Path) -> Job:
    """10,000 plain URLs on one host."""
    return _asking(tools, folder, _pages(10_000, HOSTS[:1]))


def many_hosts(tools: Tools, folder: Path) -> Job:
    """5,000 plain URLs on 500 hosts."""
    return _asking(tools, folder, _pages(5_000, HOSTS[:500]))


def https(tools: Tools, folder: Path) -> Job:
    """5,000 HTTPS URLs on one host that keeps connections alive."""
    return _asking(tools, folder, _pages(5_000, HOSTS[:1]), "tls")


def images(check: str, way: str) -> Callable[[Tools, Path], Job]:
    """2,000 HTTPS images, proved as `--image-check` says."""

    def build(tools: Tools, folder: Path) -> Job:
        places = _image_places(tools)
        articles = [Article((), tuple(_urls(tools, places[n : n + 4], way))) for n in range(0, _IMAGES, 4)]
        corpus.write(folder / "documents", articles)
        return Job(
            tools.our_run(*OURS_UNTHROTTLED, f"--image-check={check}"),
            tools.peer_run(*PEER_UNTHROTTLED),
            units=_IMAGES,
            asked=frozenset(places),
            broken=0,
            proved=_IMAGES,
        )

    return build


def _image_places(tools: Tools) -> list[tuple[str, str]]:
    folder = tools.server.www / "image"
    if not folder.exists():
        corpus.write_images(folder, _IMAGES)
    return [(HOSTS[0], f"/image/{n}.jpg") for n in range(_IMAGES)]


def head_of_line(*, a_document_each: bool) -> Callable[[Tools, Path], Job]:
    """600 URLs on one host, then 20 on another, 20 requests a second to each."""
    places = [(HOSTS[0], f"/page/{n}") for n in range(600)] + [(HOSTS[1], f"/page/{n}") for n in range(20)]
    return _paced(places, a_document_each=a_document_each)


def makespan(*, a_document_each: bool) -> Callable[[Tools, Path], Job]:
    """12 hosts of 100 URLs each, sorted by host, 20 requests a second to each."""
    places = [(host, f"/page/{n}") for host in HOSTS[:12] for n in range(100)]
    return _paced(places, a_document_each=a_document_each)


def _paced(places: list[tuple[str, str]], *, a_document_each: bool) -> Callable[[Tools, Path], Job]:
    """A document a host, or one for all: lychee mixes the links of one document, and so the hosts."""

    def build(tools: Tools, folder: Path) -> Job:
        by_document: dict[str, list[str]] = {}
        for host, path in places:
            by_document.setdefault(host if a_document_each else "all", []).append(tools.server.url(path, host))
        corpus.write(folder / "documents", [Article(tuple(links)) for links in by_document.values()])
        # Named one by one: lychee takes the files of a folder in no fixed order.
        documents = sorted(str(path.relative_to(folder)) for path in (folder / "documents").rglob("*.md"))
        return Job(
            tools.our_run(*OURS_20_A_SECOND, documents=documents),
            tools.peer_run(*PEER_20_A_SECOND, documents=documents),
            units=len(places),
            asked=frozenset(places),
            broken=0,
        )

    return build


def other_host_waits_s(asked: list[Asked]) -> float:
    """From the very first answer to the first answer of the host with few URLs."""
    return min(one.at for one in asked if one.host == HOSTS[1]) - min(one.at for one in asked)


def asking_takes_s(asked: list[Asked]) -> float:
    """From the first answer to the last."""
    times = [one.at for one in asked]
    return max(times) - min(times)


def unchanged(tools: Tools, folder: Path) -> Job:
    """A second run over 1,000 articles with 9,000 URLs of which nothing is due."""
    places = [(HOSTS[n % 20], f"/page/{n}") for n in range(7000)]
    images = _urls(tools, _image_places(tools))
    articles = corpus.articles(_urls(tools, places), images, links_each=7, images_each=2)
    number = corpus.write(folder / "documents", articles)
    ours = tools.our_run(*OURS_UNTHROTTLED)
    peer = tools.peer_run(*PEER_UNTHROTTLED, "--cache")
    _warm(tools, folder, ours, peer)
    return Job(
        ours, peer, units=number, asked=frozenset(), broken=0, proved=_IMAGES, restore=lambda: _bring_warm(folder)
    )


def _warm(tools: Tools, folder: Path, *commands: Command) -> None:
    for command in commands:
        measure(command, folder, folder / "warm.out", tools.cores.client)
    for name in _STATE[:2]:
        (folder / name).rename(folder / f"warm{name}")


def _bring_warm(folder: Path) -> None:
    shutil.copytree(folder / "warm.linkcheck", folder / ".linkcheck")
    shutil.copy(folder / "warm.lycheecache", folder / ".lycheecache")


def one_small_file(tools: Tools, folder: Path) -> Job:
    """One article with 8 links on one host."""
    return replace(_asking(tools, folder, _pages(8, HOSTS[:1])), units=1)


def usage(tools: Tools, folder: Path) -> Job:
    """`--help`."""
    return Job(tools.ours("--help"), tools.peer("--help"), units=1)
