"""`scripts/bench disks`: how soon `/readyz` says that a disk, bucket or database doesn't work, and how soon that it does again.

A full disk, one that the kernel has made read-only, a missing bucket, and a locked and a replaced database file. It needs
root, because the disk is an ext4 file system of its own, seen by this program only.
"""

import argparse
import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
from rich.console import Console
from rich.table import Table

from crash.programs import GatewayProgram, free_port
from image_files import make_jpeg
from loopback import NO_CERTIFICATES
from object_store import ObjectStore, running_object_store
from running import FOREARM, Sandbox, running_sandbox

AIM_SECONDS = 10.0
_INSIDE = "--inside"
_TOKEN = "an invented admin token"
_MEGABYTES = 64


@dataclass
class Seen:
    """What a fault looked like: seconds until it was seen and until it was over, the check's words, an upload's answer."""

    fault: str
    noticed: float
    over: float
    failing: str
    upload: str


@dataclass
class Scene:
    """A gateway with its data on a disk of its own."""

    gateway: GatewayProgram
    client: httpx2.AsyncClient
    disk: Path
    image: Path

    async def readiness(self) -> dict[str, str]:
        """Return the failing checks with their details."""
        headers = {"Authorization": f"Bearer {_TOKEN}"}
        checks = (await self.client.get("/readyz", headers=headers)).json()["checks"]
        return {name: check["detail"] for name, check in checks.items() if not check["ok"]}

    async def until(self, *, ready: bool) -> tuple[float, dict[str, str]]:
        """Wait until it is ready or not; return the seconds, and what fails."""
        began = time.monotonic()
        while True:
            failing = await self.readiness()
            if ready != bool(failing):
                return time.monotonic() - began, failing
            await asyncio.sleep(0.1)

    async def upload(self) -> str:
        """Add and file a photo; return how that ended."""
        reply = await self.client.post(
            "/api/images",
            content=make_jpeg(seed=time.time_ns() % 2**32),
            headers={"Content-Type": "image/jpeg"},
        )
        if reply.status_code != 201:
            problem = reply.json()["type"].rpartition("/")[2]
            return f"{reply.status_code} {problem}, Retry-After {reply.headers.get('retry-after')}"
        image_id = reply.json()["id"]
        await self.client.patch(f"/api/images/{image_id}", json={"bodySite": FOREARM})
        filed = await self.client.post(
            "/api/commits", json={"imageIds": [image_id]}, headers={"Idempotency-Key": image_id}
        )
        return f"{reply.status_code}, filing {filed.status_code}"


def main() -> None:
    """Make each fault and mend it; exit 1 if one is noticed, or seen to be over, later than after ten seconds."""
    parser = argparse.ArgumentParser(prog="scripts/bench disks", description=__doc__)
    parser.add_argument(_INSIDE, action="store_true", help=argparse.SUPPRESS)
    if not parser.parse_args().inside:
        # A mount namespace of its own: whatever happens, no file system is left mounted.
        command = ["unshare", "--mount", sys.executable, "-m", "bench.disks", _INSIDE]
        os.execvp(command[0], command)  # noqa: S606
    seen = asyncio.run(_measure())
    table = Table("fault", "not ready after s", "ready after s", "failing", "an upload then")
    for each in seen:
        table.add_row(each.fault, f"{each.noticed:.2f}", f"{each.over:.2f}", each.failing, each.upload)
    Console(width=200).print(table)
    sys.exit(any(max(each.noticed, each.over) > AIM_SECONDS for each in seen))


async def _measure() -> list[Seen]:
    with running_sandbox() as sandbox, running_object_store() as objects:
        async with _scene(sandbox, {}) as scene:
            seen = [
                await _fault(scene, "full disk", lambda: _fill(scene), lambda: _empty(scene)),
                await _fault(scene, "locked database", *_locking(scene)),
                await _fault(scene, "replaced database", lambda: _replace(scene), lambda: _put_back(scene)),
                await _fault(
                    scene, "read-only disk", lambda: _read_only(scene), lambda: _mounted_again(scene)
                ),
            ]
        url = objects.new_bucket("photos")
        async with _scene(sandbox, {**objects.environ, "CLINICPRO_STORAGE_URL": url}) as scene:
            seen += [
                await _fault(scene, "missing bucket", *_losing_bucket(objects)),
                await _fault(scene, "full disk below SQLite", lambda: _fill(scene), lambda: _empty(scene)),
                await _fault(
                    scene,
                    "read-only disk below SQLite",
                    lambda: _read_only(scene),
                    lambda: _mounted_again(scene),
                ),
            ]
    return seen


