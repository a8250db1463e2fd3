"""A folder of documents → every difference between our extraction and other tools', by class, with counts.

Run as `python tests/references/corpus_oracle.py FOLDER`; no test. BeautifulSoup (html5lib) sees each file's HTML
through our mask and is compared attribute by attribute; lychee, when installed, by the set of URLs (`--dump` asks
nothing). Exits 1 for a wrong slice.
"""

import re
import shutil
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

from linkcheck import urls
from linkcheck.documents import Walk, load, read, sources
from linkcheck.model import Document, Format, Problem, Reference
from linkcheck.references import Extraction, markdown, references
from linkcheck.references.events import Reading
from linkcheck.references.html import candidates

HOLDERS = {
    "href": {"a", "area"},
    "src": {"img", "video", "audio", "source", "track", "iframe", "frame", "embed", "script"},
    "data": {"object"},
    "poster": {"video"},
    "cite": {"blockquote", "q", "ins", "del"},
    "background": {"body", "table", "tr", "td", "th"},
    "data-src": {"img", "div", "iframe", "video", "source"},
}


def documents(folder: str) -> Iterator[Document]:
    """Every document that can be read."""
    for source in sources([folder], Walk()):
        content = source if isinstance(source, Problem) else load(source)
        if not isinstance(source, Problem) and isinstance(content, bytes):
            document = read(source, content)
            if isinstance(document, Document):
                yield document


def wrong_slices(document: Document, found: list[Reference]) -> int:
    """How many references are not what stands at their place, by offset and by line and column."""
    lines = document.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    wrong = 0
    for reference in found:
        span = reference.span
        one_line = span.line == span.end_line
        by_column = lines[span.line - 1][span.column - 1 : span.end_column - 1] if one_line else reference.raw
        wrong += not document.text[span.start : span.end] == reference.raw == by_column
    return wrong


def mask_of(document: Document) -> str:
    """The document's HTML at its offsets."""
    body = document.text[document.body_start :]
    if document.format is Format.HTML:
        return body
    return markdown.mask(body, Reading(body), 0) if document.format is Format.MARKDOWN else ""


def attributes_of_soup(mask: str) -> Counter[tuple[str, str, str]]:
    """What html5lib finds, outside templates."""
    found: Counter[tuple[str, str, str]] = Counter()
    lines = mask.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for element in BeautifulSoup(mask, "html5lib", multi_valued_attributes=None).find_all(True):
        if isinstance(element, Tag) and _is_written(element, lines) and element.find_parent("template") is None:
            for attribute, elements in HOLDERS.items():
                value = element.get(attribute)
                if element.name in elements and isinstance(value, str):
                    found[element.name, attribute, value.replace("\r\n", "\n").strip(" \t\n\f\r")] += 1
    return found


def _is_written(element: Tag, lines: list[str]) -> bool:
    """Whether a start tag ends where html5lib made the element; else it is a copy of one closed in the wrong order."""
    if element.sourceline is None or element.sourcepos is None:
        return False
    return lines[element.sourceline - 1][element.sourcepos : element.sourcepos + 1] == ">"


def attributes_of_ours(mask: str) -> Counter[tuple[str, str, str]]:
    """What we find in the same attributes."""
    found = {(c.start, c.end, c.element, c.attribute): c for c in candidates(mask, mask, Extraction())[0]}
    return Counter(
        (c.element or "", c.attribute or "", c.value)
        for c in found.values()
        if c.attribute in HOLDERS and c.element in HOLDERS[c.attribute]
    )


def lychee_urls(path: str) -> set[str]:
    """What lychee would check."""
    command = ["lychee", "--dump", "--include-verbatim", "--", path]
    command[-1] = re.sub(r"([\[\]*?])", r"[\1]", path)  # lychee takes names for globs
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return {urls.resolve(line.strip()) or line for line in output.splitlines() if line.startswith("http")}


def place_of(reference: Reference) -> str:
    """The class of a reference that lychee lacks."""
    kind = reference.element or ("front matter" if reference.attribute else "Markdown")
    return f"{kind} {reference.attribute or ''}".strip()


def main(folder: str) -> int:
    """Print the classes; the exit code."""
    warnings.simplefilter("ignore")
    totals: Counter[str] = Counter()
    only_ours: Counter[str] = Counter()
    only_theirs: Counter[str] = Counter()
    samples: dict[str, str] = {}
    spent_s = 0.0
    for document in documents(folder):
        start = time.process_time()
        found = list(references(document))
        spent_s += time.process_time() - start
        totals["files"] += 1
        totals["references"] += len(found)
        totals["wrong slices"] += wrong_slices(document, found)
        mask = mask_of(document)
        ours, soup = attributes_of_ours(mask), attributes_of_soup(mask)
        for name, difference in (("ours, not html5lib's", ours - soup), ("html5lib's, not ours", soup - ours)):
            for (element, attribute, value), count in difference.items():
                totals[f"{name}: {element} {attribute}"] += count
                samples[f"{name}: {element} {attribute}"] = f"{document.path}: {value[:80]}"
        if shutil.which("lychee"):
            theirs = lychee_urls(document.path)
            mine = {r.url for r in found if r.url and urls.is_web(r.url)}
            only_ours.update({place_of(r) for r in found if r.url and urls.is_web(r.url) and r.url not in theirs})
            only_theirs.update([f"{document.format}" for _ in theirs - mine])
            for url in theirs - mine:
                samples.setdefault(f"lychee {len(samples)}", f"{document.path}: {url[:160]}")
    for name, count in sorted(totals.items()):
        print(f"{count:8} {name}   {samples.get(name, '')}")
    print(f"{spent_s / max(1, totals['files']) * 1000:8.3f} ms a file")
    for title, counts in (
        ("files with URLs that lychee lacks, in", only_ours),
        ("URLs only lychee has, in", only_theirs),
    ):
        for name, count in counts.most_common():
            print(f"{count:8} {title} {name}")
    for name, sample in samples.items():
        if name.startswith("lychee "):
            print(f"         {sample}")
    return 1 if totals["wrong slices"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
