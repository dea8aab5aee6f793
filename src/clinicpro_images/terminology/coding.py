"""A coded concept, and the three code systems in use."""

from dataclasses import dataclass
from typing import Final

SNOMED: Final = "http://snomed.info/sct"
IMAGE_VIEW: Final = "https://clinicpro.co.nz/fhir/CodeSystem/image-view"
IMAGE_TYPE: Final = "https://clinicpro.co.nz/fhir/CodeSystem/image-type"


@dataclass(frozen=True)
class Coding:
    """FHIR's Coding: the code system's URI, the code in it, and the text a clinician reads."""

    system: str
    code: str
    display: str
