"""All rows, and what they come to on disk and on the server."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from servers import Behaviour
from torture import answers, documents, images
from torture.row import SHORT_TIMEOUT_S, Row
from torture.world import GONE, by_query

from linkcheck.model import Reason

ROWS: tuple[Row, ...] = (*answers.ROWS, *images.ROWS, *documents.ROWS)

ELSEWHERE = frozenset({Reason.NOT_DUE, Reason.OFFLINE, Reason.INTERRUPTED, Reason.HOST_DOWN, Reason.ROBOTS})
"""Reasons that a run of its own in test_options.py comes to."""

SETTINGS = """\
anchors = true
retry_wait = 0.05
timeout = 10
connect_timeout = 5
read_timeout = 8

[[site]]
id = "post"
hosts = ["*.post.torture"]
key = "post:article:{id}"
soft404_title = "Nothing to see"
source = "invented for this table"
match = [
  { re = 'http://api\\.post\\.torture/detail/article/(?P<id>\\d+)', role = "api", json_ok = "id", ask_also = ["page"] },
  { re = 'https?://www\\.post\\.torture/(?:(?P<lang>[a-z]{2})/)?(?:[^?#]*/)?a-(?P<id>\\d+)' },
]
candidates = [
  { url = "http://www.post.torture/{lang|en}/a-{id}" },
  { url = "http://api.post.torture/detail/article/{id}", role = "api", ask = "fallback" },
]
examples = [{ url = "http://api.post.torture/detail/article/7", key = "post:article:7" }]

[[site.image]]
re = 'http://static\\.post\\.torture/image/(?P<img>\\d+)_(?P<fmt>\\d+)\\.jpg'
key = "post:image:{img}"
template = "http://static.post.torture/image/{img}_{fmt}.jpg"
renditions = ["607", "605", "303"]

[[ignore]]
url = '//known-404\\.torture/'
why = "the author knows"

[hosts."accept-403.torture"]
accept = [403]
"""


def routes() -> dict[tuple[str, str], Behaviour]:
    """Every row's hosts; what stands for `?…` is decided by the query."""
    plain: dict[tuple[str, str], Behaviour] = {}
    by_host: dict[str, dict[str, Behaviour]] = defaultdict(dict)
    for row in ROWS:
        for (host, path), behaviour in row.hosts().items():
            if path.startswith("/?"):
                by_host[host][f"{path[2:]}/"] = by_host[host][f"{path[2:]}%2F"] = behaviour
            else:
                plain[host, path] = behaviour
    return plain | {(host, "/"): by_query(_exact_first(says), GONE) for host, says in by_host.items()}


def _exact_first(says: Mapping[str, Behaviour]) -> dict[str, Behaviour]:
    """The longest name first: `x-404.torture` is inside `404-x-404.torture`."""
    return dict(sorted(says.items(), key=lambda pair: -len(pair[0])))


def write(archive: Path) -> None:
    """The archive: one document a row, the files beside them, and something outside."""
    archive.mkdir()
    for row in ROWS:
        files = {row.path: row.filled(row.text), **row.files}
        for name, content in files.items():
            path = archive / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (archive.parent / "outside.txt").write_text("not in the archive", encoding="utf-8")


def settings(rules: list[str], ca_file: str) -> str:
    """The configuration file: the servers, and half a second for the slow hosts."""
    slow = "".join(f'[hosts."{row.host}"]\ntimeout = {SHORT_TIMEOUT_S}\n' for row in ROWS if row.is_slow)
    return f"connect_to = {rules!r}\nca_file = '{ca_file}'\n{SETTINGS}\n{slow}"
