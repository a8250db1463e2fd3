"""At most so many requests in one run: targets are begun only as long as those under way can still be finished.

What a target costs is learned from those that are done; until some are, each is expected to take four requests (a HEAD,
a GET, a redirect, a look at a name that cannot exist).
"""

from collections.abc import Iterator
from math import ceil

from linkcheck.probes.schedule import Inquiry

_DOUBTFUL = 8
_COST = 4
"""So many targets, each of so many requests, are believed in before any is done."""


class Budget:
    """Counts what is sent, and admits new targets while there is enough for them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._begun = self._further = self._done = self._spent_on_done = self._sent = 0
        self.denied: set[str] = set()
        """Hosts with a target that was not admitted yet."""

    def admits(self) -> bool:
        """Whether one more target can be begun, and it and those under way finished."""
        if self._begun == self._done:
            return self._sent < self._most
        expected = (self._spent_on_done + _COST * _DOUBTFUL) / (self._done + _DOUBTFUL)
        under_way = self._begun - self._done + 1
        return self._begun + self._further + 1 + ceil(under_way * (expected - 1) - 1e-9) <= self._most

    def begin(self) -> None:
        """A target's first request is on its way."""
        self._begun += 1

    def follow(self) -> None:
        """A target takes a further request."""
        self._further += 1

    def send(self) -> bool:
        """Whether, with this one, all is spent."""
        self._sent += 1
        return self._sent >= self._most

    def finish(self, requests: int) -> list[str]:
        """A target took so many requests; the hosts where another may be begun now."""
        self._done += 1
        self._spent_on_done += requests
        if not self.denied or not self.admits():
            return []
        hosts = list(self.denied)
        self.denied.clear()
        return hosts


class Admitted(Iterator[Inquiry]):
    """A host's inquiries as far as the budget admits them; there may be more later, when it says so."""

    def __init__(self, host: str, inquiries: Iterator[Inquiry], budget: Budget) -> None:
        self._host = host
        self._inquiries = inquiries
        self._budget = budget

    def __next__(self) -> Inquiry:
        if not self._budget.admits():
            self._budget.denied.add(self._host)
            raise StopIteration
        inquiry = next(self._inquiries)
        self._budget.begin()
        return inquiry
