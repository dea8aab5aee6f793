"""A keep in a folder: `{id}.bin` for the bytes, then `{id}.json` for the record, which makes it count."""

import json
import os
from pathlib import Path

import anyio.to_thread

from alex_sandbox.records import Record, as_kept


class Folder:
    """Survives the process; a write that was cut short leaves nothing that `load` would take for a record."""

    def __init__(self, path: Path) -> None:
        """Keep the path; it is made on first use."""
        self._path = path

    async def load(self) -> list[Record]:
        """Every complete record in the folder."""
        return await anyio.to_thread.run_sync(self._load)

    async def save(self, record: Record, content: bytes) -> None:
        """Bytes first, record second, each by rename."""
        await anyio.to_thread.run_sync(self._save, record, content)

    async def content(self, record_id: str) -> bytes:
        """The bytes of one attachment."""
        return await anyio.to_thread.run_sync(self._file(record_id, "bin").read_bytes)

    async def empty(self) -> None:
        """Remove what this class has written, nothing else."""
        await anyio.to_thread.run_sync(self._empty)

    def _load(self) -> list[Record]:
        self._path.mkdir(parents=True, exist_ok=True)
        return [Record(**json.loads(file.read_text(encoding="utf-8"))) for file in self._path.glob("*.json")]

    def _save(self, record: Record, content: bytes) -> None:
        self._replace(self._file(record.id, "bin"), content)
        kept = json.dumps(as_kept(record), ensure_ascii=False).encode()
        self._replace(self._file(record.id, "json"), kept)

    def _replace(self, file: Path, content: bytes) -> None:
        self._path.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)

    def _empty(self) -> None:
        for suffix in ("json", "bin", "part"):
            for file in self._path.glob(f"*.{suffix}"):
                file.unlink()

    def _file(self, record_id: str, suffix: str) -> Path:
        return self._path / f"{record_id}.{suffix}"
