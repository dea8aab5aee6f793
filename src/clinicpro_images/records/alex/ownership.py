"""Whose a resource is: what its references and identifiers prove about one patient, and what contradicts it.

Ids are compared as they are, because FHIR's ids are case-sensitive: two that look alike are two patients.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from clinicpro_images.records.alex.records import NHI_SYSTEM, is_fhir_id, is_system
from clinicpro_images.records.protocol import ImagePatient

_MEDTECH_DOMAIN: Final = ".medtechglobal.com"
_MEDTECH_BASES: Final = ("//alexapiuat.medtechglobal.com/fhir/", "//alexapi.medtechglobal.com/fhir/")
_NHI: Final = re.compile(r"[A-HJ-NP-Z]{3}[0-9]{2}(?:[0-9]{2}|[A-HJ-NP-Z]{2})")
_KEY: Final = re.compile(r"[^\x00-\x20\x7f]{1,256}")


class Ownership:
    """Reads references to the resources of one FHIR server."""

    def __init__(self, base_url: str) -> None:
        """`base_url` is the FHIR base; a reference to any other server proves nothing."""
        own = urlsplit(base_url)
        bases = [f"//{own.netloc}{own.path.rstrip('/')}/".casefold()]
        if not (own.hostname or "").casefold().endswith(_MEDTECH_DOMAIN):
            bases += _MEDTECH_BASES  # behind a proxy, references keep Medtech's own address
        self._bases = frozenset({"", *(f"{scheme}:{base}" for base in bases for scheme in ("http", "https"))})

    def local_id(self, reference: Any, resource_type: str) -> str | None:
        """Return the id of a reference such as `Patient/{id}`, relative or to this server; None for any other."""
        if not isinstance(reference, str):
            return None
        base, found, rest = reference.strip().rpartition(f"{resource_type}/")
        if not found or base.casefold() not in self._bases:
            return None
        local, versioned, version = rest.partition("/_history/")
        if versioned and not is_fhir_id(version):
            return None
        return local if is_fhir_id(local) else None

    def blob_key(self, url: Any) -> str | None:
        """Return the key of `Binary/{key}`; only the key is used, so that a link can't send the token to another host."""
        if not isinstance(url, str):
            return None
        base, found, rest = re.split(r"[?#]", url.strip(), maxsplit=1)[0].rpartition("Binary/")
        if not found or base.casefold() not in self._bases:
            return None
        key = unquote(rest.partition("/_history/")[0]) if rest.count("/") in {0, 2} else ""
        return key if _KEY.fullmatch(key) and ".." not in key else None

    def belongs(self, resource: Mapping[str, Any], patient: ImagePatient) -> bool:
        """Return whether a document's subject is this patient, and nothing else in it names another one."""
        subject = mapping(resource.get("subject"))
        if self.local_id(subject.get("reference"), "Patient") != patient.id:
            return False
        if subject.get("type") not in {None, "Patient"}:
            return False
        claims = [
            subject,
            resource.get("patient"),
            mapping(resource.get("context")).get("sourcePatientInfo"),
        ]
        contained = [mapping(each) for each in listed(resource.get("contained"))]
        patients = [each for each in contained if each.get("resourceType") == "Patient"]
        return not any(self.contradicts(each, patient) for each in (*claims, *patients))

    def contradicts(self, claim: Any, patient: ImagePatient, *, document_id: str | None = None) -> bool:
        """Return whether a reference, or a contained patient, names another patient, or another document than this one."""
        claim = mapping(claim)
        reference = claim.get("reference")
        if isinstance(reference, str) and not reference.startswith("#"):
            for resource_type, own in (("Patient", patient.id), ("DocumentReference", document_id)):
                named = f"{resource_type}/".casefold() in reference.casefold()
                if named and self.local_id(reference, resource_type) != own:
                    return True
        identifier = claim.get("identifier")
        each_one = identifier if isinstance(identifier, list) else [identifier]
        return any(_names_another(mapping(each), patient) for each in each_one)


def _names_another(identifier: Mapping[str, Any], patient: ImagePatient) -> bool:
    """Return whether an identifier is an NHI that isn't this patient's. "If the system is not supplied, the NHI is assumed"."""
    value = identifier.get("value")
    number = "".join(value.split()).upper() if isinstance(value, str) else ""
    is_nhi = is_system(identifier.get("system"), NHI_SYSTEM) or _NHI.fullmatch(number) is not None
    return bool(number) and is_nhi and number not in patient.nhis


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """Return a JSON array, or an empty one for anything else."""
    return value if isinstance(value, list) else []
