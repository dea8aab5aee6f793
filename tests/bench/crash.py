"""`scripts/bench crash`: 300 images, 50 kills and more, on SQLite and on PostgreSQL with two gateways.

With --restore, a backup that was made while gateways worked is restored in the middle, with the scripts of deploy/.
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console

from crash.trial import Terms, Verdict, run_trial
from postgres import running_postgres


def main() -> None:
    """Run the chosen trials; exit 1 unless every image was filed exactly once."""
    parser = argparse.ArgumentParser(prog="scripts/bench crash", description=__doc__)
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**8), help="repeats a trial")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--restore", choices=["elsewhere", "in-place"], help="restore a backup in the middle")
    parser.add_argument("--shows", default="everything", help="what searches in the sandbox show")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args()
    databases = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    console = Console(highlight=False, soft_wrap=True)
    verdicts = {}
    for database in databases:
        begun = f"{database}: {options.images} images, {options.kills} kills, seed {options.seed} …"
        Console(stderr=True, highlight=False).print(begun)
        verdicts[database] = asyncio.run(_trial(database, options))
        if not options.json:
            console.print(_figures_of(database, verdicts[database]), markup=False)
    if options.json:
        console.print_json(data={name: asdict(verdict) for name, verdict in verdicts.items()})
    sys.exit(0 if all(verdict.clean for verdict in verdicts.values()) else 1)


async def _trial(database: str, options: argparse.Namespace) -> Verdict:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clinicpro-crash-")))
        # With fewer photos in a visit, some visits begin after the backup.
        terms = Terms(
            options.images, options.kills, options.seed, per_visit=5 if options.restore else 10,
            restore=options.restore, search_shows=options.shows,
        )  # fmt: skip
        if database == "postgresql":
            cluster = stack.enter_context(running_postgres())
            url, other = cluster.empty_database(), cluster.empty_database()
            terms = replace(terms, gateways=2, database_url=url, restored_database_url=other)
        return await run_trial(terms, folder)


def _figures_of(database: str, verdict: Verdict) -> str:
    terms = verdict.terms
    faults = ", ".join(f"{name} {count}" for name, count in verdict.faults.items())
    return (
        f"{database}, {terms.gateways} gateway{'s' * (terms.gateways > 1)}, seed {terms.seed}\n"
        f"  images            {terms.images}\n"
        f"  in the record       {verdict.landed}\n"
        f"  lost                {len(verdict.lost)} {verdict.lost or ''}\n"
        f"  twice               {len(verdict.twice)} {verdict.twice or ''}\n"
        f"  failed, unverified  {len(verdict.unsettled)} {verdict.unsettled or ''}\n"
        f"  under a wrong id    {len(verdict.wrong_id)} {verdict.wrong_id or ''}\n"
        f"  kill -9             {verdict.kills}, {verdict.kills_while_filing} of them with images under way\n"
        f"  faults of ALEX      {faults}\n"
        f"  faults of our own   {verdict.own_faults or 'none'}\n"
        f"  retry pressed       {verdict.presses_of_retry}\n"
        f"  requests repeated   {verdict.requests_tried_again}\n"
        f"{_restored(verdict)}"
        f"  took                {verdict.seconds:.0f} s\n"
        f"  {'every image is in the record exactly once' if verdict.clean else 'NOT CLEAN'}"
    )


def _restored(verdict: Verdict) -> str:
    done = verdict.restoration
    if done is None:
        return ""
    return (
        f"  restored            {done.where}, with {done.in_backup} images\n"
        f"    filed since       {done.filed_since} that are unfiled in the backup, {done.unknown} that it doesn't have\n"
        f"    lost from it      {len(done.lost)} {done.lost or ''}\n"
        f"    offered all the same {len(verdict.offered)} {verdict.offered or ''}\n"
        f"    clinicians asked  {verdict.asked}; photos taken again {done.taken_again}\n"
    )


if __name__ == "__main__":
    main()
