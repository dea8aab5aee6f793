"""The doctor's line on restores: whether the database is an earlier state, and what is still to be looked for."""

import asyncio
from pathlib import Path

from sqlalchemy import Connection, create_engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from clinicpro_images.db.tables import jobs
from clinicpro_images.doctor.checks import YOU, CheckResult, passed, skipped, warned
from clinicpro_images.restore.identity import identity_of
from clinicpro_images.restore.installation import read_installation
from clinicpro_images.restore.notice import SHOWN_SECONDS, Restored


async def restore_check(url: str, now: float) -> CheckResult:
    """Compare the database with what it says of itself; `now` is seconds since 1970."""
    file = Path(url.removeprefix("sqlite:///"))
    try:
        if url.startswith("sqlite") and not await asyncio.to_thread(file.exists):
            return skipped("restore", "There is no database yet.")
        return await asyncio.to_thread(_check, url, now)
    except (SQLAlchemyError, OSError):
        return skipped("restore", "The database can't be read, or was never used by this version.")


def _check(url: str, now: float) -> CheckResult:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            return _result(connection, now)
    finally:
        engine.dispose()


def _result(connection: Connection, now: float) -> CheckResult:
    found = read_installation(connection)
    if found is None:
        return skipped("restore", "This version's gateway has not been started yet.")
    if found.identity != identity_of(connection):
        return warned(
            "restore",
            "This database is a copy or an earlier state.",
            "The next start looks in the record for everything unfinished. Make sure that no gateway runs on the original.",
            YOU,
        )
    if found.restored_at is None or now > found.restored_at + SHOWN_SECONDS:
        return passed("restore", "The database is the one that was used last.")
    waiting = jobs.c.before_restore.is_not(None) & jobs.c.state.in_(("queued", "unverified"))
    left = connection.scalar(select(func.count()).select_from(jobs).where(waiting)) or 0
    restored = Restored(found.restored_at, found.backup_at, found.estimated)
    what = (
        f"Restored from {restored.origin}; {left} still to be looked for, or to be answered by a clinician."
    )
    if not left:
        return passed("restore", what)
    return warned("restore", what, "Ask the practices to open ClinicPro Images and answer what it asks.", YOU)
