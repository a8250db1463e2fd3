"""Results → the table and the page `docs/performance.md`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from cases import CASES
from results import Pair, Result, Traffic, cpu_s, peak_mb, wall_s

_HEAD = """| case | CPU ms a unit, ours | lychee | CPU ratio | wall s, ours | lychee | throughput ratio \
| peak MB, ours | lychee | memory ratio |
|---|---|---|---|---|---|---|---|---|---|"""
_TRAFFIC_HEAD = """| case | requests, ours | lychee | connections, ours | lychee |
|---|---|---|---|---|"""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When, with what, on what."""

    date: str
    runs: int
    versions: str
    machine: str
    load: float
    """The machine's load average when the bench began."""


def row(result: Result) -> str:
    """One line of the main table."""
    to_unit = 1000 / result.units
    goals = result.case.goals
    figures = [
        f"{result.ours(cpu_s) * to_unit:.3g}" + _goal(result.ours(cpu_s), goals.cpu_s, "s a run"),
        f"{result.peer(cpu_s) * to_unit:.3g}",
        f"**{result.ratio(cpu_s):.2f}**" + _goal(result.ratio(cpu_s), goals.cpu),
        f"{result.ours(wall_s):.2f}" + _goal(result.ours(wall_s), goals.wall_s),
        f"{result.peer(wall_s):.2f}",
        f"**{result.throughput:.2f}**" + _goal(result.throughput, goals.throughput, is_least=True),
        f"{result.ours(peak_mb):.0f}" + _goal(result.ours(peak_mb), goals.peak_mb),
        f"{result.peer(peak_mb):.0f}",
        f"**{result.ratio(peak_mb):.2f}**" + _goal(result.ratio(peak_mb), goals.memory),
    ]
    remark = f"; {result.remark}" if result.remark else ""
    return f"| {result.case.title} ({result.case.unit}{remark}) | {' | '.join(figures)} |"


def _goal(figure: float, goal: float | None, unit: str = "", *, is_least: bool = False) -> str:
    """The goal beside its figure, and whether it is met; nothing where there is none."""
    if goal is None:
        return ""
    is_met = figure >= goal if is_least else figure <= goal
    return f" ({'≥' if is_least else '≤'} {f'{goal:.3g} {unit}'.strip()} {'met' if is_met else '**missed**'})"


def goal_lines(results: Sequence[Result]) -> list[str]:
    """How many goals are met, and which are not."""
    met, missed = 0, []
    for result in results:
        cells = row(result)
        met += cells.count(" met)")
        missed += [result.name] * cells.count("**missed**)")
    names = ", ".join(f"`{name}`" for name in dict.fromkeys(missed))
    return [f"Goals met: {met} of {met + len(missed)}{f'; missed in {names}' if missed else ''}."]


def table(results: Sequence[Result]) -> str:
    """The main table."""
    return "\n".join([_HEAD, *map(row, results)])


def traffic_table(results: Sequence[Result]) -> str:
    """What the server saw, medians."""
    asking = [result for result in results if result.pairs[0].peer_traffic.requests]
    return "\n".join([_TRAFFIC_HEAD, *map(_traffic_row, asking)])


def _traffic_row(result: Result) -> str:
    def middle(figure: Callable[[Pair], float]) -> str:
        return f"{median(map(figure, result.pairs)):.0f}"

    figures = (
        middle(lambda pair: pair.our_traffic.requests),
        middle(lambda pair: pair.peer_traffic.requests),
        middle(lambda pair: pair.our_traffic.connections),
        middle(lambda pair: pair.peer_traffic.connections),
    )
    return f"| {result.case.title} | {' | '.join(figures)} |"


def observed_lines(results: Sequence[Result]) -> list[str]:
    """The further figures of cases that have one."""
    return [
        f"- {result.case.title}: {result.case.observed}: "
        f"**{_observed(pair.our_traffic for pair in result.pairs)}**, "
        f"lychee {_observed(pair.peer_traffic for pair in result.pairs)}."
        for result in results
        if result.case.observed
    ]


def _observed(traffic: Iterable[Traffic]) -> str:
    """Least to greatest: such figures have two camps, and a median would lie between them."""
    figures = sorted(one.observed or 0.0 for one in traffic)
    least, greatest = f"{figures[0]:.2f}", f"{figures[-1]:.2f}"
    return least if least == greatest else f"{least} to {greatest}"


