"""Staged photos in S3 servers that nobody here wrote, with Debian's PostgreSQL beside them."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from containers import document_pdf, make_heic
from crash.programs import GatewayProgram, free_port
from image_files import make_jpeg, make_png
from install.clinician import Clinician
from postgres import Cluster, running_postgres
from running import running_sandbox
from strangers.parts import PYTHON, program, script

BUCKET = "clinicpro"
_KEY, _SECRET = "S3RVER", "S3RVER"  # s3rver's own, which can't be changed
_SERVERS: dict[str, Callable[[int, Path], Any]] = {}
_OPERATOR = "an invented token for the operators"


def tried() -> list[str]:
    """File photos through each server; return what was seen."""
    with running_postgres(durable=True) as cluster:
        return [f"{name}: {_try(server, cluster)}" for name, server in _SERVERS.items()]


def _server(name: str) -> Callable[[Callable[[int, Path], Any]], Callable[[int, Path], Any]]:
    def add(make: Callable[[int, Path], Any]) -> Callable[[int, Path], Any]:
        _SERVERS[name] = contextmanager(make)
        return make

    return add


@_server("s3rver 3.7.1")
def _s3rver(port: int, folder: Path) -> Iterator[None]:
    command = ["node", str(script("s3rver.mjs")), str(port), str(folder / "s3rver")]
    with program(command, folder / "s3rver.log", says="ready"):
        yield


@_server("nanio 0.1.7")
def _nanio(port: int, folder: Path) -> Iterator[None]:
    data = folder / "nanio"
    data.mkdir()
    command = [
        str(PYTHON.parent / "nanio"),
        "serve",
        "--host=127.0.0.1",
        f"--port={port}",
        f"--data-dir={data}",
    ]
    with program(
        command, folder / "nanio.log", environ={"NANIO_ACCESS_KEY": _KEY, "NANIO_SECRET_KEY": _SECRET}
    ):
        yield


@_server("SeaweedFS 4.48")
def _seaweedfs(port: int, folder: Path) -> Iterator[None]:
    rights = {
        "name": "clinicpro",
        "credentials": [{"accessKey": _KEY, "secretKey": _SECRET}],
        "actions": ["Admin"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [rights]}))
    (folder / "weed").mkdir()
    parts = (
        "master.port",
        "master.port.grpc",
        "volume.port",
        "volume.port.grpc",
        "filer.port",
        "filer.port.grpc",
        "s3.port.grpc",
    )
    command = [str(PYTHON.parent / "weed"), "server", f"-dir={folder / 'weed'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
               "-s3", f"-s3.port={port}", f"-s3.config={folder / 's3.json'}", "-master.volumeSizeLimitMB=64",
               *(f"-{each}={free_port()}" for each in parts)]  # fmt: skip
    with program(command, folder / "weed.log"):
        yield


def _try(server: Callable[[int, Path], Any], cluster: Cluster) -> str:
    with tempfile.TemporaryDirectory(prefix="clinicpro-strangers-") as name, ExitStack() as stack:
        folder, port = Path(name), free_port()
        stack.enter_context(server(port, folder))
        sandbox = stack.enter_context(running_sandbox())
        address = f"http://127.0.0.1:{port}"
        objects = _bucket(address)
        own = free_port()
        environ = sandbox.environ | {
            "AWS_ACCESS_KEY_ID": _KEY,
            "AWS_SECRET_ACCESS_KEY": _SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": address,
            "CLINICPRO_STORAGE_URL": f"s3://{BUCKET}/staged",
            "CLINICPRO_DATABASE_URL": cluster.empty_database(),
            "CLINICPRO_DATA_DIR": str(folder / "data"),
            "CLINICPRO_PUBLIC_URL": f"http://127.0.0.1:{own}",
            "CLINICPRO_ADMIN_TOKEN": _OPERATOR,
            "MEDTECH_FACILITY_ID": "F2N060-E",
        }  # fmt: skip
        gateway = GatewayProgram(environ, folder, own)
        stack.callback(gateway.kill)
        gateway.start()
        asyncio.run(gateway.ready())
        with Clinician(gateway.origin, sandbox) as clinician:
            said = _file(clinician, objects)
        doctor = _doctor(environ, folder)
        assert doctor["storage"] == doctor["database"] == "ok", doctor
        missing = _doctor(environ | {"CLINICPRO_STORAGE_URL": "s3://nosuchbucket/staged"}, folder, full=True)
        assert "nosuchbucket" in missing["storage"], missing
        return f"{said}; doctor: store and database ok, a missing bucket is named"


def _file(clinician: Clinician, objects: Callable[[], list[str]]) -> str:
    ready = clinician.call("GET", "/readyz", headers={"Authorization": f"Bearer {_OPERATOR}"}).json()
    before = objects()
    clinician.launch()
    made = {
        "image/jpeg": make_jpeg(width=4000, height=3000, quality=92),
        "image/heic": make_heic(),
        "image/png": make_png(),
        "application/pdf": document_pdf(pages=2),
    }
    images = {clinician.add(content, kind): content for kind, content in made.items()}
    assert len(set(objects()) - set(before)) >= len(images), "nothing arrived in the bucket"
    for image_id, content in images.items():
        full = clinician.call("GET", f"/api/images/{image_id}/content?size=full")
        if full.headers["content-type"] == "image/jpeg" and content == made["image/jpeg"]:
            assert len(full.content) > len(content) * 0.9
        assert full.content
    removed = clinician.add(make_jpeg(seed=7))
    clinician.call("DELETE", f"/api/images/{removed}")
    commit = clinician.file(*images)
    assert {each["state"] for each in commit["images"]} == {"committed"}, commit
    clinician.call("DELETE", "/api/session")
    left = _settled(objects, before)
    assert not left, left
    return f"ready ({', '.join(sorted(ready))}), JPEG, HEIC, PNG and PDF stored, read, filed; 0 objects left"


def _settled(objects: Callable[[], list[str]], before: list[str]) -> list[str]:
    """What is left beside what was there before: a removal may be undone, and a copy for a referral goes within a minute."""
    left: list[str] = []
    for _ in range(500):
        left = [each for each in objects() if each not in before and "/trash/" not in each]
        if not left:
            break
        time.sleep(0.2)
    return left


def _doctor(environ: dict[str, str], folder: Path, *, full: bool = False) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CLINICPRO_", "MEDTECH_", "AWS_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "clinicpro_images", "doctor", "--json"],
        env=kept | environ, cwd=folder, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    checks = json.loads(done.stdout)["findings"]
    return {
        each["check"]: f"{each['state']} {each['what']} {each['why']}" if full else each["state"]
        for each in checks
    }


def _bucket(address: str) -> Callable[[], list[str]]:
    """Make the bucket as an operator would; return a function that lists its objects."""
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id=_KEY,
        aws_secret_access_key=_SECRET,
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )
    until = time.monotonic() + 60
    while True:
        try:
            if BUCKET not in {each["Name"] for each in client.list_buckets().get("Buckets", [])}:
                client.create_bucket(Bucket=BUCKET)
            break
        except Exception:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)

    def listed() -> list[str]:
        return [each["Key"] for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    return listed
