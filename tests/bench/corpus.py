"""URLs → articles in the archive's format and images that are whole; our own words, the same at every run."""

import io
import random
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from PIL import Image

_SENTENCES = (
    "渡船停在河的中央，没有人记得是谁先解开的缆绳。",
    "The ferry office closed at noon, and the queue simply stayed where it was.",
    "管理处说，名单上的人都已经收到通知；名单没有公布。",
    "Two witnesses remember the lamp, a third remembers that there was none.",
    "他把旧报纸按年份捆好，最上面的一捆已经发黄。",
    "Nobody had asked for the minutes of that meeting before, the clerk said.",
    "雨停以后，街上的摊贩又把招牌一块一块挂了出来。",
    "The bridge was measured again &amp; found to be four centimetres shorter.",
)
_PARAGRAPHS = 14
_IMAGE_SEED = 7
_TITLE = "河上的消息"
OWN_PATH = "OWN-PATH"
"""Where a page names itself: no two are alike, as on a site that answers."""
PAGE = (
    f"<!doctype html><html><head><meta charset=utf-8><title>{_TITLE} - The Ferry Times</title>"
    f'<meta name="description" content="served to both tools alike"></head><body><h1>{_TITLE}</h1>'
    + "".join(f"<p>{sentence}</p>" for sentence in _SENTENCES * 3)
    + f"<p>{OWN_PATH}</p></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class Article:
    """What one article leads to; the first link is its own URL, in the title line."""

    links: tuple[str, ...]
    images: tuple[str, ...] = ()


def articles(
    links: Sequence[str], images: Sequence[str] = (), *, links_each: int, images_each: int = 0
) -> list[Article]:
    """All links and images in order, so many an article."""
    link, image = iter(links), iter(images)
    result = []
    while batch := tuple(islice(link, links_each)):
        result.append(Article(batch, tuple(islice(image, images_each))))
    return result


def write(folder: Path, written: Iterable[Article]) -> int:
    """Write articles as `0001.md` and so on, a thousand a folder; how many there are."""
    number = 0
    for number, article in enumerate(written, start=1):
        place = folder / f"{number // 1000:03}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:06}.md").write_text(text(number, article), encoding="utf-8")
    return number


def text(number: int, article: Article) -> str:
    """One article, about 4 KB: header comment, title line, rule, and everything else in one line of HTML.

    No `rel="nofollow"`: lychee leaves such links out.
    """
    chance = random.Random(number)
    paragraphs = [" ".join(chance.choices(_SENTENCES, k=5)) for _ in range(_PARAGRAPHS)]
    for place, url in enumerate(article.links[1:]):
        paragraphs[place % _PARAGRAPHS] += f' <a href="{_escaped(url)}">line {place}</a>'
    pictures = [f'<img src="{_escaped(url)}" width="100%"><div><small>picture</small></div>' for url in article.images]
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    # As a live page does, the one that is served bears the archived title.
    title = f"[Number {number}: {_TITLE}]({article.links[0]})" if article.links else f"Number {number}"
    return f"<!--{1_600_000_000_000 + number * 60_000}-->\n{title}\n------\n\n<div>{''.join(pictures)}{body}</div>\n"


def _escaped(url: str) -> str:
    return url.replace("&", "&amp;")


def archive_articles(number: int) -> list[Article]:
    """Articles as an archive has them, 9 references each: links to many hosts, images through a proxy; never asked."""
    return [
        Article(
            links=(
                f"https://www.river-gazette.net/zh/%E6%B2%B3-{n}/a-{n}",
                *(f"https://desk{(n + k) % 97}.river-gazette.net/story/{n}/{k}?a=1&b={k}" for k in range(5)),
            ),
            images=(
                f"https://images.weserv.nl/?url=static.river-gazette.net/image/{n}_303.jpg",
                f"https://static.river-gazette.net/image/{n}_401.jpg",
                f"https://static.river-gazette.net/image/{n}_403.png",
            ),
        )
        for n in range(number)
    ]


def write_images(folder: Path, number: int) -> None:
    """JPEGs of 20 to 200 KB as `0.jpg` and so on, no two alike: alike ones would be placeholders."""
    folder.mkdir(parents=True, exist_ok=True)
    bases = [_noise(kilobytes * 1024) for kilobytes in range(20, 201, 12)]
    for n in range(number):
        base = bases[n % len(bases)]
        remark = f"picture {n}".encode()
        (folder / f"{n}.jpg").write_bytes(
            base[:2] + b"\xff\xfe" + struct.pack(">H", len(remark) + 2) + remark + base[2:]
        )


def _noise(length_bytes: int) -> bytes:
    """A JPEG of noise, within a few percent of a length."""
    chance = random.Random(_IMAGE_SEED)
    side = 100
    while True:
        out = io.BytesIO()
        Image.frombytes("RGB", (side, side), chance.randbytes(side * side * 3)).save(out, "JPEG", quality=75)
        if len(out.getvalue()) >= length_bytes:
            return out.getvalue()
        side += max(2, int(side * ((length_bytes / len(out.getvalue())) ** 0.5 - 1)))
