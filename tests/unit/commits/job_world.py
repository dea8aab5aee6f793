"""The world of a job in a real database: one session, its images, commits and jobs, and a clock that is set by hand."""

import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection, Row, insert, select, update

from clinicpro_images.audit.open import open_trail
from clinicpro_images.commits.jobs.job import Job, JobError, JobKind, JobState, start_sending
from clinicpro_images.commits.jobs.rows import read_job
from clinicpro_images.commits.jobs.store import JobStore, LeasedJob
from clinicpro_images.commits.jobs.transitions import add_jobs
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.tables import commit_images, commits, job_transitions, jobs
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.events.broker import EventBroker
from clinicpro_images.events.event import Event
from clinicpro_images.events.store import events_after
from clinicpro_images.images.blob_store.folder import BlobFolder
from clinicpro_images.images.image import Details, Image
from clinicpro_images.images.store import ImageStore
from clinicpro_images.sessions.session import Facility, Patient, Provider, Session
from clinicpro_images.sessions.store import SessionStore
from databases import place_migrated

HERE, THERE = "F2N060-E", "F99669-C"
SESSION = "5" * 32
# Long ago by the database's clock, so that a job that a worker puts off by the clock set by hand is due at once.
LONG_AGO = 1000.0
WHY = JobError("alex-timeout", "No answer", "Medtech did not answer in time.", alex_status=504)
_OWNERS = {"first": "a" * 32, "second": "b" * 32}


@dataclass
class Clock:
    """A clock that is set by hand, in seconds."""

    now: float = LONG_AGO

    def __call__(self) -> float:
        return self.now


class WallClock(Clock):
    """The real time, a little ahead of the database's, as a clock that was synchronised with it may be."""

    def __call__(self) -> float:
        return time.time() + 0.01


@dataclass(frozen=True)
class LeaseHolder:
    """A job store as a worker uses it: each call is a transaction of its own."""

    database: Database
    store: JobStore

    async def lease(
        self, limit: int = 5, *, excluded: Collection[str] = (), running: Collection[str] = ()
    ) -> list[LeasedJob]:
        return await self.database.write(self.store.lease, limit, excluded=excluded, running=running)

    async def lease_overdue(
        self, facilities: Collection[str], *, running: Collection[str] = ()
    ) -> list[LeasedJob]:
        """Lease what was queued before 100 and not sent since 90."""
        return await self.database.write(
            self.store.lease_overdue, 5, facilities, queued_before=100.0, sent_before=90.0, running=running
        )

    async def renew(self, *job_ids: str) -> None:
        await self.database.write(self.store.renew, job_ids)

    async def release(self, *job_ids: str) -> None:
        await self.database.write(self.store.release, job_ids)

    async def take_over(self, leased: LeasedJob) -> Job | None:
        return await self.database.write(self.store.take_over, leased)

    async def start_sending(self, leased: LeasedJob, now: float = 1234.0) -> Job:
        sending = start_sending(leased.job, now)
        await self.database.write(self.store.start_sending, leased, sending)
        return sending

    async def apply(
        self, leased: LeasedJob, before: Job, after: Job, reason: str, *, release: bool = True
    ) -> Job:
        stored, _ = await self.database.write(
            self.store.apply, leased, before, after, reason, release=release
        )
        return stored

    async def land(
        self,
        leased: LeasedJob,
        resource_id: str,
        *,
        job: Job | None = None,
        reason: str = "landed",
    ) -> tuple[Job, float | None]:
        return await self.database.write(self.store.land, leased, job or leased.job, resource_id, reason)


