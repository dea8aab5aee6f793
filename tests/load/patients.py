"""A practice with a patient for each clinician: a launch brings in what the provider's other sessions hold of the patient."""

import json
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from nhi import is_nhi

import alex_sandbox

FACILITY = "F2N060-E"
_HOW_MANY = 300


def write_seed(file: Path) -> None:
    """Write the sandbox's seed with these patients beside its own."""
    seed = json.loads((Path(alex_sandbox.__file__).parent / "seed.json").read_text("utf-8"))
    for facility in seed["facilities"]:
        if facility["id"] == FACILITY:
            facility["patients"] += crowd_patients()
    file.write_text(json.dumps(seed), "utf-8")


@cache
def crowd_patients() -> list[dict[str, Any]]:
    """Invented patients, each with an NHI of its own that begins with Z."""
    numbers = count()
    found: list[dict[str, Any]] = []
    while len(found) < _HOW_MANY:
        nhi = f"ZQA{next(numbers):04}"
        if is_nhi(nhi, allow_test_values=True):
            number = len(found)
            found.append(
                {
                    "id": f"c{number:031x}",
                    "nhi": nhi,
                    "prefix": "Mx",
                    "given": [f"Crowdgiven{number}"],
                    "family": f"Crowdfamily{number}",
                    "gender": "female",
                    "birthDate": f"19{40 + number % 60}-03-{1 + number % 28:02}",
                }
            )
    return found
