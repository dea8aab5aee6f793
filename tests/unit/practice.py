"""A practice on a real SQLite file: sessions, pictures and jobs as the product stores them, without web or ALEX."""

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, text

from clinicpro_images.commits.jobs.job import Job
from clinicpro_images.commits.jobs.rows import read_job
from clinicpro_images.commits.jobs.store import Queue
from clinicpro_images.commits.schemas import CommitRequest, CommitSchema, InboxRequest, TaskRequest
from clinicpro_images.commits.service import CommitService
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.tables import events, job_transitions, jobs
from clinicpro_images.events.journal import Journal
from clinicpro_images.images.blob_store.folder import BlobFolder
from clinicpro_images.images.image import BodySiteText, Details, Image, ImageState
from clinicpro_images.images.store import ImageStore
from clinicpro_images.sessions.session import Facility, Patient, Provider, Session
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.settings.parsers import CommitTarget

HERE, THERE = "F2N060-E", "F99669-C"
SECRET = "invented key for tests only"


@dataclass
class Practice:
    """The parts that share one database."""

    database: Database
    journal: Journal
    keyring: Keyring
    sessions: SessionStore
    images: ImageStore
    blobs: BlobFolder

    async def session(
        self,
        facility_id: str = HERE,
        *,
        token: str = "",
        patient_id: str = "p" * 32,
        provider_id: str = "d" * 32,
    ) -> Session:
        now = time.time()
        patient = Patient(patient_id, "Aroha Tamati", "ZZZ0016", "1965-08-07", "female")
        session = Session(
            id=uuid.uuid4().hex,
            patient=patient,
            provider=Provider(provider_id, "Dr Wiremu Hohepa"),
            facility=Facility(facility_id, "Healthier Care"),
            patient_key=self.sessions.patient_key(facility_id, patient.id),
            provider_key=self.sessions.provider_key(facility_id, provider_id),
            visual_index=0,
            started_at=now,
            active_at=now,
            ended_at=None,
        )
        async with self.database.write() as connection:
            await self.sessions.add(connection, session, token or uuid.uuid4().hex, None)
        return session

    async def image(self, session: Session) -> str:
        """A staged picture, ready to be filed."""
        image_id = uuid.uuid4().hex
        wrapped = await self.blobs.write(image_id, b"a picture")
        async with self.journal.write() as transaction:
            image = Image(
                id=image_id,
                session_id=session.id,
                patient_key=session.patient_key,
                source="desktop",
                derived_from=None,
                content_type="image/jpeg",
                size=9,
                width=3,
                height=3,
                details=Details(taken_at=transaction.now, body_site=BodySiteText("forearm")),
                uploaded_at=transaction.now,
                state="staged",
                content_key=wrapped,
            )
            await self.images.add(transaction.connection, image, image_id)
        return image_id

    def desk(self, target: CommitTarget = "scan") -> CommitService:
        return CommitService(
            database=self.database,
            journal=self.journal,
            keyring=self.keyring,
            images=self.images,
            target=target,
            wake_worker=lambda: None,
        )

    async def ask(
        self,
        session: Session,
        images: int = 1,
        *,
        target: CommitTarget = "scan",
        message: bool = False,
        task: bool = False,
    ) -> CommitSchema:
        """Ask for so many new pictures to be filed, with what goes with them."""
        request = CommitRequest(
            image_ids=[await self.image(session) for _ in range(images)],
            inbox=InboxRequest(recipient_id="d" * 32, note="Please look") if message else None,
            task=TaskRequest(assignee_id="d" * 32) if task else None,
        )
        return await self.desk(target).file(
            session, uuid.uuid4().hex, request, correlation_id=str(uuid.uuid4())
        )

    def queue(self, owner: str = "", *, lease: float = 60.0) -> Queue:
        return Queue(
            database=self.database,
            write=self.journal.write,
            images=self.images,
            owner=owner or uuid.uuid4().hex,
            lease=lease,
        )

    async def jobs(self) -> list[Job]:
        async with self.database.read() as connection:
            rows = await connection.execute(select(jobs).order_by(jobs.c.queued_at, jobs.c.id))
            return [read_job(row) for row in rows.all()]

    async def job(self, job_id: str) -> Job:
        return next(job for job in await self.jobs() if job.id == job_id)

    async def photo_state(self, session: Session, image_id: str) -> ImageState:
        return (await self.images.get(session.id, image_id)).state

    async def history(self, job_id: str) -> list[tuple[str, str, str]]:
        """What the record of job_transitions says: from, to, and why."""
        query = (
            select(job_transitions).where(job_transitions.c.job_id == job_id).order_by(job_transitions.c.id)
        )
        async with self.database.read() as connection:
            return [(row.from_state, row.to_state, row.reason) for row in await connection.execute(query)]

    async def run(self, statement: str, **values: Any) -> None:
        """Do to the rows by hand what only time could do."""
        async with self.database.write() as connection:
            await connection.execute(text(statement), values)

    async def let_leases_lapse(self) -> None:
        await self.run("UPDATE jobs SET lease_until = lease_until - 100000")

    async def age_jobs(self, seconds: float) -> None:
        """Let every job have been asked for, and sent, so much longer ago."""
        await self.run(
            "UPDATE jobs SET queued_at = queued_at - :s, sent_at = sent_at - :s, not_before = not_before - :s",
            s=seconds,
        )

    async def other_process_tells(self, session: Session, name: str, subject_id: str) -> None:
        """Store an event as another process does: nobody here is woken by it."""
        async with self.database.write() as connection:
            await connection.execute(
                insert(events).values(session_id=session.id, name=name, subject_id=subject_id, at=0.0)
            )


@asynccontextmanager
async def open_practice(folder: Path) -> AsyncIterator[Practice]:
    """Open a practice whose database and pictures lie in `folder`; twice on one folder is two processes."""
    database = open_database(f"sqlite+aiosqlite:///{folder / 'clinicpro.db'}")
    try:
        await migrate(database)
        keyring = Keyring(SECRET)
        practice = Practice(
            database=database,
            journal=Journal(database, time.time),
            keyring=keyring,
            sessions=SessionStore(database, keyring),
            images=ImageStore(database, keyring),
            blobs=BlobFolder(folder / "pictures", keyring),
        )
        await practice.blobs.prepare()
        yield practice
    finally:
        await database.close()
