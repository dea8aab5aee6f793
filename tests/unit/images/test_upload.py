"""Uploads: the same bytes are one image, even if they arrive twice at once, and no stray file is left."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.events.broker import EventBroker
from clinicpro_images.events.store import events_after
from clinicpro_images.images.blob_store.folder import BlobFolder
from clinicpro_images.images.errors import TooManyImages
from clinicpro_images.images.held import MAX_IMAGES
from clinicpro_images.images.image_files import PackedBlobs
from clinicpro_images.images.store import ImageStore
from clinicpro_images.images.upload import ImageUploads
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.worker.pool import open_workers
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.session import Facility, Patient, Provider, Session
from clinicpro_images.sessions.store import SessionStore
from databases import place_migrated, sqlite_url
from image_files import make_jpeg
from null_trail import NullTrail

pytestmark = pytest.mark.anyio

NOW = 1_763_000_000.0
KEYRING = Keyring("a secret of this installation")


def session(session_id: str) -> Session:
    return Session(
        id=session_id,
        patient=Patient("p", "", "", "", ""),
        provider=Provider("d", ""),
        facility=Facility("F2N060-E", ""),
        patient_key="k",
        provider_key="l",
        visual_index=0,
        started_at=NOW,
        active_at=NOW,
        ended_at=None,
    )


OURS, OTHERS = session("a" * 32), session("b" * 32)


@dataclass
class Uploader:
    """What one process needs for uploads."""

    database: Database
    uploads: ImageUploads
    images: ImageStore


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
async def uploaders(tmp_path: Path, folder: Path) -> AsyncIterator[list[Uploader]]:
    """Two processes on one SQLite file and one folder."""
    uploaders = []
    stack = AsyncExitStack()
    url = sqlite_url(tmp_path / "clinicpro.db")
    place_migrated(url)
    for _ in range(2):
        database = open_database(url, clock=lambda: NOW)
        images, blobs = ImageStore(KEYRING), BlobFolder(folder, KEYRING)
        database = database.with_logs(NullTrail(), EventBroker(database))
        await blobs.prepare()
        workers = await stack.enter_async_context(open_workers(1))
        uploads = ImageUploads(
            database=database,
            store=images,
            sessions=SessionStore(KEYRING),
            blobs=PackedBlobs(blobs),
            workers=workers,
            limits=FitLimits(),
            targets=("scan",),
        )
        uploaders.append(Uploader(database, uploads, images))
    sessions = SessionStore(KEYRING)

    def add_sessions(work: UnitOfWork) -> None:
        for each in (OURS, OTHERS):
            sessions.add(work.connection, each, f"token {each.id}")

    await uploaders[0].database.write(add_sessions)
    yield uploaders
    await stack.aclose()
    for uploader in uploaders:
        await uploader.database.close()


@pytest.mark.parametrize("processes", [1, 2])
async def test_the_same_bytes_arriving_twice_at_once_are_one_image(
    uploaders: list[Uploader], folder: Path, photo: bytes, processes: int
) -> None:
    results = await asyncio.gather(
        *(uploaders[number % processes].uploads.add(Caller(OURS), photo) for number in range(4))
    )
    assert len({each.image.id for each in results}) == 1
    assert sorted(each.new for each in results) == [False, False, False, True]
    assert names_in(folder) == {results[0].image.id}
    assert [event.name for event in await uploaders[0].database.read(events_after, OURS.id, 0)] == [
        "image.added"
    ]


async def test_a_full_session_is_told_so_before_its_next_file_is_decoded(
    uploaders: list[Uploader], folder: Path
) -> None:
    uploads = uploaders[0].uploads
    photos = [make_jpeg(width=32, height=24, seed=number) for number in range(MAX_IMAGES)]
    added = [await uploads.add(Caller(OURS), each) for each in photos]
    unreadable = b"decoding would say that this is no photo"
    with pytest.raises(TooManyImages):
        await uploads.add(Caller(OURS), unreadable)
    with pytest.raises(TooManyImages):
        await uploads.add_edit(Caller(OURS), added[0].image.id, unreadable)
    assert not (await uploads.add(Caller(OURS), photos[0])).new, "what is there needs no place"
    with pytest.raises(TooManyImages):
        await uploads.add(Caller(OURS, handoff_id="c" * 32), unreadable, held=True)
    assert names_in(folder) == {each.image.id for each in added}


async def test_the_same_bytes_in_two_sessions_are_two_images(uploaders: list[Uploader], photo: bytes) -> None:
    first, second = await asyncio.gather(
        *(uploaders[0].uploads.add(Caller(each), photo) for each in (OURS, OTHERS))
    )
    assert first.new
    assert second.new
    assert first.image.id != second.image.id


async def test_uploads_that_race_past_the_last_place_are_refused_and_leave_no_file(
    uploaders: list[Uploader], folder: Path
) -> None:
    images = [make_jpeg(width=32, height=24, seed=number) for number in range(MAX_IMAGES + 3)]
    outcomes = await asyncio.gather(
        *(uploaders[number % 2].uploads.add(Caller(OURS), image) for number, image in enumerate(images)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, TooManyImages) for each in outcomes) == 3
    kept = {image.id for image in await uploaders[0].database.read(uploaders[0].images.of_session, OURS.id)}
    assert len(kept) == MAX_IMAGES
    assert names_in(folder) == kept
