"""What a database is, apart from what it holds: a copy has the same rows, but another identity."""

import os
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

_POSTGRESQL = text(
    "SELECT oid, 'installation'::regclass::oid, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) "
    "FROM pg_database WHERE datname = current_database()"
)
_SYSTEM = text("SELECT system_identifier FROM pg_control_system()")


def identity_of(connection: Connection) -> str:
    """Return the identity of this connection's database; call it outside a transaction.

    SQLite: the file system and the file's number in it. PostgreSQL: the cluster, the database, the table and the
    timeline, which changes when a standby takes over or a backup is recovered.
    """
    if connection.dialect.name == "sqlite":
        file = Path(connection.engine.url.database or "")
        return f"sqlite {os.statvfs(file).f_fsid} {file.stat().st_ino}"
    database, table, timeline = connection.execute(_POSTGRESQL).one()
    system = ""
    with suppress(DBAPIError):  # a managed server may refuse it
        system = str(connection.scalar(_SYSTEM))
    return f"postgresql {system} {database} {table} {timeline}"
