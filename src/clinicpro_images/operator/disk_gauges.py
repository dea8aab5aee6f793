"""How much room is left on the disks that this gateway writes to, as a metric."""

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import make_url


class DiskGauges:
    """Free bytes by what the disk holds; a store elsewhere, such as PostgreSQL or S3, has none here."""

    def __init__(self, registry: CollectorRegistry, folders: Mapping[str, Path]) -> None:
        """`folders` are the folders that are written to, by what they hold."""
        self._folders = folders
        self._free = Gauge(
            "clinicpro_disk_free_bytes",
            "Free space on the disk that holds the data folder, the SQLite file or the images",
            ("holds",),
            registry=registry,
        )

    async def show(self) -> None:
        """Measure; a disk that can't be measured is left out."""
        free = await asyncio.to_thread(_measure, self._folders)
        self._free.clear()
        for holds, size in free.items():
            self._free.labels(holds).set(size)


def local_folders(data_dir: Path, database_url: str, storage_url: str) -> dict[str, Path]:
    """Return the folders of these settings that are on a disk of this machine, by what they hold."""
    folders = {"data": data_dir}
    database = make_url(database_url)
    if database.get_backend_name() == "sqlite":
        folders["database"] = Path(database.database or "").resolve().parent
    if not storage_url.startswith("s3://"):
        folders["images"] = Path(storage_url)
    return folders


def _measure(folders: Mapping[str, Path]) -> dict[str, int]:
    free = {}
    for holds, folder in folders.items():
        try:
            free[holds] = shutil.disk_usage(folder).free
        except OSError:
            continue  # /readyz says that it isn't there
    return free
