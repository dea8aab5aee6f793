"""What the product needs from a record system, in neutral terms. `records/alex` implements it for ALEX.

`RecordReader` decodes launches and reads patients, practitioners and locations; `RecordWriter` writes images, messages
and tasks, and finds what was written before; `EarlierReader` reads images that are already in the record. All raise the errors of
`records/errors.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from clinicpro_images.records.errors import RecordSystemError
from clinicpro_images.terminology.coding import Coding

ImageTarget = Literal["scan", "media"]
WriteKind = Literal["scan", "media", "message", "task"]
Action = Literal[
    "decode-launch",
    "write-scan",
    "write-media",
    "send-message",
    "create-task",
    "read-earlier",
    "read-appointments",
]
"""What an installation may or may not be permitted to do."""


def same_id(one: str, other: str) -> bool:
    """Return whether two ids name the same record: ALEX's are hexadecimal, and their case varies."""
    return one.casefold() == other.casefold()


@dataclass(frozen=True)
class PatientRecord:
    """One patient record of one practice; `birth_date` is YYYY-MM-DD or empty, `sex` a FHIR administrative gender.

    `nhis` are all that the record carries, retired ones included; `nhi` is the current one or empty.
    `replaced_by` is the id of the record that this one was merged into,
    `general_practitioner_id` that of the patient's own GP if the record names one.
    """

    id: str
    nhi: str
    name: str
    birth_date: str
    sex: str
    nhis: frozenset[str] = frozenset()
    active: bool = True
    replaced_by: str | None = None
    general_practitioner_id: str | None = None


@dataclass(frozen=True)
class PractitionerRecord:
    """A provider of the practice; `identifiers` are its numbers in any register.

    `registered` is one of them with its register's system, which some searches need; None if there is none.
    """

    id: str
    name: str
    identifiers: frozenset[str] = frozenset()
    registered: tuple[str, str] | None = None
    active: bool = True


@dataclass(frozen=True)
class AppointmentRecord:
    """A booked patient of a provider; `start` is aware, `patient_name` may be empty."""

    start: datetime
    patient_id: str
    patient_name: str = field(default="", repr=False)


@dataclass(frozen=True)
class Appointments:
    """Whom a provider sees on a day, in order; not `complete`: there may be others."""

    listed: tuple[AppointmentRecord, ...]
    complete: bool = True


@dataclass(frozen=True)
class LocationRecord:
    """A location of the practice, with its HPI facility id if the record has one."""

    id: str
    name: str
    facility_id: str | None
    pms_version: str = ""
    active: bool = True


@dataclass(frozen=True)
class LaunchContext:
    """The decoded launch: patient (None: none open), facility, provider, and when it was created (aware)."""

    patient_id: str | None
    facility_code: str
    provider_id: str | None
    created_time: datetime


@dataclass(frozen=True)
class WriteContext:
    """What every write carries: our unique `identifier` for it, the patient, the provider who writes, the facility.

    `nhi` is the patient's, or empty; it is compared with the answer.
    """

    identifier: str
    patient_id: str
    provider_id: str
    facility_id: str
    correlation_id: str
    nhi: str = ""


@dataclass(frozen=True)
class NewImage:
    """An image to write: `parts` are its bytes in order, `title` the line that a colleague reads.

    `taken` is aware. `body_site` is free text if it is a string. `transforms` is the id of the original document in the
    record, if this image is an edited copy of it.
    """

    target: ImageTarget
    taken: datetime
    title: str
    content_type: str
    parts: tuple[bytes, ...] = field(repr=False)
    body_site: Coding | str | None = None
    laterality: Coding | None = None
    view: Coding | None = None
    type: Coding | None = None
    notes: str = ""
    transforms: str | None = None


@dataclass(frozen=True)
class NewMessage:
    """A message to a provider's inbox; `sent` is aware."""

    recipient_id: str
    sent: datetime
    text: str


@dataclass(frozen=True)
class NewTask:
    """A task for a provider; `authored` is aware, `due` the last day it should be done."""

    assignee_id: str
    authored: datetime
    description: str
    due: date | None = None


@dataclass(frozen=True)
class PreparedWrite:
    """A write that is ready to send; `resource` is the record system's own representation."""

    kind: WriteKind
    facility_id: str
    correlation_id: str
    resource: object = field(repr=False)
    nhi: str = field(default="", repr=False)


@dataclass(frozen=True)
class ImagePatient:
    """Whose images are read: the id of one patient record of the practice, and its NHIs (upper case, maybe none)."""

    id: str
    nhis: frozenset[str] = frozenset()


