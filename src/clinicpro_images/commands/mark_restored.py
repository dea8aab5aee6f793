"""`clinicpro mark-restored`: mark the database as restored, so that the next start looks before it files anything."""

from datetime import datetime

from clinicpro_images.app.startup import startup_errors
from clinicpro_images.commands.console import open_console
from clinicpro_images.db.database import open_database
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.restore.installation import mark_restored
from clinicpro_images.restore.lock import InUse, exclusive_lock
from clinicpro_images.settings.settings import Settings


async def run(settings: Settings, backup_at: datetime | None) -> int:
    """Mark it; returns 1, and changes nothing, while a gateway uses the database."""
    at = None if backup_at is None else backup_at.timestamp()

    def mark(work: UnitOfWork) -> None:
        with exclusive_lock(work.connection):
            mark_restored(work, at)

    database = open_database(settings.database_url)
    try:
        with startup_errors(settings.database_url):
            await migrate(database)
            await database.write(mark)
    except InUse:
        open_console(stderr=True, soft_wrap=True).print(
            "clinicpro: A gateway uses this database. Stop every gateway, then try again."
        )
        return 1
    finally:
        await database.close()
    open_console(soft_wrap=True).print(
        "Marked. The next start looks in the record for everything that is unfinished before it files or offers it."
    )
    return 0
