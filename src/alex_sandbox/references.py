"""References in what is written: absolute ones carry the lower-case `/fhir` base, and all must exist here."""

from dataclasses import dataclass
from typing import Any

from alex_sandbox.errors import invalid, patient_not_found
from alex_sandbox.seed import Facility, Patient


@dataclass(frozen=True)
class References:
    """What a reference may point at: this server's lower-case base and one facility's people."""

    lower_case_base: str
    facility: Facility

    def patient(self, element: Any, name: str, *, absolute: bool) -> Patient:
        """The patient that `element.reference` names; OutcomeRefusal 400 or, well-formed but not here, 404."""
        patient_id = self.id_in(element, "Patient", name, absolute=absolute)
        patient = self.facility.patient(patient_id)
        if patient is None:
            raise patient_not_found(f"{name}: facility {self.facility.id} has no patient with this id.")
        return patient

    def practitioner(self, element: Any, name: str, *, absolute: bool) -> str:
        """The id of the practitioner that `element.reference` names; OutcomeRefusal 400 otherwise."""
        practitioner_id = self.id_in(element, "Practitioner", name, absolute=absolute)
        if self.facility.practitioner(practitioner_id) is None:
            raise invalid(f"{name}: facility {self.facility.id} has no practitioner with this id.")
        return practitioner_id

    def id_in(self, element: Any, resource_type: str, name: str, *, absolute: bool) -> str:
        """The id in a reference of the right form. `absolute`: a relative reference is refused."""
        reference = element.get("reference") if isinstance(element, dict) else None
        if not isinstance(reference, str):
            raise invalid(f"{name}.reference is missing.")
        prefix = f"{self.lower_case_base}/{resource_type}/"
        if reference.startswith(prefix):
            return reference.removeprefix(prefix)
        relative = f"{resource_type}/"
        if not absolute and reference.startswith(relative):
            return reference.removeprefix(relative)
        form = f"{prefix}{{id}}" if absolute else f"{prefix}{{id}} or {relative}{{id}}"
        raise invalid(f"{name}.reference must have the form {form}.")
