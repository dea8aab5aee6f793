"""Reports a database that a command can't open or upgrade as a wrong setting."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import structlog
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.migrate import current_revision, migrate
from clinicpro_images.restore.lock import exclusive_lock
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.parsers import is_loopback

_OTHERS = 0o077
_VERIFIED = frozenset({"verify-ca", "verify-full"})
# What SQLite says of a folder that is missing, or that somebody else owns.
_NO_ACCESS = ("unable to open database file", "readonly database")
_NEVER_USED = "names a database that doesn't exist yet, or is empty: check it, and CLINICPRO_DATA_DIR. Nothing was changed."

log = structlog.get_logger()


def warn_if_others_can_read(data_dir: Path, database_url: str) -> None:
    """Log which of the data others on this machine can read: it was there before, so its mode is the operator's choice."""
    url = make_url(database_url)
    named = [data_dir]
    if url.get_backend_name() == "sqlite" and url.database:
        named += [Path(url.database + suffix) for suffix in ("", "-wal", "-shm")]
    for path in named:
        try:
            open_to_others = path.stat().st_mode & _OTHERS
        except OSError:
            continue
        if open_to_others:
            log.warning(
                "data.open_to_others",
                message="Other accounts of this machine can open this. Close it: chmod go-rwx.",
                what=path.name,
            )


def warn_without_tls(database_url: str) -> None:
    """Log that what is sent to a database on another machine isn't encrypted and its certificate isn't checked."""
    url = make_url(database_url)
    host = url.host or str(url.query.get("host", ""))
    if url.get_backend_name() == "sqlite" or not host or host.startswith("/") or is_loopback(host):
        return
    if url.query.get("sslmode") not in _VERIFIED:
        log.warning(
            "database.without_tls",
            message="The database is on another machine, and its certificate isn't checked: add ?sslmode=verify-full.",
        )


@asynccontextmanager
async def open_existing(url: str, *, alone: bool = False) -> AsyncIterator[Database]:
    """Open and upgrade a database that has been used; raises SettingsError if it hasn't.

    `alone`: hold it against gateways; raises InUse, and changes nothing, while there is one.
    """
    with startup_errors(url):
        _check_file(url)
    async with contextlib.AsyncExitStack() as stack:
        database = open_database(url)
        stack.push_async_callback(database.close)
        with startup_errors(url):
            if await database.read(current_revision) is None:
                raise SettingsError("CLINICPRO_DATABASE_URL", _NEVER_USED)
            if alone:
                hold_alone(stack, database)
            await migrate(database)
        yield database


def _check_file(url: str) -> None:
    """Raise SettingsError if a SQLite file is missing: opening it would create another installation, an empty one."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite" and not Path(parts.database or "").exists():
        raise SettingsError("CLINICPRO_DATABASE_URL", _NEVER_USED)


def hold_alone(stack: contextlib.AsyncExitStack, database: Database) -> None:
    """Hold the lock that gateways share until `stack` is closed; raises InUse."""
    stack.enter_context(exclusive_lock(stack.enter_context(database.backend.reading.connect())))


@contextmanager
def startup_errors(url: str, variable: str = "CLINICPRO_DATABASE_URL") -> Iterator[None]:
    """Raise SettingsError, without the password, if connecting or migrating fails, or a newer version has migrated it."""
    try:
        yield
    except (DBAPIError, OSError, sqlite3.Error) as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        password = make_url(url).password
        if password:
            reason = reason.replace(str(password), "…")
        if any(each in reason for each in _NO_ACCESS):
            reason += "; its folder must exist, and this user must be able to write there"
        raise SettingsError(
            variable, f"names a database that can't be opened or upgraded: {reason.rstrip('.')}."
        ) from error
