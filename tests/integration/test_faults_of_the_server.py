"""A full or read-only disk, a damaged file, a locked or replaced database: told as what it is, and over when it is over."""

import asyncio
import resource
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import Connection, create_engine, text
from structlog.testing import capture_logs

from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.migrate import current_revision
from clinicpro_images.db.schema_watch import SchemaWatch
from clinicpro_images.errors import DatabaseUpgraded, StorageUnavailable
from clinicpro_images.images.blob_store.folder import BlobFolder
from databases import on_both
from image_files import make_jpeg
from loopback import NO_CERTIFICATES
from object_store import ObjectStore
from running import BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio


async def readiness(browser: BrowserSession) -> dict[str, Any]:
    reply = await browser.operator("/readyz")
    checks: dict[str, Any] = reply.json()["checks"]
    assert (reply.status_code == 200) == all(check["ok"] for check in checks.values())
    return {name: check["detail"] for name, check in checks.items() if not check["ok"]}


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """No file of this process may grow beyond so many bytes, as on a disk that is full; see test_lost_log.py for its log."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Where a test's output goes is such a file too.
    with capture_logs():
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_is_not_ready_and_says_so_until_there_is_space(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        assert await readiness(browser) == {}
        content = make_jpeg(width=600, height=400, seed=1)
        with full_disk(4096):
            faults = await readiness(browser)
            refused = await browser.client.post(
                "/api/images", content=content, headers={"Content-Type": "image/jpeg"}
            )
        assert set(faults) == {"database", "storage"}
        assert "full" in faults["storage"]
        assert refused.status_code == 503
        assert refused.json()["type"].endswith("/storage-unavailable")
        assert "disk is full" in refused.json()["detail"]
        assert int(refused.headers["retry-after"]) > 0
        assert await readiness(browser) == {}
        await browser.add(content)
        assert [path.suffix for path in (tmp_path / "pictures").iterdir()] == [""]


async def test_a_folder_that_can_not_be_written_to_is_unavailable() -> None:
    blobs = BlobFolder(Path("/sys/kernel"), Keyring("k" * 32))
    for call in (blobs.check(), blobs.write("0" * 32, b"photo")):
        with pytest.raises(StorageUnavailable) as refused:
            await call
        assert refused.value.headers()["retry-after"]


async def test_a_photo_is_not_gone_while_its_volume_is(tmp_path: Path) -> None:
    blobs = BlobFolder(tmp_path / "pictures", Keyring("k" * 32))
    await blobs.prepare()
    wrapped = await blobs.write("0" * 32, b"photo")
    (tmp_path / "pictures").rename(tmp_path / "elsewhere")
    with pytest.raises(StorageUnavailable):
        await blobs.read("0" * 32, wrapped)
    (tmp_path / "elsewhere").rename(tmp_path / "pictures")
    assert await blobs.read("0" * 32, wrapped) == b"photo"


async def test_a_locked_database_is_not_ready_until_it_is_unlocked(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path) as browser:
        with closing(sqlite3.connect(tmp_path / "clinicpro.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            async with asyncio.timeout(10.0):
                assert set(await readiness(browser)) == {"database"}
            other.execute("ROLLBACK")
        async with asyncio.timeout(10.0):
            assert await readiness(browser) == {}


async def test_a_database_that_is_replaced_is_noticed_and_nothing_is_saved_into_the_former(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    database = tmp_path / "clinicpro.db"
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        content = database.read_bytes()
        for replacement in (None, content):
            database.rename(tmp_path / "aside.db")
            if replacement is not None:
                database.write_bytes(replacement)
            assert "replaced" in (await readiness(browser))["database"]
            refused = await browser.client.post(
                "/api/images", content=make_jpeg(seed=1), headers={"Content-Type": "image/jpeg"}
            )
            assert refused.status_code == 503
            assert refused.json()["type"].endswith("/database-unavailable")
            (tmp_path / "aside.db").replace(database)
            assert await readiness(browser) == {}
        await browser.add(make_jpeg(seed=1))


@on_both
async def test_a_database_that_a_newer_version_upgraded_is_noticed_and_nothing_more_is_stored_or_filed(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    image_id = (await browser.add(make_jpeg(seed=1)))["id"]
    await browser.describe(image_id)
    assert await readiness(browser) == {}
    database = browser.gateway.database
    revision = await database.read(current_revision)

    async def become(version: str | None) -> None:
        def write(connection: Connection) -> None:
            connection.execute(text("UPDATE alembic_version SET version_num = :new"), {"new": version})

        await asyncio.wrap_future(database.backend.write(write))

    await become("0999")
    assert "0999" in (await readiness(browser))["database"]
    refusals = [
        await browser.client.post(
            "/api/images", content=make_jpeg(seed=2), headers={"Content-Type": "image/jpeg"}
        ),
        await browser.client.post(
            "/api/commits", json={"imageIds": [image_id]}, headers={"Idempotency-Key": "key"}
        ),
    ]
    for refused in refusals:
        assert refused.status_code == 503
        assert refused.json()["type"].endswith("/database-upgraded")
    assert browser.sandbox.call("GET", "/sandbox/resources") == {"resources": []}
    await become(revision)
    assert await readiness(browser) == {}
    assert (await browser.file(image_id))["images"][0]["state"] == "committed"


def test_a_schema_is_read_every_five_seconds() -> None:
    now = 100.0
    watch = SchemaWatch(lambda: now)
    with create_engine("sqlite://").connect() as connection:
        connection.execute(text("CREATE TABLE alembic_version AS SELECT '0002' AS version_num"))
        watch.check(connection, at_once=True)  # nothing is expected yet
        watch.expect("0001")
        watch.check(connection)
        now += 5.0
        with pytest.raises(DatabaseUpgraded):
            watch.check(connection)
        with pytest.raises(DatabaseUpgraded):
            watch.check(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        watch.check(connection)


@pytest.mark.parametrize("how", ["changed", "cut", "empty"])
async def test_a_damaged_photo_is_final_and_counted(sandbox: Sandbox, tmp_path: Path, how: str) -> None:
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        image_id = (await browser.add(make_jpeg(seed=1)))["id"]
        await browser.describe(image_id)
        file = tmp_path / "pictures" / image_id
        stored = file.read_bytes()
        file.write_bytes(
            {
                "changed": stored[:-1] + bytes([stored[-1] ^ 1]),
                "cut": stored[: len(stored) // 2],
                "empty": b"",
            }[how]
        )
        shown = await browser.client.get(f"/api/images/{image_id}/content?size=full")
        assert shown.status_code == 410
        assert shown.json()["type"].endswith("/picture-damaged")
        commit = await browser.file(image_id)
        assert commit["images"][0]["state"] == "failed"
        assert "damaged on the server" in commit["images"][0]["error"]["detail"]
        metrics = (await browser.operator("/metrics")).text
        assert "clinicpro_damaged_images_total 2.0" in metrics
        file.write_bytes(stored)
        assert (await browser.client.get(f"/api/images/{image_id}/content?size=full")).status_code == 200


async def test_a_photo_that_the_store_has_lost_is_told_as_lost_and_counted(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        image_id = (await browser.add(make_jpeg(seed=1)))["id"]
        await browser.describe(image_id)
        (tmp_path / "pictures" / image_id).rename(tmp_path / "aside")
        for path in ("content?size=thumb", "content?size=full", "fit"):
            shown = await browser.client.get(f"/api/images/{image_id}/{path}")
            assert shown.status_code == 410
            assert shown.json()["type"].endswith("/picture-missing")
        commit = await browser.file(image_id)
        assert commit["images"][0]["state"] == "failed"
        assert "lost" in commit["images"][0]["error"]["detail"]
        assert "clinicpro_damaged_images_total 4.0" in (await browser.operator("/metrics")).text
        (tmp_path / "aside").rename(tmp_path / "pictures" / image_id)
        assert (await browser.client.get(f"/api/images/{image_id}/content?size=full")).status_code == 200


async def test_an_emptied_store_is_a_fault_of_the_store(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        image_id = (await browser.add(make_jpeg(seed=1)))["id"]
        (tmp_path / "pictures" / image_id).unlink()
        (tmp_path / "pictures.installation").unlink()
        shown = await browser.client.get(f"/api/images/{image_id}/content?size=full")
        assert shown.status_code == 503
        assert shown.json()["type"].endswith("/storage-unavailable")


async def test_a_bucket_that_is_gone_is_not_ready_until_it_is_there_again(
    sandbox: Sandbox, tmp_path: Path, object_store: ObjectStore
) -> None:
    name = f"b{uuid.uuid4().hex}"
    url = object_store.new_bucket(name)
    async with running(sandbox, tmp_path, {**object_store.environ, "CLINICPRO_STORAGE_URL": url}) as browser:
        assert await readiness(browser) == {}
        forget = f"http://127.0.0.1:{object_store.port}/moto-api/reset"
        assert httpx2.post(forget, timeout=10, verify=NO_CERTIFICATES).status_code == 200
        async with asyncio.timeout(10.0):
            assert name in (await readiness(browser))["storage"]
        object_store.new_bucket(name)
        async with asyncio.timeout(10.0):
            assert await readiness(browser) == {}
