"""Upgrades a database to the current schema; only one of several starting processes does so."""

from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from clinicpro_images.db import advisory_locks
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.settings.errors import SettingsError

# Alembic takes 7 MB of memory, so it is imported only if there is something to upgrade.
if TYPE_CHECKING:
    from alembic.config import Config

_VERSIONS = "clinicpro_images.db.migrations.versions"


def alembic_config(connection: Connection) -> "Config":
    """Return Alembic's configuration for an open connection, without an ini file."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", "clinicpro_images.db:migrations")
    config.attributes["connection"] = connection
    return config


async def migrate(database: Database) -> None:
    """Upgrade to the newest revision, in one transaction; raises SettingsError if a newer version has upgraded it."""
    before, newest = await database.read(current_revision), newest_revision()
    if before is not None and before > newest:
        raise SettingsError(
            "CLINICPRO_DATABASE_URL",
            f"names a database of a newer version (revision {before}, and this version only knows {newest}): "
            "install the version that upgraded it, or a newer one",
        )
    if before != newest:
        await database.write(_upgrade)
    database.schema.expect(newest)


def newest_revision() -> str:
    """Return the newest revision, which begins its file's name."""
    names = (entry.name for entry in resources.files(_VERSIONS).iterdir())
    return max(name[:4] for name in names if name[:4].isdigit())


def current_revision(connection: Connection) -> str | None:
    """Return the database's revision; None if it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def is_unused(connection: Connection) -> bool:
    """Whether nothing was ever stored in this database: every session leaves an audit entry."""
    return connection.execute(text("SELECT 1 FROM audit WHERE session_id <> '' LIMIT 1")).first() is None


def _upgrade(work: UnitOfWork) -> None:
    from alembic import command  # noqa: PLC0415 - see above

    if work.connection.dialect.name == "postgresql":
        work.connection.execute(
            text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": advisory_locks.MIGRATING}
        )
    command.upgrade(alembic_config(work.connection), "head")
