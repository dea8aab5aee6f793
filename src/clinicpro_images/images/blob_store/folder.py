"""Image content in a folder: encrypted, named by random ids, and flushed to disk before a write returns."""

import asyncio
import contextlib
import os
import re
import uuid
from mmap import ACCESS_READ, mmap
from pathlib import Path

from clinicpro_images.crypto.keyring import Keyring, decrypt, encrypt_in_parts
from clinicpro_images.errors import NotFound

# An image's id, or a file that was being written: nothing else in the folder may be deleted.
_OURS = re.compile(r"[0-9a-f]{32}(\.[0-9a-f]{32}\.part)?")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class BlobFolder:
    """One encrypted file per image. The image's key is in its row; without it, the file can't be decrypted."""

    def __init__(self, folder: Path, keyring: Keyring) -> None:
        """Store files in `folder`, which is created if missing."""
        self._folder = folder
        self._keyring = keyring

    async def prepare(self) -> None:
        """Create the folder, readable by this user only; raises OSError."""
        await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)

    async def check(self) -> None:
        """Write and remove a file; raises OSError if the folder isn't writable."""
        await asyncio.to_thread(self._probe)

    async def write(self, image_id: str, content: bytes) -> bytes:
        """Store the bytes durably; return the wrapped key that decrypts them."""
        key, wrapped = self._keyring.new_content_key(image_id)
        await asyncio.to_thread(self._write, image_id, key, content)
        return wrapped

    async def replace(self, image_id: str, wrapped_key: bytes, content: bytes) -> None:
        """Store other bytes durably under the key that is there; at every moment one of the two is complete."""
        key = self._keyring.content_key(wrapped_key, image_id)
        await asyncio.to_thread(self._write, image_id, key, content)

    async def read(self, image_id: str, wrapped_key: bytes) -> bytes:
        """Return the bytes; raises NotFound if the file is gone."""
        key = self._keyring.content_key(wrapped_key, image_id)
        try:
            return await asyncio.to_thread(self._read, image_id, key)
        except FileNotFoundError as error:
            raise NotFound("This photo is no longer stored here. Take a new one.") from error

    async def read_encrypted(self, image_id: str) -> bytes:
        """Return the encrypted file; raises NotFound if it is gone."""
        try:
            return await asyncio.to_thread(self._path(image_id).read_bytes)
        except FileNotFoundError as error:
            raise NotFound("This photo is no longer stored here. Take a new one.") from error

    async def write_encrypted(self, image_id: str, encrypted: bytes) -> None:
        """Store an encrypted file."""
        await asyncio.to_thread(self._write_encrypted, image_id, encrypted)

    async def remove(self, image_id: str) -> None:
        """Delete the file, if it is there."""
        await asyncio.to_thread(self._path(image_id).unlink, missing_ok=True)

    async def remove_strays(self, known: frozenset[str], *, before: float) -> int:
        """Delete files last written `before` that belong to no image; return how many.

        A crash can leave one, between writing a file and its row, or between deleting the row and the file.
        """
        return await asyncio.to_thread(self._remove_strays, known, before)

    async def close(self) -> None:
        """Do nothing: no file is kept open."""

    def _path(self, image_id: str) -> Path:
        return self._folder / image_id

    def _write(self, image_id: str, key: bytes, content: bytes) -> None:
        self._write_encrypted(image_id, *encrypt_in_parts(key, content, f"picture/{image_id}"))

    def _write_encrypted(self, image_id: str, *encrypted: bytes) -> None:
        unfinished = self._folder / f"{image_id}.{uuid.uuid4().hex}.part"
        try:
            with open(unfinished, "xb", opener=_private) as file:
                file.writelines(encrypted)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._path(image_id))
        finally:
            unfinished.unlink(missing_ok=True)
        # The file's name is durable only once the folder is flushed.
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self, image_id: str, key: bytes) -> bytes:
        with self._path(image_id).open("rb") as file:
            # Decrypt from the page cache, without a copy; an empty file can't be mapped.
            empty = os.fstat(file.fileno()).st_size == 0
            with (
                contextlib.nullcontext(b"")
                if empty
                else mmap(file.fileno(), 0, access=ACCESS_READ) as encrypted
            ):
                return decrypt(key, encrypted, f"picture/{image_id}")

    def _remove_strays(self, known: frozenset[str], before: float) -> int:
        removed = 0
        for path in self._folder.iterdir():
            if not _OURS.fullmatch(path.name) or path.name in known:
                continue
            # A file that was being written may have been renamed since, or another purge deleted it.
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    removed += 1
        return removed

    def _probe(self) -> None:
        probe = self._folder / f"{uuid.uuid4().hex}.part"
        probe.write_bytes(b"")
        probe.unlink()
