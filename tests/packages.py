"""The product's archives, built once a test session from the checkout, and a program that runs from the wheel alone."""

import importlib.util
import os
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Archives:
    """A source distribution, the folder it was unpacked to, and the wheel built from that folder."""

    sdist: Path
    unpacked: Path
    wheel: Path

    def names(self) -> set[str]:
        """What is in the wheel."""
        with zipfile.ZipFile(self.wheel) as wheel:
            return set(wheel.namelist())


def missing_files(static: Path) -> list[str]:
    """What the build hook misses in the folder of the built widget."""
    found = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert found is not None
    assert found.loader is not None
    hook = importlib.util.module_from_spec(found)
    found.loader.exec_module(hook)
    missing: list[str] = hook.missing_files(static)
    return missing


def build(source: Path, to: Path, target: str) -> subprocess.CompletedProcess[str]:
    """Build one archive with the project's own build backend, and nothing from the network."""
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(to), "--target", target],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def build_archives(folder: Path) -> Archives:
    """Build as `python -m build` does: the wheel from the source distribution."""
    done = build(ROOT, folder / "sdist", "sdist")
    assert done.returncode == 0, done.stdout + done.stderr
    (sdist,) = (folder / "sdist").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    done = build(unpacked, folder / "wheel", "wheel")
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (folder / "wheel").glob("*.whl")
    return Archives(sdist, unpacked, wheel)


def unpack_wheel(wheel: Path, to: Path) -> dict[str, str]:
    """Unpack a wheel, and return an environment in which Python finds it instead of the checkout."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(to)  # noqa: S202 - built above
    unset = ("CLINICPRO_", "MEDTECH_", "AWS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unset)}
    return kept | {"PYTHONPATH": str(to), "PYTHONUNBUFFERED": "1"}
