"""Secrets leave the environment once they are read, and no other process of the same user reads this one's memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings

_SECRET = "planted-secret-of-the-gateway-4711"

# Reading without capabilities, as a service does: root's would open every door again.
_HOLDER = """
import os, subprocess, sys
import ctypes
ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
from clinicpro_images.settings.secrecy import forget_variables, keep_memory_private
if sys.argv[1] == "kept":
    forget_variables(["CLINICPRO_SECRET_KEY", "CLINICPRO_NOT_SET"])
    keep_memory_private()
print("CLINICPRO_SECRET_KEY" in os.environ)
print(b"planted" in open("/proc/self/environ", "rb").read())
drop = "import ctypes; ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)());"
look = drop + "import sys; print(b'planted' in open('/proc/' + sys.argv[1] + '/' + sys.argv[2], 'rb').read(4096))"
for file in ("environ", "mem"):
    done = subprocess.run([sys.executable, "-c", look, str(os.getpid()), file], capture_output=True, text=True, env={})
    print(done.stdout.strip() or done.stderr.strip().splitlines()[-1].split(":")[0])
"""


def _lines(mode: str) -> list[str]:
    program = [sys.executable, "-c", _HOLDER, mode]
    environ = {"CLINICPRO_SECRET_KEY": _SECRET}
    return subprocess.run(
        program, env=environ, capture_output=True, text=True, check=True
    ).stdout.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_another_process_of_the_user_reads_neither_environment_nor_memory() -> None:
    assert _lines("kept") == ["False", "False", "PermissionError", "PermissionError"]
    assert _lines("open") == ["True", "True", "True", "OSError"]  # address 0 isn't mapped, but was opened


def test_every_secret_can_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{_SECRET}\n")
    assert Settings.read({"CLINICPRO_SECRET_KEY_FILE": str(file)}).secret_key == _SECRET
    with pytest.raises(SettingsError, match=r"CLINICPRO_SECRET_KEY_FILE.*together"):
        Settings.read({"CLINICPRO_SECRET_KEY_FILE": str(file), "CLINICPRO_SECRET_KEY": "x" * 32})
    with pytest.raises(SettingsError, match=r"MEDTECH_CLIENT_SECRET_FILE.*can't be read"):
        Settings.read({"MEDTECH_CLIENT_SECRET_FILE": str(file) + "-missing"})
    file.write_text(" \n")
    with pytest.raises(SettingsError, match="empty"):
        Settings.read({"CLINICPRO_ADMIN_TOKEN_FILE": str(file)})
