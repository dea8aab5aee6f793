"""Whether photos may be filed into a patient's record, by what the record itself says."""

from clinicpro_images.records.protocol import PatientRecord, same_id
from clinicpro_images.sessions.errors import LaunchError, RecordInactive, RecordMerged, RecordNameless


def check_usable(patient: PatientRecord) -> None:
    """Raise RecordMerged, RecordInactive or RecordNameless if nothing should be filed into this record."""
    if patient.replaced_by is not None and not same_id(patient.replaced_by, patient.id):
        raise RecordMerged
    if not patient.active:
        raise RecordInactive
    # Nobody can tell whose photos these are by less than a name and one more identifier.
    if not patient.name or not (patient.nhi or patient.birth_date):
        raise RecordNameless


def is_usable(patient: PatientRecord) -> bool:
    """Whether photos may be filed into this record."""
    try:
        check_usable(patient)
    except LaunchError:
        return False
    return True
