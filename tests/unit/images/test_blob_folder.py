"""Image files: encrypted, private, complete or absent, and only our own are ever removed."""

import asyncio
import errno
import os
import stat
import time
from pathlib import Path

import pytest

from clinicpro_images.crypto.keyring import DecryptionFailed, Keyring
from clinicpro_images.errors import NotFound, StorageUnavailable
from clinicpro_images.images.blob_store.folder import BlobFolder
from clinicpro_images.images.blob_store.ownership import StoreOfAnother, claim_store
from clinicpro_images.images.errors import ImageDamaged

pytestmark = pytest.mark.anyio

KEYRING = Keyring("a secret of this installation")
ONE, TWO = "1" * 32, "2" * 32
IMAGE = b"\xff\xd8\xff not quite a picture" * 100
LONG_AGO, NOW = 1_000_000.0, 2_000_000.0
INSTALLATION = KEYRING.keyed_hash("installation")


@pytest.fixture
async def blobs(tmp_path: Path) -> BlobFolder:
    blobs = BlobFolder(tmp_path / "pictures", KEYRING)
    await blobs.prepare()
    return blobs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def age(path: Path, seconds: float = LONG_AGO) -> None:
    os.utime(path, (seconds, seconds))


async def test_an_image_is_read_back_unchanged(blobs: BlobFolder) -> None:
    assert await blobs.read(ONE, await blobs.write(ONE, IMAGE)) == IMAGE


async def test_file_and_folder_are_readable_by_this_user_only(blobs: BlobFolder, folder: Path) -> None:
    await blobs.write(ONE, IMAGE)
    assert mode(folder) == 0o700
    assert mode(folder / ONE) == 0o600


async def test_the_file_reveals_nothing_of_the_image(blobs: BlobFolder, folder: Path) -> None:
    await blobs.write(ONE, IMAGE)
    assert names_in(folder) == {ONE}
    assert b"picture" not in (folder / ONE).read_bytes()


async def test_a_key_decrypts_only_its_own_image(blobs: BlobFolder, folder: Path) -> None:
    first, second = await blobs.write(ONE, IMAGE), await blobs.write(TWO, IMAGE)
    with pytest.raises(DecryptionFailed):
        await blobs.read(ONE, second)
    with pytest.raises(DecryptionFailed):
        await BlobFolder(folder, Keyring("another secret")).read(ONE, first)
    (folder / TWO).replace(folder / ONE)
    with pytest.raises(ImageDamaged):
        await blobs.read(ONE, first)


async def test_an_altered_file_does_not_decrypt(blobs: BlobFolder, folder: Path) -> None:
    key = await blobs.write(ONE, IMAGE)
    content = bytearray((folder / ONE).read_bytes())
    content[-1] ^= 1
    (folder / ONE).write_bytes(content)
    with pytest.raises(ImageDamaged):
        await blobs.read(ONE, key)


async def test_a_file_that_is_gone_is_not_found(blobs: BlobFolder) -> None:
    key = await blobs.write(ONE, IMAGE)
    await blobs.remove(ONE)
    await blobs.remove(ONE)
    with pytest.raises(NotFound):
        await blobs.read(ONE, key)


