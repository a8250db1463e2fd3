"""What a run tells while it works, where there is no terminal → standard error: plain lines, now and then.

Invariant: nothing from a document or the web reaches a log unescaped, and none of it stands at the start of a line.
"""

from collections.abc import Mapping
from time import monotonic
from typing import TextIO

from linkcheck.model import Problem, Verdict
from linkcheck.reports.printable import count, printable
from linkcheck.reports.progress import Progress

_PLAIN_EVERY_S = 10.0
_PLAIN_GROWTH = 0.1
"""After 100 s the pause between two plain lines is a tenth of the time so far: 50 lines for three hours."""


class PlainProgress(Progress):
    """For logs: a line now and then, problems and notices at once, all in the order in which they come.

    A run of seconds says nothing; a long one ever more rarely, so that a night's log can be read. `is_grouped`: the
    log is of GitHub Actions, which folds what stands between two marks (it reads standard error as well).
    """

    def __init__(self, err: TextIO, *, is_verbose: bool = False, is_grouped: bool = False) -> None:
        super().__init__()
        self._err = err
        self._is_verbose = is_verbose
        self._is_grouped = is_grouped
        self._group_is_open = False
        self._documents = self._references = self._due = self._hosts = self._number = 0
        self._began = monotonic()
        self._next = self._began + _PLAIN_EVERY_S

    def stop(self) -> None:
        """Close the group."""
        if self._group_is_open:
            self._write("::endgroup::")
            self._group_is_open = False

    def stage(self, name: str) -> None:
        """Told when everything is told."""
        super().stage(name)
        if self._is_verbose:
            self._progress(name)

    def collected(self, documents: int, references: int) -> None:
        """Now and then a line."""
        self._documents, self._references = documents, references
        if self._is_time():
            self._progress(f"{count(documents, 'document')} read, {count(references, 'reference')} found")

    def problem(self, problem: Problem) -> None:
        """A line."""
        self._line(f"not read: {problem.path}: {problem.message}")

    def planned(self, targets: int, hosts: int) -> None:
        """Remembered for the lines to come."""
        self._due, self._hosts = targets, hosts
        if self._is_verbose:
            self._progress(f"{count(targets, 'target')} due at {count(hosts, 'host')}")

    def probed(self, url: str, verdict: Verdict) -> None:
        """Counted; now and then a line."""
        self._number += 1
        if self._is_verbose:
            self._progress(verdict_line(url, verdict))
        if self._is_time():
            rate = self._number / max(monotonic() - self._began, 0.001)
            share = f"{self._number:,} of {count(self._due, 'target')} at {count(self._hosts, 'host')} asked"
            self._progress(f"{share}, {rate:,.0f} a second")

    def notice(self, message: str) -> None:
        """A line."""
        self._line(message)

    def _is_time(self) -> bool:
        now = monotonic()
        if now < self._next:
            return False
        self._next = now + max(_PLAIN_EVERY_S, (now - self._began) * _PLAIN_GROWTH)
        return True

    def _progress(self, text: str) -> None:
        if self._is_grouped and not self._group_is_open:
            self._write("::group::linkcheck: progress")
            self._group_is_open = True
        self._line(text)

    def _line(self, text: str) -> None:
        self._write(f"linkcheck: {printable(text)}")

    def _write(self, line: str) -> None:
        self._err.write(line + "\n")
        self._err.flush()


def verdict_line(url: str, verdict: Verdict) -> str:
    """`asked: broken not-found 404 0.31s https://…`: words, status or `-`, seconds, URL; always in this order."""
    status = verdict.status if verdict.status is not None else "-"
    return f"asked: {verdict.outcome} {verdict.reason} {status} {verdict.elapsed_s:.2f}s {url}"


def progress(
    err: TextIO | None, environment: Mapping[str, str], *, is_quiet: bool = False, is_verbose: bool = False
) -> Progress:
    """The one that suits where it goes: silence, a live bar on a terminal, plain lines elsewhere.

    A terminal is what is one: FORCE_COLOR asks a log for colours, not for a bar that moves.
    """
    if is_quiet or err is None:  # None: it is closed
        return Progress()
    if err.isatty():
        from linkcheck.reports.live import LiveProgress

        return LiveProgress(err, is_verbose=is_verbose)
    return PlainProgress(err, is_verbose=is_verbose, is_grouped=environment.get("GITHUB_ACTIONS") == "true")
