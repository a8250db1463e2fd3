"""Measure this project beside lychee: `python tests/bench/run.py [--long] [CASE ...]`; all cases take some 20 minutes.

Needs Linux, two cores, nginx, and the packages of `tests/requirements.txt`; installs lychee for itself. A run of all
cases writes `docs/performance.md`; a run of some prints only. `--long` adds the cases of 200,000 and 1,000,000 URLs,
which take minutes, and 8 GB of memory for lychee.
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
from cases import CASES, Case
from jobs import Job, forget
from measure import BenchFault, Measured, measure, take_cores
from page import Circumstances, failure_lines, observed_lines, page, table, traffic_table
from results import Pair, Result, Traffic, traffic
from server import serving
from tools import Tools

from linkcheck import __version__

_MOST_FAILURES = 3
_PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def main() -> None:
    """Read the words, measure, print, and write the page when everything was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--runs", type=int, default=5, help="pairs a case, fewer of long ones (default 5)")
    parser.add_argument("--long", action="store_true", help="also the cases that take many minutes")
    words = parser.parse_args()
    unknown = set(words.cases) - set(CASES)
    if unknown or words.runs < 1:
        parser.error(f"unknown: {', '.join(sorted(unknown))}" if unknown else "--runs must be at least 1")
    try:
        usual = [name for name, case in CASES.items() if words.long or not case.by_name_only]
        _bench([name for name in CASES if name in (words.cases or usual)], words.runs, is_whole=not words.cases)
    except BenchFault as fault:
        sys.exit(f"bench: {fault.why}\n{fault.detail}")


def _bench(names: list[str], runs: int, *, is_whole: bool) -> None:
    load = os.getloadavg()[0]
    cores, peer = take_cores(), programs.peer_program()
    results: list[Result] = []
    void: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="linkcheck-bench-") as name, serving(Path(name, "server")) as server:
        tools = Tools(peer, Path(name), server, cores)
        _warm_up(tools)
        for case in names:
            try:
                results.append(_result(case, runs, tools))
            except BenchFault as fault:
                void[case] = fault.why
                print(f"{case} is void: {fault.why}\n{fault.detail}\n")
            else:
                _show(results[-1])
        at = Circumstances(f"{datetime.now(UTC):%Y-%m-%d}", runs, _versions(peer, server.version), _machine(), load)
    print(table(results), traffic_table(results), sep="\n\n")
    if is_whole:
        _PAGE.parent.mkdir(exist_ok=True)
        _PAGE.write_text(page(results, void, at), encoding="utf-8")
    if void:
        sys.exit(1)


def _show(result: Result) -> None:
    other = f"other work on the client's core: at most {result.foreign_share:.0%}"
    print(table([result]), *observed_lines([result]), *failure_lines([result]), other, "", sep="\n", flush=True)


def _warm_up(tools: Tools) -> None:
    """Both once: bytecode is written, programs are in memory."""
    folder = tools.folder / "warm-up"
    folder.mkdir()
    job = CASES["one-small-file"].build(tools, folder)
    for command in (job.ours, job.peer):
        measure(command, folder, folder / "warm-up.out", tools.cores.client)


def _result(name: str, runs: int, tools: Tools) -> Result:
    case, folder = CASES[name], tools.folder / name
    folder.mkdir()
    job = case.build(tools, folder)
    failures: list[str] = []
    pairs = [_good_pair(job, folder, tools, case, failures) for _ in range(min(runs, case.most_pairs))]
    if job.compare is not None:
        job.compare(folder / "ours.out", folder / "peer.out")
    return Result(name, case, job.units, pairs, failures, job.remark)


def _good_pair(job: Job, folder: Path, tools: Tools, case: Case, failures: list[str]) -> Pair:
    """A pair in which both did the work; the others are noted in `failures`, three a case are too many."""
    while True:
        try:
            return _pair(job, folder, tools, case)
        except BenchFault as fault:
            failures.append(fault.why)
            if len(failures) >= _MOST_FAILURES:
                raise


def _pair(job: Job, folder: Path, tools: Tools, case: Case) -> Pair:
    ours, our_traffic = _run(job, "ours", folder, tools, case)
    peer, peer_traffic = _run(job, "lychee", folder, tools, case)
    return Pair(ours, peer, our_traffic, peer_traffic)


def _run(job: Job, side: str, folder: Path, tools: Tools, case: Case) -> tuple[Measured, Traffic]:
    forget(folder)
    job.restore()
    tools.server.forget()
    command, out = (job.ours, "ours.out") if side == "ours" else (job.peer, "peer.out")
    try:
        measured = measure(command, folder, folder / out, tools.cores.client)
        return measured, _checked_traffic(job, side, folder, tools, case)
    except BenchFault as fault:
        raise BenchFault(f"{side}: {fault.why}", fault.detail) from fault


def _checked_traffic(job: Job, side: str, folder: Path, tools: Tools, case: Case) -> Traffic:
    if job.asked is None:
        return Traffic(0, 0, None)
    asked = tools.server.asked()
    missing = job.asked - {(one.host, one.path) for one in asked}
    if missing or (asked and not job.asked):
        raise BenchFault(f"{len(missing)} URLs not asked, {len(asked)} requests", str(min(missing, default="")))
    found = programs.our_outcomes(folder) if side == "ours" else programs.peer_outcomes(folder)
    proved = found["proved"] if side == "ours" else job.proved
    if found["broken"] != job.broken or proved != job.proved or found["uncertain"]:
        raise BenchFault(
            f"{job.broken} broken expected and {found['broken']} found, {found['uncertain']} uncertain, "
            f"{proved} of {job.proved} images proved"
        )
    return traffic(asked, case)


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
