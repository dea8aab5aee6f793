"""Finds files that were filed to a patient before, by the hash of their bytes: a command may be run twice."""

from collections.abc import Sequence

from sqlalchemy import Connection

from clinicpro_images.audit.filed import filed_files
from clinicpro_images.audit.trail import Trail
from clinicpro_images.commits.errors import AlreadyFiled
from clinicpro_images.images.store import ImageStore
from clinicpro_images.practice_time import local
from clinicpro_images.sessions.session import Session

_UNDER_WAY: dict[str, str] = {
    "queued": "is being filed",
    "sending": "is being filed",
    "partly": "has been partly filed",
    "unverified": "may have been filed: answer the question in the widget",
    "committed": "has been filed",
}


class FiledBefore:
    """Looks in the images that are stored here, and in the audit trail for those that no longer are."""

    def __init__(self, images: ImageStore, trail: Trail) -> None:
        """Read both."""
        self._images = images
        self._trail = trail

    def find(
        self,
        connection: Connection,
        *,
        facility_id: str,
        patient_id: str,
        patient_key: str,
        hashes: Sequence[str],
        session_id: str = "",
    ) -> dict[str, str]:
        """Return what happened to each of the `hashes` that is, or may be, in the record; not by `session_id`.

        Locks the rows of the same bytes until the transaction ends, so that only one of two commands goes on.
        """
        found = {
            content_hash: f"{_UNDER_WAY[state]}{f' as {document_id}' if document_id else ''}"
            for content_hash, state, document_id in self._images.same_bytes(
                connection, patient_key, hashes, except_session=session_id
            )
            if state in _UNDER_WAY
        }
        filed, _ = filed_files(connection, self._trail.key.patient(facility_id, patient_id))
        for content_hash in set(hashes) & filed.keys():
            file = filed[content_hash]
            day = f"{local(file.at):%-d %b %Y}"
            found[content_hash] = f"was filed on {day}{f' as {file.document_id}' if file.document_id else ''}"
        return found

    def unknown(self, connection: Connection, *, facility_id: str, patient_id: str) -> int:
        """Return how many of the patient's images were filed without anything being left to recognise their bytes."""
        _, without = filed_files(connection, self._trail.key.patient(facility_id, patient_id))
        return len(without - self._images.existing(connection, without))

    def refuse(self, connection: Connection, session: Session, image_ids: Sequence[str]) -> None:
        """Raise AlreadyFiled if an image of the session has bytes that another session filed, or is filing."""
        hashes = self._images.hashes_of(connection, image_ids)
        found = self.find(
            connection,
            facility_id=session.facility.id,
            patient_id=session.patient.id,
            patient_key=session.patient_key,
            hashes=hashes,
            session_id=session.id,
        )
        if found:
            raise AlreadyFiled
