"""Delivers a job: loads what it needs, fits the image, and hands it to the record system."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import select

from clinicpro_images.commits.errors import ImagesNotFiled
from clinicpro_images.commits.jobs.dependencies import original_document
from clinicpro_images.commits.jobs.job import Job, JobKind
from clinicpro_images.commits.routing import Routing, routing_from_json
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import commit_images, commits
from clinicpro_images.images.blob_store.folder import Blobs
from clinicpro_images.images.errors import ImageGone
from clinicpro_images.images.image import BodySiteText, Image
from clinicpro_images.images.store import ImageStore
from clinicpro_images.imaging.errors import ImageBroken
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.records.errors import RecordSystemError
from clinicpro_images.records.protocol import (
    ImageTarget,
    NewImage,
    NewMessage,
    NewTask,
    PreparedWrite,
    RecordWriter,
    WriteContext,
    WriteKind,
)
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.terminology import types, views
from clinicpro_images.terminology.coding import Coding

_WRITE_KINDS: dict[JobKind, WriteKind] = {
    "document-reference": "scan",
    "media": "media",
    "communication": "message",
    "task": "task",
}


class JobDelivery(Protocol):
    """What the worker needs to deliver a job."""

    async def prepare(self, job: Job) -> PreparedWrite:
        """Build what the job writes; raises ClinicProError if that is impossible."""

    async def send(self, job: Job, prepared: PreparedWrite) -> str:
        """Write it and return its id in the record; raises RecordSystemError."""

    async def find_existing(self, job: Job) -> str | None:
        """Return the id that an earlier attempt got in the record, or None; raises RecordSystemError."""


class Delivery:
    """Delivers jobs of every kind."""

    def __init__(
        self,
        *,
        records: RecordWriter,
        database: Database,
        keyring: Keyring,
        sessions: SessionStore,
        images: ImageStore,
        blobs: Blobs,
        limits: FitLimits,
        workers: ImageWorkers,
    ) -> None:
        """`workers` make images fit `limits`."""
        self._limits = limits
        self._records = records
        self._database = database
        self._keyring = keyring
        self._sessions = sessions
        self._images = images
        self._blobs = blobs
        self._workers = workers

    async def prepare(self, job: Job) -> PreparedWrite:
        """Build what the job writes; raises PictureError, NotFound or OriginalNotFiled if that is impossible."""
        async with self._database.read() as connection:
            session = await self._sessions.by_id(job.session_id, connection)
            if job.image_id is not None:
                image = await self._images.get_in(connection, session.id, job.image_id)
                # Of an edited copy in Inbox Scan; see dependencies.py.
                is_copy = job.original_job_id is not None
                original_id = await original_document(connection, job.id) if is_copy else None
        new: NewImage | NewMessage | NewTask
        match job.kind:
            case "document-reference":
                new = await self._image("scan", image, original_id)
            case "media":
                new = await self._image("media", image, None)
            case "communication":
                new = await self._message(job, session)
            case "task":
                new = await self._task(job, session)
        return self._records.prepare(
            new,
            WriteContext(
                identifier=job.identifier,
                patient_id=session.patient.id,
                provider_id=session.provider.id,
                facility_id=job.facility_id,
                correlation_id=job.correlation_id,
            ),
        )

    async def send(self, job: Job, prepared: PreparedWrite) -> str:
        """Write it and return its id in the record; raises RecordSystemError."""
        try:
            return await self._records.write(prepared)
        except RecordSystemError as error:
            # Diagnostics are stored and shown, and may repeat what was sent.
            error.redact((await self._sessions.by_id(job.session_id)).patient.words)
            raise

    async def find_existing(self, job: Job) -> str | None:
        """Return the id that an earlier attempt got in the record, or None; raises RecordSystemError.

        Raises RecordSystemForbidden if searching for this kind of job is not permitted.
        """
        session = await self._sessions.by_id(job.session_id)
        try:
            ids = await self._records.find_existing(
                _WRITE_KINDS[job.kind],
                job.identifier,
                nhi=session.patient.nhi or None,
                facility_id=job.facility_id,
                correlation_id=job.correlation_id,
            )
        except RecordSystemError as error:
            error.redact(session.patient.words)
            raise
        return ids[0] if ids else None

    async def _image(self, target: ImageTarget, image: Image, original_id: str | None) -> NewImage:
        content = await self._content(image)
        details = image.details
        if target == "scan":
            fitted = await self._workers.fit_scan(
                content, image.content_type, description=details.title, limits=self._limits
            )
        else:
            fitted = await self._workers.fit_media(content, image.content_type, limits=self._limits)
        return NewImage(
            target=target,
            taken=image.taken,
            title=details.title,
            content_type=fitted.content_type,
            parts=fitted.parts,
            body_site=_body_site(image),
            laterality=details.laterality,
            view=None if details.view is None else views.view(details.view),
            type=None if details.type is None else types.image_type(details.type),
            notes=details.notes,
            transforms=original_id,
        )

    async def _message(self, job: Job, session: Session) -> NewMessage:
        commit = await self._commit(job)
        message = commit.routing.inbox
        if message is None:
            raise ImageBroken("The message is missing. Write to your colleague in Evolution.")
        lines = [message.note, *(await self._lines(job, session))]
        return NewMessage(
            recipient_id=message.recipient_id,
            sent=commit.created,
            text="\n".join(filter(None, lines)),
        )

    async def _task(self, job: Job, session: Session) -> NewTask:
        commit = await self._commit(job)
        follow_up = commit.routing.task
        if follow_up is None:
            raise ImageBroken("The task is missing. Create it in Evolution.")
        lines = [follow_up.note, *(await self._lines(job, session))]
        return NewTask(
            assignee_id=follow_up.assignee_id,
            authored=commit.created,
            description="\n".join(filter(None, lines)),
            due=follow_up.due,
        )

    async def _content(self, image: Image) -> bytes:
        if image.content_key is None:
            raise ImageGone
        return await self._blobs.read(image.id, image.content_key)

    async def _commit(self, job: Job) -> "_Commit":
        async with self._database.read() as connection:
            row = (await connection.execute(select(commits).where(commits.c.id == job.commit_id))).one()
        routing = routing_from_json(self._keyring.decrypt_column(row.routing, f"commits.routing/{row.id}"))
        return _Commit(routing, datetime.fromtimestamp(row.created_at, UTC))

    async def _lines(self, job: Job, session: Session) -> list[str]:
        query = (
            select(commit_images.c.image_id)
            .where(commit_images.c.commit_id == job.commit_id)
            .order_by(commit_images.c.position)
        )
        async with self._database.read() as connection:
            ids = (await connection.scalars(query)).all()
            filed = [await self._images.get_in(connection, session.id, each) for each in ids]
        if any(image.state != "committed" for image in filed):
            raise ImagesNotFiled
        return [image.details.title for image in filed]


@dataclass(frozen=True)
class _Commit:
    routing: Routing
    created: datetime


def _body_site(image: Image) -> Coding | str | None:
    site = image.details.body_site
    return site.text if isinstance(site, BodySiteText) else site
