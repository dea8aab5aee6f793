"""The command line: one line names what is wrong, and the environment takes precedence over `.env`."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.table import Table

from clinicpro_images import cli
from clinicpro_images.commands.console import open_console
from clinicpro_images.settings.environment import read_environment

GOOD = {"MEDTECH_CLIENT_SECRET": "invented", "CLINICPRO_SECRET_KEY": "an invented text of 32 characters"}
COMMIT = ("commit", "one.jpg", "--nhi", "ZZZ0016", "--body-site", "14975008", "--provider", "anyone")
WRONG = [
    ({"MEDTECH_CLIENT_SECRET": ""}, "MEDTECH_CLIENT_SECRET"),
    ({"MEDTECH_CLIENT_CERTIFICATE": "/cert.pem"}, "MEDTECH_CLIENT_CERTIFICATE"),
    ({"MEDTECH_FACILITY_ID": "Healthier Care"}, "MEDTECH_FACILITY_ID"),
    ({"MEDTECH_API_BASE_URL": "http://alex.example.nz/FHIR"}, "MEDTECH_API_BASE_URL"),
    ({"CLINICPRO_PUBLIC_URL": "photos.example.nz"}, "CLINICPRO_PUBLIC_URL"),
    ({"CLINICPRO_DATABASE_URL": "mysql://localhost/clinicpro"}, "CLINICPRO_DATABASE_URL"),
    ({"CLINICPRO_COMMIT_TARGET": "everywhere"}, "CLINICPRO_COMMIT_TARGET"),
    ({"CLINICPRO_ALEX_READ_TIMEOUT": "soon"}, "CLINICPRO_ALEX_READ_TIMEOUT"),
    ({"CLINICPRO_SECRET_KEY": "short"}, "CLINICPRO_SECRET_KEY"),
]


def without_settings() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("MEDTECH_", "CLINICPRO_"))
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working folder with an image file, and an environment without settings."""
    monkeypatch.chdir(tmp_path)
    for name in set(os.environ) - set(without_settings()):
        monkeypatch.delenv(name)
    monkeypatch.setenv("CLINICPRO_DATA_DIR", str(tmp_path / "kept"))
    (tmp_path / "one.jpg").write_bytes(b"\xff\xd8\xff")
    yield tmp_path
    # Nothing may be opened or created before the settings have been checked.
    assert not (tmp_path / "kept").exists()


def run(
    monkeypatch: pytest.MonkeyPatch, *arguments: str, environ: dict[str, str] | None = None
) -> int | str | None:
    """Run the command in this process; returns its exit code."""
    for name, value in (environ or {}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["clinicpro", *arguments])
    monkeypatch.setattr(cli, "configure_logs", lambda **_: None)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


