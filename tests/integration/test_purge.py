"""After a purge the raw files hold nothing of a purged session: no text, no encrypted value, no key, no image."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import LargeBinary, select, update

from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import images, metadata, record_sight, sessions
from clinicpro_images.images.blob_store.ownership import MARK, OWNER
from databases import on_both
from image_files import make_jpeg
from object_store import ObjectStore
from running import BrowserSession, Sandbox, running
from statements import change, scalar
from statements import rows as rows_of

pytestmark = pytest.mark.anyio

A_DAY_AGO = 100_000
WORDS = ("Grown since a winter nobody remembers", "Please look at kūmara", "Call back about pōhutukawa")
AGEING = {
    "images": ["uploaded_at"], "sessions": ["active_at", "ended_at"], "used_tokens": ["used_at"], "events": ["at"],
    "record_sight": ["checked_at"],
}  # fmt: skip
KEPT = {"audit", "audit_head", "clock", "data_keys", "key_stretching", "installation"}
# Who the sandbox's patient and provider are.
TELLING = (
    "UNRELATED STRING SECOND STRING TESTING",
    "ZZZ0016",
    "14e52e16edb7a435bfa05e307afd008b",
    "Dr Alex Api",
)


async def everything(database: Database) -> dict[str, list[Any]]:
    """The rows of every table that must be empty afterwards."""
    return {
        table.name: list(await rows_of(database, select(table)))
        for table in metadata.sorted_tables
        if table.name not in KEPT
    }


def secrets_of(rows: dict[str, list[Any]]) -> Iterator[bytes]:
    """Every encrypted value, and every hash of a person or a token; the hash of a file's bytes is in the audit trail."""
    for name, listed in rows.items():
        for number, column in enumerate(metadata.tables[name].columns):
            values = [row[number] for row in listed if row[number]]
            if isinstance(column.type, LargeBinary):
                yield from map(bytes, values)
            elif column.name.endswith(("_hash", "_key")) and column is not images.c.content_hash:
                yield from (value.encode() for value in values)


async def raw_files(database: Database, folder: Path) -> list[Path]:
    """Every file that the installation keeps, the database's own among them."""
    found = [path for path in folder.rglob("*") if path.is_file()]  # noqa: ASYNC240 - nothing else is running
    if database.is_sqlite:
        return found
    await database.read(lambda connection: connection.exec_driver_sql("CHECKPOINT"))
    where = await scalar(database, "SHOW data_directory")
    oid = await scalar(database, "SELECT oid FROM pg_database WHERE datname = current_database()")
    # Its write-ahead log is not searched: it holds encrypted rows until it is recycled, as docs/security.md says. Nor is
    # its cache of the system's own tables, which each new connection may replace.
    tables = [path for path in (Path(where) / "base" / str(oid)).iterdir() if path.is_file()]
    return [*found, *(path for path in tables if not path.name.startswith("pg_internal.init"))]


def holding(files: list[Path], planted: list[bytes]) -> set[str]:
    """Which of the planted bytes are in any of the files."""
    found = set()
    for path in files:
        content = path.read_bytes()
        found |= {f"{path.name}: {each[:24]!r}" for each in planted if each in content}
    return found


async def live_through_a_day(browser: BrowserSession, photo: bytes) -> tuple[list[bytes], list[bytes]]:
    """File one image, leave one, hand off, add text; returns encrypted values and encrypted images."""
    await browser.launch()
    filed, left = await browser.add(photo), await browser.add(make_jpeg(seed=7))
    for each in (filed, left):
        await browser.describe(each["id"], bodySite={"text": WORDS[2]}, notes=WORDS[0], label="Freckle")
    await browser.client.post("/api/handoff")
    encrypted = list(secrets_of(await everything(browser.gateway.database)))
    pictures = [await browser.gateway.blobs.read_encrypted(each["id"]) for each in (filed, left)]
    await browser.file(
        filed["id"], inbox={"recipientId": "9bf0832786e2293848942167532e0a91", "note": WORDS[1]}
    )
    await sight_is_proven(browser.gateway.database)
    encrypted += secrets_of(await everything(browser.gateway.database))
    return encrypted, [image[100:164] for image in pictures]


async def sight_is_proven(database: Database) -> None:
    """Wait until the image that was filed is kept as the control of a search: it names the patient."""
    controls = select(record_sight.c.control).where(record_sight.c.control.is_not(None))
    async with asyncio.timeout(20):
        while not await rows_of(database, controls):  # noqa: ASYNC110 - the probe works in the background
            await asyncio.sleep(0.05)


async def a_day_passes(database: Database) -> None:
    for table, columns in AGEING.items():
        aged = {column: metadata.tables[table].c[column] - A_DAY_AGO for column in columns}
        await change(database, update(metadata.tables[table]).values(aged))


