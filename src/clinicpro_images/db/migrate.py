"""Upgrade a database to the current schema, once, however many processes start together."""

from importlib import resources

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork

_ADVISORY_LOCK = 7_262_110_401
_VERSIONS = "clinicpro_images.db.migrations.versions"


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration for an open connection; nothing is read from an ini file."""
    config = Config()
    config.set_main_option("script_location", "clinicpro_images.db:migrations")
    config.attributes["connection"] = connection
    return config


async def migrate(database: Database) -> None:
    """Upgrade to the newest revision in one transaction."""
    if await database.read(current_revision) != newest_revision():
        await database.write(_upgrade)


def newest_revision() -> str:
    """Return the newest revision there is: its number is the beginning of its file's name."""
    names = (entry.name for entry in resources.files(_VERSIONS).iterdir())
    return max(name[:4] for name in names if name[:4].isdigit())


def current_revision(connection: Connection) -> str | None:
    """Return the database's revision; None if it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _upgrade(work: UnitOfWork) -> None:
    if work.connection.dialect.name == "postgresql":
        work.connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
    command.upgrade(alembic_config(work.connection), "head")
