"""Bring a database to the current schema, once, however many processes start together."""

from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from clinicpro_images.db.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

_ADVISORY_LOCK = 7_262_110_401
_VERSIONS = "clinicpro_images.db.migrations.versions"


def alembic_config(connection: Connection) -> "Config":
    """Return Alembic's configuration for an open connection; nothing is read from an ini file."""
    from alembic.config import Config  # noqa: PLC0415 - as in `migrate`

    config = Config()
    config.set_main_option("script_location", "clinicpro_images.db:migrations")
    config.attributes["connection"] = connection
    return config


async def migrate(database: Database) -> None:
    """Upgrade to the newest revision in one transaction."""
    if await current_revision(database) == newest():
        return
    # Alembic takes 10 MB for as long as the process lives, and only a change of schema needs it.
    from alembic import command  # noqa: PLC0415

    async with database.write() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))


async def current_revision(database: Database) -> str | None:
    """Return the revision that the database has, or None if it has no tables yet."""
    async with database.read() as connection:
        return await connection.run_sync(_revision)


def newest() -> str:
    """Return the newest revision there is: its number is the beginning of its file's name."""
    names = (entry.name for entry in resources.files(_VERSIONS).iterdir())
    return max(name[:4] for name in names if name[:4].isdigit())


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found
