"""The environment of a command: the process's variables, and `.env` for those that it doesn't set."""

import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values


def read_environment(environ: Mapping[str, str] = os.environ, folder: Path = Path()) -> dict[str, str]:
    """Return `environ`, completed from the `.env` of `folder` if there is one."""
    file = folder / ".env"
    if not file.exists():
        return dict(environ)
    from_file = {name: value for name, value in dotenv_values(file).items() if value is not None}
    return {**from_file, **environ}
