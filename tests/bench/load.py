"""`scripts/bench load`: many clinicians at once on gateway and sandbox, all on this machine.

Each clinician launches, brings a phone, adds five images from it, describes them, files them and reads the receipt, at a
person's pace, and goes on to the next patient. Calls go to the gateways in turn. The crowd grows; the last size runs longest.
"""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from load.crowd import Outcome, run_crowd
from load.stage import running_stage

_TARGET = 300.0
# Not single calls, but what several take together.
_NOT_CALLS = (
    "uploaded to event on the desktop",
    "sent to event on the desktop",
    "five images in the record",
)


def main() -> None:
    """Run, print, and exit 1 unless nothing failed, nothing was lost and nothing was filed twice."""
    parser = argparse.ArgumentParser(prog="scripts/bench load", description=__doc__)
    parser.add_argument(
        "--clinicians",
        default="1,10,50,100",
        help="sizes of the crowd, one after the other; 100 alone is one run",
    )
    parser.add_argument("--minutes", type=float, default=1.0, help="how long the last crowd works")
    parser.add_argument("--warm", type=float, default=40.0, help="seconds that each smaller crowd works")
    parser.add_argument("--visit", type=float, default=30.0, help="seconds a visit takes beside waiting")
    parser.add_argument("--gateways", type=int, default=1)
    parser.add_argument(
        "--postgres", action="store_true", help="PostgreSQL and an object store instead of SQLite"
    )
    parser.add_argument(
        "--managers",
        type=int,
        default=0,
        help="practice's pages that are open, each polled every five seconds",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args()
    sizes = [int(each) for each in options.clinicians.split(",")]
    if options.gateways > 1 and not options.postgres:
        parser.error("several gateways need --postgres")
    outcomes = uvloop.run(_run(options, sizes))
    if options.json:
        Console().print_json(data=[_figures_of(each) for each in outcomes])
    else:
        _print(outcomes, options)
    sys.exit(0 if all(each.clean for each in outcomes) else 1)


async def _run(options: Any, sizes: list[int]) -> list[Outcome]:
    outcomes = []
    console = Console(stderr=True, highlight=False)
    for size in sizes:
        seconds = 60 * options.minutes if size == sizes[-1] else options.warm
        said = f"{size} at once for {seconds:.0f} s, {options.gateways} gateway(s) on "
        console.print(said + ("PostgreSQL and S3 …" if options.postgres else "SQLite …"))
        with tempfile.TemporaryDirectory(prefix="clinicpro-load-") as folder:
            async with running_stage(
                Path(folder),
                gateways=options.gateways,
                postgres=options.postgres,
                store=options.postgres,
                environ={},
            ) as stage:
                outcomes.append(
                    await run_crowd(
                        stage,
                        clinicians=size,
                        seconds=seconds,
                        visit_seconds=options.visit,
                        seed=options.seed,
                        managers=options.managers,
                        report=lambda line: console.print(f"  {line}"),
                    )
                )
    return outcomes


def _figures_of(outcome: Outcome) -> dict[str, Any]:
    return {
        "clinicians": outcome.clinicians,
        "seconds": round(outcome.seconds, 1),
        "visits": outcome.tally.visits,
        "images": len(outcome.tally.filed),
        "imagesPerSecond": round(len(outcome.tally.filed) / outcome.seconds, 2),
        "gatewayCpuMillisecondsPerImage": round(outcome.cpu, 1),
        "cores": {name: round(cores, 2) for name, cores in outcome.cores.items()},
        "landed": outcome.landed,
        "lost": outcome.lost,
        "twice": outcome.twice,
        "wrongId": outcome.wrong_id,
        "errors": dict(outcome.tally.errors),
        "practicePageLooks": outcome.looks,
        "practicePageLate": outcome.late,
        "patientsNamed": dict(outcome.leaks),
        "askedToWait": dict(outcome.tally.waits),
        "calls": [asdict(each) for each in outcome.tally.figures()],
        "memory": [(round(at), round(held)) for at, held in outcome.memory],
    }


def _print(outcomes: list[Outcome], options: Any) -> None:
    console = Console(width=120, soft_wrap=True, highlight=False)
    on = "PostgreSQL and S3" if options.postgres else "SQLite and a folder"
    table = Table(
        title=f"{options.gateways} gateway(s) on {on}, a visit of {options.visit:.0f} s", title_justify="left"
    )
    for heading in ("at once", "visits", "images", "a second", "CPU ms each", "cores", "worst p95 ms", "errors", "to wait",
                    "lost", "twice"):  # fmt: skip
        table.add_column(heading, justify="right")
    for outcome in outcomes:
        figures = _figures_of(outcome)
        calls = [each for each in figures["calls"] if each["call"] not in _NOT_CALLS]
        worst = max((each["p95"], each["call"]) for each in calls) if calls else (0.0, "")
        table.add_row(
            *map(str, (figures["clinicians"], figures["visits"], figures["images"], figures["imagesPerSecond"],
                       figures["gatewayCpuMillisecondsPerImage"], round(outcome.cpu * figures["imagesPerSecond"] / 1000, 2),
                       f"{worst[0]} ({worst[1]})", sum(figures["errors"].values()), sum(figures["askedToWait"].values()),
                       len(figures["lost"]), len(figures["twice"])))
        )  # fmt: skip
    console.print(table)
    last = outcomes[-1]
    table = Table(title=f"Calls with {last.clinicians} at once, milliseconds", title_justify="left")
    for heading in ("call", "count", "p50", "p95", "longest", ""):
        table.add_column(heading, justify="left" if heading == "call" else "right")
    for each in last.tally.figures():
        over = "" if each.call in _NOT_CALLS else "over 300" if each.p95 > _TARGET else "ok"
        table.add_row(each.call, str(each.count), str(each.p50), str(each.p95), str(each.longest), over)
    console.print(table)
    busy = ", ".join(f"{name} {cores:.2f}" for name, cores in last.cores.items())
    console.print(f"Cores kept busy, of {os.cpu_count()}: {busy}; together {sum(last.cores.values()):.2f}")
    console.print("Memory of gateways and workers, MB by minute: " + _curve(last.memory))
    if options.managers:
        console.print(
            f"Practice's pages: {options.managers} open, {last.looks} looks, {last.late} of them behind by more than 10 s; "
            f"patients named in pages, JSON, CSV or logs: {sum(last.leaks.values())} {dict(last.leaks) or ''}",
            markup=False,
        )
    for error, number in last.tally.errors.items():
        console.print(f"  {number} × {error}", markup=False)
    console.print(json.dumps([_figures_of(each) for each in outcomes]), soft_wrap=True, markup=False)


def _curve(memory: list[tuple[float, float]]) -> str:
    by_minute: dict[int, list[float]] = {}
    for at, held in memory:
        by_minute.setdefault(int(at // 60), []).append(held)
    return ", ".join(f"{minute}: {sum(held) / len(held):.0f}" for minute, held in sorted(by_minute.items()))


if __name__ == "__main__":
    main()
