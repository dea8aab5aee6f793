"""`clinicpro --version`: the version, and the commit it was built from."""

import subprocess
from importlib import metadata, resources
from pathlib import Path

PACKAGE = "clinicpro_images"
COMMIT_FILE = "commit.txt"  # written into a wheel by `hatch_build.py`


def version_line() -> str:
    """Return one line: `clinicpro-images 0.2.0 (commit 1a2b3c4d5e6f)`."""
    return f"clinicpro-images {metadata.version('clinicpro-images')} (commit {commit()})"


def commit(package: Path | None = None) -> str:
    """Return the commit that `package` was built from or, in a checkout, that is checked out; else "unknown"."""
    folder = package or Path(str(resources.files(PACKAGE)))
    built = folder / COMMIT_FILE
    if built.is_file():
        return built.read_text("ascii").strip()
    # Only a checkout of this project: an environment may lie inside another project's repository.
    checkout = folder.parents[1]
    if not (checkout / ".git").exists():
        return "unknown"
    return read_commit(checkout) or "unknown"


def read_commit(checkout: Path) -> str | None:
    """Return the first 12 digits of the commit that is checked out, or None without git."""
    try:
        asked = ["git", "-C", str(checkout), "rev-parse", "--short=12", "HEAD"]
        done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
