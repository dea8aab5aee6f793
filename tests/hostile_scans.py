"""An ALEX in front of the sandbox that mixes other patients' documents into every list of Scan documents.

Everything else goes to the sandbox. Each picture is of one colour, its owner's, so that what is shown tells whose it is.
A document of the patient that is listed truthfully has the title "Own 1 of 3"; every other title is of a trap.
"""

import asyncio
import hashlib
import io
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import web
from PIL import Image

import alex_sandbox
from running import Sandbox
from sandbox_front import SandboxFront
from scan_traps import TRAPS, Person, Resource, Trap, picture_of, raw

FACILITY: Final = "F2N060-E"
_LEVELS: Final = (40, 128, 215)


def people() -> list[Person]:
    """The patients of the practice; two of them have one NHI."""
    seed = json.loads((Path(alex_sandbox.__file__).parent / "seed.json").read_text("utf-8"))
    facility = next(each for each in seed["facilities"] if each["id"] == FACILITY)
    colours = [(red, green, blue) for red in _LEVELS for green in _LEVELS for blue in _LEVELS]
    return [
        Person(each["id"], each["nhi"], colour)
        for each, colour in zip(facility["patients"], colours, strict=False)
    ]


def owner_of(picture: bytes, persons: list[Person]) -> Person:
    """Whose picture it is, by its colour."""
    with Image.open(io.BytesIO(picture)) as opened:
        red, green, blue = opened.convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    return min(
        persons,
        key=lambda each: sum(abs(a - b) for a, b in zip(each.colour, (red, green, blue), strict=True)),
    )


@dataclass
class HostileScans:
    """Serves the lists; `traps` names those to set, in turn, and `most` is how many there are in one list.

    What is asked for an NHI in `held` waits for its event.
    """

    sandbox: Sandbox
    seed: int = 19
    most: int = 6
    traps: tuple[str, ...] = ()
    persons: list[Person] = field(default_factory=people)
    traps_set: int = 0
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    _reads: dict[str, Resource | None] = field(default_factory=dict)
    _binaries: dict[str, Callable[[], web.Response]] = field(default_factory=dict)
    _nhis: dict[str, str] = field(default_factory=dict)
    _second: dict[str, list[Resource]] = field(default_factory=dict)
    _number: int = 0
    _origin: str = ""

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable, not secret
        self.traps = self.traps or tuple(TRAPS)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Sandbox]:
        """Serve on a free port, and yield the sandbox as a gateway sees it from now on."""
        routes = {
            "/FHIR/DocumentReference": self._search,
            "/FHIR/DocumentReference/{id}": self._read,
            "/FHIR/Binary/{key}": self._binary,
        }
        self._front = SandboxFront(self.sandbox)
        async with self._front.serving(routes) as seen:
            self._origin = seen.origin
            yield seen

    async def _search(self, request: web.Request) -> web.Response:
        nhi = request.query.get("patient.identifier", "|").partition("|")[2]
        records = [each for each in self.persons if each.nhi == nhi]
        if not records:
            return await self._front.forward(request)
        await self._wait_for(nhi)
        if "page" in request.query:
            return _bundle(self._second.pop(request.query["page"]))
        found: list[Resource] = []
        for record in records:
            count = self._random.randint(1, 3)
            found += [self._own(record, f"Own {number + 1} of {count}") for number in range(count)]
            others = [each for each in self.persons if each not in records]
            for _ in range(self._random.randint(1, self.most)):
                name = self.traps[self.traps_set % len(self.traps)]
                self.traps_set += 1
                found += self._trap(name, record, self._random.choice(others))
        self._random.shuffle(found)
        half = len(found) // 2
        page = self.next_name()
        self._second[page] = found[half:]
        following = f"https://elsewhere.example.nz/FHIR/DocumentReference?{request.query_string}&page={page}"
        return _bundle(found[:half], following)

    async def _wait_for(self, nhi: str) -> None:
        if nhi in self.held:
            await self.held[nhi].wait()

    async def _read(self, request: web.Request) -> web.Response:
        resource = self._reads.get(request.match_info["id"])
        if resource is None:
            outcome = {
                "resourceType": "OperationOutcome",
                "issue": [{"severity": "error", "code": "not-found"}],
            }
            return web.json_response(outcome, status=404)
        return web.json_response(resource)

    async def _binary(self, request: web.Request) -> web.Response:
        key = request.match_info["key"]
        await self._wait_for(self._nhis.get(key, ""))
        answer = self._binaries.get(key)
        return web.Response(status=404) if answer is None else answer()

    def next_name(self) -> str:
        self._number += 1
        return hashlib.sha256(f"{self.seed}/{self._number}".encode()).hexdigest()[:32]

    def _own(self, person: Person, title: str) -> Resource:
        resource = self.document(person, title)
        self._add(Trap(resource, resource, resource["id"], lambda: raw(picture_of(person))), person)
        return resource

    def _trap(self, name: str, ours: Person, other: Person) -> list[Resource]:
        document = self.document(other, f"Trap: {name}")
        key = document["id"]
        trap = Trap(document, dict(document), key, lambda: raw(picture_of(other)))
        more = TRAPS[name](self, trap, ours, other) or []
        self._add(trap, ours)
        return [trap.listed, *more]

    def _add(self, trap: Trap, ours: Person) -> None:
        self._nhis[trap.key] = ours.nhi
        self._reads[trap.listed["id"]] = trap.read
        self._binaries[trap.key] = trap.binary

    def document(self, person: Person, title: str) -> Resource:
        """A document as ALEX would list it."""
        name = self.next_name()
        return {
            "resourceType": "DocumentReference",
            "id": name,
            "status": "current",
            "type": {"coding": [{"system": "http://loinc.org", "code": "72170-4"}]},
            "subject": {"reference": f"Patient/{person.id}"},
            "date": f"2026-0{self._number % 9 + 1}-11T10:00:00+13:00",
            "description": title,
            "content": [
                {"attachment": {"contentType": "image/jpeg", "url": f"{self._origin}/FHIR/Binary/{name}"}}
            ],
        }

    def blob_of(self, person: Person) -> str:
        """The key of a picture of this person, in no list of this patient."""
        key = self.next_name()
        self._binaries[key] = lambda: raw(picture_of(person))
        return key


def _bundle(resources: list[Resource], following: str = "") -> web.Response:
    return web.json_response(
        {
            "resourceType": "Bundle",
            "type": "searchset",
            "link": [{"relation": "next", "url": following}] if following else [],
            "entry": [{"resource": each, "search": {"mode": "match"}} for each in resources],
        }
    )
