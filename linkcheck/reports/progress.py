"""What a run tells whoever watches it; the base class listens and says nothing."""

from linkcheck.model import Problem, Verdict


class Progress:
    """Override what should be shown. Called often: be quick."""

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
