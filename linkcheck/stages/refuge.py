"""A store that was lost while a run was under way → another place to end it; what was answered is not asked again."""

from sqlite3 import Connection

from linkcheck.errors import StoreFault
from linkcheck.stages import resume
from linkcheck.stages.plan import Course, Plan
from linkcheck.store.connection import open_store, private_copy
from linkcheck.store.observations import Observations


def copy(plan: Plan, course: Course) -> Connection:
    """A private copy of the plan's store with the run as far as it has come; raises StoreFault if it is unreadable."""
    if plan.store is None:
        raise StoreFault("there is no store to copy")
    db = private_copy(plan.store, course.db)
    if course.run is not None:
        Observations(db, course.run.id, course.unsaved).flush()
        resume.reopen(db, course.run.id, plan.remembering())
    return db


def nothing(course: Course) -> Connection:
    """An empty store, and the run before its beginning."""
    course.run = None
    course.unsaved.clear()
    return open_store(None)
