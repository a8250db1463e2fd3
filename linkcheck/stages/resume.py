"""A run that was killed or interrupted → the same run, ready to go on: its answers stay, all made of them goes.

Documents are read again, which costs little; what was answered is known by the run's own observations, and what waited
for its second look is asked only for that. What was only in memory (retries and redirects under way, rests of hosts,
answers for names that cannot exist) is not restored: a target of which it was part was not delivered; it is asked anew.
"""

import sqlite3

from linkcheck.store import lives, runs, waiting
from linkcheck.store.lives import Remembering


def reopen(db: sqlite3.Connection, run_id: int, remembering: Remembering) -> int:
    """Make the run such as it was before it was judged, if it was; how many targets it has observed."""
    # in this order: killed in between, the run still looks as if it had been judged, and all is done again
    lives.forget(db, run_id, remembering)
    waiting.set_aside(db, run_id)
    return runs.reopen(db, run_id)
