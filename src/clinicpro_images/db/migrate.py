"""Bring a database to the current schema, once, however many processes start together."""

from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.engine import Connection

from clinicpro_images.db.engine import Database

_ADVISORY_LOCK = 7_262_110_401


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration for an open connection; nothing is read from an ini file."""
    config = Config()
    config.set_main_option("script_location", "clinicpro_images.db:migrations")
    config.attributes["connection"] = connection
    return config


async def migrate(database: Database) -> None:
    """Upgrade to the newest revision in one transaction."""
    async with database.write() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))
