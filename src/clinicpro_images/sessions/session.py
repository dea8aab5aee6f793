"""A session: one launch, one patient, one provider, and when it expires."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

from clinicpro_images.audit.entry import Actor
from clinicpro_images.sessions.visual_id import VISUAL_IDS, VisualId

IDLE_SECONDS = 3600.0
GRACE_SECONDS = 1800.0
WARN_SECONDS = 300.0
MOST_SECONDS = 8 * 3600.0
"""How long a session lasts at most, however busy it is: a working day. Unfiled images come into the next one."""


RecordCheckState = Literal["pending", "only", "several", "inconsistent", "unknown"]
"""What the search for the NHI's other records has found: still running; none; some; not the session's own record, so
that Medtech contradicts itself; or no answer, or no NHI to search by."""


@dataclass(frozen=True)
class RecordCheck:
    """The search for other records with the patient's NHI; `others` is how many there are besides the session's."""

    state: RecordCheckState = "only"
    others: int = 0


@dataclass(frozen=True)
class Patient:
    """The session's patient, as in the practice's record; `birth_date` is YYYY-MM-DD or empty."""

    id: str
    name: str
    nhi: str
    birth_date: str
    sex: str

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Everything that identifies the patient, to be masked in text from other systems."""
        return (*self.name.split(), self.nhi, self.id, self.birth_date)


@dataclass(frozen=True)
class Provider:
    """The clinician who launched the session: the Practitioner under whose name images are filed."""

    id: str
    name: str


@dataclass(frozen=True)
class Facility:
    """The practice: its HPI facility id and its name."""

    id: str
    name: str


@dataclass(frozen=True)
class Session:
    """One launch. Times are in seconds since 1970."""

    id: str
    patient: Patient
    provider: Provider
    facility: Facility
    patient_key: str
    provider_key: str
    visual_index: int
    started_at: float
    active_at: float
    ended_at: float | None
    record_check: RecordCheck = RecordCheck()

    @property
    def visual_id(self) -> VisualId:
        """The colour and word of this session."""
        return VISUAL_IDS[self.visual_index % len(VISUAL_IDS)]

    @property
    def actor(self) -> Actor:
        """The actor for this session's audit entries."""
        return Actor(
            facility_id=self.facility.id,
            provider_id=self.provider.id,
            provider_name=self.provider.name,
            patient_id=self.patient.id,
            session_id=self.id,
        )

    def expires_at(self, *, unfiled: bool) -> float:
        """When it expires; see `expires_at`."""
        return expires_at(self.started_at, self.active_at, unfiled=unfiled)

    def is_open(self, now: float, *, unfiled: bool) -> bool:
        """Whether it still accepts changes."""
        return self.ended_at is None and now < self.expires_at(unfiled=unfiled)

    def can_be_resumed_by(self, newer: "Session", now: float) -> bool:
        """Whether a newer session may take over its images: same patient, and it has ended or has the same provider."""
        if self.patient_key != newer.patient_key or self.facility.id != newer.facility.id:
            return False
        return self.provider_key == newer.provider_key or not self.is_open(now, unfiled=True)


def expires_at(started_at: float, active_at: float, *, unfiled: bool) -> float:
    """When a session expires: an hour after the last activity, 30 minutes later if images are unfiled, or after eight hours."""
    idle = active_at + IDLE_SECONDS + (GRACE_SECONDS if unfiled else 0.0)
    return min(idle, started_at + MOST_SECONDS)


def initials(name: str) -> str:
    """Return the initials of a person's first and last name: as much as anyone in the room may read."""
    words = name.split()
    return "".join(word[0].upper() for word in dict.fromkeys([*words[:1], *words[-1:]]))


def identity_to_json(patient: Patient, provider: Provider, facility: Facility) -> bytes:
    """Serialise a session's people and practice, before encryption."""
    who = {"patient": asdict(patient), "provider": asdict(provider), "facility": asdict(facility)}
    return json.dumps(who, ensure_ascii=False).encode()


def identity_from_json(content: bytes) -> tuple[Patient, Provider, Facility]:
    """Parse the result of `identity_to_json`."""
    who = json.loads(content)
    return Patient(**who["patient"]), Provider(**who["provider"]), Facility(**who["facility"])
