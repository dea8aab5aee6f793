"""The JSON of a session."""

from pydantic import Field

from clinicpro_images.schemas import Schema, iso, iso_or_none
from clinicpro_images.sessions.session import Patient, RecordCheckState, Session, initials
from clinicpro_images.sessions.store import UnfiledSession


class PatientSchema(Schema):
    """The session's patient."""

    id: str
    name: str
    nhi: str
    birth_date: str
    sex: str


class NamedSchema(Schema):
    """A facility or a provider."""

    id: str
    name: str


class BriefPatient(Schema):
    """Who it is, as far as anyone in the room may read it."""

    initials: str
    nhi: str


class UnfiledSchema(Schema):
    """Unfiled images of another session; `under_way` of them are being filed already."""

    same_patient: bool
    patient: BriefPatient
    provider_name: str
    count: int
    under_way: int
    oldest: str
    resumable: bool


class SessionSchema(Schema):
    """The response of `GET /api/session`."""

    id: str
    patient: PatientSchema
    facility: NamedSchema
    provider: NamedSchema
    colour: str
    colour_name: str
    word: str
    started_at: str
    expires_at: str
    leftovers: list[UnfiledSchema]
    environment: str
    record_check: RecordCheckState
    other_records: int
    restored_from: str | None
    """When the backup was made that this installation was restored from on the last day."""


class LaunchRequest(Schema):
    """The parameters of the launch URL, from the page that it opened; `framed`: the page is in a frame."""

    context: str = Field(max_length=8192)
    signature: str = Field(max_length=8192)
    framed: bool = False


class LaunchedSchema(Schema):
    """A session is open, and its cookie set. `ticket`, for a frame, opens it in a tab if the browser refuses the cookie."""

    ticket: str | None


class TabTicketSchema(Schema):
    """A ticket that opens this session in a tab."""

    ticket: str


def brief(patient: Patient) -> BriefPatient:
    """Build the JSON that names a patient on another patient's page."""
    return BriefPatient(initials=initials(patient.name), nhi=patient.nhi)


def session_schema(
    session: Session,
    others: list[UnfiledSession],
    *,
    unfiled: bool,
    environment: str,
    restored_from: float | None,
    now: float,
) -> SessionSchema:
    """Build the JSON of a session; `unfiled`: whether it has unfiled images. `restored_from` is a backup's time."""
    patient = session.patient
    return SessionSchema(
        id=session.id,
        patient=PatientSchema(
            id=patient.id, name=patient.name, nhi=patient.nhi, birth_date=patient.birth_date, sex=patient.sex
        ),
        facility=NamedSchema(id=session.facility.id, name=session.facility.name),
        provider=NamedSchema(id=session.provider.id, name=session.provider.name),
        colour=session.visual_id.colour,
        colour_name=session.visual_id.colour_name,
        word=session.visual_id.word,
        started_at=iso(session.started_at),
        expires_at=iso(session.expires_at(unfiled=unfiled)),
        leftovers=[
            UnfiledSchema(
                same_patient=other.session.patient_key == session.patient_key,
                patient=brief(other.session.patient),
                provider_name=other.session.provider.name,
                count=other.count,
                under_way=other.under_way,
                oldest=iso(other.oldest),
                resumable=other.count > other.under_way and other.session.can_be_resumed_by(session, now),
            )
            for other in others
        ],
        environment=environment,
        record_check=session.record_check.state,
        other_records=session.record_check.others,
        restored_from=iso_or_none(restored_from),
    )
