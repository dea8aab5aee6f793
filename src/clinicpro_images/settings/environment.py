"""The environment of a command: the process's variables, and an environment file for those that it doesn't set."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from clinicpro_images.settings.errors import SettingsError

ENV_FILE = "CLINICPRO_ENV_FILE"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ASSIGNMENT = re.compile(r"^\s*(?:export\s+)?([A-Z_][A-Z0-9_]*)\s*=", re.MULTILINE)


def read_environment(environ: Mapping[str, str] = os.environ, folder: Path = Path()) -> dict[str, str]:
    """Return `environ`, completed from the file that CLINICPRO_ENV_FILE names, else from the `.env` of `folder`.

    Raises SettingsError, which names the line, if the file has one that can't be read.
    """
    named = environ.get(ENV_FILE, "").strip()
    file = Path(named) if named else folder / ".env"
    if not named and not _exists(file):
        return dict(environ)
    return {**_read_file(file), **environ}


def _exists(file: Path) -> bool:
    try:
        return file.exists()
    except PermissionError:  # a service's user in root's folder
        return False


def _read_file(file: Path) -> dict[str, str]:
    try:
        # An environment file is written by hand: nothing in it is expanded, as systemd doesn't either.
        with file.open(encoding="utf-8") as stream:
            bindings = list(parse_stream(stream))
    except OSError as error:
        raise SettingsError(str(file), f"can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(str(file), "can't be read: it isn't UTF-8 text.") from error
    found: dict[str, str] = {}
    for binding in bindings:
        if _is_unreadable(binding):
            raise SettingsError(str(file), _unreadable(binding))
        if binding.key is not None:
            found[binding.key] = binding.value or ""
    return found


def _is_unreadable(binding: Binding) -> bool:
    if (
        binding.error
        or (binding.key is not None and binding.value is None)
        or "\0" in binding.original.string
    ):
        return True
    if binding.key is not None and not _NAME.fullmatch(binding.key):
        return True
    # A quote that isn't closed takes in the lines after it, up to the next quote.
    return binding.value is not None and "\n" in binding.value and bool(_ASSIGNMENT.search(binding.value))


def _unreadable(binding: Binding) -> str:
    text = binding.original.string
    skipped = len(text) - len(text.lstrip())
    line = binding.original.line + text[:skipped].count("\n")
    named = _ASSIGNMENT.match(text)
    which = f"line {line} ({named[1]})" if named else f"line {line}"
    return (
        f"{which} can't be read. Write NAME=value, with single quotes around a value that has spaces, "
        "or double quotes if it has single quotes."
    )