@dataclass
class JobWorld:
    """What a worker works on; `url` is the database's."""

    folder: Path
    url: str
    database: Database
    keyring: Keyring
    blobs: BlobFolder
    clock: Clock
    _made: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.images, self.sessions = ImageStore(self.keyring), SessionStore(self.keyring)

    def store(self, owner: str = "first", *, lease_seconds: float = 600.0) -> JobStore:
        return JobStore(self.images, self.sessions, _OWNERS[owner], lease_seconds)

    def holder(
        self, owner: str = "first", *, lease_seconds: float = 600.0, database: Database | None = None
    ) -> LeaseHolder:
        """A worker's access to the jobs, in this process or, with another `database`, in another."""
        return LeaseHolder(database or self.database, self.store(owner, lease_seconds=lease_seconds))

    @asynccontextmanager
    async def another_process(self) -> AsyncIterator[Database]:
        """The same database, opened once more."""
        async with _open_with_logs(self.url, self.keyring, self.clock) as database:
            yield database

    async def add_session(self) -> None:
        """Add the session that everything belongs to."""
        patient = Patient("p" * 32, "Aroha Tamati", "ZZZ0016", "1965-08-07", "female")
        session = Session(
            id=SESSION, patient=patient, provider=Provider("d" * 32, "Dr Wiremu Hohepa"),
            facility=Facility(HERE, "Healthier Care"), patient_key="p", provider_key="q", visual_index=0,
            started_at=LONG_AGO, active_at=LONG_AGO, ended_at=None,
        )  # fmt: skip
        await self._write(self.sessions.add, session, "an invented token")

    async def image(self) -> str:
        """A staged image, with its content in the folder."""
        image_id = self._id()
        key = await self.blobs.write(image_id, b"an image")
        image = Image(
            id=image_id, session_id=SESSION, patient_key="p", source="desktop", derived_from=None,
            content_type="image/jpeg", size=8, width=3, height=3, details=Details(taken_at=LONG_AGO),
            uploaded_at=LONG_AGO, state="staged", content_key=key,
        )  # fmt: skip
        await self._write(self.images.add, image, image_id)
        return image_id

    async def image_now(self, image_id: str | None) -> Image:
        """The image as it is in the database."""
        return await self.database.read(self.images.get, SESSION, image_id or "")

    async def commit(self, *image_ids: str) -> str:
        """A commit of these images, without any job yet."""
        commit_id = self._id()

        def add(work: UnitOfWork) -> None:
            work.connection.execute(
                insert(commits).values(
                    id=commit_id, session_id=SESSION, idempotency_hash=commit_id, body_hash="h",
                    target="scan", created_at=LONG_AGO,
                )
            )  # fmt: skip
            for position, image_id in enumerate(image_ids):
                values = {"commit_id": commit_id, "image_id": image_id, "position": position}
                work.connection.execute(insert(commit_images).values(values))

        await self.database.write(add)
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
        """A job that waits, queued now unless given another time."""
        job_id = self._id()
        job = Job(
            id=job_id, kind=kind, commit_id=commit_id, image_id=image_id, session_id=SESSION,
            facility_id=facility_id, identifier=f"identifier-{job_id}"[:64], correlation_id="c0ffee",
            queued_at=self.clock() if queued_at is None else queued_at, not_before=not_before,
        )  # fmt: skip
        await self._write(add_jobs, [job], self.clock())
        return job

    async def committed(self, *kinds: JobKind, facility_id: str = HERE) -> list[Job]:
        """An image that a clinician has just committed: its jobs, one per kind."""
        image_id = await self.image()
        commit_id = await self.commit(image_id)
        wanted: Sequence[JobKind] = kinds or ("document-reference",)
        return [await self.job(commit_id, image_id, kind, facility_id=facility_id) for kind in wanted]

    async def one(self, *, facility_id: str = HERE) -> Job:
        """One job of one image."""
        [job] = await self.committed(facility_id=facility_id)
        return job

    async def expire_lease(self, job: Job) -> None:
        """Let the lease end now: its worker has not renewed it for too long."""
        await self._set(job, lease_until=time.time() - 1.0)

    async def give_lease_to(self, job: Job, owner: str) -> None:
        """Let another worker hold the job, as after a standstill of the first."""
        await self._set(job, lease_owner=_OWNERS[owner], lease_until=time.time() + 600.0)

    async def set_state(self, job: Job, state: JobState, *, sent_at: float | None = None) -> Job:
        """Set a state by hand, as if earlier transitions had led there."""
        await self._set(job, state=state, sent_at=sent_at)
        return replace(job, state=state, sent_at=sent_at)

    async def now(self, job: Job) -> Job:
        """The job as it is in the database."""
        [found] = await self.jobs(job.id)
        return found

    async def jobs(self, *job_ids: str) -> list[Job]:
        """These jobs, or all."""
        query = select(jobs).where(jobs.c.id.in_(job_ids)) if job_ids else select(jobs)
        return await self.database.read(
            lambda connection: [read_job(row) for row in connection.execute(query)]
        )

    async def lease_of(self, job: Job) -> tuple[str | None, float | None]:
        """Who holds the job, and until when."""
        query = select(jobs.c.lease_owner, jobs.c.lease_until).where(jobs.c.id == job.id)
        row = await self.database.read(lambda connection: connection.execute(query).one())
        return next((name for name, owner in _OWNERS.items() if owner == row[0]), row[0]), row[1]

    async def history(self, job: Job) -> list[str]:
        """Why the job changed, from its beginning."""
        return [row.reason for row in await self.transitions(job)]

    async def transitions(self, job: Job) -> Sequence[Row[tuple[object, ...]]]:
        """Every stored transition of the job."""
        query = (
            select(job_transitions).where(job_transitions.c.job_id == job.id).order_by(job_transitions.c.id)
        )
        return await self.database.read(lambda connection: connection.execute(query).all())

    async def events(self) -> list[Event]:
        """Every event of the session."""
        return await self.database.read(events_after, SESSION, 0)

    def content_files(self) -> list[str]:
        """The files of images whose content is still here."""
        return [path.name for path in (self.folder / "images").iterdir()]

    def _id(self) -> str:
        self._made += 1
        return f"{self._made:032x}"

    async def _set(self, job: Job, **values: object) -> None:
        def set_columns(connection: Connection) -> None:
            connection.execute(update(jobs).where(jobs.c.id == job.id).values(**values))

        await self._write(set_columns)

    async def _write(self, function: Callable[..., None], *arguments: object) -> None:
        await self.database.write(lambda work: function(work.connection, *arguments))


@asynccontextmanager
async def open_job_world(folder: Path, url: str, clock: Clock | None = None) -> AsyncIterator[JobWorld]:
    """Make everything at `url` and in `folder`, with one session and nothing to do."""
    keyring, clock = Keyring("invented key for tests only"), clock or Clock()
    blobs = BlobFolder(folder / "images", keyring)
    await blobs.prepare()
    async with _open_with_logs(url, keyring, clock) as database:
        world = JobWorld(folder, url, database, keyring, blobs, clock)
        await world.add_session()
        yield world


@asynccontextmanager
async def _open_with_logs(url: str, keyring: Keyring, clock: Clock) -> AsyncIterator[Database]:
    place_migrated(url)
    database = open_database(url, clock=clock)
    try:
        yield database.with_logs(await open_trail(database, keyring), EventBroker(database))
    finally:
        await database.close()
