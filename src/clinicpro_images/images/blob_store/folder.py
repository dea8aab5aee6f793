"""Picture bytes in a folder: sealed, under names that say nothing, on disk before anyone is told."""

import asyncio
import contextlib
import os
import re
import uuid
from mmap import ACCESS_READ, mmap
from pathlib import Path

from clinicpro_images.crypto.keyring import Keyring, decrypt, encrypt_in_parts
from clinicpro_images.errors import NotFound

# A picture's id, or a file that was being written: nothing else in the folder is ours to delete.
_OURS = re.compile(r"[0-9a-f]{32}(\.[0-9a-f]{32}\.part)?")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class BlobFolder:
    """One sealed file per picture. A picture's key is in its row: without the row the file is noise."""

    def __init__(self, folder: Path, keyring: Keyring) -> None:
        """Keep files under `folder`, which is made when missing."""
        self._folder = folder
        self._keyring = keyring

    async def prepare(self) -> None:
        """Make the folder, readable by this user only; raises OSError when that can't be."""
        await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)

    async def check(self) -> None:
        """Write and remove a file; raises OSError when the folder can't be written."""
        await asyncio.to_thread(self._probe)

    async def write(self, image_id: str, content: bytes) -> bytes:
        """Store the bytes durably; return the wrapped key that opens them."""
        key, wrapped = self._keyring.new_content_key(image_id)
        await asyncio.to_thread(self._write, image_id, key, content)
        return wrapped

    async def read(self, image_id: str, wrapped_key: bytes) -> bytes:
        """Return the bytes; raises NotFound when the file is gone."""
        key = self._keyring.content_key(wrapped_key, image_id)
        try:
            return await asyncio.to_thread(self._read, image_id, key)
        except FileNotFoundError as error:
            raise NotFound("This picture is no longer stored here. Take a new one.") from error

    async def read_encrypted(self, image_id: str) -> bytes:
        """Return the file as it is; raises NotFound when it is gone."""
        try:
            return await asyncio.to_thread(self._path(image_id).read_bytes)
        except FileNotFoundError as error:
            raise NotFound("This picture is no longer stored here. Take a new one.") from error

    async def write_encrypted(self, image_id: str, encrypted: bytes) -> None:
        """Store a sealed file as it is."""
        await asyncio.to_thread(self._write_encrypted, image_id, encrypted)

    async def remove(self, image_id: str) -> None:
        """Delete the file, if it is there."""
        await asyncio.to_thread(self._path(image_id).unlink, missing_ok=True)

    async def remove_strays(self, known: frozenset[str], *, before: float) -> int:
        """Delete files last written `before` that belong to no picture; returns how many.

        A crash between the file and its row leaves one, and one between the row's end and the file's.
        """
        return await asyncio.to_thread(self._remove_strays, known, before)

    async def close(self) -> None:
        """Nothing is held open."""

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
        # The name is durable only once its folder is.
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self, image_id: str, key: bytes) -> bytes:
        with self._path(image_id).open("rb") as file:
            # Opened where it lies in the system's memory, not copied into ours first; what is empty can't be mapped.
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
            # A file that was being written may have got its name meanwhile, or another sweep met it.
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    removed += 1
        return removed

    def _probe(self) -> None:
        probe = self._folder / f"{uuid.uuid4().hex}.part"
        probe.write_bytes(b"")
        probe.unlink()
