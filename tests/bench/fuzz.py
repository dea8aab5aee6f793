"""Feed endless damaged images to inspect here and to clean in a worker: scripts/bench fuzz [--minutes 10]."""

import argparse
import asyncio
import contextlib
import io
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import structlog
from hypothesis import HealthCheck, Phase, given, seed, settings

from clinicpro_images.errors import Busy
from clinicpro_images.imaging.errors import ImageError
from clinicpro_images.imaging.inspect import inspect
from clinicpro_images.imaging.worker.pool import ImageWorkers
from corpus.mutation import mutated

ROUND = 200
FOUND = Path("fuzz-findings")


async def main(minutes: float, start: int) -> int:
    """Run until the time is over; 1 if anything but an image or a refusal came out."""
    tally: Counter[str] = Counter()
    bad: list[str] = []
    workers = ImageWorkers(1)
    loop = asyncio.get_running_loop()
    ends = time.monotonic() + 60 * minutes
    number = start
    try:
        while time.monotonic() < ends:

            @seed(number)
            @settings(
                max_examples=ROUND,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(mutated())
            def round_of_mutations(content: bytes) -> None:
                outcome = asyncio.run_coroutine_threadsafe(_one(workers, content), loop).result()
                tally[outcome] += 1
                if outcome.startswith("BAD"):
                    FOUND.mkdir(exist_ok=True)
                    kept = FOUND / f"{start}-{tally.total()}"
                    kept.write_bytes(content)
                    bad.append(outcome)
                    sys.stderr.write(f"{kept}: {outcome}\n{_where(kept)}\n")

            await asyncio.to_thread(round_of_mutations)
            number += 1
            if (number - start) % 20 == 0:
                sys.stderr.write(f"{tally.total()} files, {len(bad)} bad\n")
    finally:
        await workers.close()
    sys.stdout.write(
        f"\n{tally.total()} damaged files in {minutes:g} minutes, seeds {start} to {number - 1}\n\n"
    )
    for outcome, count in tally.most_common():
        sys.stdout.write(f"{count:8}  {outcome}\n")
    return 1 if bad else 0


async def _one(workers: ImageWorkers, content: bytes) -> str:
    """Describe what became of a file. Only a worker may die, and only if that ends in a refusal."""
    try:
        with contextlib.suppress(ImageError):
            inspect(content)
        cleaned = await workers.clean(content)
    except (ImageError, Busy) as error:
        if "The worker process died" in error.integrator or "Not decoded within" in error.integrator:
            return f"refused: a worker was ended ({content[:4]!r})"
        # The clinician reads the same as for a damaged file, but an unexpected error is a fault of ours.
        fault = "The decoder failed" in error.integrator
        return f"BAD: {error.integrator}" if fault else f"refused: {type(error).__name__}"
    except Exception as error:  # noqa: BLE001 - exactly what is looked for
        return f"BAD: {type(error).__name__} came out"
    found = inspect(cleaned.content)
    same = cleaned.content_type == "application/pdf" or (found.width, found.height) == (
        cleaned.width,
        cleaned.height,
    )
    if found.content_type != cleaned.content_type or not same:
        return "BAD: a cleaned image is not what it says"
    return f"image: {cleaned.content_type}"


def _where(kept: Path) -> str:
    """Clean the file once more in a process of its own, and return the traceback: a worker tells no more than a fault's name."""
    program = "import sys, pathlib; from clinicpro_images.imaging.clean import clean; clean(pathlib.Path(sys.argv[1]).read_bytes())"
    run = subprocess.run(
        [sys.executable, "-c", program, str(kept)], check=False, capture_output=True, text=True
    )
    return run.stderr


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="scripts/bench fuzz")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(io.StringIO()))
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(main(arguments.minutes, arguments.seed)))