async def test_a_write_that_fails_leaves_nothing_behind(
    blobs: BlobFolder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("clinicpro_images.images.blob_store.folder.os.fsync", disk_full)
    with pytest.raises(StorageUnavailable, match="disk is full"):
        await blobs.write(ONE, IMAGE)
    assert names_in(folder) == set()


async def test_a_file_gets_its_name_only_once_it_is_complete(
    blobs: BlobFolder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, at_sync = os.fsync, []

    def record_names(descriptor: int) -> None:
        at_sync.append([name.partition(".")[2][-4:] for name in names_in(folder)])
        synced(descriptor)

    monkeypatch.setattr("clinicpro_images.images.blob_store.folder.os.fsync", record_names)
    await blobs.write(ONE, IMAGE)
    # First the file under a name for unfinished ones, then the folder with the file under its final name.
    assert at_sync == [["part"], [""]]


async def test_only_old_files_of_ours_without_an_image_are_removed(blobs: BlobFolder, folder: Path) -> None:
    names = {
        "stray": "3" * 32,
        "unfinished": f"{'4' * 32}.{'5' * 32}.part",
        "kept": ONE,
        "beside": f"{'7' * 32}.{'8' * 32}",
        "beside, unfinished": f"{'7' * 32}.{'8' * 32}.{'9' * 32}.part",
        "beside, kept": f"{ONE}.{'8' * 32}",
        "fresh": TWO,
        "notes": "README.txt",
        "short": "6" * 31,
        "upper": "A" * 32,
        "another part": "download.part",
    }
    for name in names.values():
        (folder / name).write_bytes(b"x")
        age(folder / name)
    age(folder / TWO, NOW)
    known = frozenset({ONE, names["beside, kept"]})
    assert await blobs.remove_strays(known, before=NOW - 3600) == 0, "not known to be ours"
    await blobs.claim(INSTALLATION)
    assert await blobs.remove_strays(known, before=NOW - 3600) == 4
    left = set(names.values()) - {
        names[name] for name in ("stray", "unfinished", "beside", "beside, unfinished")
    }
    assert names_in(folder) == left


async def test_what_was_swept_by_mistake_can_be_read_for_a_day(blobs: BlobFolder, folder: Path) -> None:
    await blobs.claim(INSTALLATION)
    key = await blobs.write(ONE, IMAGE)
    soon = time.time() + 60
    assert await blobs.remove_strays(frozenset(), before=soon) == 1
    assert ONE not in names_in(folder)
    assert await blobs.read(ONE, key) == IMAGE
    assert ONE in names_in(folder)
    assert await blobs.remove_strays(frozenset(), before=soon) == 1
    await blobs.remove_strays(frozenset(), before=soon + 24 * 3600)
    with pytest.raises(NotFound):
        await blobs.read(ONE, key)


async def test_one_sweep_never_takes_everything(blobs: BlobFolder, folder: Path) -> None:
    await blobs.claim(INSTALLATION)
    for number in range(50):
        path = folder / f"{number:032x}"
        path.write_bytes(b"x")
        age(path)
    assert await blobs.remove_strays(frozenset(), before=NOW) == 20


async def test_a_store_is_claimed_once_and_by_one_installation(blobs: BlobFolder) -> None:
    await claim_store(blobs, INSTALLATION, is_new=True)
    await claim_store(blobs, INSTALLATION, is_new=False)
    for is_new in (True, False):
        with pytest.raises(StoreOfAnother):
            await claim_store(blobs, "another", is_new=is_new)


async def test_a_new_database_never_claims_a_store_with_photos(blobs: BlobFolder) -> None:
    await blobs.write(ONE, IMAGE)
    with pytest.raises(StoreOfAnother):
        await claim_store(blobs, INSTALLATION, is_new=True)
    await claim_store(blobs, INSTALLATION, is_new=False)


async def test_two_purges_at_once_remove_each_file_once(blobs: BlobFolder, folder: Path) -> None:
    await blobs.claim(INSTALLATION)
    for number in range(15):
        path = folder / f"{number:032x}"
        path.write_bytes(b"x")
        age(path)
    removed = await asyncio.gather(*(blobs.remove_strays(frozenset(), before=NOW) for _ in range(2)))
    assert sum(removed) == 15
    assert names_in(folder) == set()


async def test_checking_the_folder_leaves_nothing_in_it(blobs: BlobFolder, folder: Path) -> None:
    await blobs.check()
    assert names_in(folder) == set()


async def test_a_folder_that_is_gone_fails_the_check(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable):
        await BlobFolder(tmp_path / "nowhere", KEYRING).check()
