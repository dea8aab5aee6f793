"""Between a job and ALEX: make what is written, write it, look for what was written before."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from clinicpro_images.commits.errors import ImagesNotCommitted
from clinicpro_images.commits.jobs.dependencies import original_document
from clinicpro_images.commits.jobs.job import Job
from clinicpro_images.commits.routing import Routing, routing_from_json
from clinicpro_images.db.crypto import Keyring
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import commit_images, commits
from clinicpro_images.images.blob_store.folder import Blobs
from clinicpro_images.images.errors import ImageGone
from clinicpro_images.images.image import BodySiteText, Image
from clinicpro_images.images.store import ImageStore
from clinicpro_images.imaging.errors import ImageBroken
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.records.alex import resources
from clinicpro_images.records.alex.client import AlexClient
from clinicpro_images.records.alex.errors import mask
from clinicpro_images.records.alex.resources import Attached
from clinicpro_images.records.errors import AlexError, AlexForbidden
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.terminology import types, views
from clinicpro_images.terminology.coding import Coding

Prepared = Attached | dict[str, Any]


class Delivery:
    """Knows how each kind of job becomes a resource."""

    def __init__(
        self,
        *,
        alex: AlexClient,
        base_url: str,
        database: Database,
        keyring: Keyring,
        sessions: SessionStore,
        images: ImageStore,
        blobs: Blobs,
        limits: FitLimits,
        workers: ImageWorkers,
    ) -> None:
        """Pictures are made to fit `limits` by `workers`."""
        self._limits = limits
        self._alex = alex
        self._base_url = base_url
        self._database = database
        self._keyring = keyring
        self._sessions = sessions
        self._images = images
        self._blobs = blobs
        self._workers = workers

    async def prepare(self, job: Job) -> Prepared:
        """Build what the job writes; raises PictureError, NotFound or OriginalNotCommitted when it can't be."""
        async with self._database.read() as connection:
            session = await self._sessions.by_id(job.session_id, connection)
            if job.image_id is not None:
                image = await self._images.get_in(connection, session.id, job.image_id)
                # Of an edited copy in Inbox Scan; see originals.py.
                is_copy = job.original_job_id is not None
                original_id = await original_document(connection, job.id) if is_copy else None
        match job.kind:
            case "document-reference":
                return await self._document_reference(job, session, image, original_id)
            case "media":
                return await self._media(job, session, image)
            case "communication":
                return await self._communication(job, session)
            case "task":
                return await self._task(job, session)

    async def send(self, job: Job, prepared: Prepared) -> str:
        """Write it and return its id; raises AlexError."""
        where = {"facility_id": job.facility_id, "correlation_id": job.correlation_id}
        try:
            match prepared:
                case Attached() if job.kind == "media":
                    created = await self._alex.create_media(prepared, **where)
                case Attached():
                    created = await self._alex.create_document_reference(prepared, **where)
                case _ if job.kind == "task":
                    created = await self._alex.create_task(prepared, **where)
                case _:
                    created = await self._alex.create_communication(prepared, **where)
        except AlexError as error:
            # What ALEX says is kept and shown, and it may repeat what it was sent.
            mask(error, (await self._sessions.by_id(job.session_id)).patient.words)
            raise
        return created.id

    async def look(self, job: Job) -> str | None:
        """Return the id under which an earlier attempt landed, or None; raises AlexError.

        Raises AlexForbidden for messages and tasks: no query for them is known to be answered.
        """
        session = await self._sessions.by_id(job.session_id)
        match job.kind:
            case "document-reference":
                find = self._alex.find_document_reference
            case "media":
                find = self._alex.find_media
            case _:
                raise AlexForbidden(integrator="ALEX is not known to answer searches for messages and tasks.")
        try:
            ids = await find(
                job.identifier,
                nhi=session.patient.nhi or None,
                facility_id=job.facility_id,
                correlation_id=job.correlation_id,
            )
        except AlexError as error:
            mask(error, session.patient.words)
            raise
        return ids[0] if ids else None

    async def _document_reference(
        self, job: Job, session: Session, image: Image, original_id: str | None
    ) -> Attached:
        content = await self._content(image)
        line = image.details.title
        fitted = await self._workers.fit_scan(
            content, image.content_type, description=line, limits=self._limits
        )
        return resources.document_reference(
            identifier=job.identifier,
            patient_reference=self._reference("Patient", session.patient.id),
            author_reference=self._reference("Practitioner", session.provider.id),
            created=image.taken,
            title=resources.file_name(line, fitted.content_type),
            description=line,
            content_type=fitted.content_type,
            parts=fitted.parts,
            transforms=None if original_id is None else self._reference("DocumentReference", original_id),
        )

    async def _media(self, job: Job, session: Session, image: Image) -> Attached:
        content = await self._content(image)
        details = image.details
        fitted = await self._workers.fit_media(content, image.content_type, limits=self._limits)
        return resources.media(
            identifier=job.identifier,
            # Media takes the relative reference, unlike DocumentReference (observed on UAT).
            patient_reference=f"Patient/{session.patient.id}",
            operator_reference=f"Practitioner/{session.provider.id}",
            created=image.taken,
            title=resources.file_name(details.title, fitted.content_type),
            content_type=fitted.content_type,
            parts=fitted.parts,
            body_site=_site(image),
            laterality=details.laterality,
            view=None if details.view is None else views.view(details.view),
            reason=None if details.type is None else types.image_type(details.type),
            note="\n".join(filter(None, (details.title, details.notes))),
        )

    async def _communication(self, job: Job, session: Session) -> dict[str, Any]:
        commit = await self._commit(job)
        message = commit.routing.inbox
        if message is None:
            raise ImageBroken("This request holds no message. Write to your colleague in Evolution.")
        lines = [message.note, *(await self._lines(job, session))]
        return resources.communication(
            identifier=job.identifier,
            patient_reference=self._reference("Patient", session.patient.id),
            sender_reference=self._reference("Practitioner", session.provider.id),
            recipient_reference=self._reference("Practitioner", message.recipient_id),
            sent=commit.created,
            text="\n".join(filter(None, lines)),
        )

    async def _task(self, job: Job, session: Session) -> dict[str, Any]:
        commit = await self._commit(job)
        follow_up = commit.routing.task
        if follow_up is None:
            raise ImageBroken("This request holds no task. Create it in Evolution.")
        lines = [follow_up.note, *(await self._lines(job, session))]
        return resources.task(
            identifier=job.identifier,
            patient_reference=self._reference("Patient", session.patient.id),
            requester_reference=self._reference("Practitioner", session.provider.id),
            owner_reference=self._reference("Practitioner", follow_up.assignee_id),
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
            raise ImagesNotCommitted
        return [image.details.title for image in filed]

    def _reference(self, resource_type: str, resource_id: str) -> str:
        return resources.reference(self._base_url, resource_type, resource_id)


@dataclass(frozen=True)
class _Commit:
    routing: Routing
    created: datetime


def _site(image: Image) -> Coding | str | None:
    site = image.details.body_site
    return site.text if isinstance(site, BodySiteText) else site
