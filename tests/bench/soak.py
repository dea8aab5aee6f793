"""`scripts/bench soak`: four practices file for 15 minutes while Medtech misbehaves; what the gateway holds must stay flat.

After a third of the time the gateway has warmed up: from then on its memory, file descriptors and threads are compared.
"""

import argparse
import asyncio
import json
import secrets
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table

import alex_sandbox
from bench.process import family, resident_megabytes
from crash.clinician import Clinician, Tally
from crash.fault_mix import fault_mix
from crash.programs import GatewayProgram, free_port
from crash.trial import HASTE
from load.patients import crowd_patients
from load.stage import UNLIMITED
from running import Sandbox, running_sandbox
from titles import line_of

PRACTICES = ("F2N060-E", "F99669-C", "F70001-A", "F70002-B")
_AT_ONCE = 2  # clinicians in each practice
_PHOTOS = 2  # of a visit
_EVERY_SECONDS = 10.0
_MOST_GROWTH = 1.05


@dataclass(frozen=True)
class Sample:
    """What the gateway held, after so many seconds; `family` is with its decoders, both in MB."""

    at: float
    main: float
    family: float
    descriptors: int
    threads: int
    log_megabytes: float


@dataclass
class Practices(Sandbox):
    """A sandbox in which each patient belongs to one practice."""

    of: dict[str, str] = field(default_factory=dict)

    def launch_url(self, patient: str | None = None, **options: object) -> str:
        return super().launch_url(patient, facility=self.of[patient or ""], **options)


def main() -> None:
    """Run it; exit 1 unless it stayed flat and every photo is in the record once."""
    parser = argparse.ArgumentParser(prog="scripts/bench soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**8))
    options = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{options.minutes:g} minutes, {len(PRACTICES)} practices, seed {options.seed} …")
    with tempfile.TemporaryDirectory(prefix="clinicpro-soak-") as folder:
        samples, wrong, photos = asyncio.run(_soak(Path(folder), 60 * options.minutes, options.seed))
    table = Table("minute", "MB", "with decoders", "descriptors", "threads", "WAL MB")
    for sample in samples[:: max(1, round(60 / _EVERY_SECONDS))]:
        held = (f"{sample.main:.1f}", f"{sample.family:.1f}", str(sample.descriptors), str(sample.threads))
        table.add_row(f"{sample.at / 60:.1f}", *held, f"{sample.log_megabytes:.1f}")
    console.print(table)
    grown = _growth(samples)
    console.print(
        "from the second third to the last: " + ", ".join(f"{n} ×{g:.3f}" for n, g in grown.items())
    )
    console.print(f"{photos} photos; wrong: {wrong or 'none'}")
    sys.exit(bool(wrong) or max(grown.values()) > _MOST_GROWTH)


def _growth(samples: list[Sample]) -> dict[str, float]:
    """The median of the last third by that of the second."""
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    names = ("main", "descriptors", "threads")
    return {
        name: statistics.median(getattr(each, name) for each in last)
        / statistics.median(getattr(each, name) for each in middle)
        for name in names
    }


async def _soak(folder: Path, seconds: float, seed: int) -> tuple[list[Sample], dict[str, Any], int]:
    of = _write_seed(folder / "seed.json")
    with running_sandbox("--seed", str(folder / "seed.json")) as plain:
        sandbox = Practices(plain.environ, plain.pid, of)
        sandbox.call("PUT", "/sandbox/faults", fault_mix(seed))
        port = free_port()
        environ = sandbox.environ | HASTE | UNLIMITED
        environ |= {
            "CLINICPRO_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "CLINICPRO_DATA_DIR": str(folder / "data"),
        }
        gateway = GatewayProgram(environ, folder, port)
        gateway.start()
        try:
            await gateway.ready()
            tally, numbers, until = Tally(), count(1), time.monotonic() + seconds
            samples: list[Sample] = []
            async with asyncio.TaskGroup() as tasks:
                watch = tasks.create_task(_watch(gateway, folder / "data", samples))
                async with asyncio.TaskGroup() as visits:
                    for patient in of:
                        random = Random(f"{seed}/{patient}")  # noqa: S311 - repeatable on purpose
                        visits.create_task(
                            _visits(sandbox, gateway.origin, random, tally, patient, numbers, until)
                        )
                watch.cancel()
        finally:
            gateway.kill()
        photos = next(numbers) - 1
        return samples, _wrong(sandbox, tally, photos), photos


async def _visits(
    sandbox: Sandbox, origin: str, random: Random, tally: Tally, patient: str, numbers: Any, until: float
) -> None:
    async def at_once(_photos: int) -> None:
        await asyncio.sleep(random.uniform(0.0, 2.0))

    while time.monotonic() < until:
        labels = [f"Mole {next(numbers)}" for _ in range(_PHOTOS)]
        await Clinician(sandbox, [origin], origin, random, tally, patient).visit(labels, at_once)


async def _watch(gateway: GatewayProgram, data: Path, samples: list[Sample]) -> None:
    began = time.monotonic()
    while True:
        samples.append(await asyncio.to_thread(_sample, gateway.pid, data, time.monotonic() - began))
        await asyncio.sleep(_EVERY_SECONDS)


def _sample(pid: int, data: Path, at: float) -> Sample:
    log = data / "clinicpro.db-wal"
    return Sample(
        at,
        resident_megabytes(pid),
        sum(resident_megabytes(each) for each in family(pid)),
        len(list(Path(f"/proc/{pid}/fd").iterdir())),
        len(list(Path(f"/proc/{pid}/task").iterdir())),
        log.stat().st_size / 1e6 if log.exists() else 0.0,
    )


def _wrong(sandbox: Sandbox, tally: Tally, photos: int) -> dict[str, Any]:
    landed = Counter(line_of(each).rpartition(" – ")[2] for each in sandbox.resources())
    labels = [f"Mole {number}" for number in range(1, photos + 1)]
    found = {
        "lost": [label for label in labels if not landed[label]],
        "twice": [label for label, times in landed.items() if times > 1],
        "unsettled": tally.unsettled,
    }
    return {name: labels for name, labels in found.items() if labels}


def _write_seed(file: Path) -> dict[str, str]:
    """Write the sandbox's seed with these practices; return the practice of each patient who has a clinician."""
    seed = json.loads((Path(alex_sandbox.__file__).parent / "seed.json").read_text("utf-8"))
    known = {facility["id"]: facility for facility in seed["facilities"]}
    crowd, practices = crowd_patients(), []
    of: dict[str, str] = {}
    for number, name in enumerate(PRACTICES):
        practice = dict(known.get(name) or known["F2N060-E"]) | {"id": name, "name": f"Practice {number}"}
        practice["patients"] = crowd[number * _AT_ONCE : (number + 1) * _AT_ONCE]
        of |= {patient["id"]: name for patient in practice["patients"]}
        practices.append(practice)
    file.write_text(json.dumps({"facilities": practices}), "utf-8")
    return of


if __name__ == "__main__":
    main()
