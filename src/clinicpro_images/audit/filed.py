"""Which files are in a patient's record according to the audit trail, which outlives the images and their rows."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, select

from clinicpro_images.audit.entry import Action
from clinicpro_images.db.tables import audit

_ADDED: tuple[Action, ...] = ("image.added", "image.edited")
LANDED: tuple[Action, ...] = ("commit.landed", "commit.confirmed")
FORMERLY_LANDED = ("filing.landed", "filing.confirmed")
"""How rows of version 0.1.0 say it: they keep their names."""
IMAGE_KINDS = ("document-reference", "media")


@dataclass(frozen=True)
class FiledFile:
    """One file in the record: when it was filed, and Medtech's id if the response had one."""

    at: float
    document_id: str


def filed_files(connection: Connection, patient: str) -> tuple[dict[str, FiledFile], frozenset[str]]:
    """Return a patient's filed files by the hash of their bytes, and the images of which the trail has no such hash.

    `patient` is the trail's hash of the patient. Version 0.1.0 stored no hashes there.
    """
    query = (
        select(audit.c.action, audit.c.subject, audit.c.about, audit.c.at, audit.c.document_id)
        .where(audit.c.patient == patient, audit.c.action.in_((*_ADDED, *LANDED, *FORMERLY_LANDED)))
        .order_by(audit.c.at)
    )
    hashes: dict[str, str] = {}
    filed: dict[str, FiledFile] = {}
    for row in connection.execute(query):
        about = json.loads(row.about) if row.about else {}
        if row.action in _ADDED:
            hashes[row.subject] = about.get("content", "")
        elif about.get("kind") in IMAGE_KINDS:
            filed.setdefault(row.subject, FiledFile(row.at, row.document_id))
    known = {hashes[image_id]: file for image_id, file in filed.items() if hashes.get(image_id)}
    return known, frozenset(image_id for image_id in filed if not hashes.get(image_id))
