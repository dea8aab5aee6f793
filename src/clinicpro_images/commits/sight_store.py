"""The SQL of sight: what is known of each query at each practice, and what a likeness must be compared with."""

import json
from collections.abc import Collection
from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select

from clinicpro_images.commits.jobs.job import JobKind
from clinicpro_images.commits.jobs.store import LeasedJob
from clinicpro_images.commits.sight import Control, Sight, Sights, proven_again
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.tables import images, jobs, record_sight
from clinicpro_images.db.tables import sessions as session_rows
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.images.store import ImageStore
from clinicpro_images.records.protocol import ImageTarget
from clinicpro_images.sessions.store import SessionStore


class SightStore:
    """Sights in the database; their controls, which name a patient, are encrypted."""

    def __init__(self, keyring: Keyring) -> None:
        """Use `keyring` for the controls."""
        self._keyring = keyring

    def of(self, connection: Connection, facility_id: str, target: ImageTarget) -> Sights:
        """Return what is known of each query at this practice."""
        query = select(record_sight).where(
            record_sight.c.facility_id == facility_id, record_sight.c.target == target
        )
        return {
            row.shape: Sight(
                facility_id=facility_id,
                target=target,
                shape=row.shape,
                state=row.state,
                checked_at=row.checked_at,
                lag=row.lag,
                control=self._read(row.id, row.control),
            )
            for row in connection.execute(query)
        }

    def record(self, work: UnitOfWork, sight: Sight) -> None:
        """Store what was just learnt about a query."""
        if sight.state == "proven":
            sight = proven_again(
                self.of(work.connection, sight.facility_id, sight.target).get(sight.shape), sight
            )
        sight_id = f"{sight.facility_id}/{sight.target}/{sight.shape}"
        work.connection.execute(delete(record_sight).where(record_sight.c.id == sight_id))
        work.connection.execute(
            insert(record_sight).values(
                id=sight_id,
                facility_id=sight.facility_id,
                target=sight.target,
                shape=sight.shape,
                state=sight.state,
                checked_at=work.now,
                lag=sight.lag,
                control=self._encrypt(sight_id, sight.control),
            )
        )

    def _read(self, sight_id: str, encrypted: bytes | None) -> Control | None:
        if encrypted is None:
            return None
        return Control(**json.loads(self._keyring.decrypt_column(encrypted, f"sight.control/{sight_id}")))

    def _encrypt(self, sight_id: str, control: Control | None) -> bytes | None:
        if control is None:
            return None
        plain = json.dumps(asdict(control)).encode()
        return self._keyring.encrypt_column(plain, f"sight.control/{sight_id}")


def newest_landed(
    connection: Connection, sessions: SessionStore, facility_id: str, kind: JobKind
) -> Control | None:
    """Return what landed last at this practice, if its id is known: a record that shows late doesn't show it yet."""
    query = (
        select(jobs.c.identifier, jobs.c.resource_id, session_rows)
        .join_from(jobs, session_rows, session_rows.c.id == jobs.c.session_id)
        .where(jobs.c.facility_id == facility_id, jobs.c.kind == kind, jobs.c.resource_id.is_not(None))
        .order_by(jobs.c.sent_at.desc().nulls_last())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    patient = sessions.read(row).patient
    return Control(row.identifier, row.resource_id, patient.id, patient.nhi or "")


def is_only_likeness(
    connection: Connection, store: ImageStore, leased: LeasedJob, resource_ids: Collection[str]
) -> bool:
    """Return whether one of `resource_ids` can only be this job's image, if it looks the same.

    It can't be told from another image of the patient with the same title and time, nor if a job has that id already.
    """
    image = leased.image
    if image is None:
        return False
    taken = connection.scalar(
        select(jobs.c.id).where(jobs.c.resource_id.in_(resource_ids), jobs.c.kind == leased.job.kind).limit(1)
    )
    if taken is not None:
        return False
    query = select(images).where(images.c.patient_key == image.patient_key, images.c.id != image.id)
    others = [store.read(row).details for row in connection.execute(query)]
    mine = (image.details.title, int(image.details.taken_at))
    return mine not in {(other.title, int(other.taken_at)) for other in others}
