"""Opens the blob store that the settings name, once it is known to be the installation's own."""

import contextlib
from pathlib import Path

from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.errors import StorageUnavailable
from clinicpro_images.images.blob_store.folder import BlobFolder
from clinicpro_images.images.blob_store.ownership import StoreOfAnother, claim_store
from clinicpro_images.images.blob_store.protocol import OwnedBlobStore
from clinicpro_images.restore.notice import Opened
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings


def open_blobs(settings: Settings, keyring: Keyring) -> OwnedBlobStore:
    """Return the blob store that the settings name; the caller closes it."""
    if settings.storage_url.startswith("s3://"):
        # The object store's client takes 4 MB, which a gateway that uses a folder would waste.
        from clinicpro_images.images.blob_store.s3 import BlobBucket  # noqa: PLC0415

        return BlobBucket(settings.storage_url, dict(settings.storage_options), keyring)
    return BlobFolder(Path(settings.storage_url), keyring)


async def prepare_blobs(
    stack: contextlib.AsyncExitStack,
    settings: Settings,
    opened: Opened,
    *,
    keyring: Keyring,
    given: OwnedBlobStore | None,
) -> OwnedBlobStore:
    """Return the store that is given, or the installation's own; raises SettingsError if that is another one's."""
    if given is not None:
        await given.prepare()
        return given
    blobs = open_blobs(settings, keyring)
    stack.push_async_callback(blobs.close)
    await blobs.prepare()
    try:
        await claim_store(
            blobs,
            keyring.keyed_hash("installation"),
            is_new=opened.unused,
            expected_images=opened.expected_images,
        )
    except StoreOfAnother as error:
        raise SettingsError("CLINICPRO_STORAGE_URL", str(error)) from error
    except StorageUnavailable:
        pass  # The gateway starts, and is not ready; nothing in a store is swept until it is known to be its own.
    return blobs
