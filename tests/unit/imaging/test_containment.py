"""A decoder that an attacker has taken over reaches nothing: not the gateway's memory, files, network or other images."""

import json
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.fit import fit_referral
from clinicpro_images.imaging.rendition import rendition
from clinicpro_images.imaging.worker import landlock, seccomp
from clinicpro_images.imaging.worker.pool import open_workers
from corpus.sound import colours, documents

GATEWAY = Path(__file__).with_name("attacked_gateway.py")
SECRET = "planted-secret-of-the-gateway-4711"
ORDINARY_USER = 65534

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")


@linux_only
@pytest.mark.parametrize("user", [0, ORDINARY_USER], ids=["same user without capabilities", "ordinary user"])
def test_a_taken_over_decoder_reaches_nothing(user: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = _installation(tmp_path_factory.mktemp("data"), user)
    path = {"PYTHONPATH": str(GATEWAY.parents[2])}
    environ = {**os.environ, **path, "CLINICPRO_SECRET_KEY": SECRET, "CLINICPRO_DATA_DIR": str(folder)}
    program = [sys.executable, str(GATEWAY), str(folder), str(user)]
    done = subprocess.run(program, env=environ, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said.pop("a thread") == "started", "decoders need threads"
    assert len(said) >= 40
    assert {name: line for name, line in said.items() if not line.startswith("failed")} == {}
    assert SECRET not in done.stdout


@linux_only
def test_the_attack_succeeds_where_nothing_contains_it(tmp_path: Path) -> None:
    """The attempts are real ones: the same program, without the barriers, reaches most of it."""
    folder = _installation(tmp_path, 0)
    code = (
        "import sys; sys.argv = ['x', '9', str(__import__('os').getppid()), sys.argv[1], 'x'];"
        f"sys.path[:0] = {[str(GATEWAY.parent), str(GATEWAY.parents[2])]!r}; import taken_over_worker as t, pathlib, os;"
        "a = t.attempts('9', os.getppid(), pathlib.Path(sys.argv[3]), b'x');"
        "keep = ['read the database', 'change the database', 'list the images', 'look for a file', 'openat directly',"
        "'socket pair', 'fork', 'start a program', 'file in memory', 'executable memory', 'write a file'];"
        "print([name for name in keep if a[name]() is not None])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False
    )
    assert done.stdout.count("'") == 22, done.stderr + done.stdout


@pytest.mark.anyio
async def test_contained_decoders_return_what_the_functions_return() -> None:
    """Nothing is loaded, opened or looked up late: every kind of file comes out as it does without barriers."""
    async with open_workers(1) as workers:
        for name, case in (colours() | documents()).items():
            cleaned = await workers.clean(case.content)
            assert cleaned == clean(case.content), name
            small = await workers.rendition(cleaned.content, edge=320)
            assert small == rendition(cleaned.content, edge=320), name
            referral = await workers.fit_referral(cleaned.content, cleaned.content_type)
            assert referral.content == fit_referral(cleaned.content, cleaned.content_type).content, name


@linux_only
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_allows_only_what_it_lists_and_kills_other_architectures(machine: str) -> None:
    code = seccomp.program(machine)
    steps = [struct.unpack("<HBBI", code[at : at + 8]) for at in range(0, len(code), 8)]
    assert _run(steps, 0, architecture=0x40000003) == 0x80000000  # 32-bit calls have other numbers
    forbidden = {
        "x86_64": (2, 41, 56, 57, 59, 62, 101, 200, 257, 310, 322, 1 << 30),
        "aarch64": (56, 117, 129, 198, 221),
    }
    for number in forbidden[machine]:
        assert _run(steps, number, architecture=steps[1][3]) == 0x00050001
    assert _run(steps, {"x86_64": 1, "aarch64": 64}[machine], architecture=steps[1][3]) == 0x7FFF0000


def _run(steps: list[tuple[int, int, int, int]], number: int, *, architecture: int) -> int:
    """Run a filter as the kernel does, for a call whose arguments are all 0."""
    at, loaded = 0, 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        if code == 0x06:
            return value
        if code == 0x20:
            loaded = {0: number, 4: architecture}.get(value, 0)
        elif code == 0x15:
            at += if_true if loaded == value else if_false
        else:
            at += if_true if loaded & value else if_false


@pytest.mark.parametrize(("version", "size"), [(1, 8), (3, 8), (4, 16), (5, 16), (6, 24), (99, 24)])
def test_the_ruleset_has_the_size_that_the_kernels_version_knows(version: int, size: int) -> None:
    assert len(landlock.ruleset(version)) == size


def _installation(folder: Path, user: int) -> Path:
    with sqlite3.connect(folder / "clinicpro.db") as database:
        database.execute("CREATE TABLE images (id TEXT)")
        database.execute("INSERT INTO images VALUES ('1')")
    if user and os.getuid() == 0:
        for place in (folder, *folder.iterdir()):
            shutil.chown(place, user, user)
        for place in (folder.parent, folder.parent.parent):
            place.chmod(place.stat().st_mode | 0o055)
    return folder
