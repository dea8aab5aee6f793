"""PostgreSQL: psycopg's ordinary driver, in as many threads as there are connections."""

import select
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import InvalidatePoolError

from clinicpro_images.db.tables import metadata

Function = Callable[[Connection], Any]

# Three gateways, each with two connections more for NOTIFY, stay below PostgreSQL's usual hundred.
_CONNECTIONS: Final = 24
_CONNECT_SECONDS: Final = 10
# A connection whose other end is gone without a word is found within a minute.
_ALIVE: Final = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
# The audit trail keeps every row.
_EMPTIED: Final = [name for name in metadata.tables if name not in {"audit", "audit_head", "data_keys"}]


class PostgreSql:
    """The two ways to a PostgreSQL server: `read` and `write` return futures of a function's result."""

    def __init__(self, url: URL) -> None:
        """Open nothing yet: connections are made on first use."""
        self.writing = create_engine(
            url,
            hide_parameters=True,
            pool_size=_CONNECTIONS,
            pool_use_lifo=True,
            connect_args={"connect_timeout": _CONNECT_SECONDS, **_ALIVE},
        )
        # PostgreSQL gives each statement its own view anyway (READ COMMITTED), so reads need no BEGIN and COMMIT.
        self.reading = self.writing.execution_options(isolation_level="AUTOCOMMIT")
        self._threads = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="postgresql")
        event.listen(self.writing, "checkout", _check_alive)

    def read(self, function: Function) -> Future[Any]:
        """Run it on a connection; each statement sees what is committed when it starts."""

        def run() -> Any:
            with self.reading.connect() as connection:
                return function(connection)

        return self._threads.submit(run)

    def write(self, function: Function) -> Future[Any]:
        """Run it in a transaction; the future is done once that is committed."""

        def run() -> Any:
            with self.writing.begin() as connection:
                return function(connection)

        return self._threads.submit(run)

    def erase_deleted(self, *, rewrite: bool = False) -> Future[Any]:
        """Free the room of deleted rows, to be overwritten; `rewrite` writes the tables again without them."""

        def run() -> None:
            with self.reading.connect() as connection:
                # For this connection only, which is then closed: the next user must not inherit the time-out.
                connection.detach()
                connection.exec_driver_sql("SET lock_timeout = '5s'")
                connection.exec_driver_sql(f"VACUUM {'(FULL)' if rewrite else ''} {', '.join(_EMPTIED)}")

        return self._threads.submit(run)

    def close(self) -> None:
        """Finish what was submitted and close every connection."""
        self._threads.shutdown()
        self.writing.dispose()


def _check_alive(dbapi_connection: Any, _record: Any, _proxy: Any) -> None:
    """Refuse a connection that the server has closed since it was last used, without a round trip to find out."""
    poll = select.poll()
    if not dbapi_connection.closed:
        poll.register(dbapi_connection.fileno(), select.POLLIN)
    if dbapi_connection.closed or poll.poll(0):
        raise InvalidatePoolError
