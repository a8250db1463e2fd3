"""What a run tells while it works → standard error: a live bar on a terminal, a plain line now and then elsewhere."""

from collections import Counter
from time import monotonic
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from linkcheck.model import Outcome, Problem, Verdict
from linkcheck.reports.printable import printable
from linkcheck.reports.progress import Progress

_PLAIN_EVERY_S = 10.0


class LiveProgress(Progress):
    """For a terminal: one bar with rate and time left, redrawn at most ten times a second."""

    def __init__(self, err: TextIO) -> None:
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
        self._seen[verdict.outcome] += 1
        rate = sum(self._seen.values()) / max(monotonic() - self._began, 0.001)
        broken = self._seen[Outcome.BROKEN]
        self._bar.update(self._task, advance=1, rate=f"{rate:,.0f}/s · {broken:,} broken")

    def notice(self, message: str) -> None:
        """Printed above the bar."""
        self._console.print(Text(printable(message), style="yellow"))


class PlainProgress(Progress):
    """For logs: a line every ten seconds, problems and notices at once."""

    def __init__(self, err: TextIO) -> None:
        self._err = err
        self._due = self._number = 0
        self._next = monotonic() + _PLAIN_EVERY_S

    def start(self) -> None:
        """Nothing to show yet."""

    def stop(self) -> None:
        """Nothing to take away."""

    def problem(self, problem: Problem) -> None:
        """A line."""
        self._line(f"not read: {problem.path}: {problem.message}")

    def planned(self, targets: int, hosts: int) -> None:
        """Remembered for the lines to come."""
        self._due = targets

    def probed(self, url: str, verdict: Verdict) -> None:
        """Counted."""
        self._number += 1
        now = monotonic()
        if now >= self._next:
            self._next = now + _PLAIN_EVERY_S
            self._line(f"{self._number:,} of {self._due:,} targets asked")

    def notice(self, message: str) -> None:
        """A line."""
        self._line(message)

    def _line(self, text: str) -> None:
        self._err.write(f"linkcheck: {printable(text)}\n")
        self._err.flush()


def live_progress(err: TextIO) -> LiveProgress | PlainProgress:
    """The one that suits where it goes."""
    return LiveProgress(err) if Console(file=err).is_terminal else PlainProgress(err)
