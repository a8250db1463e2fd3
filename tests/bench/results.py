"""Measured pairs → medians and ratios; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from cases import Case
from measure import Measured
from server import Asked


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one run did to the server, by its log."""

    requests: int
    connections: int
    observed: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """One run of each tool, one straight after the other."""

    ours: Measured
    peer: Measured
    our_traffic: Traffic
    peer_traffic: Traffic


@dataclass(frozen=True, slots=True)
class Result:
    """A case and its pairs."""

    name: str
    case: Case
    units: int
    pairs: Sequence[Pair]
    failures: Sequence[str]
    """Why pairs did not count and were measured again, the tool named first."""
    remark: str = ""
    """What is to be said of the job, a clause."""

    def ours(self, figure: Callable[[Measured], float]) -> float:
        """The median of a figure of ours."""
        return median(figure(pair.ours) for pair in self.pairs)

    def peer(self, figure: Callable[[Measured], float]) -> float:
        """The median of the same figure of lychee's."""
        return median(figure(pair.peer) for pair in self.pairs)

    def ratio(self, figure: Callable[[Measured], float]) -> float:
        """Ours to lychee's: the median of the pairs' ratios, since a pair shares its minute."""
        return median(figure(pair.ours) / max(figure(pair.peer), 1e-6) for pair in self.pairs)

    @property
    def throughput(self) -> float:
        """How many times as fast as lychee we are; below 1 we are slower."""
        return 1 / self.ratio(wall_s)

    @property
    def foreign_share(self) -> float:
        """How much of the client's core other work took, in the worst run of either tool."""
        return max(measured.foreign_share for pair in self.pairs for measured in (pair.ours, pair.peer))


def traffic(asked: Sequence[Asked], case: Case) -> Traffic:
    """The server's log of one run → its size."""
    observed = case.observe(list(asked)) if case.observe else None
    return Traffic(len(asked), len({one.connection for one in asked}), observed)


def cpu_s(measured: Measured) -> float:
    """CPU, user and system."""
    return measured.cpu_s


def wall_s(measured: Measured) -> float:
    """From start to end."""
    return measured.wall_s


def peak_mb(measured: Measured) -> float:
    """Peak resident memory."""
    return measured.peak_mb
