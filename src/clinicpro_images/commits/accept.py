"""A request to file as it is stored: accepted with everything that belongs to it, before anyone is told."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert

from clinicpro_images.audit.entry import Entry
from clinicpro_images.commits.errors import BodySiteMissing
from clinicpro_images.commits.jobs.dependencies import follow_originals
from clinicpro_images.commits.jobs.job import Job, JobKind, send_again
from clinicpro_images.commits.jobs.rows import add_jobs, change_job, hold_jobs, read_job, show_progress
from clinicpro_images.commits.routing import Routing, routing_from_json, routing_to_json
from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.db.crypto import Keyring
from clinicpro_images.db.tables import commit_images, commits
from clinicpro_images.events.journal import Write
from clinicpro_images.images.image import Image
from clinicpro_images.images.store import ImageStore
from clinicpro_images.sessions.session import Session
from clinicpro_images.settings.parsers import CommitTarget

KINDS: dict[CommitTarget, tuple[JobKind, ...]] = {
    "scan": ("document-reference",),
    "media": ("media",),
    "both": ("document-reference", "media"),
}

# Made once: to put a statement together takes longer than to carry it out.
_ADD = insert(commits)
_ADD_IMAGE = insert(commit_images)


@dataclass(frozen=True)
class Commit:
    """What was asked for, apart from the pictures; `created_at` in seconds since 1970."""

    id: str
    created_at: float
    target: CommitTarget
    routing: Routing


def read_commit(row: Row[Any], keyring: Keyring) -> Commit:
    """Open a row of `commits`."""
    routing = keyring.decrypt_column(row.routing, f"commits.routing/{row.id}")
    return Commit(row.id, row.created_at, row.target, routing_from_json(routing))


@dataclass(frozen=True)
class CommitAcceptance:
    """Takes requests into the database. Nothing of one is stored unless all of it is."""

    images: ImageStore
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
    ) -> Commit:
        """Store the request and a job for each thing that it asks to be written; `keys` are its row's own columns.

        Raises NotFound and BodySiteMissing, and IntegrityError where another request came first.
        """
        request = Commit(uuid.uuid4().hex, transaction.now, self.target, routing)
        connection = transaction.connection
        # Pictures before jobs, as the worker does it, and sorted: so nobody waits in a circle.
        images = await self.images.hold(connection, session.id, image_ids)
        _check_body_sites(images)
        await self._store(connection, request, images, keys)
        asked = CommitContext(request.id, session, correlation_id, transaction.now)
        await self._queue(transaction, images, asked)
        await follow_originals(connection, images)
        await add_jobs(connection, list(_steps(routing, asked)), transaction.now)
        for image in images:
            about = {"commit": request.id, "target": request.target}
            transaction.record(Entry("commit.requested", session.actor, subject=image.id, about=about))
        return request

    async def _store(
        self,
        connection: AsyncConnection,
        request: Commit,
        images: Sequence[Image],
        keys: Mapping[str, str],
    ) -> None:
        encrypted = self.keyring.encrypt_column(
            routing_to_json(request.routing), f"commits.routing/{request.id}"
        )
        row = {
            "id": request.id,
            "target": request.target,
            "routing": encrypted,
            "created_at": request.created_at,
        }
        await connection.execute(_ADD, {**keys, **row})
        await connection.execute(
            _ADD_IMAGE,
            [
                {"commit_id": request.id, "image_id": image.id, "position": position}
                for position, image in enumerate(images)
            ],
        )

    async def _queue(self, transaction: Write, images: Sequence[Image], asked: "CommitContext") -> None:
        """Make jobs for pictures that have none. One that another request files already is shown by both, and filed by one."""
        connection, session_id = transaction.connection, asked.session.id
        held = await hold_jobs(connection, [image.id for image in images])
        existing = [read_job(row) for row in held]
        known = [job.image_id for job in existing if job.image_id is not None]
        fresh = [image.id for image in images if image.id not in known]
        if known:
            await self.images.set_commit(connection, known, asked.commit_id)
        if fresh:
            await self.images.set_commit(connection, fresh, asked.commit_id, state="queued")
            made = [asked.job(kind, image_id) for image_id in fresh for kind in KINDS[self.target]]
            await add_jobs(connection, made, transaction.now)
            for image_id in fresh:
                await transaction.tell(session_id, "image.updated", image_id)
            await transaction.tell(session_id, "commit.updated", asked.commit_id)
        for job in existing:
            if job.state == "failed":
                await again(transaction, self.images, job, asked.correlation_id, "requested-again")


async def again(transaction: Write, images: ImageStore, job: Job, correlation_id: str, reason: str) -> None:
    """Queue a job that ended without its resource; `reason` is a stable word."""
    after = send_again(job, transaction.now, correlation_id)
    await change_job(transaction.connection, job, after, reason, transaction.now)
    await show_progress(transaction, images, after)


@dataclass(frozen=True)
class CommitContext:
    """What every job of a commit shares; `now` is seconds since 1970."""

    commit_id: str
    session: Session
    correlation_id: str
    now: float

    def job(self, kind: JobKind, image_id: str | None) -> Job:
        """Return a new job of this commit."""
        return Job(
            id=uuid.uuid4().hex,
            kind=kind,
            commit_id=self.commit_id,
            image_id=image_id,
            session_id=self.session.id,
            facility_id=self.session.facility.id,
            identifier=str(uuid.uuid4()),
            correlation_id=self.correlation_id,
            queued_at=self.now,
            not_before=self.now,
        )


def _steps(routing: Routing, asked: CommitContext) -> Iterable[Job]:
    if routing.inbox is not None:
        yield asked.job("communication", None)
    if routing.task is not None:
        yield asked.job("task", None)


def _check_body_sites(images: Iterable[Image]) -> None:
    missing = [
        (image.id, image.details.label or f"picture {number}")
        for number, image in enumerate(images, start=1)
        if image.details.body_site is None
    ]
    if missing:
        raise BodySiteMissing([image_id for image_id, _ in missing], [name for _, name in missing])
