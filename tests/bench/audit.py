"""Tamper with audit trails at random, in operation, and count what is found: scripts/bench audit [--trials N] [--database URL]."""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from pathlib import Path

import structlog

from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import open_database
from clinicpro_images.db.migrate import migrate
from databases import place_migrated, sqlite_url
from tampering import Tampering


async def run(trials: int, seed: int, url: str, folder: Path) -> int:
    """Print a line for each trial that failed, and the sums; returns 1 if one did."""
    place_migrated(url)
    database = open_database(url)
    failed, started = 0, time.monotonic()
    try:
        await migrate(database)
        for number in range(trials):
            one = Tampering(
                database,
                Keyring("invented key for a benchmark"),
                folder / "memory",
                random.Random(seed + number),  # noqa: S311 - which trial, no secret
            )
            wrong = await one.trial()
            if wrong:
                failed += 1
                print(f"seed {seed + number}: {wrong}: {one.done}")  # noqa: T201 - a command prints
    finally:
        await database.close()
    seconds = time.monotonic() - started
    print(f"{trials} tamperings, {trials - failed} found, {failed} not, in {seconds:.0f} s")  # noqa: T201 - as above
    return 1 if failed else 0


def main() -> int:
    """Run with the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", default="", help="an empty database; a SQLite file by default")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or sqlite_url(Path(folder) / "trail.db")
        return asyncio.run(run(options.trials, options.seed, url, Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
