"""Image content in an S3 bucket: encrypted and named as in the folder, but shared by several gateways."""

import asyncio
import contextlib
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import obstore
import structlog
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from clinicpro_images.crypto.keyring import Keyring, encrypt
from clinicpro_images.errors import StorageUnavailable
from clinicpro_images.images.blob_store.faults import decrypt_image, missing
from clinicpro_images.images.blob_store.names import OURS, image_of
from clinicpro_images.images.blob_store.ownership import MARK, OWNER, TRASH, TRASH_SECONDS, most_at_once
from clinicpro_images.images.blob_store.protocol import PROBE_BYTES

_AT_ONCE = 16
# A clinician is waiting: a store that doesn't respond within these seconds counts as unavailable.
_CONNECT_SECONDS = 3
_CALL_SECONDS = 15
_RETRY_SECONDS = 10
_RETRIES = 3
_GONE = (NotFoundError, FileNotFoundError)  # the client raises Python's own

T = TypeVar("T")

log = structlog.get_logger()


class BlobBucket:
    """One encrypted object per image. The image's key is in its row; without it, the object can't be decrypted.

    It has its own threads, because the client's asynchronous API can abort the interpreter when a program ends, and
    because a store that doesn't respond must not block other threads.
    """

    def __init__(self, url: str, options: Mapping[str, str], keyring: Keyring) -> None:
        """`url` is `s3://bucket/prefix`; `options` are AWS_ variables that override the process's environment."""
        parts = urlsplit(url)
        self._keyring = keyring
        self._bucket = parts.netloc
        self._store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            # The client would use bulk delete even for one object, and many S3-compatible stores don't support it.
            config={"disable_bulk_delete": True, **{name.lower(): value for name, value in options.items()}},  # type: ignore[arg-type]
            client_options={
                # The settings allow plain http for this machine only.
                "allow_http": options.get("AWS_ENDPOINT_URL", "").startswith("http://"),
                "connect_timeout": timedelta(seconds=_CONNECT_SECONDS),
                "timeout": timedelta(seconds=_CALL_SECONDS),
                "pool_idle_timeout": timedelta(seconds=_CALL_SECONDS),
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=_RETRY_SECONDS)},
        )
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="storage")

    async def prepare(self) -> None:
        """Do nothing: the operator creates the bucket, and `check` tests it."""

    async def check(self) -> None:
        """Write an object, read it back and remove it; raises StorageUnavailable."""
        await self._do(self._probe)

    async def write(self, name: str, content: bytes) -> bytes:
        """Store the bytes durably; return the wrapped key that decrypts them. Raises StorageUnavailable."""
        key, wrapped = self._keyring.new_content_key(image_of(name))
        await self._do(lambda: self._write(name, encrypt(key, content, f"picture/{image_of(name)}")))
        return wrapped

    async def read(self, name: str, wrapped_key: bytes) -> bytes:
        """Return the bytes; raises NotFound if the object is gone, StorageUnavailable if the store fails."""
        key = self._keyring.content_key(wrapped_key, image_of(name))
        return decrypt_image(key, await self.read_encrypted(name), name)

    async def read_encrypted(self, name: str) -> bytes:
        """Return the encrypted object; raises NotFound, StorageUnavailable."""
        encrypted = await self._do(lambda: self._read(name))
        if encrypted is None:
            raise missing()
        return encrypted

    async def write_encrypted(self, name: str, encrypted: bytes) -> None:
        """Store an encrypted object; raises StorageUnavailable."""
        await self._do(lambda: self._write(name, encrypted))

    async def remove(self, name: str) -> None:
        """Delete the object, if it is there. If that fails it is purged later; its key is destroyed already."""
        try:
            await self._do(lambda: self._remove(name))
        except StorageUnavailable:
            log.warning(
                "storage.not-removed",
                message="An object without a key could not be deleted; it will be purged later.",
            )

    async def discard(self, name: str) -> None:
        """Move the object to the trash, if it is there. If that fails it is moved later, as one without an image."""
        with contextlib.suppress(StorageUnavailable):
            await self._do(lambda: self._discard(name))

    async def remove_strays(self, known: frozenset[str], *, before: float) -> int:
        """Move objects last written `before` that belong to no image to the trash, some at once; return how many."""
        if await self.owner() != self._keyring.keyed_hash("installation"):
            return 0
        return await self._do(lambda: self._remove_strays(known, before))

    async def owner(self) -> str | None:
        """Return the installation that this prefix belongs to; None if it doesn't say. Raises StorageUnavailable."""
        return await self._note(OWNER)

    async def claim(self, installation: str) -> None:
        """Store which installation it belongs to; raises StorageUnavailable."""
        await self._do(lambda: self._write(OWNER, installation.encode()))

    async def read_mark(self) -> str | None:
        """Return what `write_mark` has stored; raises StorageUnavailable."""
        return await self._note(MARK)

    async def write_mark(self, text: str) -> None:
        """Store how far the database has got; raises StorageUnavailable."""
        await self._do(lambda: self._write(MARK, text.encode()))

    async def holds_images(self) -> bool:
        """Whether there is any object of an image, also in the trash; raises StorageUnavailable."""
        return await self._do(
            lambda: any(OURS.fullmatch(found["path"].rpartition("/")[2]) for found in self._listed())
        )

    async def close(self) -> None:
        """Wait for running calls, and end the threads."""
        await asyncio.to_thread(self._threads.shutdown)

    async def _note(self, name: str) -> str | None:
        stored = await self._do(lambda: self._read(name))
        return None if stored is None else stored.decode().strip()

    async def _do(self, doing: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, doing)
        except (BaseError, OSError) as error:
            # The error's text can contain the request's URL and signature, so only its class is logged.
            log.warning("storage.unavailable", message="The object store failed.", fault=_kind(error))
            raise StorageUnavailable(integrator=self._why(error)) from error

    def _why(self, error: Exception) -> str:
        if isinstance(error, _GONE):
            return (
                f"Bucket {self._bucket} doesn't exist, or these credentials may not use it ({_kind(error)})."
            )
        return f"The object store failed ({_kind(error)})."

    def _write(self, name: str, encrypted: bytes) -> None:
        obstore.put(self._store, name, encrypted, use_multipart=False)

    def _read(self, name: str) -> bytes | None:
        for path in (name, f"{TRASH}/{name}"):
            with contextlib.suppress(*_GONE):
                return bytes(obstore.get(self._store, path).bytes())
        return None

    def _remove(self, name: str) -> None:
        with contextlib.suppress(*_GONE):
            obstore.delete(self._store, name)

    def _listed(self) -> Iterator[Any]:
        for page in obstore.list(self._store, chunk_size=1000):
            yield from page

    def _discard(self, name: str) -> None:
        with contextlib.suppress(*_GONE):
            obstore.copy(self._store, name, f"{TRASH}/{name}")
            self._remove(name)

    def _remove_strays(self, known: frozenset[str], before: float) -> int:
        listed = list(self._listed())
        ours = [found for found in listed if OURS.fullmatch(found["path"])]
        strays = [
            found["path"]
            for found in ours
            if found["path"] not in known and found["last_modified"].timestamp() < before
        ][: most_at_once(len(ours))]
        for name in strays:
            self._discard(name)
        for found in listed:
            in_trash = found["path"].startswith(f"{TRASH}/")
            if in_trash and found["last_modified"].timestamp() < before - TRASH_SECONDS:
                self._remove(found["path"])
        return len(strays)

    def _probe(self) -> None:
        # A name that a purge recognises, in case this process ends between the two calls.
        name, content = f"{uuid.uuid4().hex}.{uuid.uuid4().hex}.part", os.urandom(PROBE_BYTES)
        obstore.put(self._store, name, content, use_multipart=False)
        stored = bytes(obstore.get(self._store, name).bytes())
        self._remove(name)
        if stored != content:
            raise OSError("The object store returned something else than was written.")


def _kind(error: Exception) -> str:
    return type(error).__name__
