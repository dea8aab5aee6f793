"""`scripts/bench lost`: 1,000 lost answers against every manner of showing what was filed, and every change of manner."""

import argparse
import asyncio
import secrets
import sys
import tempfile
from collections import Counter
from itertools import count
from pathlib import Path
from random import Random

import structlog
from rich.console import Console

from lost.record import MANNERS
from lost.trial import Terms, Verdict, run_trial


def main() -> None:
    """Run trials until enough answers were lost; exit 1 unless every image is in the record exactly once."""
    parser = argparse.ArgumentParser(prog="scripts/bench lost", description=__doc__)
    parser.add_argument("--answers", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**8), help="repeats the trials")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"seed {options.seed}")
    verdicts = asyncio.run(_trials(options.answers, Random(options.seed)))  # noqa: S311 - repeats the trials
    asked: Counter[str] = Counter()
    for verdict in verdicts:
        asked[verdict.terms.manner if verdict.terms.allowed else "refused"] += verdict.asked
    bad = [verdict for verdict in verdicts if not verdict.clean]
    console.print(
        f"lost answers {sum(verdict.lost_answers for verdict in verdicts)} in {len(verdicts)} trials"
    )
    console.print(f"filed twice  {sum(len(verdict.twice) for verdict in verdicts)}")
    console.print(f"not there    {sum(len(verdict.missing) for verdict in verdicts)}")
    console.print("asked        " + ", ".join(f"{name} {number}" for name, number in asked.items()))
    for verdict in bad:
        console.print(verdict)
    sys.exit(1 if bad else 0)


async def _trials(answers: int, random: Random) -> list[Verdict]:
    verdicts: list[Verdict] = []
    for number in count():
        if sum(verdict.lost_answers for verdict in verdicts) >= answers:
            return verdicts
        manner = MANNERS[number % len(MANNERS)]
        # A third keeps its manner, a third changes it after half of the images, and some refuse every search.
        then = random.choice([manner, *MANNERS[:4], "broken-pages", "other-facility"])
        terms = Terms(manner, then, random.randrange(10**8), allowed=random.random() > 0.1, images=12)
        with tempfile.TemporaryDirectory(prefix="clinicpro-lost-") as folder:
            path = Path(folder)
            verdicts.append(await run_trial(terms, path, f"sqlite:///{path}/trial.db"))
    return verdicts


if __name__ == "__main__":
    main()
