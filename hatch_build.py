"""Build hook: writes the commit into a wheel or source distribution, for `clinicpro --version`."""

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INSIDE_THE_PACKAGE = "src/clinicpro_images/commit.txt"


class CommitHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds `commit.txt` to the package, if git knows the commit; a source distribution already has the file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the file and include it; an editable install queries git when it runs."""
        root = Path(self.root)
        if version == "editable" or (root / INSIDE_THE_PACKAGE).exists() or not (root / ".git").exists():
            return
        asked = ["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"]
        try:
            commit = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=10).stdout  # noqa: S603
        except (OSError, subprocess.SubprocessError):
            return
        file = self._file()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(commit, "ascii")
        inside = (
            INSIDE_THE_PACKAGE if self.target_name == "sdist" else INSIDE_THE_PACKAGE.removeprefix("src/")
        )
        build_data["force_include"][str(file)] = inside

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's
        """Remove the file, which is in the archive now."""
        self._file().unlink(missing_ok=True)

    def _file(self) -> Path:
        return Path(self.directory) / "commit.txt"
