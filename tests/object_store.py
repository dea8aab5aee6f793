"""A local S3 server on loopback: moto's, as a separate program."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
from obstore.store import S3Store

from crash.programs import free_port
from loopback import NO_CERTIFICATES

START_SECONDS = 30.0
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "invented",
    "AWS_SECRET_ACCESS_KEY": "invented",
    "AWS_REGION": "us-east-1",
}


@dataclass(frozen=True)
class ObjectStore:
    """A running server."""

    port: int

    @property
    def environ(self) -> dict[str, str]:
        """The AWS_ variables that lead to it."""
        return {**_CREDENTIALS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}"}

    def new_bucket(self, name: str) -> str:
        """Make an empty bucket; return the value of CLINICPRO_STORAGE_URL that names a prefix in it."""
        reply = httpx2.put(f"http://127.0.0.1:{self.port}/{name}", timeout=10, verify=NO_CERTIFICATES)
        assert reply.status_code == 200, reply.text
        return f"s3://{name}/staged"

    def objects(self, url: str) -> S3Store:
        """What is below the prefix that `new_bucket` returned."""
        parts = urlsplit(url)
        config = {name.lower(): value for name, value in self.environ.items()}
        return S3Store(
            parts.netloc,
            prefix=parts.path.strip("/"),
            config=config,  # type: ignore[arg-type]
            client_options={"allow_http": True},
        )


@contextmanager
def running_object_store(port: int | None = None) -> Iterator[ObjectStore]:
    """Start it on a free port, or the one that is given; leaving ends it, and what it held is gone."""
    store = ObjectStore(port or free_port())
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(store.port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, store.port)
        yield store
    finally:
        process.kill()
        process.wait(10)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, "the S3 server ended unexpectedly"
        assert time.monotonic() < until, "the S3 server does not answer"
        try:
            httpx2.get(f"http://127.0.0.1:{port}/moto-api/", timeout=2, verify=NO_CERTIFICATES)
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
