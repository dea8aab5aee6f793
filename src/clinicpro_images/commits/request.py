"""A request to file as it is stored: accepted with everything that belongs to it, before anyone is told."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert

from clinicpro_images.audit.entry import Entry
from clinicpro_images.commits.job import Job, JobKind, send_again
from clinicpro_images.commits.originals import follow_originals
from clinicpro_images.commits.routing import Routing, routing_from_json, routing_to_json
from clinicpro_images.commits.rows import add_jobs, change_job, hold_jobs, read_job, show_progress
from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.db.sealing import Keyring
from clinicpro_images.db.tables import commit_photos, commits
from clinicpro_images.errors import BodySiteMissing
from clinicpro_images.live.journal import Write
from clinicpro_images.photos.photo import Photo
from clinicpro_images.photos.store import PhotoStore
from clinicpro_images.sessions.session import Session
from clinicpro_images.settings_reader import CommitTarget

KINDS: dict[CommitTarget, tuple[JobKind, ...]] = {
    "scan": ("document-reference",),
    "media": ("media",),
    "both": ("document-reference", "media"),
}

# Made once: to put a statement together takes longer than to carry it out.
_ADD = insert(commits)
_ADD_PHOTO = insert(commit_photos)


@dataclass(frozen=True)
class StoredRequest:
    """What was asked for, apart from the pictures; `created_at` in seconds since 1970."""

    id: str
    created_at: float
    target: CommitTarget
    routing: Routing


def read_request(row: Row[Any], keyring: Keyring) -> StoredRequest:
    """Open a row of `commits`."""
    routing = keyring.open_column(row.routing, f"commits.routing/{row.id}")
    return StoredRequest(row.id, row.created_at, row.target, routing_from_json(routing))


@dataclass(frozen=True)
class Acceptance:
    """Takes requests into the database. Nothing of one is stored unless all of it is."""

    photos: PhotoStore
    keyring: Keyring
    target: CommitTarget

    async def accept(
        self,
        transaction: Write,
        session: Session,
        image_ids: Sequence[str],
        routing: Routing,
        *,
        keys: Mapping[str, str],
        correlation_id: str,
    ) -> StoredRequest:
        """Store the request and a job for each thing that it asks to be written; `keys` are its row's own columns.

        Raises NotFound and BodySiteMissing, and IntegrityError where another request came first.
        """
        request = StoredRequest(uuid.uuid4().hex, transaction.now, self.target, routing)
        connection = transaction.connection
        # Pictures before jobs, as the worker does it, and sorted: so nobody waits in a circle.
        photos = await self.photos.hold(connection, session.id, image_ids)
        _check_body_sites(photos)
        await self._store(connection, request, photos, keys)
        asked = _Asked(request.id, session, correlation_id, transaction.now)
        await self._queue(transaction, photos, asked)
        await follow_originals(connection, photos)
        await add_jobs(connection, list(_steps(routing, asked)), transaction.now)
        for photo in photos:
            about = {"commit": request.id, "target": request.target}
            transaction.record(Entry("filing.requested", session.actor, subject=photo.id, about=about))
        return request

    async def _store(
        self,
        connection: AsyncConnection,
        request: StoredRequest,
        photos: Sequence[Photo],
        keys: Mapping[str, str],
    ) -> None:
        sealed = self.keyring.seal_column(routing_to_json(request.routing), f"commits.routing/{request.id}")
        row = {
            "id": request.id,
            "target": request.target,
            "routing": sealed,
            "created_at": request.created_at,
        }
        await connection.execute(_ADD, {**keys, **row})
        await connection.execute(
            _ADD_PHOTO,
            [
                {"commit_id": request.id, "photo_id": photo.id, "position": position}
                for position, photo in enumerate(photos)
            ],
        )

    async def _queue(self, transaction: Write, photos: Sequence[Photo], asked: "_Asked") -> None:
        """Make jobs for pictures that have none. One that another request files already is shown by both, and filed by one."""
        connection, session_id = transaction.connection, asked.session.id
        held = await hold_jobs(connection, [photo.id for photo in photos])
        existing = [read_job(row) for row in held]
        known = [job.photo_id for job in existing if job.photo_id is not None]
        fresh = [photo.id for photo in photos if photo.id not in known]
        if known:
            await self.photos.set_commit(connection, known, asked.commit_id)
        if fresh:
            await self.photos.set_commit(connection, fresh, asked.commit_id, state="queued")
            made = [asked.job(kind, photo_id) for photo_id in fresh for kind in KINDS[self.target]]
            await add_jobs(connection, made, transaction.now)
            for photo_id in fresh:
                await transaction.tell(session_id, "image.updated", photo_id)
            await transaction.tell(session_id, "commit.updated", asked.commit_id)
        for job in existing:
            if job.state == "failed":
                await again(transaction, self.photos, job, asked.correlation_id, "requested-again")


async def again(transaction: Write, photos: PhotoStore, job: Job, correlation_id: str, reason: str) -> None:
    """Queue a job that ended without its resource; `reason` is a stable word."""
    after = send_again(job, transaction.now, correlation_id)
    await change_job(transaction.connection, job, after, reason, transaction.now)
    await show_progress(transaction, photos, after)


@dataclass(frozen=True)
class _Asked:
    commit_id: str
    session: Session
    correlation_id: str
    now: float

    def job(self, kind: JobKind, photo_id: str | None) -> Job:
        return Job(
            id=uuid.uuid4().hex,
            kind=kind,
            commit_id=self.commit_id,
            photo_id=photo_id,
            session_id=self.session.id,
            facility_id=self.session.facility.id,
            identifier=str(uuid.uuid4()),
            correlation_id=self.correlation_id,
            queued_at=self.now,
            not_before=self.now,
        )


def _steps(routing: Routing, asked: _Asked) -> Iterable[Job]:
    if routing.inbox is not None:
        yield asked.job("communication", None)
    if routing.task is not None:
        yield asked.job("task", None)


def _check_body_sites(photos: Iterable[Photo]) -> None:
    missing = [
        (photo.id, photo.details.label or f"picture {number}")
        for number, photo in enumerate(photos, start=1)
        if photo.details.body_site is None
    ]
    if missing:
        raise BodySiteMissing([photo_id for photo_id, _ in missing], [name for _, name in missing])
