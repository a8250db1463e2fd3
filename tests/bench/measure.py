"""A command → what it cost, measured on a core of its own; the server and this process keep to the other one."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

_LAUNCHER = Path(__file__).with_name("launcher.py")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_LONGEST_S = 3600.0
_COUNTABLE_S = 0.5


class BenchFault(Exception):
    """The measurement would not be honest, or cannot be made: why, in a few words, and what a person looks into."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core measures and which one serves."""

    client: int
    server: int


@dataclass(frozen=True, slots=True)
class Command:
    """What is measured: absolute program, arguments, environment, and the exit codes of a run that did its work."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    codes: frozenset[int] = frozenset({0})


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one command; CPU is user and system time of the whole process, start-up included."""

    began_at: float
    """Seconds since the epoch, as in the server's log."""
    wall_s: float
    cpu_s: float
    peak_mb: float
    foreign_share: float
    """How much of the client's core went to something else meanwhile, 0 to 1; the kernel's own network work counts.

    0 for runs under half a second: the kernel counts in hundredths.
    """


def take_cores() -> Cores:
    """The first two cores this process may use; it moves to the second, where its children (the server) stay."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise BenchFault("two cores are needed: one for the client, one for the server")
    os.sched_setaffinity(0, {cores[1]})
    return Cores(client=cores[0], server=cores[1])


def free_mb() -> float:
    """Memory that a new program can have without swapping."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) / 1024


def measure(command: Command, folder: Path, out: Path, core: int) -> Measured:
    """Run it once in `folder`, standard output into `out`; raises BenchFault when it does not end as it should."""
    err = out.with_suffix(".err")
    order = {
        "core": core,
        "folder": str(folder),
        "arguments": command.arguments,
        "environment": dict(command.environment),
        "out": str(out),
        "err": str(err),
    }
    busy_s = _busy_s(core)
    answer = json.loads(_launched(json.dumps(order)))
    busy_s = _busy_s(core) - busy_s
    code = answer.pop("exit_code")
    if code not in command.codes:
        words = " ".join(command.arguments)
        raise BenchFault(f"it ended with {code}", f"{words}\n{err.read_text()[-2000:]}\n{out.read_text()[-1000:]}")
    foreign_s = max(0.0, busy_s - answer["cpu_s"]) if answer["wall_s"] >= _COUNTABLE_S else 0.0
    return Measured(**answer, foreign_share=min(1.0, foreign_s / answer["wall_s"]))


def _launched(order: str) -> str:
    arguments = [sys.executable, "-I", "-S", str(_LAUNCHER), order]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, start_new_session=True) as launcher:
        try:
            return launcher.communicate(timeout=_LONGEST_S)[0]
        except BaseException as error:
            os.killpg(launcher.pid, SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise BenchFault(f"it is not done after {_LONGEST_S:g} s", order) from error
            raise


def _busy_s(core: int) -> float:
    """CPU seconds that a core has spent on anything since boot (`/proc/stat`: all but idle and waiting for disks)."""
    lines = Path("/proc/stat").read_text().splitlines()
    fields = next(line.split()[1:9] for line in lines if line.startswith(f"cpu{core} "))
    user, nice, system, _, _, hard, soft, steal = map(int, fields)
    return (user + nice + system + hard + soft + steal) / _TICKS_PER_S
