"""Findings that need no thought → rows, by SQLite alone: no object of ours is made for them.

A reference with one target that is fine or was not asked, and an image that its proxy and its origin both give, are
most of an archive, and their finding is their target's verdict. Every exception (a problem, a policy, a fragment, an
article that the archive holds) is left to the judges; a test holds both ways to the same findings.
"""

import sqlite3

from linkcheck.store import keepers

_OUTCOME = "iif(seen.id IS NULL, 'skipped', coalesce(seen_again.outcome, seen.outcome))"
_CHANGE = f"""
CASE WHEN before.outcome IS NULL THEN 'new'
 WHEN before.outcome IN ('broken', 'at-risk', 'uncertain') AND {_OUTCOME} <> 'skipped' THEN 'absent'
 ELSE 'unchanged' END
"""
"""`stages.judge.change` for what is no problem now; without a run before, all is `new`."""
_SEEN = """
LEFT JOIN observation AS {seen} ON {seen}.id = {target}.last_observation
 AND ({seen}.run_id = ?1 OR NOT EXISTS (SELECT 1 FROM due WHERE due.target_id = {target}.id))
LEFT JOIN revision AS {seen}_again ON {seen}_again.run_id = ?1 AND {seen}_again.observation_id = {seen}.id
"""
_BEFORE = """
LEFT JOIN finding AS before INDEXED BY finding_by_identity
 ON before.run_id = ?2 AND before.identity = reference.identity
"""
_NO_EXCEPTION = """
reference.ignored_by IS NULL AND reference.url IS NOT NULL
AND (reference.key IS NULL OR NOT EXISTS (SELECT 1 FROM temp.held WHERE held.key = reference.key))
"""
_OF_ONE_TARGET = f"""
INSERT INTO finding
SELECT ?1, unjudged.position, reference.identity, reference.id, {_OUTCOME},
 iif(seen.id IS NULL, ?4, coalesce(seen_again.reason, seen.reason)),
 iif(seen.id IS NULL, ?5, coalesce(seen_again.detail, seen.detail)),
 {{change}}, 0, NULL, seen.checked_at, '[' || coalesce(seen.id, 'null') || ']'
FROM temp.unjudged CROSS JOIN reference ON reference.id = unjudged.reference_id
CROSS JOIN reference_target AS link ON link.reference_id = reference.id AND link.position = 0
CROSS JOIN target ON target.id = link.target_id
{_SEEN.format(seen="seen", target="target")} {{before}}
WHERE {_NO_EXCEPTION}
AND coalesce(link.fragment, '') = ''
AND NOT EXISTS (SELECT 1 FROM reference_target AS more WHERE more.reference_id = reference.id AND more.position = 1)
AND ({_OUTCOME} IN ('ok', 'skipped') OR {_OUTCOME} = 'redirected' AND NOT ?3)
"""
_PROXIED = "coalesce(seen_again.outcome, seen.outcome)"
_OF_TWO_WITNESSES = f"""
INSERT INTO finding
SELECT ?1, unjudged.position, reference.identity, reference.id, {_PROXIED},
 coalesce(seen_again.reason, seen.reason), coalesce(seen_again.detail, seen.detail),
 {{change}}, 0, NULL, coalesce(max(seen.checked_at, origin.checked_at), seen.checked_at,
 origin.checked_at), '[' || seen.id || ',' || origin.id || ']'
FROM temp.unjudged CROSS JOIN reference_target AS link
 ON link.reference_id = unjudged.reference_id AND link.position = 0 AND link.role = 'proxied'
CROSS JOIN reference_target AS second
 ON second.reference_id = unjudged.reference_id AND second.position = 1 AND second.role = 'origin'
CROSS JOIN reference ON reference.id = unjudged.reference_id
CROSS JOIN target ON target.id = link.target_id
CROSS JOIN target AS other ON other.id = second.target_id
{_SEEN.format(seen="seen", target="target")} {_SEEN.format(seen="origin", target="other")} {{before}}
WHERE {_NO_EXCEPTION}
AND coalesce(link.fragment, '') = ''
AND NOT EXISTS (SELECT 1 FROM reference_target AS more WHERE more.reference_id = reference.id AND more.position = 2)
AND ({_PROXIED} = 'ok' OR {_PROXIED} = 'redirected' AND NOT ?3)
AND coalesce(origin_again.outcome, origin.outcome) IN ('ok', 'redirected', 'at-risk', 'skipped')
"""


def take(
    db: sqlite3.Connection, run_id: int, baseline: int | None, unasked: tuple[str, str], *, has_ignores: bool
) -> None:
    """Write the findings of all drawn-up references that are no exception.

    `unasked`: reason and detail for what was not asked. With `has_ignores` nothing that a rule could ignore is taken.
    """
    kept = keepers.keeper(db, baseline) if baseline is not None else None
    # a join with the findings of no run would take a sixth of the time
    change, before = (_CHANGE, _BEFORE) if kept is not None else ("'new'", "")
    db.execute(_OF_ONE_TARGET.format(change=change, before=before), (run_id, kept, has_ignores, *unasked))
    db.execute(_OF_TWO_WITNESSES.format(change=change, before=before), (run_id, kept, has_ignores))
