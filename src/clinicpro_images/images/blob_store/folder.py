"""Image content in a folder: encrypted, named by random ids, and flushed to disk before a write returns."""

import asyncio
import contextlib
import errno
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from clinicpro_images.crypto.keyring import Keyring, encrypt_in_parts
from clinicpro_images.images.blob_store.faults import decrypt_image, disk_faults, missing
from clinicpro_images.images.blob_store.names import OURS, image_of
from clinicpro_images.images.blob_store.ownership import MARK, OWNER, TRASH, TRASH_SECONDS, most_at_once
from clinicpro_images.images.blob_store.protocol import PROBE_BYTES

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

    async def write(self, name: str, content: bytes) -> bytes:
        """Store the bytes durably; return the wrapped key that decrypts them."""
        key, wrapped = self._keyring.new_content_key(image_of(name))
        await self._do(self._write, name, key, content)
        return wrapped

    async def read(self, name: str, wrapped_key: bytes) -> bytes:
        """Return the bytes; raises NotFound if the file is gone."""
        key = self._keyring.content_key(wrapped_key, image_of(name))
        return await self._do(self._read, name, key)

    async def read_encrypted(self, name: str) -> bytes:
        """Return the encrypted file; raises NotFound if it is gone."""
        return await self._do(self._read_encrypted, name)

    async def write_encrypted(self, name: str, encrypted: bytes) -> None:
        """Store an encrypted file."""
        await self._do(self._write_encrypted, name, encrypted)

    async def remove(self, name: str) -> None:
        """Delete the file, if it is there."""
        await asyncio.to_thread(self._path(name).unlink, missing_ok=True)

    async def discard(self, name: str) -> None:
        """Move the file to the trash, if it is there."""
        await asyncio.to_thread(self._discard, name)

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

    def _path(self, name: str) -> Path:
        return self._folder / name

    def _write(self, name: str, key: bytes, content: bytes) -> None:
        self._write_encrypted(name, *encrypt_in_parts(key, content, f"picture/{image_of(name)}"))

    def _write_encrypted(self, name: str, *encrypted: bytes) -> None:
        unfinished = self._folder / f"{name}.{uuid.uuid4().hex}.part"
        try:
            with open(unfinished, "xb", opener=_private) as file:
                file.writelines(encrypted)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._path(name))
        finally:
            unfinished.unlink(missing_ok=True)
        # The file's name is durable only once the folder is flushed.
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self, name: str, key: bytes) -> bytes:
        return decrypt_image(key, self._read_encrypted(name), name)

    def _read_encrypted(self, name: str) -> bytes:
        try:
            # Not mapped: where the disk can't read a page of a mapped file, the whole process ends.
            return self._stored_at(name).read_bytes()
        except FileNotFoundError as error:
            if not self._folder.is_dir():
                raise  # nothing can be said of a single photo
            raise missing() from error

    def _holds_images(self) -> bool:
        folders = [folder for folder in (self._folder, self._beside(TRASH)) if folder.exists()]
        return any(OURS.fullmatch(path.name) for folder in folders for path in folder.iterdir())

    def _discard(self, name: str) -> None:
        trash = self._beside(TRASH)
        trash.mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.utime(self._path(name))  # when it came into the trash
            self._path(name).rename(trash / name)

    def _remove_strays(self, known: frozenset[str], before: float) -> int:
        trash = self._beside(TRASH)
        trash.mkdir(mode=0o700, exist_ok=True)
        found = [path for path in self._folder.iterdir() if OURS.fullmatch(path.name)]
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

    def _stored_at(self, name: str) -> Path:
        """Return where the file is: in the folder, or in the trash, from where it is put back."""
        path, trashed = self._path(name), self._beside(TRASH) / name
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
