"""What is sent as a header has to be one line of printable text."""

from pathlib import Path

import pytest
from command import files, linkcheck


@pytest.mark.parametrize(
    ("configuration", "says"),
    [
        ('user_agent = "a\\nX-Other: b"', "user_agent: 'a\\nX-Other: b' is no printable ASCII text"),
        ('user_agent = "新"', "is no printable ASCII text"),
        ('[hosts."a.example"]\nheaders = { "X Key" = "v" }', "the header 'X Key' is no printable ASCII text"),
        ('[hosts."a.example"]\nheaders = { "X-Key" = "v\\r\\nw" }', "the header 'X-Key' is no printable ASCII text"),
    ],
)
def test_no_header_smuggles_another(configuration: str, says: str, tmp_path: Path) -> None:
    """A line break in a header is a mistake of the configuration, with its line."""
    files(tmp_path, {"a.md": "<https://a.example/>", "linkcheck.toml": configuration})
    done = linkcheck(tmp_path, "run", "a.md", "--offline", "--no-store")
    assert (done.code, "linkcheck.toml:" in done.stderr) == (2, True)
    assert says in done.stderr.replace("\\\\", "\\")
