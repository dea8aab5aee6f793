"""Reports a database that a command can't open or upgrade as a wrong setting."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.parsers import is_loopback

_OTHERS = 0o077
_VERIFIED = frozenset({"verify-ca", "verify-full"})

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


@contextmanager
def startup_errors(url: str) -> Iterator[None]:
    """Raise SettingsError, without the password, if connecting or migrating fails, or a newer version has migrated it."""
    try:
        yield
    except (DBAPIError, OSError, sqlite3.Error) as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        password = make_url(url).password
        if password:
            reason = reason.replace(str(password), "…")
        raise SettingsError(
            "CLINICPRO_DATABASE_URL", f"names a database that can't be opened or upgraded: {reason}"
        ) from error
