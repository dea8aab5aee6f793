"""What ships for deployment: contained, pinned, without swap, and without passwords where other accounts look."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from clinicpro_images.app.startup import warn_if_others_can_read, warn_without_tls
from databases import migrate_now, sqlite_url
from log_lines import logged

DEPLOY = Path(__file__).parents[2] / "deploy"
PG_DUMP = """#!/bin/sh
echo "$* | $PGPASSWORD" > "$SEEN"
for each; do case $each in --file=*) : > "${each#--file=}" ;; esac; done
"""


def test_systemd_finds_little_exposure_in_the_unit() -> None:
    unit = str(DEPLOY / "systemd/clinicpro.service")
    asked = ["systemd-analyze", "security", "--offline=yes", "--no-pager", unit]
    ran = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert "Unknown" not in ran.stderr
    found = re.search(r"exposure level for clinicpro.service: ([0-9.]+)", ran.stdout)
    assert found
    assert float(found[1]) <= 1.1


def test_every_image_is_pinned_by_its_digest() -> None:
    for file in ("container/Containerfile", "container/compose.yaml"):
        text = (DEPLOY / file).read_text()
        named = re.findall(r"docker\.io/\S+", text)
        assert named
        assert [each for each in named if not re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", each)] == []


def test_neither_swap_nor_core_dumps_get_what_is_in_memory() -> None:
    unit = (DEPLOY / "systemd/clinicpro.service").read_text()
    assert {"MemorySwapMax=0", "LimitCORE=0"} <= set(unit.split("\n"))
    compose = (DEPLOY / "container/compose.yaml").read_text()
    limits = dict(re.findall(r"^  (mem_limit|memswap_limit): (\S+)$", compose, re.MULTILINE))
    assert limits["mem_limit"] == limits["memswap_limit"]
    assert re.search(r"ulimits:\n    core: 0\n", compose)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://clinicpro:quill%2Fwort@db.example/clinicpro?sslmode=require",
        "postgresql://db.example/clinicpro?user=clinicpro&password=quill%2Fwort&sslmode=require",
    ],
)
def test_a_backups_password_is_no_argument_of_a_program(url: str, tmp_path: Path) -> None:
    program = tmp_path / "pg_dump"
    program.write_text(PG_DUMP)
    program.chmod(0o755)
    environ = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHON": sys.executable, "SEEN": str(tmp_path / "seen"),
        "CLINICPRO_DATABASE_URL": url, "CLINICPRO_DATA_DIR": str(tmp_path),
    }  # fmt: skip
    subprocess.run([DEPLOY / "backup.sh", tmp_path / "backup"], env=environ, check=True, capture_output=True)
    arguments, _, password = (tmp_path / "seen").read_text().strip().partition(" | ")
    assert password == "quill/wort"
    assert "quill" not in arguments
    assert "sslmode=require" in arguments
    assert not (tmp_path / "backup/pictures.tar").exists()


def test_a_new_database_is_its_owners_only_whatever_the_umask(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    before = os.umask(0o022)
    try:
        migrate_now(sqlite_url(tmp_path / "clinicpro.db"))
        modes = {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert set(modes.values()) == {"0o600"}, modes


def test_an_older_folder_that_others_can_read_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "clinicpro.db"
    file.touch(0o644)
    tmp_path.chmod(0o755)
    file.chmod(0o644)
    with logged("data.") as lines:
        warn_if_others_can_read(tmp_path, sqlite_url(file))
    assert [each["what"] for each in lines] == [tmp_path.name, "clinicpro.db"]


@pytest.mark.parametrize(
    ("url", "reported"),
    [
        ("postgresql+psycopg://clinicpro@db.example/clinicpro", 1),
        ("postgresql+psycopg://clinicpro@db.example/clinicpro?sslmode=require", 1),
        ("postgresql+psycopg://clinicpro@db.example/clinicpro?sslmode=verify-full", 0),
        ("postgresql+psycopg://clinicpro@localhost/clinicpro", 0),
        ("postgresql+psycopg:///clinicpro?host=/var/run/postgresql", 0),
        ("sqlite:////var/lib/clinicpro/clinicpro.db", 0),
    ],
)
def test_a_database_elsewhere_without_a_checked_certificate_is_reported(url: str, reported: int) -> None:
    with logged("database.") as lines:
        warn_without_tls(url)
    assert len(lines) == reported
