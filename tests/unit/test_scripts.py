"""Every shell script can be parsed by its shell: an apostrophe in a message once ended a string."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def is_shell(path: Path) -> bool:
    if path.suffix == ".sh":
        return True
    return path.is_file() and not path.suffix and path.read_bytes().startswith(b"#!/usr/bin/env bash")


SCRIPTS = sorted(
    path for folder in ("scripts", "deploy", ".ci") for path in (ROOT / folder).rglob("*") if is_shell(path)
)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_script_can_be_parsed(path: Path) -> None:
    done = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True, check=False)  # noqa: S607 - any bash
    assert done.returncode == 0, done.stderr


def test_scripts_are_found() -> None:
    assert {"test", "setup", "node.sh", "backup.sh", "run"} <= {path.name for path in SCRIPTS}
