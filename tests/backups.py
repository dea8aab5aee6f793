"""The scripts of `deploy/` that make and restore a backup, run as an operator runs them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_DEPLOY = Path(__file__).parents[1] / "deploy"
# On a busy machine; each takes a second or two on a quiet one.
_SECONDS = 180


def script(
    name: str, backup: Path, environ: Mapping[str, str], *options: str
) -> subprocess.CompletedProcess[str]:
    """Run `backup.sh` or `restore.sh` with nothing but these settings in its environment."""
    own = {"PATH": os.environ["PATH"], "PYTHON": sys.executable}
    return subprocess.run(
        [_DEPLOY / name, *options, backup],
        env=own | dict(environ),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
