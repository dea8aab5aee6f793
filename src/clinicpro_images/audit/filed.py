"""Which files are in a patient's record according to the audit trail, which outlives the images and their rows."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, select

from clinicpro_images.audit.entry import Action
from clinicpro_images.db.tables import audit

_ADDED: tuple[Action, ...] = ("image.added", "image.edited")
_FILED: tuple[Action, ...] = ("commit.landed", "commit.confirmed")


@dataclass(frozen=True)
class FiledFile:
    """One file in the record: when it was filed, and Medtech's id if the response had one."""

    at: float
    document_id: str


def filed_files(connection: Connection, patient: str) -> dict[str, FiledFile]:
    """Return a patient's filed files by the hash of their bytes; `patient` is the trail's hash of the patient."""
    query = (
        select(audit.c.action, audit.c.subject, audit.c.about, audit.c.at, audit.c.document_id)
        .where(audit.c.patient == patient, audit.c.action.in_((*_ADDED, *_FILED)))
        .order_by(audit.c.at)
    )
    hashes: dict[str, str] = {}
    filed: dict[str, FiledFile] = {}
    for row in connection.execute(query):
        if row.action in _ADDED:
            hashes[row.subject] = json.loads(row.about).get("content", "") if row.about else ""
        else:
            filed.setdefault(row.subject, FiledFile(row.at, row.document_id))
    return {hashes[image_id]: file for image_id, file in filed.items() if hashes.get(image_id)}
