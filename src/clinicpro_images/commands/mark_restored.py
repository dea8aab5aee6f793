"""`clinicpro mark-restored`: mark the database as restored, so that the next start looks before it files anything."""

from datetime import datetime

from clinicpro_images.app.startup import open_existing
from clinicpro_images.commands.console import open_console
from clinicpro_images.restore.installation import mark_restored
from clinicpro_images.restore.lock import InUse
from clinicpro_images.settings.settings import Settings


async def run(settings: Settings, backup_at: datetime | None) -> int:
    """Mark it; returns 1, and changes nothing, while a gateway uses the database."""
    at = None if backup_at is None else backup_at.timestamp()
    try:
        async with open_existing(settings.database_url, alone=True) as database:
            await database.write(mark_restored, at)
    except InUse:
        open_console(stderr=True, soft_wrap=True).print(
            "clinicpro: A gateway uses this database. Stop every gateway, then try again."
        )
        return 1
    open_console(soft_wrap=True).print(
        "Marked. The next start looks in the record for everything that is unfinished before it files or offers it."
    )
    return 0
