"""What goes wrong on a disk, as the clinician is told it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from clinicpro_images.crypto.keyring import DecryptionFailed, decrypt
from clinicpro_images.errors import DISK_FULL, DISK_READ_ONLY, NotFound, StorageUnavailable
from clinicpro_images.images.blob_store.names import image_of
from clinicpro_images.images.errors import ImageDamaged

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})

log = structlog.get_logger()


@contextmanager
def disk_faults() -> Iterator[None]:
    """Raise StorageUnavailable, with the cause, if the disk fails."""
    try:
        yield
    except OSError as error:
        kind = errno.errorcode.get(error.errno or 0, type(error).__name__)
        # The error's text has the path, which may name the practice.
        log.warning("storage.unavailable", message="The photo store failed.", fault=kind)
        if error.errno in _FULL:
            raise StorageUnavailable(
                DISK_FULL, integrator=f"The disk of the photo store is full ({kind})."
            ) from error
        if error.errno in _READ_ONLY:
            raise StorageUnavailable(
                DISK_READ_ONLY, integrator=f"The photo store can't be written to ({kind})."
            ) from error
        raise StorageUnavailable(integrator=f"The disk of the photo store failed ({kind}).") from error


def missing() -> NotFound:
    """Return the error for content that is not there."""
    return NotFound("This photo is no longer stored here. Take a new one.")


def decrypt_image(key: bytes, encrypted: bytes, name: str) -> bytes:
    """Decrypt the content that is stored as `name`; raises ImageDamaged if the bytes are not those that were stored."""
    try:
        return decrypt(key, encrypted, f"picture/{image_of(name)}")
    except DecryptionFailed as error:
        # Without a traceback: the file is at fault, not the program.
        log.error(  # noqa: TRY400
            "storage.damaged",
            message="A stored photo is damaged; it can't be filed. Check the disk.",
            file=name,
        )
        raise ImageDamaged from error
