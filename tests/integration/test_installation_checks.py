"""The doctor's checks of the installation itself: each exercises what it reports, and says what to do."""

import asyncio
import os
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from clinicpro_images.app.open_blobs import open_blobs
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.doctor.checks import CheckResult
from clinicpro_images.doctor.installation import INSTALLATION_CHECKS, InstallationChecks
from clinicpro_images.settings.settings import Settings
from clinicpro_images.web.pages import STATIC, require_pages
from databases import on_both, place_migrated
from object_store import ObjectStore
from proxies import certificate
from running import Sandbox

pytestmark = pytest.mark.anyio


def checks(environ: dict[str, str], *, ahead: float = 0.0, pages: Path = STATIC) -> InstallationChecks:
    settings = Settings.read(environ)
    return InstallationChecks(
        settings,
        require_pages=lambda: require_pages(pages),
        open_blobs=lambda: open_blobs(settings, Keyring("an invented key")),
        clock=lambda: time.time() + ahead,
    )


def states(found: list[CheckResult]) -> dict[str, str]:
    return {each.check: each.state for each in found}


@on_both
async def test_a_sound_installation_passes_and_keeps_nothing_of_the_checks(
    sandbox: Sandbox, tmp_path: Path, database: dict[str, str]
) -> None:
    environ = sandbox.environ | {"CLINICPRO_DATA_DIR": str(tmp_path)} | database
    place_migrated(Settings.read(environ).database_url)
    (tmp_path / "pictures").mkdir()
    for _ in range(2):  # what the first run wrote must not be in the way of the second
        found = await checks(environ).run()
        assert [each.check for each in found] == list(INSTALLATION_CHECKS)
        assert states(found) | {"disk": "ok"} == {
            "pages": "ok", "database": "ok", "restore": "skipped", "storage": "ok", "disk": "ok", "clock": "ok",
            "public URL": "skipped",
        }  # fmt: skip
    assert list((tmp_path / "pictures").iterdir()) == []


async def test_what_does_not_exist_yet_is_no_failure_and_is_not_made(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    found = await checks(sandbox.environ | {"CLINICPRO_DATA_DIR": str(tmp_path / "data")}).run()
    assert states(found)["database"] == states(found)["storage"] == "skipped"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("variable", "place", "check"),
    [
        ("CLINICPRO_DATABASE_URL", "sqlite:///{folder}/nowhere/at/all.db", "database"),
        ("CLINICPRO_DATABASE_URL", "sqlite:///{folder}/file/all.db", "database"),
        ("CLINICPRO_STORAGE_URL", "{folder}/file/pictures", "storage"),
        ("CLINICPRO_STORAGE_URL", "/proc/pictures", "storage"),
        ("CLINICPRO_DATA_DIR", "/proc/clinicpro/data", "database"),
        ("CLINICPRO_DATA_DIR", "/proc/clinicpro/data", "storage"),
    ],
)
def test_what_does_not_exist_yet_and_can_not_be_created_is_a_failure(
    tmp_path: Path, variable: str, place: str, check: str
) -> None:
    (tmp_path / "file").write_text("no folder")
    environ = {"CLINICPRO_DATA_DIR": str(tmp_path), variable: place.format(folder=tmp_path)}
    examined = checks(environ)
    found = asyncio.run(examined.database() if check == "database" else examined.storage())
    assert found.state == "failed", found
    assert "can't be created" in found.what
    assert [path.name for path in tmp_path.rglob("*")] == ["file"]


def test_a_folder_that_belongs_to_somebody_else_is_a_failure(tmp_path: Path) -> None:
    """As the service's user, who may not write where root has made the folder."""
    tmp_path.chmod(0o755)
    program = (
        "import asyncio, sys; from privileges import drop_privileges; drop_privileges(65534);"
        "from integration.test_installation_checks import checks;"
        "found = checks({'CLINICPRO_DATA_DIR': sys.argv[1]});"
        "print([asyncio.run(check()).state for check in (found.database, found.storage)])"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "data")]
    if os.getuid() != 0:
        tmp_path.chmod(0o555)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert done.stdout.strip() == "['failed', 'failed']", done.stderr


def test_an_installation_without_the_widget_is_a_failure(tmp_path: Path) -> None:
    found = checks({"CLINICPRO_DATA_DIR": str(tmp_path)}, pages=tmp_path).pages()
    assert found.state == "failed"
    assert "index.html" in found.why


async def test_a_missing_bucket_is_named(tmp_path: Path, object_store: ObjectStore) -> None:
    environ = object_store.environ | {
        "CLINICPRO_DATA_DIR": str(tmp_path),
        "CLINICPRO_STORAGE_URL": "s3://nosuchbucket/staged",
    }
    found = await checks(environ).storage()
    assert found.state == "failed"
    assert "nosuchbucket doesn't exist" in found.why
    environ["CLINICPRO_STORAGE_URL"] = object_store.new_bucket("there")
    assert (await checks(environ).storage()).state == "ok"


@pytest.mark.postgresql
async def test_a_database_that_refuses_is_a_failure_without_the_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://clinicpro:hunter2secret@127.0.0.1:9/clinicpro"
    found = await checks({"CLINICPRO_DATA_DIR": str(tmp_path), "CLINICPRO_DATABASE_URL": url}).database()
    assert found.state == "failed"
    assert "hunter2secret" not in found.what + found.why


@pytest.mark.parametrize(("ahead", "word"), [(200.0, "ahead"), (-46_800.0, "behind")])
async def test_a_wrong_clock_is_a_failure(sandbox: Sandbox, tmp_path: Path, ahead: float, word: str) -> None:
    found = await checks(sandbox.environ | {"CLINICPRO_DATA_DIR": str(tmp_path)}, ahead=ahead).wall_clock()
    assert found.state == "failed"
    assert word in found.what


@asynccontextmanager
async def answering(folder: Path, reply: bytes) -> AsyncIterator[int]:
    """A TLS server on loopback with a certificate of its own; yields its port."""
    certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "fullchain.pem", folder / "privkey.pem")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("reply", "trusted", "state", "sentence"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", False, "failed", "isn't trusted"),
        (b"HTTP/1.1 200 OK\r\n\r\n", True, "warning", "certificate ends on"),  # it lasts a day
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", True, "warning", "502"),
        (b"SSH-2.0-OpenSSH\r\n", True, "failed", "isn't a web server"),
    ],
)
async def test_the_public_url_is_opened_as_a_browser_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reply: bytes, sentence: str, state: str, *, trusted: bool
) -> None:
    async with answering(tmp_path, reply) as port:
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "fullchain.pem"))
        # The name of this machine that isn't the word localhost; the certificate has the address.
        url = f"https://[::ffff:127.0.0.1]:{port}"
        found = await checks({"CLINICPRO_DATA_DIR": str(tmp_path), "CLINICPRO_PUBLIC_URL": url}).public_url()
    if found.state == "skipped":
        pytest.fail("an address of this machine was recognised as loopback")
    assert found.state == state, found
    assert sentence in found.what + found.why
