"""The commands as an operator runs them: separate programs, real files, real exit codes."""

import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from image_files import make_jpeg, make_png
from running import Sandbox, running_sandbox


def clinicpro(
    sandbox: Sandbox, folder: Path, *arguments: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("MEDTECH_", "CLINICPRO_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "clinicpro_images", *arguments],
        env=kept | sandbox.environ | {"CLINICPRO_DATA_DIR": str(folder), "COLUMNS": "200"} | environ,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def files_in(folder: Path) -> list[Path]:
    files = [folder / "one.jpg", folder / "two.jpg", folder / "three.png"]
    files[0].write_bytes(make_jpeg(width=1600, height=1200, orientation=6, gps=True))
    files[1].write_bytes(make_jpeg(width=3000, height=2000, seed=2))
    files[2].write_bytes(make_png(width=640, height=480))
    return files


def test_doctor_finds_nothing_wrong_with_a_correct_connection(sandbox: Sandbox, tmp_path: Path) -> None:
    done = clinicpro(sandbox, tmp_path, "doctor", "--nhi", "ZZZ0016")
    assert done.returncode == 0, done.stdout
    assert "One record has this NHI" in done.stdout


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"MEDTECH_CLIENT_SECRET": "wrong"}, "MEDTECH_CLIENT_SECRET: it is wrong or has expired"),
        ({"MEDTECH_FACILITY_ID": "F99999-X"}, "ALEX does not serve F99999-X"),
        ({"MEDTECH_API_BASE_URL": "http://127.0.0.1:9/FHIR"}, "TCP"),
    ],
)
def test_doctor_says_what_is_wrong_and_who_must_fix_it(
    sandbox: Sandbox, tmp_path: Path, environ: dict[str, str], sentence: str
) -> None:
    done = clinicpro(sandbox, tmp_path, "doctor", **environ)
    assert done.returncode == 1
    assert sentence in done.stdout
    assert "Who must fix it" in done.stdout


def test_doctor_prints_a_wrong_setting_once(sandbox: Sandbox, tmp_path: Path) -> None:
    wrong = {"CLINICPRO_COMMIT_TARGET": "everywhere"}
    done = clinicpro(sandbox, tmp_path, "doctor", **wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "clinicpro: CLINICPRO_COMMIT_TARGET must be scan, media or both.\n"
    monitored = clinicpro(sandbox, tmp_path, "doctor", "--json", **wrong)
    assert monitored.returncode == 2
    assert json.loads(monitored.stdout)["findings"][0]["state"] == "failed"


def test_doctor_names_the_missing_role(tmp_path: Path) -> None:
    with running_sandbox("--roles", "patient.nhisearch.read,patient.launchformincontext.read") as poor:
        done = clinicpro(poor, tmp_path, "doctor")
    assert done.returncode == 1
    assert "patient.documentreference.scaninbox.write" in done.stdout


def test_a_dot_env_file_is_read_and_the_environment_wins(sandbox: Sandbox, tmp_path: Path) -> None:
    lines = [f"{name}={shlex.quote(value)}" for name, value in sandbox.environ.items()]
    (tmp_path / ".env").write_text("\n".join(lines))
    from_file = clinicpro(Sandbox({}), tmp_path, "doctor")
    assert from_file.returncode == 0, from_file.stdout
    overridden = clinicpro(Sandbox({}), tmp_path, "doctor", MEDTECH_CLIENT_SECRET="wrong")
    assert overridden.returncode == 1


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://clinicpro:hunter2secret@127.0.0.1:9/clinicpro",
        "sqlite+aiosqlite:////nowhere/at/all.db",
    ],
)
def test_a_database_that_can_not_be_opened_is_one_clear_line(
    sandbox: Sandbox, tmp_path: Path, url: str
) -> None:
    done = clinicpro(
        sandbox,
        tmp_path,
        "serve",
        "--port",
        "0",
        CLINICPRO_DATABASE_URL=url,
        CLINICPRO_SECRET_KEY="invented key for tests only",
    )
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith("clinicpro: CLINICPRO_DATABASE_URL names a database that can't be opened")
    assert "hunter2secret" not in line


def test_migrate_upgrades_the_schema_and_then_has_nothing_to_do(sandbox: Sandbox, tmp_path: Path) -> None:
    first = clinicpro(sandbox, tmp_path, "migrate")
    assert first.returncode == 0, first.stderr
    assert re.fullmatch(r"Upgraded the database from an empty one to revision \d{4}\.\n", first.stdout)
    second = clinicpro(sandbox, tmp_path, "migrate")
    assert second.returncode == 0, second.stderr
    assert re.fullmatch(r"The database is already up to date: revision \d{4}\.\n", second.stdout)


def test_migrate_leaves_the_schema_of_a_newer_version_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    clinicpro(sandbox, tmp_path, "migrate")
    with closing(sqlite3.connect(tmp_path / "clinicpro.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    refused = clinicpro(sandbox, tmp_path, "migrate")
    assert refused.returncode == 2
    assert refused.stderr.startswith("clinicpro: CLINICPRO_DATABASE_URL names a database of a newer version")
    assert refused.stderr.count("\n") == 1


def test_migrate_names_the_setting_of_a_database_that_can_not_be_opened(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    done = clinicpro(sandbox, tmp_path, "migrate", CLINICPRO_DATABASE_URL="sqlite:////nowhere/at/all.db")
    assert done.returncode == 2
    assert done.stderr.startswith("clinicpro: CLINICPRO_DATABASE_URL names a database that can't be opened")


def test_transfer_names_the_option_that_is_wrong(sandbox: Sandbox, tmp_path: Path) -> None:
    done = clinicpro(
        sandbox,
        tmp_path,
        "transfer",
        "--to",
        "mysql://elsewhere/clinicpro",
        CLINICPRO_SECRET_KEY="invented key for tests only",
    )
    assert done.returncode == 2
    assert done.stderr.startswith("clinicpro: --to must start with")


def test_the_version_names_a_commit(sandbox: Sandbox, tmp_path: Path) -> None:
    done = clinicpro(sandbox, tmp_path, "--version")
    assert done.returncode == 0
    assert re.fullmatch(r"clinicpro-images [\d.]+ \(commit \w+\)\n", done.stdout)