@on_both
async def test_a_day_later_no_file_contains_text_encrypted_values_keys_or_images(
    sandbox: Sandbox, tmp_path: Path, database: dict[str, str], photo: bytes
) -> None:
    async with running(sandbox, tmp_path, database) as browser:
        store = browser.gateway.database
        encrypted, pictures = await live_through_a_day(browser, photo)
        words = [each.encode() for each in (*WORDS, *TELLING)]
        before = await raw_files(store, tmp_path)
        assert holding(before, words) == set()  # text about a person is encrypted from the start
        assert holding(before, encrypted) != set()  # and this search finds what is there
        files = [str(each).encode() for [each] in await rows_of(store, select(images.c.content_hash))]
        await a_day_passes(store)

        purged = await browser.gateway.retention.purge(rewrite=True)

        assert (purged.images, purged.sessions) == (1, 1)
        rows = {name: listed for name, listed in (await everything(store)).items() if listed}
        # A page might still listen: only the removal of an image, by its random id, is left.
        assert [event.name for event in rows.pop("events")] == ["image.removed"]
        # Of what a practice's searches can see, only that they can is left, not whose image showed it.
        sights = [sight._asdict() for sight in rows.pop("record_sight")]
        assert [(sight["target"], sight["state"], sight["control"]) for sight in sights] == [
            ("scan", "proven", None)
        ]
        assert rows == {}
        after = await raw_files(store, tmp_path)
        assert holding(after, [*words, *encrypted, *pictures]) == set()
        # The audit trail's one row still recognises the bytes of each file, if it is filed again; nothing else does.
        content = b"".join(path.read_bytes() for path in after)
        assert [content.count(each) for each in files] == [1, 1]
        assert list((tmp_path / "pictures").iterdir()) == []
        assert (await browser.client.get("/api/session")).status_code == 401


@pytest.mark.parametrize("copies", ["0", "1"])
async def test_a_filed_images_key_and_bytes_are_gone_from_the_files_after_the_next_purge(
    sandbox: Sandbox, tmp_path: Path, photo: bytes, copies: str
) -> None:
    async with running(sandbox, tmp_path, {"CLINICPRO_REFERRAL_COPIES": copies}) as browser:
        await browser.launch()
        added = await browser.add(photo)
        await browser.describe(added["id"])
        key = bytes(await scalar(browser.gateway.database, "SELECT content_key FROM images"))
        image = (await browser.gateway.blobs.read_encrypted(added["id"]))[100:164]
        assert holding(await raw_files(browser.gateway.database, tmp_path), [key, image]) != set()
        await browser.file(added["id"])
        if copies == "1":  # the copy for a referral lives as long as the session
            await browser.client.delete("/api/session")
        await browser.gateway.retention.purge()
        assert holding(await raw_files(browser.gateway.database, tmp_path), [key, image]) == set()


async def test_a_session_with_an_image_is_kept(sandbox: Sandbox, tmp_path: Path, photo: bytes) -> None:
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        await browser.add(photo)
        store = browser.gateway.database
        await change(store, update(sessions).values(active_at=sessions.c.active_at - A_DAY_AGO))
        assert (await browser.gateway.retention.purge()).sessions == 0
        assert len((await everything(store))["sessions"]) == 1


async def test_purging_while_a_clinician_files_loses_nothing(browser: BrowserSession) -> None:
    await browser.launch()

    async def purge_repeatedly() -> None:
        for _ in range(20):
            await browser.gateway.retention.purge()

    purging = asyncio.create_task(purge_repeatedly())
    ids = [(await browser.add(make_jpeg(seed=seed)))["id"] for seed in range(5)]
    for each in ids:
        await browser.describe(each)
    commit = await browser.file(*ids)
    await purging
    assert {image["state"] for image in commit["images"]} == {"committed"}


async def test_an_object_store_is_empty_a_day_later(
    sandbox: Sandbox, tmp_path: Path, photo: bytes, object_store: ObjectStore
) -> None:
    environ = object_store.environ | {"CLINICPRO_STORAGE_URL": object_store.new_bucket("clinicpro-left")}

    def keys() -> set[str]:
        listed = httpx2.get(f"http://127.0.0.1:{object_store.port}/clinicpro-left?list-type=2", timeout=10)
        return set(re.findall("<Key>(.*?)</Key>", listed.text)) - {
            f"staged/{OWNER}",
            f"staged/{MARK}",
        }

    async with running(sandbox, tmp_path, environ) as browser:
        await live_through_a_day(browser, photo)
        assert (
            len(await asyncio.to_thread(keys)) == 2
        )  # the filed one stays for a referral, while the session lasts
        await a_day_passes(browser.gateway.database)
        await browser.gateway.retention.purge()
        assert await asyncio.to_thread(keys) == set()
