"""The name of each call to ALEX, and the role it needs in the token.

Roles belong to the vendor profile, not to the practice. Role names may be upper or lower case, so they are compared
case-insensitively (observed on UAT; the Scan role was named by ALEX support).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from clinicpro_images.records.protocol import Action

SCAN_WRITE = "patient.documentreference.scaninbox.write"
SCAN_READ = "patient.documentreference.scaninbox.read"
MEDIA_WRITE = "patient.media.write"
MEDIA_READ = "patient.media.read"
ATTACHMENT_READ = "patient.binary.attachment.read"
NHI_SEARCH = "patient.nhisearch.read"
LAUNCH = "patient.launchformincontext.read"
PRACTITIONER_READ = "practitioner.read"
LOCATION_READ = "practice.location.read"
COMMUNICATION_WRITE = "patient.communication.generalcommunication.write"
TASK_WRITE = "patient.task.write"
APPOINTMENT_READ = "patient.appointment.read"
"""Its name has not been published."""


@dataclass(frozen=True)
class Operation:
    """A kind of call: a stable name for logs, its purpose in words, the role it needs, whether it writes."""

    name: str
    purpose: str
    role: str | None
    writes: bool = False


READ_PATIENT = Operation("patient.read", "read a patient", NHI_SEARCH)
SEARCH_PATIENT = Operation("patient.search", "find a patient by NHI", NHI_SEARCH)
SEARCH_PRACTITIONER = Operation("practitioner.search", "list the practice's providers", PRACTITIONER_READ)
SEARCH_LOCATION = Operation("location.search", "read the practice's name", LOCATION_READ)
DECODE_LAUNCH = Operation("launch.decode", "decode a launch from Evolution", LAUNCH)
CREATE_DOCUMENT = Operation("documentreference.create", "file to Inbox Scan", SCAN_WRITE, writes=True)
CREATE_MEDIA = Operation("media.create", "file to Inbox Media", MEDIA_WRITE, writes=True)
CREATE_COMMUNICATION = Operation(
    "communication.create", "send a message to a provider's inbox", COMMUNICATION_WRITE, writes=True
)
CREATE_TASK = Operation("task.create", "create a task", TASK_WRITE, writes=True)
SEARCH_DOCUMENT = Operation("documentreference.search", "find a filed image in Inbox Scan", SCAN_READ)
LIST_EARLIER = Operation("documentreference.list", "list earlier photos in Inbox Scan", SCAN_READ)
READ_EARLIER = Operation("documentreference.read", "read an earlier photo in Inbox Scan", SCAN_READ)
READ_ATTACHMENT = Operation("binary.read", "read an attachment", ATTACHMENT_READ)
SEARCH_APPOINTMENT = Operation("appointment.search", "list a provider's appointments", APPOINTMENT_READ)
SEARCH_MEDIA = Operation("media.search", "find a filed image in Inbox Media", MEDIA_READ)


_ACTION_ROLES: dict[Action, tuple[str, ...]] = {
    "decode-launch": (LAUNCH,),
    "write-scan": (SCAN_WRITE,),
    "write-media": (MEDIA_WRITE,),
    "send-message": (COMMUNICATION_WRITE,),
    "create-task": (TASK_WRITE,),
    "read-earlier": (SCAN_READ, ATTACHMENT_READ),
    "read-appointments": (APPOINTMENT_READ, PRACTITIONER_READ),
}


def permitted_actions(roles: Collection[str]) -> frozenset[Action]:
    """Return what a token with `roles` permits."""
    return frozenset(
        action for action, needed in _ACTION_ROLES.items() if all(holds(roles, role) for role in needed)
    )


def holds(roles: Collection[str], role: str) -> bool:
    """Return whether `role` is among a token's `roles`, ignoring case."""
    return role.casefold() in {held.casefold() for held in roles}


def roles_needed(target: Literal["scan", "media", "both"]) -> tuple[str, ...]:
    """Return the roles that launching and filing to this target require."""
    filing = {"scan": (SCAN_WRITE,), "media": (MEDIA_WRITE,), "both": (SCAN_WRITE, MEDIA_WRITE)}[target]
    return (LAUNCH, NHI_SEARCH, *filing)


def roles_useful(target: Literal["scan", "media", "both"]) -> dict[str, str]:
    """Return the optional roles, each with what doesn't work without it."""
    # A write whose response was lost is checked where the image was filed; earlier photos are Scan documents.
    lost, earlier = "checking whether a lost write landed", "earlier photos"
    useful = {PRACTITIONER_READ: "names of providers", LOCATION_READ: "the practice's name"}
    useful[SCAN_READ] = earlier if target == "media" else f"{lost}, and {earlier}"
    useful[ATTACHMENT_READ] = earlier
    if target != "scan":
        useful[MEDIA_READ] = lost
    return useful
