"""`clinicpro --version`: the commit comes from the build, else from the checkout, else nobody knows it."""

import re
import subprocess
from pathlib import Path

from clinicpro_images.commands.version import COMMIT_FILE, commit, version_line


def a_package(root: Path) -> Path:
    package = root / "src" / "clinicpro_images"
    package.mkdir(parents=True)
    return package


def test_the_line_has_version_and_commit() -> None:
    assert re.fullmatch(r"clinicpro-images \d+\.\d+\.\d+ \(commit (unknown|[0-9a-f]{12})\)", version_line())


def test_the_commit_of_a_wheel_is_the_one_it_was_built_from(tmp_path: Path) -> None:
    package = a_package(tmp_path)
    (package / COMMIT_FILE).write_text("0123456789ab\n")
    assert commit(package) == "0123456789ab"


def test_the_commit_of_a_checkout_is_the_one_that_is_checked_out(tmp_path: Path) -> None:
    package = a_package(tmp_path)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=A", "-c", "user.email=a@example.nz"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", "Begin"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout
    assert commit(package) == head[:12]


def test_without_either_the_commit_is_unknown(tmp_path: Path) -> None:
    assert commit(a_package(tmp_path)) == "unknown"
