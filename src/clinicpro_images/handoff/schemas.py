"""What desktop and phone see of a hand-off."""

from typing import Final
from urllib.parse import urlsplit

from clinicpro_images.handoff.service import NewHandoff
from clinicpro_images.handoff.ticket import Handoff, HandoffState, spell
from clinicpro_images.schemas import Schema, iso
from clinicpro_images.sessions.session import Session
from clinicpro_images.settings.parsers import is_loopback

_QR_TITLE: Final = "QR code that opens ClinicPro Images on a phone"
_UNREACHABLE: Final = (
    "A phone can't reach this address: it leads back to this computer. Whoever looks after ClinicPro Images sets "
    "CLINICPRO_PUBLIC_URL to an https address of this server that phones can open, and starts it again."
)


class HandoffStateSchema(Schema):
    """How a hand-off stands; `id` and `expires_at` are null where there is none."""

    id: str | None
    state: HandoffState
    connected: bool
    expires_at: str | None


class HandoffSchema(Schema):
    """A new QR code. `url` carries the ticket in its fragment; nothing shows it a second time."""

    id: str
    url: str
    qr_svg: str
    address: str
    code: str
    expires_at: str
    state: HandoffState
    connected: bool
    reachable: bool
    hint: str


class Claim(Schema):
    """What a phone scanned or somebody typed."""

    token: str


class PhonePatientSchema(Schema):
    """Whose pictures these are."""

    name: str
    nhi: str
    birth_date: str
    sex: str


class PhoneSchema(Schema):
    """The session as a phone sees it. `patient_tag` is the same for each session of the same record, and opaque."""

    id: str
    session_id: str
    patient: PhonePatientSchema
    patient_tag: str
    colour: str
    colour_name: str
    word: str
    expires_at: str


def handoff_state_schema(handoff: Handoff | None, now: float) -> HandoffStateSchema:
    """Show how a hand-off stands."""
    if handoff is None:
        return HandoffStateSchema(id=None, state="gone", connected=False, expires_at=None)
    state = handoff.state(now)
    return HandoffStateSchema(
        id=handoff.id, state=state, connected=state == "connected", expires_at=iso(handoff.expires_at)
    )


def handoff_view(minted: NewHandoff, public_url: str) -> HandoffSchema:
    """Show a new hand-off with its QR code."""
    address = f"{public_url}/phone"
    url = f"{address}#{minted.ticket}"
    reachable = not is_loopback(urlsplit(public_url).hostname or "")
    return HandoffSchema(
        id=minted.handoff.id,
        url=url,
        qr_svg=_qr(url),
        address=address.partition("://")[2],
        code=spell(minted.ticket),
        expires_at=iso(minted.handoff.expires_at),
        state="waiting",
        connected=False,
        reachable=reachable,
        hint="" if reachable else _UNREACHABLE,
    )


def phone_view(session: Session, handoff_id: str, *, patient_tag: str, unfiled: bool) -> PhoneSchema:
    """Show a phone whose session this is; `unfiled` says whether it holds pictures that are not filed."""
    patient = session.patient
    return PhoneSchema(
        id=handoff_id,
        session_id=session.id,
        patient=PhonePatientSchema(
            name=patient.name, nhi=patient.nhi, birth_date=patient.birth_date, sex=patient.sex
        ),
        patient_tag=patient_tag,
        colour=session.visual_id.colour,
        colour_name=session.visual_id.colour_name,
        word=session.visual_id.word,
        expires_at=iso(session.expires_at(unfiled=unfiled)),
    )


def _qr(url: str) -> str:
    import segno  # noqa: PLC0415 - it takes 0.6 MB, and not every practice uses phones

    # Colours as attributes: the content security policy allows no inline style. Light modules are painted, because
    # a code on a dark page is not read by every phone.
    drawn = segno.make_qr(url, error="m").svg_inline(
        border=4, dark="#000", light="#fff", title=_QR_TITLE, svgclass="qr", lineclass=None, omitsize=True
    )
    return drawn.replace("<svg ", '<svg role="img" xmlns="http://www.w3.org/2000/svg" ', 1)