@dataclass(frozen=True)
class EarlierImage:
    """An image in the record. `title` may be empty, `date` is aware.

    `blob_key` is the key of its bytes, None if they are part of the document; `sha1` and `size` are theirs if the record
    gives them.
    """

    id: str
    title: str = field(repr=False)
    date: datetime | None
    content_type: str
    blob_key: str | None = field(default=None, repr=False)
    sha1: bytes | None = field(default=None, repr=False)
    size: int | None = None


@dataclass(frozen=True)
class EarlierImages:
    """Images of one patient, newest first.

    `unproven` counts those left out because nothing proves that they are this patient's; `more`: there are or may be others.
    """

    images: tuple[EarlierImage, ...]
    unproven: int = 0
    more: bool = False


@dataclass(frozen=True)
class Sought:
    """A resource that was or may have been written, as a search needs it; `nhi` may be empty.

    `title` and `taken` (aware) are an image's, to recognise it if the record doesn't return our identifier.
    """

    kind: WriteKind
    identifier: str
    patient_id: str
    nhi: str
    facility_id: str
    title: str = ""
    taken: datetime | None = None


@dataclass(frozen=True)
class Hit:
    """One resource that a search returned. `is_alike`: same patient, title and date as the one sought.

    `is_others`: it names another patient. `stored_at` is when the record system stored it, if it says so.
    """

    id: str
    identifiers: frozenset[str]
    is_alike: bool = False
    is_others: bool = False
    stored_at: datetime | None = None


@dataclass(frozen=True)
class Look:
    """What one search showed. Only a `complete` one may be read as "not there", and only where sight is proven.

    `error` is why it broke off, if an error was the reason.
    """

    hits: Sequence[Hit]
    complete: bool = True
    error: RecordSystemError | None = None

    def ids_of(self, identifier: str) -> list[str]:
        """Return the ids of the resources with this identifier, sorted."""
        return sorted({hit.id for hit in self.hits if identifier in hit.identifiers})


class PracticeReader(Protocol):
    """Reads who works in a practice, and its name."""

    async def practitioners(self, *, facility_id: str, correlation_id: str) -> list[PractitionerRecord]:
        """List the practice's providers."""

    async def locations(self, *, facility_id: str, correlation_id: str) -> list[LocationRecord]:
        """List the practice's locations, whose name is the practice's."""


class RecordReader(PracticeReader, Protocol):
    """Reads from the record. Every call carries the facility and correlation id it is given, and raises RecordSystemError."""

    async def launch_context(
        self, context: str, signature: str, *, facility_id: str | None, correlation_id: str
    ) -> LaunchContext:
        """Decode the launch URL's parameters.

        Raises RecordSystemRejected, RecordSystemNotFound or RecordSystemForbidden if they are forged.
        """

    async def patient(self, patient_id: str, *, facility_id: str, correlation_id: str) -> PatientRecord:
        """Read one patient record; raises PatientUnknown."""

    async def patients_by_nhi(
        self, nhi: str, *, facility_id: str, correlation_id: str
    ) -> list[PatientRecord]:
        """Find every patient record with this NHI; if there are several, a person has to choose."""

    async def appointments(
        self, provider: PractitionerRecord, day: date, *, facility_id: str, correlation_id: str
    ) -> Appointments:
        """List whom a provider sees on a day of the practice's calendar, in order; raises RecordSystemError."""

    async def permitted_actions(self) -> frozenset[Action]:
        """Return what this installation is permitted to do; raises TokenRefused or TokenUnavailable."""


class RecordWriter(Protocol):
    """Writes to the record, and finds what was written before."""

    def prepare(self, new: NewImage | NewMessage | NewTask, context: WriteContext) -> PreparedWrite:
        """Build what is sent, without sending anything; raises ValueError for a time without a zone."""

    async def write(self, prepared: PreparedWrite) -> str:
        """Write it once and return the id it has in the record; raises RecordSystemError."""

    def shapes(self, kind: WriteKind) -> Sequence[str]:
        """Return the names of the queries that may find such a resource, in the order to try; none for some kinds."""

    async def look(self, shape: str, sought: Sought, *, correlation_id: str) -> Look:
        """Search with one query, through all its pages; raises RecordSystemError.

        Raises RecordSystemForbidden if this query is not permitted, so that "not there" is never guessed.
        """


class EarlierReader(Protocol):
    """Reads images that are already in a patient's record."""

    async def earlier_images(
        self, patient: ImagePatient, *, limit: int, facility_id: str, correlation_id: str
    ) -> EarlierImages:
        """Return the newest images of exactly this patient; raises RecordSystemError."""

    async def earlier_content(
        self, image: EarlierImage, patient: ImagePatient, *, facility_id: str, correlation_id: str
    ) -> bytes:
        """Return an image's bytes; raises RecordSystemError."""
