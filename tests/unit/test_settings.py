"""Settings: defaults for UAT, each wrong value refused by the variable's name, secrets out of sight."""

import subprocess
import sys
from pathlib import Path

import pytest

from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.parsers import is_loopback
from clinicpro_images.settings.row import Row, rows_of
from clinicpro_images.settings.settings import Settings

GENERATE_DOCS = Path(__file__).parents[2] / "scripts" / "generate_docs.py"
KEY = "invented key for tests only"


def test_an_empty_environment_means_medtechs_uat() -> None:
    settings = Settings.read({})
    assert settings.alex_base_url == "https://alexapiuat.medtechglobal.com/FHIR"
    assert settings.token_url == (
        "https://login.microsoftonline.com/8a024e99-aba3-4b25-b875-28b0c0ca6096/oauth2/v2.0/token"
    )
    assert settings.client_id == "7685ade3-f1ae-4e86-a398-fe7809c0fed1"
    assert settings.api_scope == "api://bf7945a6-e812-4121-898a-76fea7c13f4d/.default"
    assert (
        settings.launch_url
        == "https://alexapiuat.medtechglobal.com/FHIR/vendorforms/api/getlaunchcontextstring"
    )
    assert settings.environment == "uat"
    assert settings.public_url == "http://localhost:8000"
    assert (settings.commit_target, settings.frame_ancestors, settings.examples) == ("scan", "'none'", False)
    assert (settings.alex_connect_timeout, settings.alex_read_timeout) == (10.0, 30.0)
    assert (settings.facility_id, settings.secret_key, settings.admin_token) == (None, None, None)


def test_database_and_images_are_in_the_data_folder(tmp_path: Path) -> None:
    settings = Settings.read({"CLINICPRO_DATA_DIR": str(tmp_path)})
    assert settings.data_dir == tmp_path
    assert settings.database_url == f"sqlite:///{tmp_path.as_posix()}/clinicpro.db"
    assert settings.storage_url == str(tmp_path / "pictures")


def test_the_older_form_of_a_sqlite_url_is_accepted() -> None:
    older = Settings.read({"CLINICPRO_DATABASE_URL": "sqlite+aiosqlite:////var/lib/clinicpro/kept.db"})
    assert older.database_url == "sqlite:////var/lib/clinicpro/kept.db"


def test_an_empty_variable_counts_as_unset() -> None:
    assert Settings.read({"MEDTECH_TENANT_ID": " ", "CLINICPRO_SECRET_KEY": ""}) == Settings.read({})


def test_the_tenant_leads_to_its_own_token_endpoint() -> None:
    settings = Settings.read({"MEDTECH_TENANT_ID": "another-tenant"})
    assert settings.token_url == "https://login.microsoftonline.com/another-tenant/oauth2/v2.0/token"


