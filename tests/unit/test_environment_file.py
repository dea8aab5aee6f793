"""Environment files: every documented value is read alike by us, a shell and systemd; an unreadable line stops the start."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from clinicpro_images.settings.environment import read_environment
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.row import rows_of
from clinicpro_images.settings.settings import Settings
from clinicpro_images.settings.written import unquoted, written

ROOT = Path(__file__).parents[2]
# systemd's own reader of environment files, without a running systemd.
SYSTEMD = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator"
ROWS = {row.variable: row for _, row in rows_of(Settings)}


def examples() -> str:
    """The lines of an environment file, made from the examples of the settings page."""
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    cells = re.findall(r"^\| `([A-Z_]+)` \|.*\| `([^`]*)` \|$", page, re.MULTILINE)
    assert {name for name, _ in cells} == set(ROWS)
    return "".join(f"{name}={value}\n" for name, value in cells)


def read_by_us(text: str, folder: Path) -> dict[str, str]:
    (folder / ".env").write_text(text)
    return read_environment({}, folder)


def read_by_a_shell(text: str, folder: Path) -> dict[str, str]:
    (folder / "file").write_text(text)
    printed = subprocess.run(
        ["env", "-i", "bash", "-c", "set -a -e; . ./file; env -0"],  # noqa: S607 - any of them
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return dict(each.split("=", 1) for each in printed.split("\0") if each)


def read_by_systemd(text: str, folder: Path) -> dict[str, str]:
    (folder / "environment.d").mkdir()
    (folder / "environment.d" / "clinicpro.conf").write_text(text)
    environ = {"XDG_CONFIG_HOME": str(folder), "PATH": "/usr/bin:/bin"}
    printed = subprocess.run([SYSTEMD], env=environ, capture_output=True, text=True, check=True).stdout
    # It prints what a shell would read, so a shell reads it.
    (folder / "again").mkdir()
    return read_by_a_shell(printed, folder / "again")


@pytest.mark.parametrize("read", [read_by_us, read_by_a_shell, read_by_systemd])
def test_every_documented_example_means_the_same_to_each_reader(read: object, tmp_path: Path) -> None:
    assert callable(read)
    found = read(examples(), tmp_path)
    assert {name: found.get(name) for name in ROWS} == {name: row.example for name, row in ROWS.items()}


@pytest.mark.parametrize("variable", sorted(ROWS))
def test_an_example_passed_on_with_its_quotes_is_accepted_too(variable: str) -> None:
    example = ROWS[variable].example
    assert unquoted(written(example)) == example
    if variable not in {"MEDTECH_CLIENT_CERTIFICATE", "CLINICPRO_SIGN_IN_ISSUER", "CLINICPRO_ADMIN_ISSUER"}:
        assert Settings.read({variable: written(example)}) == Settings.read({variable: example})


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("'self' https://desktop.example.nz", "'self' https://desktop.example.nz"),
        ("self  https://desktop.example.nz", "'self' https://desktop.example.nz"),
        ("none", "'none'"),
        ("'none'", "'none'"),
        (
            "https://*.example.nz:8443 http://127.0.0.1:8090",
            "https://*.example.nz:8443 http://127.0.0.1:8090",
        ),
    ],
)
def test_keywords_of_frame_ancestors_keep_their_meaning_without_quotes(given: str, sent: str) -> None:
    assert Settings.read({"CLINICPRO_FRAME_ANCESTORS": given}).frame_ancestors == sent


@pytest.mark.parametrize(
    "wrong",
    [
        "selfhttps://desktop.example.nz",  # what systemd makes of the value without the outer quotes
        "https://a.example.nz,https://b.example.nz",
        "'unsafe-inline'",
        "https://a.example.nz/path",
        "none self",
        "'self'; script-src *",
    ],
)
def test_what_is_no_source_of_frame_ancestors_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match="CLINICPRO_FRAME_ANCESTORS"):
        Settings.read({"CLINICPRO_FRAME_ANCESTORS": wrong})


@pytest.mark.parametrize(
    ("text", "line", "name"),
    [
        (
            "ONE=1\nCLINICPRO_FRAME_ANCESTORS='self' https://desktop.example.nz\n",
            2,
            "CLINICPRO_FRAME_ANCESTORS",
        ),
        ("\n\n# a comment\nCLINICPRO_SECRET_KEY\n", 4, ""),
        ("ONE=1\nTWO='two\nTHREE=3\n", 2, "TWO"),
        ('ONE=1\nTWO="two\nTHREE="3"\n', 2, "TWO"),
        ("TWO='two\nTHREE='\n", 1, "TWO"),
        ("export ONE=1\n= nothing\n", 2, ""),
        ('ONE="1" 2\n', 1, "ONE"),
        ("this is no setting\n", 1, ""),
        ("ONE=1\n2TWO=2\n", 2, ""),
        ("ONE=1\nTWO=t\0wo\n", 2, "TWO"),
    ],
)
def test_a_line_that_can_not_be_read_is_named_and_its_value_is_not(
    tmp_path: Path, text: str, line: int, name: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        read_by_us(text, tmp_path)
    said = str(refused.value)
    assert said.startswith(f"{tmp_path / '.env'} line {line} ")
    assert f"({name})" in said or not name
    assert "desktop.example.nz" not in said
    assert "\n" not in said


def test_nothing_in_the_file_is_expanded(tmp_path: Path) -> None:
    assert read_by_us("ONE=$HOME\nTWO=${ONE}x\n", tmp_path) == {"ONE": "$HOME", "TWO": "${ONE}x"}


def test_another_file_can_be_named_and_must_exist(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ONE=here\n")
    named = tmp_path / "clinicpro.env"
    with pytest.raises(SettingsError, match="can't be read"):
        read_environment({"CLINICPRO_ENV_FILE": str(named)}, tmp_path)
    named.write_text("ONE=there\n")
    assert read_environment({"CLINICPRO_ENV_FILE": str(named)}, tmp_path)["ONE"] == "there"


def test_a_folder_that_can_not_be_entered_has_no_environment_file(tmp_path: Path) -> None:
    """As `runuser -u clinicpro` in root's own folder."""
    program = (
        "from privileges import drop_privileges; drop_privileges(65534);"
        "import ctypes, privileges; privileges.set_capabilities(ctypes.CDLL(None), 0);"
        "from clinicpro_images.settings.environment import read_environment;"
        "print(read_environment({'ONE': '1'}))"
    )
    # Everything that it needs is loaded first: the interpreter's files may be root's.
    program = "import clinicpro_images.settings.environment;" + program
    tmp_path.chmod(0o700 if os.getuid() == 0 else 0o000)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    tmp_path.chmod(0o700)
    assert done.stdout == "{'ONE': '1'}\n", done.stderr


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("NAME=José\n".encode("latin-1"))
    with pytest.raises(SettingsError, match="UTF-8"):
        read_environment({}, tmp_path)


@pytest.mark.parametrize("value", ["a\\b", "a\nb", "'\""])
def test_a_value_that_readers_understand_differently_is_not_written(value: str) -> None:
    with pytest.raises(ValueError, match="can't be written"):
        written(value)
