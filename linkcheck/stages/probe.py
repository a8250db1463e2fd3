"""What is due → probes → verdicts, into the store as they come."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from linkcheck.engines.lanes import Engine, Lane
from linkcheck.errors import NetworkFault
from linkcheck.model import Probe, Target
from linkcheck.reports.progress import Progress
from linkcheck.stages.secrets import Secrets
from linkcheck.store import plan, waiting
from linkcheck.store.observations import Observations, Row

if TYPE_CHECKING:
    from linkcheck.probes.local_files import LocalFiles
    from linkcheck.store.lives import Remembering
    from linkcheck.targets import Rules


class Probing(Struct, frozen=True):
    """How to ask."""

    engine: Callable[[], Engine] | None
    """Built when something is due; None: offline."""
    local_files: "Callable[[], LocalFiles]"
    rules: "Callable[[], Rules]"
    fresh_since: datetime
    """An `ok` not older than this is used again."""
    due_by: int | None = None
    """Seconds since 1970: the due times of the targets decide, not `fresh_since`."""
    budget: int | None = None
    """Ask so many targets at most, the most overdue first."""
    remembering: "Callable[[], Remembering] | None" = None
    """By which rules due times are told; needed for them."""
    is_conditional: bool = True
    """Ask only whether an image changed, when its last good answer is known; a recording has to hold it all."""
    network_is_up: Callable[[], bool] | None = None
    """Asked when nothing answered at all; None: it is not in question (a replay)."""


def draw_up(db: sqlite3.Connection, run_id: int, probing: Probing, *, in_haste: bool = False) -> int:
    """Decide what is due, and return how many targets; `in_haste`: time may run out, so the most overdue come first."""
    is_ordered = in_haste or probing.budget is not None or probing.due_by is not None
    return plan.draw_up(
        db,
        run_id,
        probing.fresh_since.isoformat(),
        due_by=probing.due_by,
        budget=probing.budget,
        in_haste=in_haste,
        remembering=probing.remembering() if is_ordered and probing.remembering is not None else None,
    )


def probe(
    db: sqlite3.Connection,
    run_id: int,
    probing: Probing,
    secrets: Secrets,
    progress: Progress,
    deadline_s: float | None = None,
    unsaved: list[Row] | None = None,
) -> bool:
    """Look at local files, then ask the network for everything that is due; False: it was interrupted.

    `unsaved` holds, at any moment, what was observed and is not in the store yet.
    """
    due = draw_up(db, run_id, probing, in_haste=deadline_s is not None)
    seen = Observations(db, run_id, unsaved)
    for number, target in plan.without_network(db):
        verdict = probing.local_files().look(target)
        seen.add(number, Probe(target, ()), verdict)
    seen.flush()
    if probing.engine is None:
        plan.forget(db)
        return True
    if not due and probing.is_conditional:
        return True
    from linkcheck.verdicts.judge import judge  # only now: it hangs on half of the program

    hosts, rules = plan.lanes(db), probing.rules()
    progress.planned(due, len(hosts))
    # One after the other, so that memory does not grow with the number of hosts.
    known = partial(waiting.known, db) if waiting.is_any(db) else None
    lanes = (Lane(host, number, _targets(db, host, secrets, probing), known) for host, number in hosts)
    later = waiting.Waiting(db, run_id)

    def deliver(number: int, evidence: Probe) -> None:
        evidence = secrets.protect_probe(evidence)
        verdict = judge(evidence, rules)
        seen.add(number, evidence, verdict)
        progress.probed(evidence.target.url, verdict)

    def put_off(number: int, evidence: Probe) -> None:
        later.add(number, secrets.protect_probe(evidence))

    def settle() -> None:
        seen.settle()
        later.settle()

    try:
        was_completed = probing.engine().run(lanes, deliver, deadline_s, settle, put_off)
    finally:
        seen.flush()
        later.settle()
    if probing.network_is_up is not None and seen.only_names_failed() and not probing.network_is_up():
        seen.withdraw()
        raise NetworkFault("our own network is down: no name could be resolved, so nothing is judged; try again later")
    return was_completed


def _targets(
    db: sqlite3.Connection, host: str, secrets: Secrets, probing: Probing
) -> Callable[[], Iterator[tuple[int, Target]]]:
    def targets() -> Iterator[tuple[int, Target]]:
        for number, target in plan.inquiries(db, host, is_conditional=probing.is_conditional):
            yield number, secrets.reveal(target)

    return targets
