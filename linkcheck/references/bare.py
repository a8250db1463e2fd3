"""Plain text → the URLs in it: GFM's extended autolinks (GFM 6.9), with rules for Chinese prose.

They may start right after a Chinese character, end before full-width punctuation, and take in a raw Chinese character
only after `/`, `=`, `-`, `_` or another one taken in.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from linkcheck.patterns import lazily

_HAN = (
    r"\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b\u3041-\u318f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\U00020000-\U000323af"
)
_END = (
    r"\x00-\x20\x7f-\xa0\xab\xbb\u1680\u2000-\u206f\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u302a-\u3030\u3036-\u303a"
    r"\u303c-\u3040\ufe10-\ufe1f\ufe30-\ufe6f\ufeff\uff00-\uffef<"
)
_START = (
    r"(?:(?<![A-Za-z0-9])(?:https?|ftp)://"
    r"|(?<![!-')+-^`{-}])(?<![A-Za-z0-9])www\.(?=[\w-]+\.))"
)
_HAS_HOST = lazily(r"(?:[a-z]+://|www\.)\w", re.IGNORECASE)
_ENDING_ENTITY = lazily(r"&[A-Za-z0-9]+;\Z")
_LONGEST_ENTITY = 40
_CUT = lazily(r"&(?:lt|gt|nbsp|quot|emsp|ensp|#60|#62|#34|#160);")
_PAIRS = {")": "(", "]": "[", "}": "{"}


class Url(NamedTuple):
    """`text[start:end]` is the URL as written; `www.` stands for `http://www.`."""

    start: int
    end: int


def urls_in(text: str, start: int, end: int, *, is_markdown: bool) -> Iterator[Url]:
    """The bare URLs of `text[start:end]`, in order."""
    for match in _pattern("" if is_markdown else '">`').finditer(text, start, end):
        found = match.group()
        if is_markdown and "&" in found:
            found = _CUT.split(found, maxsplit=1)[0]
        found = _trim(found)
        if _HAS_HOST.match(found):
            yield Url(match.start(), match.start() + len(found))


@lru_cache(maxsize=2)
def _pattern(further_ends: str) -> re.Pattern[str]:
    """Compiled when first needed: it takes some 40 ms, and most archives have no bare URL."""
    return re.compile(rf"{_START}(?:[^{_END}{_HAN}{further_ends}]|(?<=[/=\-_{_HAN}])[{_HAN}])+", re.IGNORECASE)


def absolute(written: str) -> str:
    """A bare URL with its scheme; GFM gives `www.` http."""
    return f"http://{written}" if written[:4].lower() == "www." else written


def _trim(found: str) -> str:
    """Without the punctuation that belongs to the sentence; a closing bracket stays when it was opened inside."""
    unopened = {mark: found.count(mark) - found.count(opening) for mark, opening in _PAIRS.items()}
    end = len(found)
    while end:
        last = found[end - 1]
        if last in "?!.,:*_~'\"":
            end -= 1
        elif unopened.get(last, 0) > 0:
            unopened[last] -= 1
            end -= 1
        elif last == ";":
            entity = _ENDING_ENTITY.search(found, max(0, end - _LONGEST_ENTITY), end)
            end = entity.start() if entity else end - 1
        else:
            break
    return found[:end]
