"""SQLite: a few threads read, one thread writes, and functions that queue up share a transaction."""

import contextlib
import errno
import os
import queue
import sqlite3
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event

from clinicpro_images.errors import DatabaseReplaced, DatabaseUnavailable

R = TypeVar("R")
_Queued = tuple[Callable[[Connection], Any], Future[Any]]
_Outcome = tuple[Future[Any], Any, BaseException | None]

_READERS: Final = 4
_BUSY_MS: Final = 10_000  # how long a statement waits for another process's lock
_PROBE_BYTES: Final = 64 * 1024
_GROUP: Final = 16  # the most functions in one transaction; each waits for all


class Sqlite:
    """A SQLite file. `read` and `write` return futures of a function's result."""

    def __init__(self, url: URL) -> None:
        """Start the writer's thread; connections are opened on first use."""
        _make_private(url)
        self._file = _File(url.database)
        self.reading = _engine(url, "BEGIN", "query_only = ON", _READERS, self._file)
        # IMMEDIATE: a transaction that begins with a read can fail at its first write with "database is locked".
        self.writing = _engine(url, "BEGIN IMMEDIATE", "query_only = OFF", 1, self._file)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="sqlite-read")
        self._queue: queue.SimpleQueue[_Queued | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_all, name="sqlite-write", daemon=True)
        self._writer.start()

    def read(self, function: Callable[[Connection], R]) -> Future[R]:
        """Run it in a read-only transaction, which sees one snapshot."""

        def run() -> R:
            with self.reading.begin() as connection:
                return function(connection)

        return self._readers.submit(run)

    def write(self, function: Callable[[Connection], R]) -> Future[R]:
        """Run it in a transaction; the future is done once that is on disk."""
        if not self._writer.is_alive():
            raise RuntimeError("This database is closed.")
        future: Future[R] = Future()
        self._queue.put((function, future))
        return future

    def erase_deleted(self, *, rewrite: bool = False) -> Future[None]:  # noqa: ARG002 - secure_delete overwrites deleted rows
        """Checkpoint and truncate the write-ahead log, which may still contain deleted rows."""

        def run() -> None:
            with self.reading.connect() as connection:
                # On the driver's connection, because this is not possible in a transaction.
                raw: Any = connection.connection.driver_connection
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

        return self._readers.submit(run)

    def check(self) -> None:
        """Exercise the file and its disk; raises DatabaseUnavailable."""
        self._file.check()
        try:
            self._file.probe()
        except OSError as error:
            kind = errno.errorcode.get(error.errno or 0, type(error).__name__)
            raise DatabaseUnavailable(
                integrator=f"The database's disk can't be written to: it is full, read-only or broken ({kind})."
            ) from error

    def close(self) -> None:
        """Wait for what was queued, and close all connections."""
        self._queue.put(None)
        self._writer.join()
        self._readers.shutdown()
        self.reading.dispose()
        self.writing.dispose()

    def _write_all(self) -> None:
        while (first := self._queue.get()) is not None:
            if not first[1].set_running_or_notify_cancel():
                continue
            outcomes: list[_Outcome] = []
            try:
                with self.writing.begin() as connection:
                    self._run_group(connection, first, outcomes)
                    self._file.check()
            except BaseException as error:  # noqa: BLE001 - it is raised to the callers
                outcomes = outcomes or [(first[1], None, error)]
                outcomes = [(future, None, failed or error) for future, _, failed in outcomes]
            # After the commit: a caller may read at once what its function, or another in the group, has written.
            for future, result, failed in outcomes:
                if failed is None:
                    future.set_result(result)
                else:
                    future.set_exception(failed)

    def _run_group(self, connection: Connection, first: _Queued, outcomes: list[_Outcome]) -> None:
        """Run the first function in this transaction, then each one that is queued, in a savepoint."""
        raw: Any = connection.connection.driver_connection
        function, future = first
        outcomes.append((future, function(connection), None))
        while raw.in_transaction and len(outcomes) < _GROUP and (following := self._next()) is not None:
            function, future = following
            try:
                with connection.begin_nested():
                    result = function(connection)
                outcomes.append((future, result, None))
            except BaseException as error:  # noqa: BLE001 - it is raised to its caller
                outcomes.append((future, None, error))
        if not raw.in_transaction:
            raise DatabaseUnavailable  # the disk failed, and SQLite has rolled everything back

    def _next(self) -> _Queued | None:
        """Return the next function that is queued and was not cancelled; None if there is none, or on closing."""
        while not self._queue.empty():
            following = self._queue.get()
            if following is None:
                self._queue.put(None)
                return None
            if following[1].set_running_or_notify_cancel():
                return following
        return None


def _make_private(url: URL) -> None:
    """Create the file for its owner only, if it is missing; SQLite gives its companions (-wal, -shm) the same mode."""
    if not url.database or url.database == ":memory:":
        return
    with contextlib.suppress(OSError):  # SQLite says what is wrong, once it is needed
        os.close(os.open(url.database, os.O_CREAT | os.O_RDWR, 0o600))


class _File:
    """The database's file: if another one is put in its place, what is written would be gone at the next start."""

    def __init__(self, path: str | None) -> None:
        self._path = None if path in {None, "", ":memory:"} else path
        self._opened: tuple[int, int] | None = None

    def check(self) -> None:
        """Raise DatabaseReplaced if it is no longer the file that was opened first."""
        if self._path is None:
            return
        try:
            found = Path(self._path).stat()
        except OSError as error:
            raise DatabaseReplaced from error
        identity = (found.st_dev, found.st_ino)
        if self._opened is None:
            self._opened = identity
        elif self._opened != identity:
            raise DatabaseReplaced

    def probe(self) -> None:
        """Write to its disk, flush, and read it back; raises OSError."""
        if self._path is None:
            return
        probe, content = Path(f"{self._path}.{uuid.uuid4().hex}.part"), os.urandom(_PROBE_BYTES)
        try:
            with probe.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if probe.read_bytes() != content:
                raise OSError(errno.EIO, "The disk returned something else than was written.")
        finally:
            probe.unlink(missing_ok=True)


def _engine(url: URL, begin: str, mode: str, size: int, file: _File) -> Engine:
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
            "synchronous = FULL",  # survive a power cut, not only a crash
            "foreign_keys = ON",
            f"busy_timeout = {_BUSY_MS}",
            "secure_delete = ON",
            mode,
        ):
            connection.execute(f"PRAGMA {pragma}")

        file.check()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
