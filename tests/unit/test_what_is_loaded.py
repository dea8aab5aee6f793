"""What a gateway loads: memory that each process of it holds for as long as it lives."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

_SETTINGS = {
    "MEDTECH_API_BASE_URL": "http://127.0.0.1:9/FHIR",
    "MEDTECH_TOKEN_URL": "http://127.0.0.1:9/token",
    "MEDTECH_LAUNCH_URL": "http://127.0.0.1:9/launch",
    "MEDTECH_CLIENT_SECRET": "an invented secret",
    "CLINICPRO_SECRET_KEY": "an invented key for a test",
    "CLINICPRO_PUBLIC_URL": "http://images.localhost",
}
# A program of its own: this process has loaded everything. It opens what `clinicpro serve` opens, and says what is there.
_PROGRAM = f"""
import asyncio, json, sys
from clinicpro_images.cli import read_environment
from clinicpro_images.commands import serve
from clinicpro_images.settings.settings import Settings

async def main(folder):
    environ = read_environment({_SETTINGS!r} | {{"CLINICPRO_DATA_DIR": folder}})
    settings = Settings.read(environ, require=("credentials", "secret_key"))
    async with serve.open_gateway(settings) as gateway:
        serve.build_gateway_app(gateway)
    print(json.dumps(sorted(sys.modules)))

asyncio.run(main(sys.argv[1]))
"""
_WITHOUT = {
    "pyvips": "pictures are decoded in processes of their own",
    "PIL": "as pyvips",
    "pillow_heif": "as pyvips",
    "pikepdf": "as pyvips",
    "pypdfium2": "as pyvips",
    "numpy": "only tests use it",
    "alembic": "only a change of schema needs it",
    "sqlalchemy.dialects.postgresql": "the database is SQLite",
    "sqlalchemy.orm": "tables and statements do without objects that stand for rows",
    "psycopg": "the database is SQLite",
    "obstore": "pictures lie in a folder",
    "joserfc": "there is no certificate, and no provider whose tokens are verified",
    "cryptography.x509": "there is no certificate",
    "segno": "no phone has asked for a code",
    "dotenv": "there is no .env",
    "platformdirs": "it is told where to keep things",
    "jinja2": "only the sandbox has pages made with it",
    "alex_sandbox": "it never serves a practice",
    "clinicpro_images.commands.doctor": "another command",
    "clinicpro_images.commands.audit": "another command",
    "clinicpro_images.doctor.acceptance": "another command's",
    "clinicpro_images.audit.export": "another command's",
    "rich.progress": "another command's",
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The modules of a gateway at its second start: the first one makes the tables."""
    folder = tmp_path_factory.mktemp("gateway")
    _modules(folder)
    return _modules(folder)


def _modules(folder: Path) -> frozenset[str]:
    program = [sys.executable, "-c", _PROGRAM, str(folder)]
    said = subprocess.run(program, capture_output=True, text=True, check=True, cwd=folder).stdout
    return frozenset(json.loads(said))


@pytest.mark.parametrize("module", sorted(_WITHOUT))
def test_a_gateway_does_without(module: str, loaded: frozenset[str]) -> None:
    assert module not in loaded, f"loaded, although {_WITHOUT[module]}"


def test_what_a_gateway_does_load_is_seen(loaded: frozenset[str]) -> None:
    assert {"clinicpro_images.commands.serve", "fastapi", "sqlalchemy", "sqlite3"} <= loaded
