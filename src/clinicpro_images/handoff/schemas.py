"""The JSON of a hand-off, for desktop and phone."""

from typing import Final
from urllib.parse import urlsplit

import segno
from pydantic import Field

from clinicpro_images.handoff.service import NewHandoff
from clinicpro_images.handoff.ticket import Handoff, HandoffState, format_code
from clinicpro_images.schemas import Schema, iso
from clinicpro_images.sessions.session import Session
from clinicpro_images.settings.parsers import is_loopback

_QR_TITLE: Final = "QR code that opens ClinicPro Images on a phone"
_UNREACHABLE: Final = (
    "Phones can't open this address, because it refers to this computer only. Ask your administrator to set "
    "CLINICPRO_PUBLIC_URL to this server's https address and restart ClinicPro Images."
)


class HandoffStateSchema(Schema):
    """The state of a hand-off; `id` and `expires_at` are null if there is none.

    `waiting`: how many photos the phone says it holds that are not on the desktop yet.
    """

    id: str | None
    state: HandoffState
    connected: bool
    waiting: int
    expires_at: str | None


class HandoffSchema(Schema):
    """A new QR code, and a code of 8 characters to type. Neither is returned again; `url` has the ticket in its fragment."""

    id: str
    url: str
    qr_svg: str
    address: str
    code: str
    expires_at: str
    state: HandoffState
    connected: bool
    waiting: int
    reachable: bool
    hint: str


class Claim(Schema):
    """The ticket that was scanned, or the code that was typed.

    `nonce` is made by the page; the same one gets the same answer. `unsent_for` has the patient tags of photos that the
    phone still holds.
    """

    token: str
    nonce: str = Field(default="", pattern=r"^([A-Za-z0-9_-]{22,64})?$")
    unsent_for: list[str] = Field(default_factory=list, max_length=100)


class Waiting(Schema):
    """How many photos the phone holds that are not on the desktop yet."""

    waiting: int = Field(ge=0, le=1000)


class PhonePatientSchema(Schema):
    """The session's patient, as shown on the phone."""

    name: str
    nhi: str
    birth_date: str
    sex: str


class PhoneSchema(Schema):
    """The session as shown on a phone. `patient_tag` is opaque, and the same for all sessions of one patient record."""

    id: str
    session_id: str
    patient: PhonePatientSchema
    patient_tag: str
    colour: str
    colour_name: str
    word: str
    expires_at: str


def handoff_state_schema(handoff: Handoff | None, now: float) -> HandoffStateSchema:
    """Build the JSON of a hand-off's state."""
    if handoff is None:
        return HandoffStateSchema(id=None, state="gone", connected=False, waiting=0, expires_at=None)
    state = handoff.state(now)
    return HandoffStateSchema(
        id=handoff.id,
        state=state,
        connected=state == "connected",
        waiting=handoff.waiting if state == "connected" else 0,
        expires_at=iso(handoff.expires_at),
    )


def handoff_schema(created: NewHandoff, public_url: str) -> HandoffSchema:
    """Build the JSON of a new hand-off, with its QR code."""
    address = f"{public_url}/phone"
    url = f"{address}#{created.ticket}"
    reachable = not is_loopback(urlsplit(public_url).hostname or "")
    return HandoffSchema(
        id=created.handoff.id,
        url=url,
        qr_svg=_qr(url),
        address=address.partition("://")[2],
        code=format_code(created.code),
        expires_at=iso(created.handoff.expires_at),
        state="waiting",
        connected=False,
        waiting=0,
        reachable=reachable,
        hint="" if reachable else _UNREACHABLE,
    )


def phone_schema(session: Session, handoff_id: str, *, patient_tag: str, unfiled: bool) -> PhoneSchema:
    """Build the JSON of a session for a phone; `unfiled`: whether it has unfiled images."""
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
    # Colours are attributes, because the content security policy allows no inline style. Light modules are painted,
    # because not every phone can read a code on a dark page.
    svg = segno.make_qr(url, error="m").svg_inline(
        border=4, dark="#000", light="#fff", title=_QR_TITLE, svgclass="qr", lineclass=None, omitsize=True
    )
    return svg.replace("<svg ", '<svg role="img" xmlns="http://www.w3.org/2000/svg" ', 1)
