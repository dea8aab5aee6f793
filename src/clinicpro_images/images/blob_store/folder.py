"""Image content in a folder: encrypted, named by random ids, and flushed to disk before a write returns."""

import asyncio
import contextlib
import errno
import os
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from clinicpro_images.crypto.keyring import Keyring, encrypt_in_parts
from clinicpro_images.images.blob_store.faults import decrypt_image, disk_faults, missing
from clinicpro_images.images.blob_store.ownership import MARK, OWNER, TRASH, TRASH_SECONDS, most_at_once
from clinicpro_images.images.blob_store.protocol import PROBE_BYTES

# An image's id, or a file that was being written: nothing else in the folder may be deleted.
_OURS = re.compile(r"[0-9a-f]{32}(\.[0-9a-f]{32}\.part)?")


P = ParamSpec("P")
T = TypeVar("T")


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
        """Write a file, flush it, read it back and remove it; raises StorageUnavailable."""
        await self._do(self._probe)

    async def write(self, image_id: str, content: bytes) -> bytes:
        """Store the bytes durably; return the wrapped key that decrypts them."""
        key, wrapped = self._keyring.new_content_key(image_id)
        await self._do(self._write, image_id, key, content)
        return wrapped

    async def replace(self, image_id: str, wrapped_key: bytes, content: bytes) -> None:
        """Store other bytes durably under the key that is there; at every moment one of the two is complete."""
        key = self._keyring.content_key(wrapped_key, image_id)
        await self._do(self._write, image_id, key, content)

    async def read(self, image_id: str, wrapped_key: bytes) -> bytes:
        """Return the bytes; raises NotFound if the file is gone."""
        key = self._keyring.content_key(wrapped_key, image_id)
        return await self._do(self._read, image_id, key)

    async def read_encrypted(self, image_id: str) -> bytes:
        """Return the encrypted file; raises NotFound if it is gone."""
        return await self._do(self._read_encrypted, image_id)

    async def write_encrypted(self, image_id: str, encrypted: bytes) -> None:
        """Store an encrypted file."""
        await self._do(self._write_encrypted, image_id, encrypted)

    async def remove(self, image_id: str) -> None:
        """Delete the file, if it is there."""
        await asyncio.to_thread(self._path(image_id).unlink, missing_ok=True)

    async def discard(self, image_id: str) -> None:
        """Move the file to the trash, if it is there."""
        await asyncio.to_thread(self._discard, image_id)

    async def remove_strays(self, known: frozenset[str], *, before: float) -> int:
        """Move files last written `before` that belong to no image to the trash, some at once; return how many.

        A crash can leave one, between writing a file and its row, or between deleting the row and the file. But a missing
        row may also mean a wrong database, so the files can be read from the trash for a day.
        """
        if await self.owner() != self._keyring.keyed_hash("installation"):
            return 0
        return await asyncio.to_thread(self._remove_strays, known, before)

    async def owner(self) -> str | None:
        """Return the installation that this folder belongs to; None if it doesn't say."""
        return await asyncio.to_thread(self._note, OWNER)

    async def claim(self, installation: str) -> None:
        """Store which installation it belongs to."""
        await asyncio.to_thread(self._write_note, OWNER, installation)

    async def read_mark(self) -> str | None:
        """Return what `write_mark` has stored."""
        return await asyncio.to_thread(self._note, MARK)

    async def write_mark(self, text: str) -> None:
        """Store how far the database has got, beside the folder."""
        await asyncio.to_thread(self._write_note, MARK, text)

    async def holds_images(self) -> bool:
        """Whether there is any file of an image, also in the trash."""
        return await asyncio.to_thread(self._holds_images)

    async def close(self) -> None:
        """Do nothing: no file is kept open."""

    async def _do(self, doing: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        def run() -> T:
            with disk_faults():
                return doing(*args, **kwargs)

        return await asyncio.to_thread(run)

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
        return decrypt_image(key, self._read_encrypted(image_id), f"picture/{image_id}")

    def _read_encrypted(self, image_id: str) -> bytes:
        try:
            # Not mapped: where the disk can't read a page of a mapped file, the whole process ends.
            return self._stored_at(image_id).read_bytes()
        except FileNotFoundError as error:
            if not self._folder.is_dir():
                raise  # nothing can be said of a single photo
            raise missing() from error

    def _holds_images(self) -> bool:
        folders = [folder for folder in (self._folder, self._beside(TRASH)) if folder.exists()]
        return any(_OURS.fullmatch(path.name) for folder in folders for path in folder.iterdir())

    def _discard(self, image_id: str) -> None:
        trash = self._beside(TRASH)
        trash.mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.utime(self._path(image_id))  # when it came into the trash
            self._path(image_id).rename(trash / image_id)

    def _remove_strays(self, known: frozenset[str], before: float) -> int:
        trash = self._beside(TRASH)
        trash.mkdir(mode=0o700, exist_ok=True)
        found = [path for path in self._folder.iterdir() if _OURS.fullmatch(path.name)]
        removed = 0
        for path in found:
            if path.name in known or removed >= most_at_once(len(found)):
                continue
            # A file that was being written may have been renamed since, or another purge moved it.
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    os.utime(path)  # when it came into the trash
                    path.rename(trash / path.name)
                    removed += 1
        for path in trash.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before - TRASH_SECONDS:
                    path.unlink()
        return removed

    def _note(self, name: str) -> str | None:
        try:
            return self._beside(name).read_text("ascii").strip()
        except FileNotFoundError:
            return None

    def _write_note(self, name: str, text: str) -> None:
        unfinished = self._beside(f"{name}.{uuid.uuid4().hex}.part")
        with open(unfinished, "xb", opener=_private) as file:
            file.write(text.encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._beside(name))

    def _beside(self, name: str) -> Path:
        """Return the path of something that is no image: beside the folder, or inside if the folder is a volume."""
        parent = self._folder.parent
        is_volume = self._folder.is_mount() or not os.access(parent, os.W_OK)
        return self._folder / name if is_volume else parent / f"{self._folder.name}.{name}"

    def _stored_at(self, image_id: str) -> Path:
        """Return where the file is: in the folder, or in the trash, from where it is put back."""
        path, trashed = self._path(image_id), self._beside(TRASH) / image_id
        if not path.exists() and trashed.exists():
            with contextlib.suppress(FileNotFoundError):
                trashed.rename(path)
        return path

    def _probe(self) -> None:
        # A name that a purge recognises, in case this process ends in between.
        probe, content = self._folder / f"{uuid.uuid4().hex}.{uuid.uuid4().hex}.part", os.urandom(PROBE_BYTES)
        try:
            with open(probe, "xb", opener=_private) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if probe.read_bytes() != content:
                raise OSError(errno.EIO, "The disk returned something else than was written.")
        finally:
            probe.unlink(missing_ok=True)
