"""SQLite: a few threads read, one thread writes, and functions that queue up share a transaction."""

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event

Function = Callable[[Connection], Any]

_READERS: Final = 4
_BUSY_MS: Final = 10_000  # how long a statement waits for another process's lock
_GROUP: Final = 16  # functions in one transaction; the first waits for the last


class Sqlite:
    """The two ways to a SQLite file: `read` and `write` return futures of a function's result."""

    def __init__(self, url: URL) -> None:
        """Open nothing yet: connections are made on first use."""
        self.reading = _engine(url, "BEGIN", "query_only = ON", _READERS)
        # IMMEDIATE: a write that starts as a read can fail half-way with "database is locked".
        self.writing = _engine(url, "BEGIN IMMEDIATE", "query_only = OFF", 1)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="sqlite-read")
        self._queue: queue.SimpleQueue[tuple[Function, Future[Any]] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_all, name="sqlite-write", daemon=True)
        self._writer.start()

    def read(self, function: Function) -> Future[Any]:
        """Run it in a transaction that only reads: everything it reads is of one moment."""

        def run() -> Any:
            with self.reading.begin() as connection:
                return function(connection)

        return self._readers.submit(run)

    def write(self, function: Function) -> Future[Any]:
        """Run it in a transaction that writes; the future is done once that is on disk."""
        if not self._writer.is_alive():
            raise RuntimeError("This database is closed.")
        future: Future[Any] = Future()
        self._queue.put((function, future))
        return future

    def erase_deleted(self, *, rewrite: bool = False) -> Future[Any]:  # noqa: ARG002 - deleted cells are overwritten at once
        """Write the log back and truncate it, so that no deleted bytes are left in it."""

        def run() -> None:
            with self.reading.connect() as connection:
                # On the driver's own connection: a log can't be truncated from within a transaction.
                raw: Any = connection.connection.driver_connection
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

        return self._readers.submit(run)

    def close(self) -> None:
        """Finish what was queued and close every connection."""
        self._queue.put(None)
        self._writer.join()
        self._readers.shutdown()
        self.reading.dispose()
        self.writing.dispose()

    def _write_all(self) -> None:
        while (first := self._queue.get()) is not None:
            if not first[1].set_running_or_notify_cancel():
                continue
            outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
            try:
                with self.writing.begin() as connection:
                    self._run_group(connection, first, outcomes)
            except BaseException as error:  # noqa: BLE001 - everyone who waits for this transaction is told
                outcomes = outcomes or [(first[1], None, error)]
                outcomes = [(future, None, failed or error) for future, _, failed in outcomes]
            # Not before the commit: one that failed on another's row must find that row when it looks for it.
            for future, result, failed in outcomes:
                if failed is None:
                    future.set_result(result)
                else:
                    future.set_exception(failed)

    def _run_group(
        self,
        connection: Connection,
        first: tuple[Function, Future[Any]],
        outcomes: list[tuple[Future[Any], Any, BaseException | None]],
    ) -> None:
        """Run what is queued in this transaction: the first function as it is, each further one in a savepoint."""
        function, future = first
        outcomes.append((future, function(connection), None))
        while len(outcomes) < _GROUP and (following := self._next()) is not None:
            function, future = following
            try:
                with connection.begin_nested():
                    result = function(connection)
                outcomes.append((future, result, None))
            except BaseException as error:
                outcomes.append((future, None, error))
                raw: Any = connection.connection.driver_connection
                if not raw.in_transaction:
                    raise  # the disk failed, and SQLite has rolled everything back

    def _next(self) -> tuple[Function, Future[Any]] | None:
        """Return what is queued next and was not cancelled; None if nothing is, or the end is."""
        while not self._queue.empty():
            following = self._queue.get()
            if following is None:
                self._queue.put(None)
                return None
            if following[1].set_running_or_notify_cancel():
                return following
        return None


def _engine(url: URL, begin: str, mode: str, size: int) -> Engine:
    engine = create_engine(
        url.set(drivername="sqlite"),
        hide_parameters=True,
        pool_size=size,
        connect_args={"check_same_thread": False, "isolation_level": None},  # transactions begin below
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",  # "saved" has to survive a power cut, not only a crash
            "foreign_keys = ON",
            f"busy_timeout = {_BUSY_MS}",
            "secure_delete = ON",
            mode,
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
