"""What each call to ALEX is called, and which of the token's roles it needs.

Roles hang on the vendor profile, not on the practice. Medtech writes them in either case, so they are
compared without it (observed on UAT; the Scan role was named by ALEX support).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

SCAN_WRITE = "patient.documentreference.scaninbox.write"
SCAN_READ = "patient.documentreference.scaninbox.read"
MEDIA_WRITE = "patient.media.write"
MEDIA_READ = "patient.media.read"
NHI_SEARCH = "patient.nhisearch.read"
LAUNCH = "patient.launchformincontext.read"
PRACTITIONER_READ = "practitioner.read"
LOCATION_READ = "practice.location.read"
COMMUNICATION_WRITE = "patient.communication.generalcommunication.write"
TASK_WRITE = "patient.task.write"


@dataclass(frozen=True)
class Operation:
    """One kind of call: a stable name for logs, what it is for people, the role it needs, whether it writes."""

    name: str
    purpose: str
    role: str | None
    writes: bool = False


READ_PATIENT = Operation("patient.read", "read a patient", NHI_SEARCH)
SEARCH_PATIENT = Operation("patient.search", "find a patient by NHI", NHI_SEARCH)
SEARCH_PRACTITIONER = Operation("practitioner.search", "list the practice's providers", PRACTITIONER_READ)
SEARCH_LOCATION = Operation("location.search", "read the practice's name", LOCATION_READ)
READ_CAPABILITIES = Operation("metadata.read", "read what ALEX can do", None)
DECODE_LAUNCH = Operation("launch.decode", "decode a launch from Evolution", LAUNCH)
CREATE_DOCUMENT = Operation("documentreference.create", "file to Inbox Scan", SCAN_WRITE, writes=True)
CREATE_MEDIA = Operation("media.create", "file to Inbox Media", MEDIA_WRITE, writes=True)
CREATE_COMMUNICATION = Operation(
    "communication.create", "send a message to a provider's inbox", COMMUNICATION_WRITE, writes=True
)
CREATE_TASK = Operation("task.create", "create a task", TASK_WRITE, writes=True)
SEARCH_DOCUMENT = Operation("documentreference.search", "look for a filed picture in Inbox Scan", SCAN_READ)
SEARCH_MEDIA = Operation("media.search", "look for a filed picture in Inbox Media", MEDIA_READ)


def holds(roles: Collection[str], role: str) -> bool:
    """Say whether a token with `roles` holds `role`, whatever the case."""
    return role.casefold() in {held.casefold() for held in roles}


def roles_needed(target: Literal["scan", "media", "both"]) -> tuple[str, ...]:
    """Return the roles without which nothing can be launched or filed to this target."""
    filing = {"scan": (SCAN_WRITE,), "media": (MEDIA_WRITE,), "both": (SCAN_WRITE, MEDIA_WRITE)}[target]
    return (LAUNCH, NHI_SEARCH, *filing)


def roles_useful(target: Literal["scan", "media", "both"]) -> tuple[str, ...]:
    """Return the roles that make it better: names shown, and a lost answer looked up by the server itself."""
    looking = {"scan": (SCAN_READ,), "media": (MEDIA_READ,), "both": (SCAN_READ, MEDIA_READ)}[target]
    return (PRACTITIONER_READ, LOCATION_READ, *looking)
