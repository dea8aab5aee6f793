"""A practice's corner of a real database: one session, its pictures, requests and jobs; a clock set by hand."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Row, func, insert, select, update

from clinicpro_images.commits.jobs.job import Job, JobError, JobKind, JobState
from clinicpro_images.commits.jobs.rows import add_jobs, read_job
from clinicpro_images.commits.jobs.store import Queue
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.tables import commit_images, commits, job_transitions, jobs, metadata, sessions
from clinicpro_images.events.journal import Journal
from clinicpro_images.images.blob_store.folder import BlobFolder
from clinicpro_images.images.image import Details, Image
from clinicpro_images.images.store import ImageStore

HERE, THERE = "F2N060-E", "F99669-C"
SESSION = "5" * 32
# Long ago by the database's clock, so that whatever a worker puts off by the clock set by hand is due at once.
LONG_AGO = 1000.0
WHY = JobError("alex-timeout", "No answer", "Medtech did not answer in time.", alex_status=504)
_OWNERS = {"first": "a" * 32, "second": "b" * 32}


@dataclass
class Clock:
    """A clock that is set by hand, in seconds."""

    now: float = LONG_AGO

    def __call__(self) -> float:
        return self.now


@dataclass
class Surgery:
    """What a worker works on. `url` opens the same database once more, as another process would."""

    folder: Path
    url: str
    database: Database
    keyring: Keyring
    blobs: BlobFolder
    clock: Clock = field(default_factory=Clock)
    _made: int = 0

    def __post_init__(self) -> None:
        self.journal = Journal(self.database, self.clock)
        self.images = ImageStore(self.database, self.keyring)

    def queue(self, owner: str = "first", *, lease: float = 600.0, database: Database | None = None) -> Queue:
        """A worker's door to the jobs, in this process or, with another `database`, in another."""
        database = database or self.database
        return Queue(
            database=database,
            write=Journal(database, self.clock).write,
            images=ImageStore(database, self.keyring),
            owner=_OWNERS[owner],
            lease=lease,
        )

    def _id(self) -> str:
        self._made += 1
        return f"{self._made:032x}"

    async def image(self) -> str:
        """A staged picture, with its bytes in the folder."""
        image_id = self._id()
        key = await self.blobs.write(image_id, b"a picture")
        image = Image(
            id=image_id, session_id=SESSION, patient_key="p", source="desktop", derived_from=None,
            content_type="image/jpeg", size=9, width=3, height=3, details=Details(taken_at=LONG_AGO),
            uploaded_at=LONG_AGO, state="staged", content_key=key,
        )  # fmt: skip
        async with self.database.write() as connection:
            await self.images.add(connection, image, content_hash=image_id)
        return image_id

    async def commit(self, *image_ids: str) -> str:
        """A request to file these pictures, without any job yet."""
        commit_id = self._id()
        async with self.database.write() as connection:
            await connection.execute(
                insert(commits).values(
                    id=commit_id, session_id=SESSION, idempotency_hash=commit_id, body_hash="h",
                    target="scan", created_at=LONG_AGO,
                )
            )  # fmt: skip
            for position, image_id in enumerate(image_ids):
                values = {"commit_id": commit_id, "image_id": image_id, "position": position}
                await connection.execute(insert(commit_images).values(values))
        return commit_id

    async def job(
        self,
        commit_id: str,
        image_id: str | None,
        kind: JobKind = "document-reference",
        *,
        facility_id: str = HERE,
        queued_at: float | None = None,
        not_before: float = 0.0,
    ) -> Job:
        """A job that waits, asked for now unless said otherwise."""
        job_id = self._id()
        job = Job(
            id=job_id, kind=kind, commit_id=commit_id, image_id=image_id, session_id=SESSION,
            facility_id=facility_id, identifier=f"identifier-{job_id}"[:64], correlation_id="c0ffee",
            queued_at=self.clock.now if queued_at is None else queued_at, not_before=not_before,
        )  # fmt: skip
        async with self.database.write() as connection:
            await add_jobs(connection, [job], self.clock.now)
        return job

    async def filed(self, *kinds: JobKind, facility_id: str = HERE) -> list[Job]:
        """A picture that a clinician just asked to file: its jobs, one per kind."""
        image_id = await self.image()
        commit_id = await self.commit(image_id)
        wanted: Sequence[JobKind] = kinds or ("document-reference",)
        return [await self.job(commit_id, image_id, kind, facility_id=facility_id) for kind in wanted]

    async def one(self, *, facility_id: str = HERE) -> Job:
        """One job of one picture."""
        [job] = await self.filed(facility_id=facility_id)
        return job

    async def lease_lapses(self, job: Job) -> None:
        """Let the lease end now: its worker has not been heard of for too long."""
        await self._set(job, lease_until=time.time() - 1.0)

    async def is_taken_by(self, job: Job, owner: str) -> None:
        """Let another worker hold the job, as after a standstill of the first."""
        await self._set(job, lease_owner=_OWNERS[owner], lease_until=time.time() + 600.0)

    async def puts(self, job: Job, state: JobState, *, sent_at: float | None = None) -> Job:
        """Set a state by hand, as if other tests had led there."""
        await self._set(job, state=state, sent_at=sent_at)
        return replace(job, state=state, sent_at=sent_at)

    async def _set(self, job: Job, **values: object) -> None:
        async with self.database.write() as connection:
            await connection.execute(update(jobs).where(jobs.c.id == job.id).values(**values))

    async def now(self, job: Job) -> Job:
        """The job as it stands in the database."""
        async with self.database.read() as connection:
            return read_job((await connection.execute(select(jobs).where(jobs.c.id == job.id))).one())

    async def everything(self) -> list[Job]:
        """Every job."""
        async with self.database.read() as connection:
            return [read_job(row) for row in (await connection.execute(select(jobs))).all()]

    async def lease(self, job: Job) -> tuple[str | None, float | None]:
        """Who holds the job, and until when."""
        query = select(jobs.c.lease_owner, jobs.c.lease_until).where(jobs.c.id == job.id)
        async with self.database.read() as connection:
            row = (await connection.execute(query)).one()
        return next((name for name, owner in _OWNERS.items() if owner == row[0]), row[0]), row[1]

    async def history(self, job: Job) -> list[str]:
        """Why the job changed, from its beginning."""
        return [row.reason for row in await self.transitions(job)]

    async def transitions(self, job: Job) -> Sequence[Row[tuple[object, ...]]]:
        """Every recorded step of the job."""
        query = (
            select(job_transitions).where(job_transitions.c.job_id == job.id).order_by(job_transitions.c.id)
        )
        async with self.database.read() as connection:
            return (await connection.execute(query)).all()

    def picture_files(self) -> list[str]:
        """The files of pictures that are still here."""
        return [path.name for path in (self.folder / "pictures").iterdir()]

    async def steps(self) -> int:
        """How many steps were recorded in all."""
        async with self.database.read() as connection:
            return (await connection.scalar(select(func.count()).select_from(job_transitions))) or 0


@asynccontextmanager
async def open_surgery(folder: Path) -> AsyncIterator[Surgery]:
    """Make everything in `folder`, with one session and nothing to do."""
    url = f"sqlite+aiosqlite:///{folder / 'surgery.db'}"
    database, keyring = open_database(url), Keyring("invented key for tests only")
    blobs = BlobFolder(folder / "pictures", keyring)
    await blobs.prepare()
    try:
        async with database.write() as connection:
            await connection.run_sync(metadata.create_all)
            await connection.execute(
                insert(sessions).values(
                    id=SESSION, token_hash="t", facility_id=HERE, patient_key="p", provider_key="q", who=b"",
                    visual_id=0, started_at=LONG_AGO, active_at=LONG_AGO,
                )
            )  # fmt: skip
        yield Surgery(folder, url, database, keyring, blobs)
    finally:
        await database.close()
