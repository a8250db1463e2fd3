"""Settings → the store that a command reads: a file that is there, or a team's, by way of this machine's own."""

from pathlib import Path
from sqlite3 import Connection

from linkcheck.config import assembly
from linkcheck.config.settings import Settings
from linkcheck.store.connection import held, open_existing, open_store


def opened(settings: Settings, store: Path | None) -> Connection:
    """The store with all that is known; raises StoreFault when there is none."""
    team = assembly.team(settings)
    if team is None:
        return open_existing(store)
    from linkcheck.stages import sharing

    with held(store):
        db = open_store(store)
        sharing.take_in(db, team, assembly.remembering(settings))
    return db
