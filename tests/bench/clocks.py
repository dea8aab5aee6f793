"""`scripts/bench clocks`: the clock is set by hours while images are in every state, with and without a restart."""

import argparse
import asyncio
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import structlog
from rich.console import Console

from clocks.trial import How, Terms, Verdict, run_trial
from postgres import running_postgres
from running import running_sandbox

HOURS = (-25.0, -13.0, -1.0, 1.0, 13.0, 25.0)
HOW: tuple[How, ...] = ("running", "restarted", "rebooted")

# A shared server that restarts is no restart of the gateway's machine.
SERVER_HOW: tuple[How, ...] = ("running", "restarted", "apart")


def main() -> None:
    """Run every trial; exit 1 unless nothing is lost, stuck, filed twice or dated in the future."""
    parser = argparse.ArgumentParser(prog="scripts/bench clocks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument(
        "--server", action="store_true", help="set the clock of a PostgreSQL server, not the gateway's"
    )
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    console = Console(highlight=False, soft_wrap=True)
    verdicts: list[Verdict] = []
    with ExitStack() as stack:
        cluster = stack.enter_context(running_postgres()) if options.server else None
        for hours in HOURS * options.rounds:
            for how in HOW if cluster is None else SERVER_HOW:
                url = None if cluster is None else cluster.new_database()
                with (
                    running_sandbox() as sandbox,
                    tempfile.TemporaryDirectory(prefix="clinicpro-clock-") as folder,
                ):
                    verdicts.append(asyncio.run(run_trial(sandbox, Path(folder), Terms(hours, how), url)))
                console.print(verdicts[-1])
    for what in ("lost", "stuck", "twice", "in_the_future"):
        console.print(
            f"{what} {sum(len(getattr(each, what)) for each in verdicts)} in {len(verdicts)} trials"
        )
    console.print(f"asked {sum(each.asked for each in verdicts)}")
    sys.exit(0 if all(each.clean for each in verdicts) else 1)


if __name__ == "__main__":
    main()
