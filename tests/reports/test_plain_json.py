"""JSON that is safe to be printed: one line a value, many values at a time, and no character that anybody obeys."""

import io
import json
import re
import sys
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports.hostile import summary

from linkcheck.reports import jsonl, plain_json
from linkcheck.reports.json import write_records

_OBEYED = re.compile(
    "#(?=#[0-9A-Za-z_]*\\[)|[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]"
)
_ODD = '#[]e"\\\n\x00\x1f\x7f\x85\u00a0\u3000\u2028\u202e\ufeff\ufffc\ufffd×橋“”\ud800'
_TEXTS = st.text(st.one_of(st.characters(), st.sampled_from(_ODD)))
_RECORDS = st.lists(st.lists(st.one_of(_TEXTS, st.floats(0, 99), st.none(), st.booleans())))


def _plainly(record: Sequence[object]) -> str:
    """What must come out, character by character."""
    whole = [one.encode("utf-8", "backslashreplace").decode() if isinstance(one, str) else one for one in record]
    text = msgspec.json.encode(whole).decode()
    return _OBEYED.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def test_nothing_that_is_obeyed_is_taken_for_harmless() -> None:
    """The quick look at a text lets through what the pattern lets through, whatever Python calls printable."""
    for number in range(128, sys.maxunicode + 1):
        if not 0xD800 <= number < 0xE000 and _OBEYED.search(chr(number)):
            assert plain_json.encode([chr(number)]) == f'["\\u{number:04x}"]'


@given(_RECORDS)
def test_many_lines_at_a_time_are_the_lines_of_each(values: list[list[object]]) -> None:
    """Whoever reads the report cannot tell how many findings were written at once."""
    lines = "".join(plain_json.lines(values))
    assert lines == "".join(f"{plain_json.encode(value)}\n" for value in values)
    assert lines == "".join(f"{_plainly(value)}\n" for value in values)


def test_a_line_beyond_the_batch_is_a_line_like_any_other() -> None:
    """The commas between findings stand where batches meet, too."""
    numbers = [[number, "é\u2028" * (number % 3)] for number in range(700)]
    assert "".join(plain_json.lines(numbers)) == "".join(f"{_plainly(one)}\n" for one in numbers)
    out = io.StringIO()
    write_records(out, summary([]), numbers)  # anything that can be encoded
    assert json.loads(out.getvalue())["findings"] == numbers
    assert out.getvalue().split('"findings": [\n')[1] == ",\n".join(map(_plainly, numbers)) + "\n ]\n}\n"


class _Gone(io.StringIO):
    """A pipe without a buffer whose reader left while it was written to: that piece arrives in part, the next fails."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, text: str) -> int:
        if not self.room:
            raise BrokenPipeError
        arrives = min(len(text), self.room)
        self.room -= arrives
        return arrives


@pytest.mark.parametrize("room", [5, 900, 4_000, 8_000])
def test_a_reader_who_leaves_is_noticed(room: int) -> None:
    """Unless it was the last line of all that arrived in part."""
    numbers = [[number, "x" * 20] for number in range(300)]
    with pytest.raises(BrokenPipeError):
        jsonl.write_records(_Gone(room), summary([]), numbers)  # as above