async def _fault(
    scene: Scene, name: str, make: Callable[[], Awaitable[None]], mend: Callable[[], Awaitable[None]]
) -> Seen:
    assert await scene.readiness() == {}
    await make()
    noticed, failing = await scene.until(ready=False)
    upload = await scene.upload()
    await mend()
    over, _ = await scene.until(ready=True)
    upload += f"; afterwards {await scene.upload()}"
    return Seen(name, noticed, over, "\n".join(f"{check}: {why}" for check, why in failing.items()), upload)


async def _fill(scene: Scene) -> None:
    with suppress(OSError), (scene.disk / "full").open("wb", buffering=0) as file:
        for size in (2**20, 4096, 1):
            with suppress(OSError):
                while file.write(b"x" * size):
                    pass


async def _empty(scene: Scene) -> None:
    (scene.disk / "full").unlink()


def _locking(scene: Scene) -> tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]:
    other = sqlite3.connect(scene.disk / "data" / "clinicpro.db", isolation_level=None)

    async def lock() -> None:
        other.execute("BEGIN EXCLUSIVE")

    async def unlock() -> None:
        with closing(other):
            other.execute("ROLLBACK")

    return lock, unlock


async def _replace(scene: Scene) -> None:
    database = scene.disk / "data" / "clinicpro.db"
    database.rename(scene.disk / "aside.db")
    shutil.copy(scene.disk / "aside.db", database)


async def _put_back(scene: Scene) -> None:
    (scene.disk / "aside.db").replace(scene.disk / "data" / "clinicpro.db")


async def _read_only(scene: Scene) -> None:
    """As the kernel does when a disk fails: files that are open for writing stay open."""
    device = _run("findmnt", "-no", "SOURCE", str(scene.disk)).strip().rpartition("/")[2]
    trigger = Path(f"/sys/fs/ext4/{device}/trigger_fs_error")
    await asyncio.to_thread(trigger.write_text, "1\n")


async def _mounted_again(scene: Scene) -> None:
    """As an operator does: stop, repair, mount, start."""
    scene.gateway.kill()
    _run("umount", str(scene.disk))
    _run("e2fsck", "-fy", str(scene.image), repairs=True)
    _mount(scene.image, scene.disk)
    scene.gateway.start()
    await scene.gateway.ready()


def _losing_bucket(
    objects: ObjectStore,
) -> tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]:
    async def lose() -> None:
        forget = f"http://127.0.0.1:{objects.port}/moto-api/reset"
        assert httpx2.post(forget, timeout=10, verify=NO_CERTIFICATES).status_code == 200

    async def make() -> None:
        objects.new_bucket("photos")

    return lose, make


@asynccontextmanager
async def _scene(sandbox: Sandbox, environ: dict[str, str]) -> AsyncIterator[Scene]:
    with tempfile.TemporaryDirectory(prefix="clinicpro-disks-") as name:
        folder, port = Path(name), free_port()
        disk, image = folder / "disk", folder / "disk.img"
        disk.mkdir()
        with image.open("wb") as file:
            file.truncate(_MEGABYTES * 2**20)
        _run("mkfs.ext4", "-q", "-F", str(image))
        _mount(image, disk)
        own = {
            "CLINICPRO_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "CLINICPRO_DATA_DIR": str(disk / "data"),
            "CLINICPRO_ADMIN_TOKEN": _TOKEN,
            "CLINICPRO_SECRET_KEY": "the same secret at every start",
        }
        gateway = GatewayProgram(sandbox.environ | own | environ, folder, port)
        gateway.start()
        try:
            await gateway.ready()
            async with httpx2.AsyncClient(
                base_url=gateway.origin,
                headers={"Origin": gateway.origin},
                timeout=60,
                verify=NO_CERTIFICATES,
            ) as client:
                query = sandbox.launch_url().partition("?")[2]
                assert (await client.get(f"/launch?{query}")).status_code == 303
                yield Scene(gateway, client, disk, image)
        finally:
            gateway.kill()
            _run("umount", str(disk))


def _mount(image: Path, disk: Path) -> None:
    _run("mount", "-o", "loop,errors=remount-ro", str(image), str(disk))


def _run(*command: str, repairs: bool = False) -> str:
    """Run a program; with `repairs`, exit code 1 means that it repaired something."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode <= repairs, done.stderr
    return done.stdout


if __name__ == "__main__":
    main()
