"""Modules that a gateway doesn't load, because each process would keep their memory for as long as it runs."""

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
# A separate program, because this process has loaded everything. It opens what `clinicpro serve` opens.
_PROGRAM = f"""
import asyncio, json, sys
from clinicpro_images import cli
from clinicpro_images.commands import serve
from clinicpro_images.settings.settings import Settings

async def main(folder):
    environ = {_SETTINGS!r} | {{"CLINICPRO_DATA_DIR": folder}}
    settings = Settings.read(environ, require=("credentials", "secret_key"))
    async with serve.open_gateway(settings) as gateway:
        serve.build_gateway_app(gateway)
    print(json.dumps(sorted(sys.modules)))

asyncio.run(main(sys.argv[1]))
"""
# Each takes megabytes. Smaller modules are ordinary imports.
_NOT_LOADED = {
    "pyvips": "images are decoded in worker processes",
    "pillow_heif": "images are decoded in worker processes",
    "pikepdf": "PDFs are read in worker processes",
    "pypdfium2": "PDFs are drawn in worker processes",
    "cv2": "photos are aligned in a worker process",
    "numpy": "photos are aligned in a worker process",
    "psycopg": "the database is SQLite",
    "obstore": "images are stored in a folder",
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The modules of a gateway at its second start: the first one creates the tables."""
    folder = tmp_path_factory.mktemp("gateway")
    _modules(folder)
    return _modules(folder)


def _modules(folder: Path) -> frozenset[str]:
    program = [sys.executable, "-c", _PROGRAM, str(folder)]
    said = subprocess.run(program, capture_output=True, text=True, check=True, cwd=folder).stdout
    return frozenset(json.loads(said))


@pytest.mark.parametrize("module", sorted(_NOT_LOADED))
def test_a_gateway_does_not_load(module: str, loaded: frozenset[str]) -> None:
    assert module not in loaded, f"loaded, although {_NOT_LOADED[module]}"


def test_loaded_modules_are_listed(loaded: frozenset[str]) -> None:
    assert {"clinicpro_images.commands.serve", "fastapi", "sqlalchemy", "sqlite3"} <= loaded
