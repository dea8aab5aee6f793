"""The traps that `hostile_scans` sets: documents that are not the patient's, or whose bytes are not."""

# ruff: noqa: ARG005 - a trap is made from both patients, whichever of them it uses

import base64
import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from aiohttp import web
from PIL import Image

NHI_SYSTEM: Final = "https://standards.digital.health.nz/ns/nhi-id"

Resource = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """A patient record of the sandbox, and the colour of its pictures."""

    id: str
    nhi: str
    colour: tuple[int, int, int]


def picture_of(person: Person) -> bytes:
    """A small picture in the person's colour."""
    encoded = io.BytesIO()
    Image.new("RGB", (64, 48), person.colour).save(encoded, "JPEG", quality=90)
    return encoded.getvalue()


@dataclass
class Trap:
    """A document that is not the patient's, or whose bytes are not: how it is listed, how it reads, and its bytes.

    `listed` is what the search shows, `read` what a read by its id answers (None: 404), `binary` the response for its key.
    """

    listed: Resource
    read: Resource | None
    key: str
    binary: Callable[[], web.Response]


class Front(Protocol):
    """Who sets traps: it names resources, and serves bytes."""

    def next_name(self) -> str: ...

    def blob_of(self, person: Person) -> str: ...


def raw(content: bytes, headers: Mapping[str, str] | None = None) -> web.Response:
    """A Binary as the bytes that it holds."""
    return web.Response(body=content, content_type="image/jpeg", headers=headers)


def wrapped(content: bytes, **members: Any) -> web.Response:
    """A Binary as a FHIR resource."""
    data = base64.b64encode(content).decode()
    return web.json_response({"resourceType": "Binary", "contentType": "image/jpeg", "data": data} | members)


SetTrap = Callable[[Front, Trap, Person, Person], "list[Resource] | None"]


def _listed_as(subject: Callable[[Person, Person], Any]) -> SetTrap:
    """The list names this subject; a read by id is refused, so that nothing else gives it away."""

    def spring(_: Front, trap: Trap, ours: Person, other: Person) -> None:
        trap.listed = {**trap.listed, "subject": subject(ours, other)}
        trap.read = None

    return spring


def _with(**members: Callable[[Person, Person], Any]) -> SetTrap:
    """The list says that it is ours, and another member contradicts it."""

    def spring(_: Front, trap: Trap, ours: Person, other: Person) -> None:
        more = {name: make(ours, other) for name, make in members.items()}
        trap.listed = {**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}, **more}
        trap.read = None

    return spring


def _answered(make: Callable[[Trap, Person, Person], Callable[[], web.Response]]) -> SetTrap:
    """List and document say that it is ours; the Binary that comes is another patient's, and shows it."""

    def spring(_: Front, trap: Trap, ours: Person, other: Person) -> None:
        trap.listed = {**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}}
        trap.read = trap.listed
        trap.binary = make(trap, ours, other)

    return spring


def _attachment(resource: Resource, **changes: Any) -> Resource:
    return {**resource, "content": [{"attachment": {**resource["content"][0]["attachment"], **changes}}]}


def _described(**made: Callable[[bytes], Any]) -> SetTrap:
    """The list describes the patient's own picture, and another patient's bytes come."""

    def spring(_: Front, trap: Trap, ours: Person, other: Person) -> None:
        own = picture_of(ours)
        about = {name: make(own) for name, make in made.items()}
        trap.listed = _attachment({**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}}, **about)
        trap.read = None
        trap.binary = lambda: raw(picture_of(other) + b"\0" * 7)

    return spring


def _list_lies(_: Front, trap: Trap, ours: Person, _other: Person) -> None:
    """The list says ours; the document itself says whose it is."""
    trap.listed = {**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}}


def _link_lies(front: Front, trap: Trap, ours: Person, other: Person) -> None:
    """The document is the patient's, and the list links another patient's bytes."""
    own = {**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}}
    trap.read = own
    trap.listed = _attachment(own, url=f"Binary/{front.blob_of(other)}")


def _link_lies_about_bytes(front: Front, trap: Trap, ours: Person, other: Person) -> None:
    """As before; the document has its bytes in itself, and no link."""
    own = {**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}}
    data = base64.b64encode(picture_of(ours)).decode()
    trap.read = _attachment(own, url=None, data=data)
    trap.listed = _attachment(own, url=f"Binary/{front.blob_of(other)}")


def _link_elsewhere(front: Front, trap: Trap, ours: Person, other: Person) -> None:
    """The link leads to another server, where the key would be ours; here it is another patient's."""
    own = {**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}}
    trap.listed = _attachment(own, url=f"https://elsewhere.example.nz/FHIR/Binary/{front.blob_of(other)}")
    trap.read = None


def _same_id(_: Front, trap: Trap, ours: Person, _other: Person) -> list[Resource]:
    """One id, two subjects."""
    trap.read = None
    return [{**trap.listed, "subject": {"reference": f"Patient/{ours.id}"}}]


def _same_key(front: Front, trap: Trap, ours: Person, _other: Person) -> list[Resource]:
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
