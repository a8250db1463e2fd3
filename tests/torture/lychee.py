"""The same archive checked by lychee: how many references does either tool judge wrongly? A script, no test.

`python tests/torture/lychee.py [LYCHEE]`, with `tests` and the project on PYTHONPATH. lychee has no `--connect-to`, so
it is led to the server by a forward proxy on loopback. Only references count of which a peer can be right or wrong:
reachable (`ok`, `redirected`, `at-risk`) or dead (`broken`). A reference that a tool does not see has no verdict.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from torture import command, table
from torture.world import World

from linkcheck import urls
from linkcheck.model import Outcome

REACHABLE = frozenset({Outcome.OK, Outcome.REDIRECTED, Outcome.AT_RISK})
OPTIONS = ("--format", "json", "-vv", "--no-progress", "--include-fragments", "--max-redirects", "10", "--timeout", "5")
_MAPS = {"redirect_map": True, "success_map": True, "error_map": False, "timeout_map": False}
"""lychee's lists; the last that names a URL decides, since a redirect may end in an error."""
Verdicts = dict[tuple[str, int], bool]
"""(document, ordinal of the reference in it) → reachable; what a tool is not certain of is not in it."""


class Forwarder:
    """A forward proxy that sends everything to one port; names that do not exist stay so. A context manager."""

    def __init__(self, world: World) -> None:
        self._ports = dict(_named_ports(world.rules))
        self._else = world.server.port

    def __enter__(self) -> "Forwarder":
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, version = head.split(b"\r\n", 1)[0].split(b" ")
            is_tunnel = method == b"CONNECT"
            url = f"https://{target.decode()}/" if is_tunnel else target.decode("latin-1")
            there, onward = await asyncio.open_connection("127.0.0.1", self._port(url))
            if is_tunnel:
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                path = b"/" + target.split(b"/", 3)[3]
                rest = head.split(b"\r\n", 1)[1]
                onward.write(b"%b %b %b\r\nConnection: close\r\n%b" % (method, path, version, rest))
            await asyncio.gather(_pass(reader, onward), _pass(there, writer, closes=not is_tunnel))
        writer.close()

    def _port(self, url: str) -> int:
        """Raises OSError for a name that does not exist."""
        name = urls.host(url)
        if name.startswith(("nxdomain", "servfail")):
            raise OSError(name)
        return self._ports.get((name, urls.port(url)), self._ports.get((name, None), self._else))


def _named_ports(rules: list[str]) -> Iterator[tuple[tuple[str, int | None], int]]:
    for rule in rules:
        name, port, _, to_port = rule.split(":")
        if name and to_port:
            yield (name, int(port) if port else None), int(to_port)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, closes: bool = False) -> None:
    """Until the end; a reset is passed on as one. `closes`: say in the response that this connection ends with it."""
    try:
        if closes:
            start = await reader.read(65_536)
            is_final = start.startswith(b"HTTP/1.1 ") and not start.startswith(b"HTTP/1.1 1")
            writer.write(start.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) if is_final else start)
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except ConnectionResetError:
        writer.transport.abort()
    else:
        writer.close()


def lychee_says(program: str, folder: Path, world: World, listed: dict[str, list[str]]) -> Verdicts:
    """What lychee makes of the archive; `listed`: each document's URLs in order."""
    with Forwarder(world) as forwarder:
        proxy = f"http://127.0.0.1:{forwarder.port}"
        environment = {"http_proxy": proxy, "https_proxy": proxy, "SSL_CERT_FILE": world.ca_file, "PATH": ""}
        words = [program, *OPTIONS, "--root-dir", str(folder / "archive"), "archive"]
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    said: dict[str, dict[str, bool]] = {}
    report = json.loads(done.stdout)
    for name, is_reachable in _MAPS.items():
        for document, entries in report.get(name, {}).items():
            for entry in entries:
                url = (entry.get("url") or entry["origin"]).removeprefix(f"file://{folder}/")
                said.setdefault(document.removeprefix("archive/"), {})[url.rstrip("/")] = is_reachable
    return dict(_numbered(listed, said))


def _numbered(listed: dict[str, list[str]], said: dict[str, dict[str, bool]]) -> Iterator[tuple[tuple[str, int], bool]]:
    """By URL; what was said in a document with one reference is about that one, however its URL was read."""
    for document, found in listed.items():
        by_url = said.get(document, {})
        for number, url in enumerate(found):
            if url.rstrip("/") in by_url:
                yield (document, number), by_url[url.rstrip("/")]
            elif len(found) == 1 and by_url:
                yield (document, number), all(by_url.values())


def linkcheck_says(folder: Path) -> Verdicts:
    """What linkcheck makes of it."""
    limits = ("--no-store", "--host-rate", "0", "--retries", "1")
    command.run(folder, "run", "archive", *limits, "--format", "json=report.json")
    verdicts: Verdicts = {}
    ordinals = Counter[str]()
    for finding in command.findings(folder):
        document, outcome = finding["path"].removeprefix("archive/"), Outcome(finding["outcome"])
        if outcome in REACHABLE or outcome is Outcome.BROKEN:
            verdicts[document, ordinals[document]] = outcome in REACHABLE
        ordinals[document] += 1
    return verdicts


def urls_of(folder: Path) -> dict[str, list[str]]:
    """Each document's URLs, in order and unmasked."""
    listed: dict[str, list[str]] = {}
    for line in command.run(folder, "extract", "archive").stdout.splitlines():
        reference = json.loads(line)
        listed.setdefault(reference["path"].removeprefix("archive/"), []).append(reference["url"] or reference["raw"])
    return listed


def truths() -> Verdicts:
    """What is true of the references of which a peer can be right or wrong."""
    return {
        (row.path, number): expected.outcome in REACHABLE
        for row in table.ROWS
        for number, expected in enumerate(row.expected)
        if not row.is_ours and (expected.outcome in REACHABLE or expected.outcome is Outcome.BROKEN)
    }


def main(program: str) -> None:
    """Print both figures, and every wrong verdict of either tool."""
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        folder = Path(name).resolve()
        table.write(folder / "archive")
        with World(table.routes(), folder) as world:
            (folder / "linkcheck.toml").write_text(table.settings(world.rules, world.ca_file), encoding="utf-8")
            ours = linkcheck_says(folder)
            listed = urls_of(folder)
        # a server of its own: what fails only once must fail once for each
        with World(table.routes(), folder) as world:
            theirs = lychee_says(program, folder, world, listed)
    for tool, verdicts in (("linkcheck", ours), ("lychee", theirs)):
        _print(tool, verdicts, truths(), listed)


def _print(tool: str, verdicts: Verdicts, true: Verdicts, listed: dict[str, list[str]]) -> None:
    wrong = [key for key in true if key in verdicts and verdicts[key] is not true[key]]
    unsaid = [key for key in true if key not in verdicts]
    print(f"{tool}: {len(wrong)} wrong and {len(unsaid)} without a verdict, of {len(true)}")
    for key in [*wrong, *unsaid]:
        said = "nothing" if key in unsaid else "reachable" if verdicts[key] else "dead"
        document, number = key
        print(f"  {document:32} says {said:9} of {listed[document][number][:70]}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("LYCHEE", "lychee"))
