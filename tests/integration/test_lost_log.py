"""A log that can't be written: on a full disk, or piped to a program that has ended. What was asked happens all the same."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

import httpx2
import pytest

from crash.programs import free_port
from image_files import make_jpeg
from loopback import NO_CERTIFICATES
from running import Sandbox

pytestmark = pytest.mark.widget


@contextmanager
def full_disk() -> Iterator[IO[bytes]]:
    with Path("/dev/full").open("wb", buffering=0) as full:
        yield full


@contextmanager
def unread_pipe() -> Iterator[IO[bytes]]:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as pipe:
        yield pipe


@pytest.mark.parametrize("log", [full_disk, unread_pipe])
def test_photos_are_kept_and_refusals_explained_where_no_line_can_be_logged(
    sandbox: Sandbox, tmp_path: Path, log: Callable[[], AbstractContextManager[IO[bytes]]]
) -> None:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    own = {
        name: value for name, value in os.environ.items() if not name.startswith(("MEDTECH_", "CLINICPRO_"))
    }
    environ = own | sandbox.environ | {"CLINICPRO_DATA_DIR": str(tmp_path), "CLINICPRO_PUBLIC_URL": origin}
    with log() as place:
        gateway = subprocess.Popen(
            [sys.executable, "-m", "clinicpro_images", "serve", "--port", str(port)],
            env=environ,
            stdout=place,
            stderr=place,
        )
    try:
        with httpx2.Client(
            base_url=origin, headers={"Origin": origin}, timeout=30, verify=NO_CERTIFICATES
        ) as client:
            for _ in range(300):
                try:
                    if client.get("/healthz").status_code == 200:
                        break
                except httpx2.TransportError:
                    assert gateway.poll() is None
                    time.sleep(0.1)
            assert client.get(f"/launch?{sandbox.launch_url().partition('?')[2]}").status_code == 303
            jpeg = {"Content-Type": "image/jpeg"}
            assert client.post("/api/images", content=make_jpeg(), headers=jpeg).status_code == 201
            # Each of these is logged.
            refused = client.post("/api/images", content=b"no photo", headers=jpeg)
            assert (refused.status_code, refused.json()["title"] != "") == (415, True)
            assert client.get("/api/images/none").status_code == 404
    finally:
        gateway.terminate()
        assert gateway.wait(30) == 0
