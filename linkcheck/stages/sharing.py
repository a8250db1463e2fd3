"""What a team knows → this store, before anything is asked; what was found → the team, when all is judged."""

import sqlite3
from collections.abc import Sequence

from linkcheck.errors import StoreFault
from linkcheck.reports.printable import count
from linkcheck.reports.progress import Progress
from linkcheck.store import team as teams
from linkcheck.store.baselines import Baseline, Row
from linkcheck.store.lives import Remembering
from linkcheck.store.records import RunRow
from linkcheck.store.team import Team


def catch_up(
    db: sqlite3.Connection, team: Team, remembering: Remembering, paths: Sequence[str], progress: Progress
) -> Baseline | None:
    """Take in what others saw; what the team's last run knew of these paths, when that is later than ours."""
    with teams.connected(team) as server:
        number = teams.pull(db, team, server, remembering)
        known = teams.known(db, team, server, paths)
    if number:
        progress.notice(f"took in {count(number, 'observation')} from the team's store '{team.name}'")
    return known


def take_in(db: sqlite3.Connection, team: Team, remembering: Remembering) -> None:
    """Take in what others saw."""
    with teams.connected(team) as server:
        teams.pull(db, team, server, remembering)


def hand_over(db: sqlite3.Connection, team: Team, run_id: int) -> None:
    """Give the team what was found; raises StoreFault, and then all of it waits here for the next run."""
    try:
        with teams.connected(team) as server:
            teams.push(db, server)
            teams.publish(db, team, server, run_id)
    except StoreFault as fault:
        raise StoreFault(f"{fault}; what was found is kept here and reported, the next run shares it") from fault


def runs(team: Team, number: int) -> list[RunRow]:
    """The last runs of the whole team, the latest last."""
    with teams.connected(team) as server:
        return server.runs(number)


def known(team: Team) -> list[Row] | None:
    """What the team's last whole run did not find fine, whatever paths it read; None when there was none yet."""
    with teams.connected(team) as server:
        return teams.known_rows(team, server)
