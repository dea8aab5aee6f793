"""A storage backend in a folder: `{id}.bin` holds the attachment and `{id}.json`, written last, the resource."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import anyio.to_thread

from alex_sandbox.storage.stored_resources import StoredResource


class DiskStore:
    """Survives restarts. An interrupted write leaves no `.json` file, so `load` ignores it."""

    def __init__(self, path: Path) -> None:
        """Use this folder; it is created when needed."""
        self._path = path

    async def load(self) -> list[StoredResource]:
        """Return every complete resource in the folder."""
        return await anyio.to_thread.run_sync(self._load)

    async def save(self, stored: StoredResource, content: bytes) -> None:
        """Write the attachment, then the resource, each to a temporary file that is then renamed."""
        await anyio.to_thread.run_sync(self._save, stored, content)

    async def content(self, resource_id: str) -> bytes:
        """Return an attachment's bytes."""
        return await anyio.to_thread.run_sync(self._file(resource_id, "bin").read_bytes)

    async def clear(self) -> None:
        """Remove the files that this class writes, and no others."""
        await anyio.to_thread.run_sync(self._clear)

    def _load(self) -> list[StoredResource]:
        self._path.mkdir(parents=True, exist_ok=True)
        files = self._path.glob("*.json")
        return [StoredResource(**json.loads(file.read_text(encoding="utf-8"))) for file in files]

    def _save(self, stored: StoredResource, content: bytes) -> None:
        self._replace(self._file(stored.id, "bin"), content)
        document = json.dumps(asdict(stored), ensure_ascii=False).encode()
        self._replace(self._file(stored.id, "json"), document)

    def _replace(self, file: Path, content: bytes) -> None:
        self._path.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)

    def _clear(self) -> None:
        for suffix in ("json", "bin", "part"):
            for file in self._path.glob(f"*.{suffix}"):
                file.unlink()

    def _file(self, resource_id: str, suffix: str) -> Path:
        return self._path / f"{resource_id}.{suffix}"
