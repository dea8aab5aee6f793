"""An ALEX in front of the sandbox that mixes other patients' documents into every list of Scan documents.

Everything else goes to the sandbox. Each picture is of one colour, its owner's, so that what is shown tells whose it is.
A document of the patient that is listed truthfully has the title "Own 1 of 3"; every other title is of a trap.
"""

# ruff: noqa: ARG005 - a trap is made from both patients, whichever of them it uses

import asyncio
import base64
import hashlib
import io
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from PIL import Image

import alex_sandbox
from running import Sandbox
from sandbox_front import SandboxFront

NHI_SYSTEM: Final = "https://standards.digital.health.nz/ns/nhi-id"
FACILITY: Final = "F2N060-E"
_LEVELS: Final = (40, 128, 215)

Resource = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """A patient record of the sandbox, and the colour of its pictures."""

    id: str
    nhi: str
    colour: tuple[int, int, int]


def people() -> list[Person]:
    """The patients of the practice; two of them have one NHI."""
    seed = json.loads((Path(alex_sandbox.__file__).parent / "seed.json").read_text("utf-8"))
    facility = next(each for each in seed["facilities"] if each["id"] == FACILITY)
    colours = [(red, green, blue) for red in _LEVELS for green in _LEVELS for blue in _LEVELS]
    return [
        Person(each["id"], each["nhi"], colour)
        for each, colour in zip(facility["patients"], colours, strict=False)
    ]


def picture_of(person: Person) -> bytes:
    """A small picture in the person's colour."""
    encoded = io.BytesIO()
    Image.new("RGB", (64, 48), person.colour).save(encoded, "JPEG", quality=90)
    return encoded.getvalue()


def owner_of(picture: bytes, persons: list[Person]) -> Person:
    """Whose picture it is, by its colour."""
    with Image.open(io.BytesIO(picture)) as opened:
        red, green, blue = opened.convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    return min(
        persons,
        key=lambda each: sum(abs(a - b) for a, b in zip(each.colour, (red, green, blue), strict=True)),
    )


@dataclass
class Trap:
    """A document that is not the patient's, or whose bytes are not: how it is listed, how it reads, and its bytes.

    `listed` is what the search shows, `read` what a read by its id answers (None: 404), `binary` the response for its key.
    """

    listed: Resource
    read: Resource | None
    key: str
    binary: Callable[[], web.Response]


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


def raw(content: bytes, headers: Mapping[str, str] | None = None) -> web.Response:
    """A Binary as the bytes that it holds."""
    return web.Response(body=content, content_type="image/jpeg", headers=headers)


def wrapped(content: bytes, **members: Any) -> web.Response:
    """A Binary as a FHIR resource."""
    data = base64.b64encode(content).decode()
    return web.json_response({"resourceType": "Binary", "contentType": "image/jpeg", "data": data} | members)


SetTrap = Callable[[HostileScans, Trap, Person, Person], "list[Resource] | None"]


def _listed_as(subject: Callable[[Person, Person], Any]) -> SetTrap:
    """The list names this subject; a read by id is refused, so that nothing else gives it away."""

    def spring(_: HostileScans, trap: Trap, ours: Person, other: Person) -> None:
        trap.listed = {**trap.listed, "subject": subject(ours, other)}
        trap.read = None

    return spring


def _with(**members: Callable[[Person, Person], Any]) -> SetTrap:
    """The list says that it is ours, and another member contradicts it."""

    def spring(_: HostileScans, trap: Trap, ours: Person, other: Person) -> None:
        more = {name: make(ours, other) for name, make in members.items()}
        trap.listed = {**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}, **more}
        trap.read = None

    return spring


def _answered(make: Callable[[Trap, Person, Person], Callable[[], web.Response]]) -> SetTrap:
    """List and document say that it is ours; the Binary that comes is another patient's, and shows it."""

    def spring(_: HostileScans, trap: Trap, ours: Person, other: Person) -> None:
        trap.listed = {**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}}
        trap.read = trap.listed
        trap.binary = make(trap, ours, other)

    return spring


def _attachment(resource: Resource, **changes: Any) -> Resource:
    return {**resource, "content": [{"attachment": {**resource["content"][0]["attachment"], **changes}}]}


def _described(**made: Callable[[bytes], Any]) -> SetTrap:
    """The list describes the patient's own picture, and another patient's bytes come."""

    def spring(_: HostileScans, trap: Trap, ours: Person, other: Person) -> None:
        own = picture_of(ours)
        about = {name: make(own) for name, make in made.items()}
        trap.listed = _attachment({**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}}, **about)
        trap.read = None
        trap.binary = lambda: raw(picture_of(other) + b"\0" * 7)

    return spring


def _list_lies(_: HostileScans, trap: Trap, ours: Person, _other: Person) -> None:
    """The list says ours; the document itself says whose it is."""
    trap.listed = {**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}}


def _link_lies(front: HostileScans, trap: Trap, ours: Person, other: Person) -> None:
    """The document is the patient's, and the list links another patient's bytes."""
    own = {**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}}
    trap.read = own
    trap.listed = _attachment(own, url=f"Binary/{front.blob_of(other)}")


def _link_lies_about_bytes(front: HostileScans, trap: Trap, ours: Person, other: Person) -> None:
    """As before; the document has its bytes in itself, and no link."""
    own = {**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}}
    data = base64.b64encode(picture_of(ours)).decode()
    trap.read = _attachment(own, url=None, data=data)
    trap.listed = _attachment(own, url=f"Binary/{front.blob_of(other)}")


