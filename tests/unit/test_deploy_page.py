"""The commands of docs/deploy.md: each parses, and names only files that exist; scripts/check-install runs them."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(sh|console)\n((?:.*\n)*?)```", PAGE, re.MULTILINE)
PACKAGED = {"/opt/clinicpro/deploy/": "deploy", "/opt/clinicpro/docs/": "docs"}
UNITS = {path.name for path in (ROOT / "deploy" / "systemd").iterdir()}
# Those of other packages.
OTHERS = {"nginx.service"}


def test_blocks_are_found() -> None:
    assert sum(kind == "sh" for kind, _ in BLOCKS) >= 9
    assert sum(kind == "console" for kind, _ in BLOCKS) >= 3


@pytest.mark.parametrize("block", [text for _, text in BLOCKS])
def test_a_block_parses_and_names_what_exists(block: str) -> None:
    parsed = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)  # noqa: S607 - any bash
    assert parsed.returncode == 0, parsed.stderr
    for prefix, folder in PACKAGED.items():
        for name in re.findall(rf"{prefix}([\w./-]+\w)", block):
            assert (ROOT / folder / name).exists(), name
    for names in re.findall(
        r"systemctl (?:\S+ )*?(?:--now |start |stop |restart |reload )([\w. -]+?)(?:'|$)", block, re.MULTILINE
    ):
        for unit in names.split():
            full = unit if "." in unit else f"{unit}.service"
            assert full in UNITS | OTHERS, unit


def test_every_command_that_is_run_is_one_line() -> None:
    for kind, block in BLOCKS:
        if kind == "sh":
            for line in block.strip().splitlines():
                assert subprocess.run(["bash", "-n", "-c", line], check=False).returncode == 0, line  # noqa: S607 - any bash


def test_the_units_and_the_package_agree_on_places() -> None:
    unit = (ROOT / "deploy" / "systemd" / "clinicpro.service").read_text()
    backup = (ROOT / "deploy" / "systemd" / "clinicpro-backup.service").read_text()
    made = (ROOT / "deploy" / "debian" / "postinst").read_text()
    wrapper = (ROOT / "deploy" / "debian" / "clinicpro").read_text()
    for text in (unit, backup, made, wrapper):
        assert "/etc/clinicpro/clinicpro.env" in text
    for text in (unit, wrapper):
        assert "/opt/clinicpro/venv/bin/clinicpro" in text
    assert "User=clinicpro" in unit
    assert "User=clinicpro" in backup
    assert (ROOT / "deploy" / re.findall(r"ExecStart=/opt/clinicpro/deploy/(\S+)", backup)[0]).exists()


def test_the_package_leaves_out_what_only_developers_need() -> None:
    built = (ROOT / "scripts" / "build-deb").read_text()
    assert "locks/runtime.txt" in built
    assert "dev.txt" not in built


@pytest.mark.parametrize("may_enter", [True, False])
def test_the_installed_command_keeps_the_folder_unless_the_services_user_can_not_enter_it(
    tmp_path: Path, *, may_enter: bool
) -> None:
    here, data, programs = tmp_path / "here", tmp_path / "data", tmp_path / "programs"
    for folder in (here, data, programs):
        folder.mkdir()
    enters = "" if may_enter else '[ "$1" = test ] && exit 1\n'
    stand_ins = {
        "id": "echo 0\n",
        "setpriv": f'while [ "$1" != -- ]; do shift; done\nshift\n{enters}exec "$@"\n',
        "clinicpro": 'pwd\necho "$@"\n',
    }
    for name, script in stand_ins.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}")
        (programs / name).chmod(0o755)
    wrapper = (ROOT / "deploy" / "debian" / "clinicpro").read_text()
    wrapper = wrapper.replace("/opt/clinicpro/venv/bin", str(programs)).replace(
        "/var/lib/clinicpro", str(data)
    )
    done = subprocess.run(
        ["sh", "-s", "commit", "one.jpg"],  # noqa: S607 - any sh
        input=wrapper,
        cwd=here,
        env={"PATH": f"{programs}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [str(here if may_enter else data), "commit one.jpg"]
