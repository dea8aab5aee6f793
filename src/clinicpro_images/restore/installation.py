"""The SQL of the one row in which a database says which database it is, and whether it was restored."""

import uuid
from dataclasses import dataclass, replace

from sqlalchemy import Connection, delete, exists, func, insert, or_, select

from clinicpro_images.db.tables import audit, audit_head, images, installation, jobs
from clinicpro_images.db.unit_of_work import UnitOfWork

MARKED = "restored"
"""The identity of a database that was marked as restored: never that of a real one."""
MOVED = "moved"
"""The identity of a database whose installation was transferred to another one."""
_MAY_BE_MISSING = ("queued", "sending", "failed", "unverified")


@dataclass(frozen=True)
class Installation:
    """A database's own row. Times are in seconds since 1970.

    `generation` changes each time that a restore or copy is noticed; `environment` is the ALEX that it files to.
    `backup_at` is when the backup was made, or, if it is `estimated`, the time of the last audit entry in it.
    """

    identity: str
    generation: str
    environment: str
    previous_generation: str | None = None
    restored_at: float | None = None
    backup_at: float | None = None
    estimated: bool = False


def read_installation(connection: Connection) -> Installation | None:
    """Return the row; None if no gateway of this version has used the database yet."""
    row = connection.execute(select(installation)).one_or_none()
    if row is None:
        return None
    values = row._asdict()
    del values["id"]
    return Installation(**values)


def store_installation(work: UnitOfWork, found: Installation) -> None:
    """Store the row in place of the one that is there."""
    work.connection.execute(delete(installation))
    work.connection.execute(insert(installation).values(id=1, **vars(found)))


def new_installation(identity: str, environment: str) -> Installation:
    """Return the row of a database that is used for the first time."""
    return Installation(identity, uuid.uuid4().hex, environment)


def mark_restored(work: UnitOfWork, backup_at: float | None) -> None:
    """Mark the database as restored from a backup of that time, if it is known: its next start looks first."""
    known = read_installation(work.connection) or new_installation(MARKED, "")
    estimated = backup_at is None
    at = last_entry_at(work.connection) if estimated else backup_at
    store_installation(work, replace(known, identity=MARKED, backup_at=at, estimated=estimated))


def mark_moved(connection: Connection) -> None:
    """Mark a database whose installation goes on elsewhere: if it is started all the same, it looks first."""
    connection.execute(installation.update().values(identity=MOVED))


def set_identity(connection: Connection, identity: str) -> None:
    """Store that the installation goes on in this database, whose identity this is."""
    connection.execute(installation.update().values(identity=identity))


def last_entry_at(connection: Connection) -> float | None:
    """Return the time of the newest audit entry: until then, at least, the database was in use."""
    at: float | None = connection.scalar(select(func.max(audit.c.at)))
    return at


def progress_of(connection: Connection) -> int:
    """Return a number that grows with all that happens here: how long the audit trail is."""
    return int(connection.scalar(select(func.sum(audit_head.c.seq))) or 0)


def stored_images(connection: Connection) -> int:
    """Return how many images should be in the store."""
    query = select(func.count()).select_from(images).where(images.c.content_key.is_not(None))
    return connection.scalar(query) or 0


def has_unfinished(connection: Connection) -> bool:
    """Whether anything is stored that is not in the record yet."""
    unfiled = exists().where(images.c.content_key.is_not(None))
    unfinished = exists().where(jobs.c.state.in_(_MAY_BE_MISSING), jobs.c.image_id.is_(None))
    return bool(connection.scalar(select(or_(unfiled, unfinished))))
