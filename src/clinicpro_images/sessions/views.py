"""What the widget sees of a session."""

from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import Leftovers
from clinicpro_images.wire import Wire, iso


class PatientView(Wire):
    """Whose pictures these are."""

    id: str
    name: str
    nhi: str
    birth_date: str
    sex: str


class NamedView(Wire):
    """A facility or a provider."""

    id: str
    name: str


class LeftoversView(Wire):
    """Unfiled pictures of an earlier session; `under_way` of them are being filed by themselves."""

    same_patient: bool
    patient_name: str
    provider_name: str
    count: int
    under_way: int
    oldest: str
    resumable: bool


class SessionView(Wire):
    """The session as `GET /api/session` shows it."""

    id: str
    patient: PatientView
    facility: NamedView
    provider: NamedView
    colour: str
    colour_name: str
    word: str
    started_at: str
    expires_at: str
    leftovers: list[LeftoversView]
    environment: str


class TabTicketView(Wire):
    """What opens this session once more, in a tab."""

    ticket: str


def session_view(
    session: Session, leftovers: list[Leftovers], *, unfiled: bool, environment: str, now: float
) -> SessionView:
    """Show a session; `unfiled` says whether it holds pictures that are not filed."""
    patient = session.patient
    return SessionView(
        id=session.id,
        patient=PatientView(
            id=patient.id, name=patient.name, nhi=patient.nhi, birth_date=patient.birth_date, sex=patient.sex
        ),
        facility=NamedView(id=session.facility.id, name=session.facility.name),
        provider=NamedView(id=session.provider.id, name=session.provider.name),
        colour=session.badge.colour,
        colour_name=session.badge.colour_name,
        word=session.badge.word,
        started_at=iso(session.started_at),
        expires_at=iso(session.expires_at(unfiled=unfiled)),
        leftovers=[
            LeftoversView(
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
