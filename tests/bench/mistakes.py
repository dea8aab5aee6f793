"""`scripts/bench mistakes`: 100 random mistakes of an operator, on disk and S3; no staged image may be destroyed."""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import structlog
from rich.console import Console

from clinicpro_images.app.composition import open_gateway
from clinicpro_images.errors import NotFound
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings
from image_files import make_jpeg
from object_store import running_object_store
from running import Sandbox, running, running_sandbox

_AT_ONCE = 10
_OTHER_SECRET = "another secret, long enough to be accepted here"
_UAT = "https://alexapiuat.medtechglobal.com/FHIR"
Environ = dict[str, str]
Mistake = Callable[[Path, Environ], Environ]


def _copied(folder: Path, environ: Environ) -> Environ:
    copy = folder / f"copy-{secrets.token_hex(4)}.db"
    shutil.copy(folder / "clinicpro.db", copy)
    return environ | {"CLINICPRO_DATABASE_URL": f"sqlite:///{copy}"}


def _empty(folder: Path, environ: Environ) -> Environ:
    return environ | {"CLINICPRO_STORAGE_URL": str(folder / f"empty-{secrets.token_hex(4)}")}


def _new_database(folder: Path, environ: Environ) -> Environ:
    return environ | {"CLINICPRO_DATABASE_URL": f"sqlite:///{folder}/wrong-{secrets.token_hex(4)}.db"}


MISTAKES: dict[str, Mistake] = {
    "wrong database": _new_database,
    "wrong secret": lambda _folder, environ: environ | {"CLINICPRO_SECRET_KEY": _OTHER_SECRET},
    "second installation": lambda folder, environ: (
        _new_database(folder, environ) | {"CLINICPRO_SECRET_KEY": _OTHER_SECRET}
    ),
    "empty volume": _empty,
    "copy beside production": _copied,
    "UAT on production's database": lambda _folder, environ: environ | {"MEDTECH_API_BASE_URL": _UAT},
}


def main() -> None:
    """Make the mistakes; exit 1 if an image is gone."""
    parser = argparse.ArgumentParser(prog="scripts/bench mistakes", description=__doc__)
    parser.add_argument("--mistakes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**8), help="repeats the trials")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    made, destroyed, images = asyncio.run(_trials(options.mistakes, Random(options.seed)))  # noqa: S311
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"seed {options.seed}")
    for what, count in sorted(made.items()):
        console.print(f"{what}: {count}")
    console.print(f"images {images}, destroyed {destroyed}")
    sys.exit(1 if destroyed else 0)


async def _trials(mistakes: int, random: Random) -> tuple[Counter[str], int, int]:
    made: Counter[str] = Counter()
    destroyed = images = 0
    with running_sandbox() as sandbox, running_object_store() as objects:
        while made.total() < mistakes:
            on_s3 = bool(random.getrandbits(1))
            with tempfile.TemporaryDirectory(prefix="clinicpro-mistakes-") as name:
                environ = sandbox.environ | {"CLINICPRO_DATA_DIR": name}
                if on_s3:
                    bucket = objects.new_bucket(f"b{secrets.token_hex(6)}")
                    environ |= objects.environ | {"CLINICPRO_STORAGE_URL": bucket}
                lost = await _trial(sandbox, Path(name), environ, random, made, on_s3=on_s3)
            destroyed, images = destroyed + lost, images + 3
    return made, destroyed, images


async def _trial(
    sandbox: Sandbox, folder: Path, environ: Environ, random: Random, made: Counter[str], *, on_s3: bool
) -> int:
    async with running(sandbox, folder, environ) as browser:
        await browser.launch()
        ids = [(await browser.add(make_jpeg(width=64, height=48, seed=seed)))["id"] for seed in range(3)]
    for _ in range(_AT_ONCE):
        what = random.choice(list(MISTAKES))
        ended = await _started_with(MISTAKES[what](folder, environ))
        made[f"{what}, {'S3' if on_s3 else 'disk'}, {ended}"] += 1
    lost = 0
    async with open_gateway(_settings(environ)) as gateway:
        for image_id in ids:
            try:
                await gateway.blobs.read_encrypted(image_id)
            except NotFound:
                lost += 1
    return lost


async def _started_with(environ: Environ) -> str:
    """Start with these settings two hours from now, and purge twice."""
    try:
        async with open_gateway(_settings(environ), clock=lambda: time.time() + 2 * 3600) as gateway:
            await gateway.retention.purge()
            await gateway.retention.purge(rewrite=True)
    except SettingsError:
        return "refused"
    return "started"


def _settings(environ: Environ) -> Settings:
    return Settings.read(environ, require=("credentials", "secret_key"))


if __name__ == "__main__":
    main()