def program(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a separate program."""
    return subprocess.run(
        [sys.executable, "-m", "clinicpro_images", *arguments],
        cwd=folder,
        env=without_settings() | {"CLINICPRO_DATA_DIR": str(folder / "kept")} | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def is_one_line_about(variable: str, printed: str) -> bool:
    return (
        printed.startswith(f"clinicpro: {variable} ") and printed.endswith(".\n") and printed.count("\n") == 1
    )


@pytest.mark.parametrize("command", [("serve",), COMMIT, ("doctor",)], ids=["serve", "commit", "doctor"])
@pytest.mark.parametrize(("environ", "variable"), WRONG, ids=[variable for _, variable in WRONG])
def test_a_wrong_setting_stops_every_command_with_one_line_that_names_it(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    environ: dict[str, str],
    variable: str,
) -> None:
    assert folder.is_dir()
    assert run(monkeypatch, *command, environ=GOOD | {"MEDTECH_FACILITY_ID": "F2N060-E"} | environ) == 2
    printed = capsys.readouterr().err
    assert is_one_line_about(variable, printed), printed
    for value in environ.values():
        assert not value or value not in printed


@pytest.mark.parametrize(
    ("command", "variable", "environ"),
    [
        (("serve",), "MEDTECH_CLIENT_SECRET", {}),
        (("serve",), "CLINICPRO_SECRET_KEY", {"MEDTECH_CLIENT_SECRET": "invented"}),
        (COMMIT, "MEDTECH_CLIENT_SECRET", {}),
        (COMMIT, "CLINICPRO_SECRET_KEY", {"MEDTECH_CLIENT_SECRET": "invented"}),
        (COMMIT, "MEDTECH_FACILITY_ID", GOOD),
        (("purge",), "CLINICPRO_SECRET_KEY", {"MEDTECH_CLIENT_SECRET": "invented"}),
        (("doctor",), "MEDTECH_CLIENT_SECRET", {}),
    ],
)
def test_a_missing_setting_stops_the_command_with_one_line_that_names_it(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    variable: str,
    environ: dict[str, str],
) -> None:
    assert folder.is_dir()
    assert run(monkeypatch, *command, environ=environ) == 2
    printed = capsys.readouterr().err
    assert is_one_line_about(variable, printed), printed


@pytest.mark.parametrize("command", [("serve",), COMMIT, ("doctor",)], ids=["serve", "commit", "doctor"])
def test_the_program_itself_shows_the_one_line_and_no_traceback(
    folder: Path, command: tuple[str, ...]
) -> None:
    done = program(folder, *command)
    assert done.returncode == 2
    assert is_one_line_about("MEDTECH_CLIENT_SECRET", done.stderr), done.stderr
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_that_is_taken_is_one_line_that_says_which(folder: Path, command: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = program(folder, command, "--port", port, **GOOD)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("clinicpro: ")
    assert port in done.stderr
    assert "--port" in done.stderr


def test_a_database_without_a_folder_says_what_it_needs(folder: Path) -> None:
    done = program(folder, "migrate", **GOOD, CLINICPRO_DATABASE_URL=f"sqlite:///{folder}/none/clinicpro.db")
    assert done.returncode == 2
    assert is_one_line_about("CLINICPRO_DATABASE_URL", done.stderr)
    assert "its folder must exist, and this user must be able to write there" in done.stderr


def test_a_data_folder_that_can_not_be_made_is_one_line(folder: Path) -> None:
    (folder / "file").write_text("not a folder")
    done = program(folder, "serve", "--port", "0", **GOOD, CLINICPRO_DATA_DIR=str(folder / "file" / "kept"))
    assert done.returncode == 1
    assert done.stderr.startswith("clinicpro: ")
    assert done.stderr.count("\n") == 1, done.stderr


def test_a_missing_image_file_is_named_before_anything_starts(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not (folder / "two.jpg").exists()
    assert run(monkeypatch, "commit", "two.jpg", *COMMIT[2:], environ=GOOD) == 2
    assert "two.jpg" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--yes",), "--birth-date"),
        (("--yes", "--birth-date", "7/8/1965"), "--birth-date"),
        (("--body-site-text", "behind the knee"), "--body-site and --body-site-text"),
    ],
)
def test_commit_refuses_options_that_do_not_fit_together(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    named: str,
) -> None:
    assert folder.is_dir()
    assert run(monkeypatch, *COMMIT, *options, environ=GOOD | {"MEDTECH_FACILITY_ID": "F2N060-E"}) == 2
    assert is_one_line_about(named, capsys.readouterr().err)


@pytest.mark.parametrize("missing", ["--nhi", "--provider"])
def test_commit_guesses_neither_patient_nor_author(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    assert folder.is_dir()
    at = COMMIT.index(missing)
    assert run(monkeypatch, *COMMIT[:at], *COMMIT[at + 2 :], environ=GOOD) == 2
    assert missing in capsys.readouterr().err


# --- .env ---------------------------------------------------------------------------------------


def test_dot_env_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ONE=file\nTWO='in quotes # kept'\n# THREE=off\nFIVE=\n")
    read = read_environment({"ONE": "environment", "SIX": "6"}, tmp_path)
    assert read == {"ONE": "environment", "TWO": "in quotes # kept", "FIVE": "", "SIX": "6"}


def test_without_dot_env_the_environment_is_all(tmp_path: Path) -> None:
    assert read_environment({"ONE": "1"}, tmp_path) == {"ONE": "1"}


def test_a_wrong_setting_in_dot_env_is_named_like_any_other_until_the_environment_puts_it_right(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"{name}='{value}'" for name, value in GOOD.items()]
    (folder / ".env").write_text("\n".join([*lines, "CLINICPRO_COMMIT_TARGET=everywhere"]))
    assert run(monkeypatch, *COMMIT) == 2
    assert is_one_line_about("CLINICPRO_COMMIT_TARGET", capsys.readouterr().err)
    assert run(monkeypatch, *COMMIT, environ={"CLINICPRO_COMMIT_TARGET": "scan"}) == 2
    assert is_one_line_about("MEDTECH_FACILITY_ID", capsys.readouterr().err)


# --- what is printed ----------------------------------------------------------------------------


def test_every_command_prints_through_the_console_that_takes_nothing_as_markup() -> None:
    folder = Path(cli.__file__).parent
    opens = {path.name for path in folder.rglob("*.py") if re.search(r"\bConsole\(", path.read_text("utf-8"))}
    assert opens == {"console.py"}


@pytest.mark.parametrize("text", ["[/b]", "clinicpro-images[heic]", "[red]x[/]", ":cross_mark:", "a b'c"])
def test_the_console_prints_a_line_and_a_table_as_they_are(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    console, table = open_console(), Table(text, title=text)
    table.add_row(text)
    console.print(text)
    console.print(table)
    assert capsys.readouterr().out.count(text) == 4
