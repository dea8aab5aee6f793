"""The lock that each gateway shares while it uses a database, so that a restore can prove that none does."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, make_url, text

from clinicpro_images.db import advisory_locks
from clinicpro_images.settings.errors import SettingsError

LOCK_FILE = "gateway.lock"
_BEING_RESTORED = "names a database that is being restored or moved; start again when that is done."
_NOT_OURS = f"names a database whose {LOCK_FILE}, in the same folder, belongs to another user: make it this one's (chown)."


class InUse(Exception):
    """A gateway uses the database."""


@contextlib.contextmanager
def shared_lock(url: str) -> Iterator[None]:
    """Share the lock of a SQLite file with other gateways; raises SettingsError while it is being restored.

    PostgreSQL's is held by the connection that receives notifications; see `check_not_restoring`.
    """
    file = lock_file(url)
    if file is None:
        yield
        return
    with contextlib.ExitStack() as stack:
        try:
            _lock(stack, file, fcntl.LOCK_SH)
        except OSError as error:
            # Without the lock a restore would take this gateway for stopped.
            if isinstance(error, PermissionError) and os.access(file.parent, os.W_OK):
                raise SettingsError("CLINICPRO_DATABASE_URL", _NOT_OURS) from error
            # If the folder is missing or read-only, opening the database reports it.
        yield


@contextlib.contextmanager
def exclusive_lock(connection: Connection) -> Iterator[None]:
    """Hold the lock alone; raises InUse."""
    file = lock_file(str(connection.engine.url.set(drivername=connection.dialect.name)))
    with contextlib.ExitStack() as stack:
        if file is not None:
            try:
                _lock(stack, file, fcntl.LOCK_EX)
            except SettingsError as error:
                raise InUse from error
        elif not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": advisory_locks.IN_USE}):
            raise InUse
        try:
            yield
        finally:
            if file is None:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": advisory_locks.IN_USE})


def check_not_restoring(connection: Connection) -> None:
    """Raise SettingsError if a PostgreSQL database is being restored."""
    if connection.dialect.name != "postgresql":
        return
    if not connection.scalar(
        text("SELECT pg_try_advisory_lock_shared(:key)"), {"key": advisory_locks.IN_USE}
    ):
        raise SettingsError("CLINICPRO_DATABASE_URL", _BEING_RESTORED)
    connection.execute(text("SELECT pg_advisory_unlock_shared(:key)"), {"key": advisory_locks.IN_USE})


def lock_file(url: str) -> Path | None:
    """Return the file that is locked, beside a SQLite database; None for PostgreSQL."""
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite":
        return None
    return Path(parts.database or "").resolve().parent / LOCK_FILE


def _lock(stack: contextlib.ExitStack, file: Path, how: int) -> None:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    stack.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise SettingsError("CLINICPRO_DATABASE_URL", _BEING_RESTORED) from error
