"""Invented appointments and consultation notes for the daybook and the consultation pane; the same on every day."""

from dataclasses import dataclass

from alex_sandbox.seed import SeedFacility, SeedPatient

_START_MINUTES = 9 * 60
_SLOT_MINUTES = 15


@dataclass(frozen=True)
class Visit:
    """Why a patient comes, and what the clinician has written so far."""

    reason: str
    history: str
    examination: str
    plan: str


@dataclass(frozen=True)
class Appointment:
    """One line of the daybook; `time` is New Zealand's."""

    time: str
    patient: SeedPatient
    reason: str
    status: str


_VISITS = (
    Visit(
        "Mole check, left forearm",
        "Noticed three months ago, darker since. No bleeding, no itch. Sun-exposed work.",
        "Left forearm: 9 mm pigmented lesion, asymmetric, two colours.",
        "Photograph: context, close-up, dermoscopy. Refer if there is doubt.",
    ),
    Visit(
        "Wound review, right lower leg",
        "Skin tear three weeks ago. Dressed twice a week by the nurse.",
        "Right shin: 3 × 2 cm, granulating, edges clean, no surrounding redness.",
        "Photograph for comparison. Review in a week.",
    ),
    Visit(
        "Rash, trunk",
        "Five days, itchy at night. No new medicines. Partner is well.",
        "Trunk: scattered papules, some excoriated. No mucosal signs.",
        "Photograph. Emollient and topical steroid; review if it spreads.",
    ),
    Visit(
        "Diabetes review",
        "Feels well. Walks most days.",
        "Feet: pulses present, monofilament normal. Small callus, left heel.",
        "Photograph the heel. Podiatry if it opens.",
    ),
)
_STATUSES = ("Seen", "With provider", "In the waiting room", "Booked")


_CHILDS_VISIT = Visit(
    "Rash, both cheeks",
    "Two weeks, worse in the cold. Feeding well. Parent asks about a cream.",
    "Both cheeks: dry, red patches. No crusts, no fever.",
    "Photograph with the parent's consent. Emollient; review in two weeks.",
)


def visit_of(facility: SeedFacility, patient: SeedPatient) -> Visit:
    """Return today's visit of a patient."""
    if patient.alert.startswith("Child"):
        return _CHILDS_VISIT
    position = [each.id for each in facility.patients].index(patient.id)
    return _VISITS[position % len(_VISITS)]


def daybook(facility: SeedFacility) -> list[Appointment]:
    """Return today's appointments of a practice, in order."""
    appointments = []
    for number, patient in enumerate(facility.patients):
        minutes = _START_MINUTES + number * _SLOT_MINUTES
        appointments.append(
            Appointment(
                time=f"{minutes // 60:02}:{minutes % 60:02}",
                patient=patient,
                reason=visit_of(facility, patient).reason,
                status=_STATUSES[min(number, len(_STATUSES) - 1)],
            )
        )
    return appointments
