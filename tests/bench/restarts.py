"""`scripts/bench restarts`: gateways, PostgreSQL and the object store are restarted in turn while clinicians work.

Clinicians' pages retry automatically. At the end every image that was to be filed is counted in the record.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from load.crowd import Outcome, run_crowd
from load.restarts import Restart, restart_in_turn
from load.stage import running_stage


def main() -> None:
    """Run, print, and exit 1 unless nothing was lost and nothing was filed twice."""
    parser = argparse.ArgumentParser(prog="scripts/bench restarts", description=__doc__)
    parser.add_argument("--clinicians", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--gateways", type=int, default=2)
    parser.add_argument("--visit", type=float, default=20.0, help="seconds a visit takes beside waiting")
    parser.add_argument("--every", type=float, default=8.0, help="seconds between two restarts")
    parser.add_argument("--away", type=float, default=2.0, help="seconds that each is away")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    outcome, restarts = uvloop.run(_run(options))
    _print(outcome, restarts)
    sys.exit(0 if outcome.clean else 1)


async def _run(options: Any) -> tuple[Outcome, list[Restart]]:
    restarts: list[Restart] = []
    with tempfile.TemporaryDirectory(prefix="clinicpro-restarts-") as folder:
        async with running_stage(
            Path(folder), gateways=options.gateways, postgres=True, store=True, environ={}
        ) as stage:
            trouble = asyncio.create_task(
                restart_in_turn(stage, every=options.every, away=options.away, report=restarts.append)
            )
            try:
                outcome = await run_crowd(
                    stage,
                    clinicians=options.clinicians,
                    seconds=60 * options.minutes,
                    visit_seconds=options.visit,
                    seed=options.seed,
                    persistent=True,
                    report=lambda line: Console(stderr=True, highlight=False).print(f"  {line}"),
                )
            finally:
                trouble.cancel()
                await asyncio.gather(trouble, return_exceptions=True)
    return outcome, restarts


def _print(outcome: Outcome, restarts: list[Restart]) -> None:
    console = Console(width=120, highlight=False, soft_wrap=True)
    table = Table(title="Restarts", title_justify="left")
    for heading in ("what", "times", "away, seconds (median, longest)"):
        table.add_column(heading)
    for what in dict.fromkeys(each.what for each in restarts):
        away = sorted(each.seconds for each in restarts if each.what == what)
        table.add_row(what, str(len(away)), f"{away[len(away) // 2]}, {away[-1]}")
    console.print(table)
    tally = outcome.tally
    lines = {
        "clinicians at once": outcome.clinicians,
        "visits": tally.visits,
        "images to be filed": len(tally.asked),
        "in the record": outcome.landed,
        "lost": outcome.lost or 0,
        "twice": outcome.twice or 0,
        "under a wrong id": outcome.wrong_id or 0,
        "errors that stayed": sum(tally.errors.values()),
        "calls retried by the page": sum(tally.again.values()),
        "five images in the record, longest": f"{max(tally.times['five images in the record'], default=0) / 1000:.1f} s",
        "took": f"{outcome.seconds:.0f} s",
    }
    for name, value in lines.items():
        console.print(f"  {name:40} {value}", markup=False)
    for error, number in tally.errors.items():
        console.print(f"  {number} × {error}", markup=False)
    console.print("  every image is in the record exactly once" if outcome.clean else "  NOT CLEAN")


if __name__ == "__main__":
    main()
