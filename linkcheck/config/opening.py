"""Settings → the store that a command reads: a file that is there, or a team's, by way of this machine's own."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from sqlite3 import Connection

from linkcheck.config import assembly
from linkcheck.config.settings import Settings
from linkcheck.store.connection import held, open_existing, open_store


@contextmanager
def opened(settings: Settings, store: Path | None) -> Iterator[Connection]:
    """The store with all that is known, until it was read; raises StoreFault when there is none."""
    team = assembly.team(settings)
    if team is None:
        with closing(open_existing(store)) as db:
            yield db
        return
    from linkcheck.stages import sharing

    with held(store):
        db = open_store(store)
        sharing.take_in(db, team, assembly.remembering(settings))
    with closing(db):
        yield db
