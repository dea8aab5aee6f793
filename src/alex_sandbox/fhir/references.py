"""References in written resources: absolute ones have the lower-case `/fhir` base, and all targets must exist."""

from dataclasses import dataclass
from typing import Any

from alex_sandbox.errors import invalid, patient_not_found
from alex_sandbox.seed import SeedFacility, SeedPatient


@dataclass(frozen=True)
class References:
    """Resolves references to one facility's patients and practitioners."""

    base: str
    facility: SeedFacility

    def patient(self, element: Any, name: str, *, absolute: bool) -> SeedPatient:
        """Return the referenced patient. Raises OutcomeRefusal: 400 if malformed, 404 if not at this facility."""
        patient_id = self.id_in(element, "Patient", name, absolute=absolute)
        patient = self.facility.patient(patient_id)
        if patient is None:
            raise patient_not_found(f"{name}: facility {self.facility.id} has no patient with this id.")
        return patient

    def practitioner(self, element: Any, name: str, *, absolute: bool) -> str:
        """Return the referenced practitioner's id. Raises OutcomeRefusal (400)."""
        practitioner_id = self.id_in(element, "Practitioner", name, absolute=absolute)
        if self.facility.practitioner(practitioner_id) is None:
            raise invalid(f"{name}: facility {self.facility.id} has no practitioner with this id.")
        return practitioner_id

    def id_in(self, element: Any, resource_type: str, name: str, *, absolute: bool) -> str:
        """Return the id in a reference. With `absolute`, a relative one is refused. Raises OutcomeRefusal (400)."""
        reference = element.get("reference") if isinstance(element, dict) else None
        if not isinstance(reference, str):
            raise invalid(f"{name}.reference is missing.")
        prefix = f"{self.base}/{resource_type}/"
        if reference.startswith(prefix):
            return reference.removeprefix(prefix)
        relative = f"{resource_type}/"
        if not absolute and reference.startswith(relative):
            return reference.removeprefix(relative)
        form = f"{prefix}{{id}}" if absolute else f"{prefix}{{id}} or {relative}{{id}}"
        raise invalid(f"{name}.reference must have the form {form}.")