@pytest.mark.parametrize(
    ("base_url", "environment"),
    [
        ("https://alexapi.medtechglobal.com/FHIR", "production"),
        ("https://alexapiuat.medtechglobal.com/FHIR", "uat"),
        ("https://somewhere.example.nz/FHIR", "production"),
        ("http://127.0.0.1:8090/FHIR", "sandbox"),
        ("http://[::1]:8090/FHIR", "sandbox"),
        ("http://localhost:8090/FHIR", "sandbox"),
    ],
)
def test_the_environment_is_read_from_the_host_and_unknown_hosts_count_as_production(
    base_url: str, environment: str
) -> None:
    assert Settings.read({"MEDTECH_API_BASE_URL": base_url}).environment == environment


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MEDTECH_API_BASE_URL", "https://alexapiuat.medtechglobal.com/FHIR/"),
        ("MEDTECH_API_BASE_URL", "http://alexapiuat.medtechglobal.com/FHIR"),
        ("MEDTECH_API_BASE_URL", "alexapiuat.medtechglobal.com"),
        ("MEDTECH_API_BASE_URL", "https://user:word@alex.example.nz/FHIR"),
        ("MEDTECH_API_BASE_URL", "https://alex.example.nz:99999/FHIR"),
        ("MEDTECH_API_BASE_URL", "https://alex.example.nz/FHIR?x=1"),
        ("MEDTECH_API_BASE_URL", "https://alex.example.nz/FHIR X"),
        ("MEDTECH_TOKEN_URL", "http://login.example.nz/token"),
        ("MEDTECH_LAUNCH_URL", "ftp://alex.example.nz/launch"),
        ("MEDTECH_TENANT_ID", "not/a/tenant"),
        ("MEDTECH_CLIENT_ID", "two words"),
        ("MEDTECH_API_SCOPE", "two words"),
        ("MEDTECH_FACILITY_ID", "Healthier Care"),
        ("CLINICPRO_PUBLIC_URL", "http://clinicpro.example.nz"),
        ("CLINICPRO_PUBLIC_URL", "https://clinicpro.example.nz/app"),
        ("CLINICPRO_DATABASE_URL", "postgresql://localhost/clinicpro"),
        ("CLINICPRO_DATABASE_URL", "clinicpro.db"),
        ("CLINICPRO_STORAGE_URL", "https://bucket.example.nz"),
        ("CLINICPRO_STORAGE_URL", "s3://key:word@bucket/prefix"),
        ("CLINICPRO_SECRET_KEY", "fifteen letters"),
        ("CLINICPRO_ADMIN_TOKEN", "short"),
        ("CLINICPRO_COMMIT_TARGET", "inbox"),
        ("CLINICPRO_FRAME_ANCESTORS", "https://a.example.nz; script-src *"),
        ("CLINICPRO_FRAME_ANCESTORS", "'none' https://a.example.nz"),
        ("CLINICPRO_EXAMPLES", "perhaps"),
        ("CLINICPRO_ALEX_CONNECT_TIMEOUT", "soon"),
        ("CLINICPRO_ALEX_READ_TIMEOUT", "-1"),
        ("CLINICPRO_ALEX_READ_TIMEOUT", "nan"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line_that_names_the_variable_but_not_the_value(
    variable: str, value: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.read({variable: value})
    line = str(refused.value)
    assert refused.value.variable == variable
    assert line.startswith(f"{variable} ")
    assert line.endswith(".")
    assert "\n" not in line
    assert value not in line


ISSUERS = ("CLINICPRO_SIGN_IN_ISSUER", "CLINICPRO_ADMIN_ISSUER")
OPERATORS = ("CLINICPRO_ADMIN_AUDIENCE", "CLINICPRO_ADMIN_SUBJECTS", "CLINICPRO_ADMIN_CLAIM")
OF_AN_ISSUER = [
    row
    for _, row in rows_of(Settings)
    if (row.group == "sign-in" or row.variable in OPERATORS) and row.variable not in ISSUERS
]


@pytest.mark.parametrize("row", OF_AN_ISSUER, ids=lambda row: row.variable)
def test_a_part_of_a_sign_in_without_its_issuer_is_refused(row: Row) -> None:
    issuer = ISSUERS[row.variable in OPERATORS]
    given = {"MEDTECH_CLIENT_SECRET": "invented", row.variable: row.example}
    with pytest.raises(SettingsError) as refused:
        Settings.read(given, require=["credentials"])
    assert refused.value.variable == issuer
    assert f"but {row.variable} is" in str(refused.value)
    shown = str(refused.value).removeprefix(issuer).replace(row.variable, "")
    assert row.example not in shown or len(row.example) == 1


def test_secret_and_certificate_together_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"MEDTECH_CLIENT_CERTIFICATE.*exactly one"):
        Settings.read({"MEDTECH_CLIENT_SECRET": "a", "MEDTECH_CLIENT_CERTIFICATE": "client.pem"})


@pytest.mark.parametrize(
    ("need", "variable"),
    [
        ("credentials", "MEDTECH_CLIENT_SECRET"),
        ("secret_key", "CLINICPRO_SECRET_KEY"),
        ("facility_id", "MEDTECH_FACILITY_ID"),
        ("admin_token", "CLINICPRO_ADMIN_TOKEN"),
    ],
)
def test_a_required_setting_that_is_missing_is_named(need: str, variable: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable} is not set"):
        Settings.read({}, require=(need,))  # type: ignore[arg-type]  # the parameters are the literals


def test_required_settings_that_are_present_are_accepted() -> None:
    environ = {
        "MEDTECH_CLIENT_CERTIFICATE": "/etc/clinicpro/client.pem",
        "CLINICPRO_SECRET_KEY": KEY,
        "MEDTECH_FACILITY_ID": "f2n060-e",
    }
    settings = Settings.read(environ, require=("credentials", "secret_key", "facility_id"))
    assert settings.facility_id == "F2N060-E"


def test_no_secret_shows_when_settings_are_printed() -> None:
    environ = {
        "MEDTECH_CLIENT_SECRET": "hush-hush",
        "CLINICPRO_SECRET_KEY": KEY,
        "CLINICPRO_ADMIN_TOKEN": "admin hush hush hush",
        "CLINICPRO_DATABASE_URL": "postgresql+psycopg://clinicpro:pssst@localhost/clinicpro",
    }
    shown = repr(Settings.read(environ))
    assert not any(word in shown for word in ("hush", KEY, "pssst"))


def test_a_certificate_in_one_line_gets_its_line_ends_back() -> None:
    pem = "-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----"
    settings = Settings.read({"MEDTECH_CLIENT_CERTIFICATE": pem})
    assert settings.client_certificate == pem.replace("\\n", "\n")


def test_object_storage_is_a_bucket_and_a_prefix() -> None:
    assert Settings.read({"CLINICPRO_STORAGE_URL": "s3://bucket/prefix/"}).storage_url == "s3://bucket/prefix"


def test_the_public_url_is_compared_in_lower_case_like_a_browsers_origin() -> None:
    assert (
        Settings.read({"CLINICPRO_PUBLIC_URL": "https://Photos.Example.NZ"}).public_url
        == "https://photos.example.nz"
    )


@pytest.mark.parametrize("value", ["1", "true", "YES", "on"])
def test_a_switch_is_on_by_any_usual_word(value: str) -> None:
    assert Settings.read({"CLINICPRO_EXAMPLES": value}).examples


def test_loopback_is_this_machine_only() -> None:
    assert all(is_loopback(host) for host in ("localhost", "app.localhost", "127.0.0.9", "::1"))
    assert not any(is_loopback(host) for host in ("localhost.example.nz", "10.0.0.1", "0.0.0.0", ""))  # noqa: S104 — compared, not listened on


def test_reconcile_after_covers_a_call_that_begins_as_late_as_a_lease_allows() -> None:
    enough = {
        "CLINICPRO_ALEX_CONNECT_TIMEOUT": "5",
        "CLINICPRO_ALEX_READ_TIMEOUT": "20",
        "CLINICPRO_LEASE": "10",
    }
    assert Settings.read(enough | {"CLINICPRO_SETTLING": "35"}).reconcile_after == 35.0
    with pytest.raises(SettingsError, match="at least 35 seconds"):
        Settings.read(enough | {"CLINICPRO_SETTLING": "34"})


# --- the table ----------------------------------------------------------------------------------


def test_every_setting_has_a_row_of_its_own() -> None:
    variables = [row.variable for _, row in rows_of(Settings)]
    assert len(variables) == len(set(variables))


@pytest.mark.parametrize(
    "row", [row for _, row in rows_of(Settings) if row.secret], ids=lambda row: row.variable
)
def test_the_value_of_a_secret_setting_is_never_shown(row: Row) -> None:
    assert row.example not in repr(Settings.read({row.variable: row.example}))


def test_the_settings_page_is_generated_from_the_table() -> None:
    done = subprocess.run(
        [sys.executable, GENERATE_DOCS, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