def failure_lines(results: Sequence[Result]) -> list[str]:
    """The pairs that were measured again."""
    return [
        f"- {result.case.title}: a pair was measured again: {why}." for result in results for why in result.failures
    ]


def behind_lines(results: Sequence[Result]) -> list[str]:
    """Every figure in which lychee is ahead by more than the noise of a twentieth."""
    lines = []
    for result in results:
        worse = [
            f"{ratio:.2f} times the {word}"
            for word, ratio in (("CPU", result.ratio(cpu_s)), ("memory", result.ratio(peak_mb)))
            if ratio > 1.05
        ]
        worse += [f"{result.throughput:.2f} times as fast"] * (result.throughput < 0.95)
        if worse:
            why = f" {result.case.why}" if result.case.why else ""
            lines.append(f"- {result.case.title}: {', '.join(worse)}.{why}")
    return lines or ["- nowhere in this run."]


def page(results: Sequence[Result], void: Mapping[str, str], at: Circumstances) -> str:
    """The whole page; `void`: cases in which a tool did not do its work, and why.

    No figure of such a case would be honest.
    """
    foreign = max(result.foreign_share for result in results)
    pairs = {result.name: len(result.pairs) for result in results if len(result.pairs) != at.runs}
    fewer = ", but " + ", ".join(f"{number} of `{name}`" for name, number in pairs.items()) if pairs else ""
    return "\n".join(
        [
            "# Performance, beside lychee",
            "",
            "Written by `python tests/bench/run.py`, which measures both tools in the same run. Do not edit by hand.",
            "",
            f"Run on {at.date}; {at.versions}; {at.machine}.",
            f"Medians of {at.runs} pairs (ours, lychee, ours, lychee …){fewer}.",
            "Ratios are ours to lychee's, medians of the pairs' ratios: CPU and memory are better below 1, throughput",
            f"above 1. Load average at the start {at.load:.1f}; other work (and the kernel's network) took at most",
            f"{foreign:.0%} of the client's core in any run. Differences below a fifth are no findings.",
            "",
            "A goal stands beside its figure.",
            "",
            table(results),
            "",
            *goal_lines(results),
            "",
            *observed_lines(results),
            *failure_lines(results),
            "",
            "## Where linkcheck is behind",
            "",
            *behind_lines(results),
            *(f"- {CASES[name].title}: **void**: {why}." for name, why in void.items()),
            "",
            _CONDITIONS,
            "",
            "## What the server saw",
            "",
            traffic_table(results),
            "",
        ]
    )


_CONDITIONS = """## Conditions

- The client is pinned to one core, nginx (one worker, else its defaults) to another. CPU is user and system time of the
  whole process, start-up included; memory is its peak, read with `wait4` by a launcher of a few MB.
- A case counts only if the server's log shows that both tools asked for every URL, and both reports name exactly the
  planted 404s (one URL in a hundred). Extraction counts only if every span of ours is exact and lychee found no URL
  that we have not.
- Hosts are addresses of 127.0.0.0/8, so the documents are the same for both, and no name is looked up. Pages are
  small; images are whole JPEGs, no two alike. TLS is verified by both against certifi and an authority of the bench;
  ten hosts share a certificate.
- Unthrottled: 128 requests under way, no pause, no retries, for both. The whole runs have each tool's defaults instead
  (64 requests under way for us, 128 for lychee; retries), but no limit and no pause for a host.
- The hosts that answer after 100 ms are a server of the bench in Python, on the server's core; its bound is the time
  that 4,000 answers take in rounds of 256.
- Paced: 20 requests a second to a host, with the other limits at each tool's default. With a document a host lychee's
  window of requests fills up with those that wait for one host. It mixes the links of one document, which hides that;
  how much a real archive shows of it lies between the two.
- No retries also means that lychee over HTTP/2 now and then reports images as failed: when nginx ends a connection
  after its 1,000 requests, or by a protocol error for all that is under way. A pair in which a tool did not do its
  work is measured again, and told above.
- No two pages are alike: the same page from one host for many addresses would be read once by us.
- We do more in every run, and it is counted: a store on disk with the evidence of every answer, page facts, a finding
  for every reference. lychee writes a report of failures; with `--cache` it keeps a file of statuses. It proves no
  image: `complete` reads and proves the whole file, `header` its first 4 KB.
- Over HTTP/1.1 lychee drops image bodies and opens connections anew; over HTTP/2 it multiplexes and resets streams. An
  image figure of one protocol says nothing without its pair."""
