"""Images in a bucket of a real S3 server: encrypted, read back, and only our own are ever removed."""

import uuid
from collections.abc import AsyncIterator

import obstore
import pytest
from obstore.store import S3Store

from clinicpro_images.crypto.keyring import DecryptionFailed, Keyring
from clinicpro_images.errors import NotFound, StorageUnavailable
from clinicpro_images.images.blob_store.ownership import OWNER, TRASH
from clinicpro_images.images.blob_store.s3 import BlobBucket
from clinicpro_images.images.errors import ImageDamaged
from crash.programs import free_port
from object_store import ObjectStore

pytestmark = pytest.mark.anyio

KEYRING = Keyring("a secret of this installation")
ONE, TWO = "1" * 32, "2" * 32
IMAGE = b"\xff\xd8\xff not quite a picture" * 100
TOMORROW = 9e9


@pytest.fixture
def url(object_store: ObjectStore) -> str:
    return object_store.new_bucket(f"b{uuid.uuid4().hex}")


@pytest.fixture
def objects(object_store: ObjectStore, url: str) -> S3Store:
    """What is in the bucket, as another client sees it."""
    return object_store.objects(url)


@pytest.fixture
async def bucket(object_store: ObjectStore, url: str) -> AsyncIterator[BlobBucket]:
    bucket = BlobBucket(url, object_store.environ, KEYRING)
    yield bucket
    await bucket.close()


def names_in(objects: S3Store) -> set[str]:
    return {found["path"] for page in obstore.list(objects) for found in page}


async def test_an_image_is_read_back_unchanged(bucket: BlobBucket) -> None:
    assert await bucket.read(ONE, await bucket.write(ONE, IMAGE)) == IMAGE


async def test_the_object_reveals_nothing_and_decrypts_only_with_its_own_key(
    bucket: BlobBucket, objects: S3Store
) -> None:
    first, second = await bucket.write(ONE, IMAGE), await bucket.write(TWO, IMAGE)
    assert names_in(objects) == {ONE, TWO}
    assert b"picture" not in bytes(obstore.get(objects, ONE).bytes())
    with pytest.raises(DecryptionFailed):
        await bucket.read(ONE, second)
    obstore.put(objects, ONE, obstore.get(objects, TWO).bytes())
    with pytest.raises(ImageDamaged):
        await bucket.read(ONE, first)


async def test_an_object_that_is_gone_is_not_found(bucket: BlobBucket) -> None:
    key = await bucket.write(ONE, IMAGE)
    await bucket.remove(ONE)
    await bucket.remove(ONE)
    with pytest.raises(NotFound):
        await bucket.read(ONE, key)


async def test_only_old_objects_without_an_image_are_removed(bucket: BlobBucket, objects: S3Store) -> None:
    await bucket.write(ONE, IMAGE)
    await bucket.write(TWO, IMAGE)
    obstore.put(objects, "somebody-elses.txt", b"")
    assert await bucket.remove_strays(frozenset({ONE}), before=TOMORROW) == 0, "not known to be ours"
    await bucket.claim(KEYRING.keyed_hash("installation"))
    assert await bucket.remove_strays(frozenset({ONE}), before=0.0) == 0
    assert await bucket.remove_strays(frozenset({ONE}), before=TOMORROW) == 1
    assert names_in(objects) == {ONE, "somebody-elses.txt", OWNER, f"{TRASH}/{TWO}"}


async def test_objects_outside_the_prefix_are_left_alone(object_store: ObjectStore, url: str) -> None:
    elsewhere = url.replace("staged", "other")
    other = BlobBucket(elsewhere, object_store.environ, KEYRING)
    mine = BlobBucket(url, object_store.environ, KEYRING)
    await other.write(ONE, IMAGE)
    await mine.claim(KEYRING.keyed_hash("installation"))
    assert await mine.remove_strays(frozenset(), before=TOMORROW) == 0
    assert names_in(object_store.objects(elsewhere)) == {ONE}
    await mine.close()
    await other.close()


async def test_the_check_leaves_nothing_behind(bucket: BlobBucket, objects: S3Store) -> None:
    await bucket.prepare()
    await bucket.check()
    assert names_in(objects) == set()


async def test_a_bucket_that_does_not_exist_fails_the_check(object_store: ObjectStore) -> None:
    bucket = BlobBucket("s3://there-is-no-such-bucket/x", object_store.environ, KEYRING)
    with pytest.raises(StorageUnavailable):
        await bucket.check()
    await bucket.close()


async def test_a_store_that_is_gone_is_unavailable_and_a_removal_is_left_to_the_next_purge() -> None:
    nobody = ObjectStore(free_port())
    bucket = BlobBucket("s3://bucket/x", nobody.environ, KEYRING)
    with pytest.raises(StorageUnavailable) as refused:
        await bucket.write(ONE, IMAGE)
    assert refused.value.retryable
    assert ONE not in refused.value.integrator
    await bucket.remove(ONE)
    await bucket.close()
