"""`clinicpro migrate`: bring the database to the schema of this version."""

from clinicpro_images.app.startup import startup_errors
from clinicpro_images.commands.console import open_console
from clinicpro_images.db.database import open_database
from clinicpro_images.db.migrate import current_revision, migrate, newest_revision
from clinicpro_images.settings.settings import Settings


async def run(settings: Settings) -> int:
    """Upgrade the schema; returns the exit code."""
    console = open_console(soft_wrap=True)
    database = open_database(settings.database_url)
    try:
        with startup_errors(settings.database_url):
            before, after = await database.read(current_revision), newest_revision()
            await migrate(database)
    finally:
        await database.close()
    if before == after:
        console.print(f"The database is already up to date: revision {after}.")
    else:
        console.print(f"Upgraded the database from {before or 'an empty one'} to revision {after}.")
    return 0
