"""What a run tells whoever watches it; the base class listens, measures and says nothing."""

from time import monotonic

from linkcheck.model import Problem, Verdict


class Progress:
    """Override what should be shown. Called often: be quick."""

    def __init__(self) -> None:
        self._stages: list[tuple[str, float]] = []

    def start(self) -> None:
        """The run begins."""

    def stop(self) -> None:
        """The run is over; whatever moved stands still."""

    def stage(self, name: str) -> None:
        """What begins now: `reading`, `asking`, `judging`, `reporting`."""
        self._stages.append((name, monotonic()))

    def timings(self) -> list[tuple[str, float]]:
        """Each stage so far with its seconds, in order."""
        ends = [*(began for _, began in self._stages[1:]), monotonic()]
        return [(name, end - began) for (name, began), end in zip(self._stages, ends, strict=True)]

    def collected(self, documents: int, references: int) -> None:
        """So many documents and references so far."""

    def problem(self, problem: Problem) -> None:
        """Something about an input that is no finding."""

    def planned(self, targets: int, hosts: int) -> None:
        """So many targets are due on so many hosts."""

    def probed(self, url: str, verdict: Verdict) -> None:
        """One target was probed; the verdict is provisional."""

    def notice(self, message: str) -> None:
        """Something the user should know, in a sentence."""
