"""PostgreSQL: psycopg's synchronous driver, with one thread per pooled connection."""

import select
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import InvalidatePoolError, OperationalError

from clinicpro_images.db.tables import metadata

R = TypeVar("R")

# Three gateways, each with two more connections for NOTIFY, stay below PostgreSQL's default of 100.
_CONNECTIONS: Final = 24
_CONNECT_SECONDS: Final = 10
_DEADLOCK_DETECTED: Final = "40P01"
# How often a transaction is run again after a deadlock; the server takes a second to notice one.
_DEADLOCKS: Final = 3
# Detects a lost connection within a minute.
_ALIVE: Final = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
# The other tables never delete rows.
_VACUUMED: Final = [
    name
    for name in metadata.tables
    if name not in {"audit", "audit_head", "clock", "data_keys", "key_stretching"}
]


class PostgreSql:
    """A PostgreSQL server. `read` and `write` return futures of a function's result."""

    def __init__(self, url: URL) -> None:
        """Create the connection pool; it connects on first use."""
        self.writing = create_engine(
            url,
            hide_parameters=True,
            pool_size=_CONNECTIONS,
            pool_use_lifo=True,
            connect_args={"connect_timeout": _CONNECT_SECONDS, **_ALIVE},
        )
        # Each statement has its own snapshot anyway (READ COMMITTED), so reads need no BEGIN and COMMIT.
        self.reading = self.writing.execution_options(isolation_level="AUTOCOMMIT")
        self._threads = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="postgresql")
        event.listen(self.writing, "checkout", _check_alive)

    def read(self, function: Callable[[Connection], R]) -> Future[R]:
        """Run it on a connection; each statement sees what is committed when it starts."""
        return self._threads.submit(_run, self.reading.connect, function)

    def write(self, function: Callable[[Connection], R]) -> Future[R]:
        """Run it in a transaction; the future is done once that is committed.

        If the server ended the transaction because of a deadlock, it is run again.
        """
        return self._threads.submit(_run_again, self.writing.begin, function)

    def erase_deleted(self, *, rewrite: bool = False) -> Future[None]:
        """Free the space of deleted rows to be overwritten; `rewrite` rewrites the tables without them."""

        def vacuum(connection: Connection) -> None:
            connection.detach()  # from the pool, so that no other function gets this time-out
            connection.exec_driver_sql("SET lock_timeout = '5s'")
            connection.exec_driver_sql(f"VACUUM {'(FULL)' if rewrite else ''} {', '.join(_VACUUMED)}")

        return self.read(vacuum)

    def check(self) -> None:
        """Do nothing more than a transaction does: the server has its own disk."""

    def close(self) -> None:
        """Wait for what was submitted, and close all connections."""
        self._threads.shutdown()
        self.writing.dispose()


def _run(connect: Callable[[], AbstractContextManager[Connection]], function: Callable[[Connection], R]) -> R:
    with connect() as connection:
        return function(connection)


def _run_again(
    connect: Callable[[], AbstractContextManager[Connection]], function: Callable[[Connection], R]
) -> R:
    for _ in range(_DEADLOCKS):
        try:
            return _run(connect, function)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", "") != _DEADLOCK_DETECTED:
                raise
    return _run(connect, function)


def _check_alive(dbapi_connection: Any, _record: Any, _proxy: Any) -> None:
    """Refuse a pooled connection that the server has closed, without a round trip to check."""
    poll = select.poll()
    if not dbapi_connection.closed:
        poll.register(dbapi_connection.fileno(), select.POLLIN)
    if dbapi_connection.closed or poll.poll(0):
        raise InvalidatePoolError
