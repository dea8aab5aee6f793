"""`scripts/bench hostile`: one hostile session at a time, and what a clinician of another practice notices."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hostile import TRIALS, noticed_during
from hostile_calls import CALLS
from load.stage import running_stage

CALL_LIMIT, HEALTH_LIMIT, MEMORY_LIMIT = 1.0, 0.2, 400.0


async def run(names: list[str], seconds: float) -> int:
    """Print a row for each trial; returns 1 if a limit isn't met."""
    table = Table("Trial", "upload p95", "launch p95", "claim p95", "healthz p95", "MB", "refused")
    missed = 0
    progress = Console(stderr=True, highlight=False)
    for name in names:
        progress.print(f"{name}, {seconds:g} s …")
        with tempfile.TemporaryDirectory() as folder:
            async with running_stage(
                Path(folder), gateways=1, postgres=False, store=False, environ={}
            ) as stage:
                noticed = await noticed_during(stage, name, seconds=seconds)
        slowest = [noticed.p95(each) for each in ("upload", "launch", "claim", "healthz")]
        met = max(slowest[:3]) < CALL_LIMIT and slowest[3] < HEALTH_LIMIT and noticed.megabytes < MEMORY_LIMIT
        missed += not met or bool(noticed.refused)
        cells = [f"{each:.2f} s" for each in slowest]
        table.add_row(
            name, *cells, f"{noticed.megabytes:.0f}", " ".join(sorted(set(noticed.refused))) or "none"
        )
    Console().print(table)
    return 1 if missed else 0


def main() -> int:
    """Run with the options of the command line."""
    parser = argparse.ArgumentParser(prog="scripts/bench hostile", description=__doc__)
    parser.add_argument("trials", nargs="*", default=[*TRIALS, *CALLS], help="which; all by default")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each lasts (default 20)")
    options = parser.parse_args()
    return asyncio.run(run(options.trials, options.seconds))


if __name__ == "__main__":
    sys.exit(main())
