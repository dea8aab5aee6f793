"""The image workers of this process, as the operating system lists them."""

import os
from pathlib import Path

_PROGRAMS = (b"clinicpro_images.imaging.worker.process", b"stubborn_worker.py")


def image_workers() -> list[int]:
    """The process ids of the image workers that this process started and that still run."""
    return [pid for pid in _children() if any(name in _read(pid, "cmdline") for name in _PROGRAMS)]


def _children() -> list[int]:
    """The ids of this process's children, ended ones that nobody waited for among them."""
    found = []
    for place in Path("/proc").iterdir():
        # The name, in brackets, may contain anything; state and parent follow it.
        after_name = (
            _read(int(place.name), "stat").rpartition(b") ")[2].split() if place.name.isdigit() else []
        )
        if after_name and int(after_name[1]) == os.getpid():
            found.append(int(place.name))
    return sorted(found)


def _read(pid: int, file: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{file}").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""  # ended in between
