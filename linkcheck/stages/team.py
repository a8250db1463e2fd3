"""What a team shares, before and after a run; without a team nothing is loaded."""

from sqlite3 import Connection

from msgspec.structs import replace

from linkcheck.errors import StoreFault
from linkcheck.reports.progress import Progress
from linkcheck.stages.plan import Plan, Ran
from linkcheck.store.connection import faults


def caught_up(db: Connection, plan: Plan, progress: Progress) -> Plan:
    """The plan of one who knows what the team knows; before the run begins, since its own looks are told apart."""
    if plan.team is None:
        return plan
    from linkcheck.stages import sharing

    known = sharing.catch_up(db, plan.team, plan.remembering(), plan.collecting.paths, progress)
    return replace(plan, baseline=plan.baseline or known)


def handed_over(ran: Ran, plan: Plan) -> Ran:
    """The run, and why the team did not get it, if it did not."""
    if plan.team is None:
        return ran
    from linkcheck.stages import sharing

    try:
        with faults(plan.store):
            sharing.hand_over(ran.db, plan.team, ran.run_id)
    except StoreFault as fault:
        return replace(ran, fault=fault)
    except KeyboardInterrupt:
        if ran.was_interrupted:
            raise
        return replace(ran, was_interrupted=True)
    return ran
