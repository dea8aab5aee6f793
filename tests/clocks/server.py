"""The clock of a PostgreSQL server, set for one database only, while the gateway's stays right."""

import psycopg
from sqlalchemy import make_url

_SCHEMA = """
CREATE SCHEMA set_clock;
CREATE TABLE set_clock.ahead (seconds float8 NOT NULL);
INSERT INTO set_clock.ahead VALUES (0);
CREATE FUNCTION set_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
$$ SELECT pg_catalog.clock_timestamp() + make_interval(secs => (SELECT seconds FROM set_clock.ahead)) $$;
"""


class ServerClock:
    """What `clock_timestamp()` returns in one database; gateways that connect from now on ask this one."""

    def __init__(self, url: str) -> None:
        """`url` is the value of CLINICPRO_DATABASE_URL."""
        parts = make_url(url)
        self._dsn = parts.set(drivername="postgresql").render_as_string(hide_password=False)
        self._run(_SCHEMA)
        # Where pg_catalog is named, it no longer comes first.
        self._run(f'ALTER DATABASE "{parts.database}" SET search_path = set_clock, pg_catalog, public')

    def set(self, seconds: float) -> None:
        """Set it this far ahead of the machine's."""
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute("UPDATE set_clock.ahead SET seconds = %s", (seconds,))

    def _run(self, statements: str) -> None:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(statements.encode())
