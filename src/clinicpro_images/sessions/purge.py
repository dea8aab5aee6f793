"""Purges sessions a day after they were last used, with their names, details, commits, jobs, hand-offs and events."""

from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, or_, select, update

from clinicpro_images.db.tables import (
    audit,
    commit_images,
    commits,
    events,
    images,
    job_transitions,
    jobs,
    metadata,
    record_sight,
    sessions,
    used_tokens,
)

KEEP_SECONDS = 24 * 3600.0
# Longer than any token is valid: on one day a year, a sign-in is kept for 25 hours.
KEEP_USED_SECONDS = 26 * 3600.0
_BATCH = 500
_IN_PROGRESS = ("queued", "sending")


def purge_old_sessions(connection: Connection, now: float) -> int:
    """Delete sessions unused for a day, with all their rows, unless a job is in progress; return how many.

    Only the audit trail still shows that they existed. An image that is still stored here keeps its session.
    """
    connection.execute(delete(used_tokens).where(used_tokens.c.used_at < now - KEEP_USED_SECONDS))
    connection.execute(delete(events).where(events.c.at < now - KEEP_SECONDS))
    # A control names a patient; where nothing was filed for a day, sight has to be proven again.
    old_control = record_sight.c.control.is_not(None) & (record_sight.c.checked_at < now - KEEP_SECONDS)
    connection.execute(update(record_sight).where(old_control).values(control=None))
    old = connection.scalars(_old(now)).all()
    if not old:
        return 0
    image_ids = select(images.c.id).where(images.c.session_id.in_(old))
    commit_ids = select(commits.c.id).where(commits.c.session_id.in_(old))
    of_jobs = or_(
        jobs.c.session_id.in_(old), jobs.c.image_id.in_(image_ids), jobs.c.commit_id.in_(commit_ids)
    )
    job_ids = select(jobs.c.id).where(of_jobs)
    connection.execute(delete(job_transitions).where(job_transitions.c.job_id.in_(job_ids)))
    connection.execute(delete(jobs).where(of_jobs))
    of_commits = or_(commit_images.c.commit_id.in_(commit_ids), commit_images.c.image_id.in_(image_ids))
    connection.execute(delete(commit_images).where(of_commits))
    # Every other table with a session's rows, including tables added later; referring tables before referred ones.
    for table in reversed(metadata.sorted_tables):
        if "session_id" in table.c and table is not audit:
            connection.execute(delete(table).where(table.c.session_id.in_(old)))
    connection.execute(delete(sessions).where(sessions.c.id.in_(old)))
    return len(old)


def _old(now: float) -> Select[Any]:
    """Select sessions that ended or were last used too long ago, with no image stored here and no job in progress."""
    last_used = func.coalesce(sessions.c.ended_at, sessions.c.active_at)
    here = exists().where(images.c.session_id == sessions.c.id, images.c.content_key.is_not(None))
    theirs = select(images.c.id).where(images.c.session_id == sessions.c.id)
    in_progress = exists().where(
        or_(jobs.c.session_id == sessions.c.id, jobs.c.image_id.in_(theirs)), jobs.c.state.in_(_IN_PROGRESS)
    )
    return (
        select(sessions.c.id)
        .where(last_used < now - KEEP_SECONDS, ~here, ~in_progress)
        .order_by(sessions.c.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
