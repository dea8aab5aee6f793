"""PostgreSQL with few round trips: one pool for transactions, one for single reads, and no question before each use."""

import select
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.exc import InvalidatePoolError

from clinicpro_images.db.connection import AsyncEngine, make_engine

_CONNECT_SECONDS = 10
# Three gateways, each with two connections more for its telegraph, stay below PostgreSQL's usual hundred. Beyond its
# size a pool opens a connection for each use and closes it after, which costs more than the use.
_WRITING, _READING, _OVERFLOW = 14, 8, 3
# A connection whose other end is gone without a word is found out within a minute.
_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


def open_writing(url: str) -> AsyncEngine:
    """Make the engine whose connections hold transactions."""
    return _open(url, _WRITING)


def open_reading(url: str) -> AsyncEngine:
    """Make the engine whose statements stand alone: no BEGIN before them and no COMMIT after.

    PostgreSQL gives each statement of a transaction its own view anyway (READ COMMITTED), so reads lose nothing by it.
    """
    return _open(url, _READING, autocommit=True)


def _open(url: str, size: int, **how: Any) -> AsyncEngine:
    # Without a limit a host that swallows packets would hold a start, or a request, for minutes.
    engine = make_engine(
        make_url(url).set(drivername="postgresql+psycopg_async"),
        hide_parameters=True,
        pool_size=size,
        max_overflow=_OVERFLOW,
        pool_use_lifo=True,
        connect_args={"connect_timeout": _CONNECT_SECONDS, **_ALIVE, **how},
    )
    event.listen(engine.sync_engine, "checkout", _check_alive)
    return engine


def _check_alive(dbapi_connection: Any, _record: Any, _proxy: Any) -> None:
    """Refuse a connection on which the server has said something, or ended, since it was last used.

    SQLAlchemy's own way is to ask over the wire before every use. A server that restarts closes its connections,
    which can be seen without asking; the whole pool is then made anew.
    """
    connection = dbapi_connection.driver_connection
    if connection.closed or _has_something_to_say(connection.fileno()):
        raise InvalidatePoolError


def _has_something_to_say(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))
