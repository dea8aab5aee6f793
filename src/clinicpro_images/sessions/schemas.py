"""What the widget sees of a session."""

from clinicpro_images.schemas import Schema, iso
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import UnfiledSession


class PatientSchema(Schema):
    """Whose pictures these are."""

    id: str
    name: str
    nhi: str
    birth_date: str
    sex: str


class NamedSchema(Schema):
    """A facility or a provider."""

    id: str
    name: str


class UnfiledSchema(Schema):
    """Unfiled pictures of an earlier session; `under_way` of them are being filed by themselves."""

    same_patient: bool
    patient_name: str
    provider_name: str
    count: int
    under_way: int
    oldest: str
    resumable: bool


class SessionSchema(Schema):
    """The session as `GET /api/session` shows it."""

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


class TabTicketSchema(Schema):
    """What opens this session once more, in a tab."""

    ticket: str


def session_schema(
    session: Session, leftovers: list[UnfiledSession], *, unfiled: bool, environment: str, now: float
) -> SessionSchema:
    """Show a session; `unfiled` says whether it holds pictures that are not filed."""
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
                same_patient=left.session.patient_key == session.patient_key,
                patient_name=left.session.patient.name,
                provider_name=left.session.provider.name,
                count=left.count,
                under_way=left.under_way,
                oldest=iso(left.oldest),
                resumable=left.count > left.under_way and left.session.yields_to(session, now),
            )
            for left in leftovers
        ],
        environment=environment,
    )
