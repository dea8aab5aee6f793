"""Practice's pages that stay open while clinicians work: polled as the page does it, timed, and searched for patients."""

import asyncio
import json
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from load.patients import crowd_patients
from load.tally import Tally

EVERY = 5.0
# What the page promises: a photo is counted within this time.
SHOWN_WITHIN = 10.0
_EXPORTS = ("days", "filed", "unfiled")


def identifiers(patients: list[dict[str, Any]]) -> list[str]:
    """Everything in these records that names a patient: NHI, id, names."""
    found: set[str] = set()
    for patient in patients:
        found |= {str(patient["id"]), str(patient["nhi"]), str(patient["family"]), *patient["given"]}
    return sorted(each.lower() for each in found)


def named_in(text: str, names: list[str]) -> list[str]:
    """Return the identifiers that occur in a text as whole words."""
    words = set(re.findall(r"[\w-]+", text.lower()))
    return [each for each in names if (each in text.lower() if " " in each else each in words)]


@dataclass
class Managers:
    """Open pages of a run. `late` counts looks at which a photo was missing that was filed SHOWN_WITHIN before."""

    http: aiohttp.ClientSession
    origin: str
    token: str
    tally: Tally
    leaks: Counter[str] = field(default_factory=Counter)
    late: int = 0
    looks: int = 0
    _names: list[str] = field(default_factory=lambda: identifiers(crowd_patients()))
    _filed: list[tuple[float, int]] = field(default_factory=list)

    async def watch(self, number: int) -> None:
        """Keep one page open until cancelled."""
        await asyncio.sleep(EVERY * (number % 10) / 10)
        turn = number
        while True:
            self._filed.append((time.monotonic(), len(self.tally.filed)))
            await self._look("practice: page", "/practice", {"Accept": "text/html"})
            summary = await self._look("practice: JSON", "/api/practice/summary", {})
            if summary:
                self._compare(json.loads(summary)["filedToday"])
            if turn % 6 == 0:
                await self._look("practice: CSV", f"/api/practice/{_EXPORTS[turn // 6 % 3]}.csv", {})
            turn += 1
            await asyncio.sleep(EVERY)

    def search(self, where: str, text: str) -> None:
        """Look for patients in a text that should have none."""
        for name in named_in(text, self._names):
            self.leaks[f"{name} in {where}"] += 1

    def _compare(self, shown: int) -> None:
        due = [filed for at, filed in self._filed if at <= time.monotonic() - SHOWN_WITHIN]
        self.looks += 1
        self.late += bool(due) and shown < due[-1]

    async def _look(self, call: str, path: str, headers: dict[str, str]) -> str:
        own = {"Authorization": f"Bearer {self.token}", **headers}
        started = time.perf_counter()
        try:
            async with self.http.get(
                f"{self.origin}{path}", headers=own, timeout=aiohttp.ClientTimeout(30)
            ) as reply:
                text = await reply.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self.tally.errors[f"{call}: {type(error).__name__}"] += 1
            return ""
        if reply.status != 200:
            self.tally.errors[f"{call}: {reply.status}"] += 1
            return ""
        self.tally.took(call, time.perf_counter() - started)
        self.search(call, text)
        return text
