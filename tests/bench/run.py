"""Measure this project beside lychee: `python tests/bench/run.py [CASE ...]`; all cases take some 15 minutes.

Needs Linux, two cores, nginx, and the packages of `tests/requirements.txt`; installs lychee for itself. A run of all
cases writes `docs/performance.md`; a run of some prints only.
"""

import argparse
import os
import platform
import ssl
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import tools as programs
from cases import CASES, Case, Job, forget
from measure import BenchFault, Command, Cores, Measured, measure, take_cores
from page import Circumstances, observed_lines, page, table, traffic_table
from results import Pair, Result, Traffic, traffic
from server import serving
from tools import Tools

from linkcheck import __version__

_PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def main() -> None:
    """Read the words, measure, print, and write the page when everything was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--runs", type=int, default=5, help="pairs a case (default 5)")
    words = parser.parse_args()
    unknown = set(words.cases) - set(CASES)
    if unknown or words.runs < 1:
        parser.error(f"unknown: {', '.join(sorted(unknown))}" if unknown else "--runs must be at least 1")
    try:
        _bench([name for name in CASES if name in (words.cases or CASES)], words.runs)
    except BenchFault as fault:
        sys.exit(f"bench: {fault}")


def _bench(names: list[str], runs: int) -> None:
    load = os.getloadavg()[0]
    cores, peer = take_cores(), programs.peer_program()
    with tempfile.TemporaryDirectory(prefix="linkcheck-bench-") as name, serving(Path(name, "server")) as server:
        results, faults = [], {}
        for case in names:
            try:
                result = _result(case, runs, Tools(peer, Path(name), server), cores)
            except BenchFault as fault:
                faults[case] = str(fault)
                print(f"{case} is void: {fault}\n")
                continue
            results.append(result)
            print(table([result]), *observed_lines([result]), f"other work: {result.foreign_share:.0%}", "", sep="\n")
        at = Circumstances(f"{datetime.now(UTC):%Y-%m-%d}", runs, _versions(peer, server.version), _machine(), load)
    print(table(results), traffic_table(results), sep="\n\n")
    if names == list(CASES):
        _PAGE.write_text(page(results, list(faults), at), encoding="utf-8")
    if faults:
        sys.exit(1)


def _result(name: str, runs: int, tools: Tools, cores: Cores) -> Result:
    case, folder = CASES[name], tools.folder / name
    folder.mkdir()
    job = case.build(tools, folder)
    # Once before it counts: bytecode is written, files are in the page cache.
    for command in (job.ours, job.peer):
        _run(job, command, folder, tools, cores, case)
    pairs = [_pair(job, folder, tools, cores, case) for _ in range(min(runs, case.most_pairs))]
    if job.compare is not None:
        job.compare(folder / "ours.out", folder / "peer.out")
    return Result(name, case, job.units, pairs)


def _pair(job: Job, folder: Path, tools: Tools, cores: Cores, case: Case) -> Pair:
    ours, our_traffic = _run(job, job.ours, folder, tools, cores, case)
    peer, peer_traffic = _run(job, job.peer, folder, tools, cores, case)
    return Pair(ours, peer, our_traffic, peer_traffic)


def _run(job: Job, command: Command, folder: Path, tools: Tools, cores: Cores, case: Case) -> tuple[Measured, Traffic]:
    forget(folder)
    job.restore()
    tools.server.forget()
    side = "ours" if command is job.ours else "peer"
    measured = measure(command, folder, folder / f"{side}.out", cores.client)
    asked = tools.server.asked()
    if job.asked is not None:
        missing = job.asked - {(one.host, one.path) for one in asked}
        if missing or (asked and not job.asked):
            raise BenchFault(
                f"{side}: {len(missing)} URLs not asked, {len(asked)} requests; e.g. {sorted(missing)[:3]}"
            )
        _check_report(job, side, folder)
        return measured, traffic(asked, case)
    return measured, Traffic(0, 0, None)


def _check_report(job: Job, side: str, folder: Path) -> None:
    found = programs.our_outcomes(folder) if side == "ours" else programs.peer_outcomes(folder)
    proved = found["proved"] if side == "ours" else job.proved
    if found["broken"] != job.broken or proved != job.proved or found["uncertain"]:
        raise BenchFault(f"{side}: {job.broken} broken and {job.proved} proved expected, found {dict(found)}")


def _versions(peer: Path, server: str) -> str:
    return (
        f"linkcheck {__version__} on Python {platform.python_version()} ({ssl.OPENSSL_VERSION.rsplit(' ', 3)[0]}), "
        f"lychee {programs.version([str(peer)])}, nginx {server}"
    )


def _machine() -> str:
    """Number of cores and class of processor, no more."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return f"{os.cpu_count()} cores, {model}"


if __name__ == "__main__":
    main()
