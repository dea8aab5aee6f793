"""Build hook: refuses to build without the widget, and writes the commit into each archive for `clinicpro --version`."""

import re
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMMIT_FILE = "src/clinicpro_images/commit.txt"
STATIC = "src/clinicpro_images/web/static"
PAGES = ("index.html", "phone.html")


class PackageHook(BuildHookInterface):  # type: ignore[type-arg]
    """Checks that the widget is complete, and adds `commit.txt` to the package if git knows the commit."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Check, write the file and include it. An editable install does neither: it uses what is in the checkout."""
        if version == "editable":
            return
        root = Path(self.root)
        missing = missing_files(root / STATIC)
        if missing:
            raise SystemExit(
                f"The widget isn't built: {', '.join(missing)} missing in {STATIC}. Run scripts/setup, then build again."
            )
        if (root / COMMIT_FILE).exists() or not (root / ".git").exists():
            return  # a source distribution already has the file
        asked = ["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"]
        try:
            commit = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=10).stdout  # noqa: S603
        except (OSError, subprocess.SubprocessError):
            return
        file = self._file()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(commit, "ascii")
        inside = COMMIT_FILE if self.target_name == "sdist" else COMMIT_FILE.removeprefix("src/")
        build_data["force_include"][str(file)] = inside

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's
        """Remove the file, which is in the archive now."""
        self._file().unlink(missing_ok=True)

    def _file(self) -> Path:
        return Path(self.directory) / "commit.txt"


def missing_files(static: Path) -> list[str]:
    """Return the names of the pages that aren't built, and of the assets that they refer to but don't exist."""
    missing = [page for page in PAGES if not (static / page).is_file()]
    for page in set(PAGES) - set(missing):
        named = re.findall(r'"/(assets/[^"?#]+)"', (static / page).read_text("utf-8"))
        missing += [asset for asset in named if not (static / asset).is_file()]
    return sorted(missing)
