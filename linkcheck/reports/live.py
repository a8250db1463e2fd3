"""What a run tells while it works on a terminal → one live bar on standard error, and lines above it."""

from collections import Counter
from time import monotonic
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from linkcheck.model import Outcome, Problem, Verdict
from linkcheck.reports.plain import verdict_line
from linkcheck.reports.printable import printable
from linkcheck.reports.progress import Progress


class LiveProgress(Progress):
    """For a terminal: one bar with rate and time left, redrawn at most ten times a second."""

    def __init__(self, err: TextIO, *, is_verbose: bool = False) -> None:
        super().__init__()
        self._is_verbose = is_verbose
        self._console = Console(file=err, highlight=False, emoji=False)
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            refresh_per_second=8,
        )
        self._task = self._bar.add_task("reading", total=None, rate="")
        self._seen: Counter[Outcome] = Counter()
        self._began = monotonic()

    def start(self) -> None:
        """Show the bar."""
        self._bar.start()

    def stop(self) -> None:
        """Take the bar away."""
        self._bar.stop()

    def collected(self, documents: int, references: int) -> None:
        """Shown while documents are read."""
        self._bar.update(self._task, description=f"reading: {documents:,} documents, {references:,} references")

    def problem(self, problem: Problem) -> None:
        """Printed above the bar."""
        self._console.print(Text(f"not read: {printable(problem.path)}: {printable(problem.message)}", style="yellow"))

    def planned(self, targets: int, hosts: int) -> None:
        """The bar gets its length."""
        self._began = monotonic()
        self._bar.update(self._task, description=f"asking {hosts:,} hosts", total=targets, completed=0)

    def probed(self, url: str, verdict: Verdict) -> None:
        """One step further."""
        if self._is_verbose:
            self._console.print(Text(printable(verdict_line(url, verdict)), style="dim"), soft_wrap=True)
        self._seen[verdict.outcome] += 1
        rate = sum(self._seen.values()) / max(monotonic() - self._began, 0.001)
        broken = self._seen[Outcome.BROKEN]
        self._bar.update(self._task, advance=1, rate=f"{rate:,.0f}/s · {broken:,} broken")

    def notice(self, message: str) -> None:
        """Printed above the bar."""
        self._console.print(Text(printable(message), style="yellow"))
