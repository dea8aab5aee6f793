"""Who consented to an image, and what it may be used for."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class ConsentTerm:
    """One choice: its code in the HTTP API, and the text a clinician reads."""

    code: str
    display: str


PATIENT: Final = ConsentTerm("patient", "Patient")
GUARDIAN: Final = ConsentTerm("guardian", "Parent or guardian")
UNABLE: Final = ConsentTerm("unable", "Not able to consent")

CONSENT_BY: Final = (PATIENT, GUARDIAN, UNABLE)

RECORD: Final = ConsentTerm("record", "Patient's record")
REFERRAL: Final = ConsentTerm("referral", "Referral")
TEACHING: Final = ConsentTerm("teaching", "Teaching")

CONSENT_SCOPES: Final = (RECORD, REFERRAL, TEACHING)