def _link_elsewhere(front: HostileScans, trap: Trap, ours: Person, other: Person) -> None:
    """The link leads to another server, where the key would be ours; here it is another patient's."""
    own = {**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}}
    trap.listed = _attachment(own, url=f"https://elsewhere.example.nz/FHIR/Binary/{front.blob_of(other)}")
    trap.read = None


def _same_id(_: HostileScans, trap: Trap, ours: Person, _other: Person) -> list[Resource]:
    """One id, two subjects."""
    trap.read = None
    return [{**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}}]


def _same_key(front: HostileScans, trap: Trap, ours: Person, _other: Person) -> list[Resource]:
    """Two documents, one key."""
    ours_too = _attachment(
        {**trap.listed, "id": front.next_name(), "subject": {"reference": f"Patient/{ours.id}"}},
        url=f"Binary/{trap.key}",
    )
    return [ours_too]


TRAPS: Final[dict[str, SetTrap]] = {
    "plain": _listed_as(lambda ours, other: {"reference": f"Patient/{other.id}"}),
    "none": _listed_as(lambda ours, other: None),
    "empty": _listed_as(lambda ours, other: {}),
    "list": _listed_as(lambda ours, other: [{"reference": f"Patient/{ours.id}"}]),
    "longer id": _listed_as(lambda ours, other: {"reference": f"Patient/{ours.id}0"}),
    "shorter id": _listed_as(lambda ours, other: {"reference": f"Patient/{ours.id[:-1]}"}),
    "upper case": _listed_as(lambda ours, other: {"reference": f"Patient/{ours.id.upper()}"}),
    "swapped id": _listed_as(
        lambda ours, other: {"reference": f"Patient/{ours.id[:30]}{ours.id[31]}{ours.id[30]}x"}
    ),
    "version": _listed_as(lambda ours, other: {"reference": f"Patient/{other.id}/_history/{ours.id}"}),
    "nested": _listed_as(lambda ours, other: {"reference": f"Patient/{other.id}/Patient/{ours.id}"}),
    "query": _listed_as(lambda ours, other: {"reference": f"Patient/{other.id}?x=Patient/{ours.id}"}),
    "fragment": _listed_as(lambda ours, other: {"reference": f"Patient/{other.id}#Patient/{ours.id}"}),
    "contained": _with(
        subject=lambda ours, other: {"reference": "#p"},
        contained=lambda ours, other: [{"resourceType": "Patient", "id": "p"}],
    ),
    "other server": _listed_as(
        lambda ours, other: {"reference": f"https://elsewhere.example.nz/FHIR/Patient/{ours.id}"}
    ),
    "other tenant": _listed_as(
        lambda ours, other: {"reference": f"https://alexapi.medtechglobal.com/other/fhir/Patient/{ours.id}"}
    ),
    "look-alike server": _listed_as(
        lambda ours, other: {"reference": f"https://medtechglobal.com.example.nz/fhir/Patient/{ours.id}"}
    ),
    "identifier only": _listed_as(
        lambda ours, other: {"identifier": {"system": NHI_SYSTEM, "value": ours.nhi}}
    ),
    "another type": _listed_as(lambda ours, other: {"reference": f"Patient/{ours.id}", "type": "Group"}),
    "another NHI": _listed_as(
        lambda ours, other: {"reference": f"Patient/{ours.id}", "identifier": {"value": other.nhi}}
    ),
    "source": _with(context=lambda ours, other: {"sourcePatientInfo": {"reference": f"Patient/{other.id}"}}),
    "contained NHI": _with(
        contained=lambda ours, other: [
            {"resourceType": "Patient", "identifier": [{"system": NHI_SYSTEM, "value": other.nhi}]}
        ]
    ),
    "same id": _same_id,
    "same key": _same_key,
    "list lies": _list_lies,
    "link lies": _link_lies,
    "link lies about bytes": _link_lies_about_bytes,
    "link elsewhere": _link_elsewhere,
    "hash": _described(hash=lambda own: base64.b64encode(hashlib.sha1(own).digest()).decode()),  # noqa: S324
    "size": _described(size=len),
    "type": _described(contentType=lambda own: "image/tiff"),
    "Binary's id": _answered(lambda trap, ours, other: lambda: wrapped(picture_of(other), id=other.id)),
    "Binary's context": _answered(
        lambda trap, ours, other: (
            lambda: wrapped(picture_of(other), securityContext={"reference": f"Patient/{other.id}"})
        )
    ),
    "Binary's document": _answered(
        lambda trap, ours, other: (
            lambda: wrapped(picture_of(other), securityContext={"reference": f"DocumentReference/{other.id}"})
        )
    ),
    "Binary's header": _answered(
        lambda trap, ours, other: (
            lambda: raw(picture_of(other), {"X-Security-Context": f"Patient/{other.id}"})
        )
    ),
    "Binary's location": _answered(
        lambda trap, ours, other: (
            lambda: raw(picture_of(other), {"Content-Location": f"/FHIR/Binary/{other.id}"})
        )
    ),
    "redirect": _answered(
        lambda trap, ours, other: (
            lambda: web.Response(status=302, headers={"Location": f"/FHIR/Binary/{other.id}"})
        )
    ),
    "not a Binary": _answered(
        lambda trap, ours, other: (
            lambda: web.json_response({"resourceType": "Bundle", "entry": [{"resource": {"data": "x"}}]})
        )
    ),
}
"""Every trap by its name. None of their pictures is the patient's, except those that only the document itself gives away."""
