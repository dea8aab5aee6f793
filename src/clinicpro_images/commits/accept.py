"""Accepting a commit: stores it with its jobs before the response says that it was accepted."""

import uuid
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, func, select

from clinicpro_images.audit.entry import Entry
from clinicpro_images.commits.commit import KINDS, Commit
from clinicpro_images.commits.errors import BodySiteMissing
from clinicpro_images.commits.jobs.dependencies import follow_originals
from clinicpro_images.commits.jobs.job import Job, JobKind, send_again
from clinicpro_images.commits.jobs.lookup import lock_jobs_of, store_decision
from clinicpro_images.commits.jobs.transitions import add_jobs
from clinicpro_images.commits.routing import Routing
from clinicpro_images.commits.store import CommitStore
from clinicpro_images.db import advisory_locks
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.images.image import Image, Place
from clinicpro_images.images.store import ImageStore
from clinicpro_images.sessions.session import Session
from clinicpro_images.settings.parsers import CommitTarget


@dataclass(frozen=True)
class CommitContext:
    """What every job of a commit shares; `now` is seconds since 1970."""

    commit_id: str
    session: Session
    correlation_id: str
    now: float
    identifier: Callable[[str, JobKind], str]
    """Return the identifier of an image, or of a commit for its message or task, at a target."""

    def job(self, kind: JobKind, image_id: str | None) -> Job:
        """Return a new job of this commit."""
        return Job(
            id=uuid.uuid4().hex,
            kind=kind,
            commit_id=self.commit_id,
            image_id=image_id,
            session_id=self.session.id,
            facility_id=self.session.facility.id,
            identifier=self.identifier(image_id or self.commit_id, kind),
            correlation_id=self.correlation_id,
            queued_at=self.now,
            not_before=self.now,
        )


def accept_commit(
    work: UnitOfWork,
    session: Session,
    image_ids: Sequence[str],
    routing: Routing,
    *,
    target: CommitTarget,
    columns: Mapping[str, str],
    correlation_id: str,
    images: ImageStore,
    commits: CommitStore,
) -> Commit:
    """Store the commit and a job for each resource that it writes; `columns` are its row's session and hashes.

    Raises NotFound and BodySiteMissing, and IntegrityError if another commit came first.
    """
    commit = Commit(commits.id_of(columns), work.now, target, routing)
    # Lock images before jobs, as the worker does, to avoid deadlocks.
    committed = images.get_locked(work.connection, session.id, image_ids)
    _check_body_sites(committed)
    commits.add(work.connection, commit, committed, columns)
    context = CommitContext(commit.id, session, correlation_id, work.now, commits.identifier)
    _queue_images(work, images, committed, context, target)
    follow_originals(work.connection, committed)
    add_jobs(work.connection, list(_step_jobs(routing, context)), work.now)
    for image in committed:
        about = {"commit": commit.id, "target": target}
        work.audit(Entry("commit.requested", session.actor, subject=image.id, about=about))
    return commit


def with_places(connection: Connection, images: ImageStore, committed: Sequence[Image]) -> list[Image]:
    """Return the images with their places in the commit, so that each title is unique within the patient."""
    known, placed = set(images.title_hashes(connection, committed[0].patient_key)), []
    for number, image in enumerate(committed, start=1):
        place = Place(number, len(committed))
        named = image.described(replace(image.details, place=place))
        while (title := images.title_hash(named)) in known:
            place = replace(place, occurrence=place.occurrence + 1)
            named = image.described(replace(image.details, place=place))
        known.add(title)
        placed.append(named)
    return placed


def requeue(work: UnitOfWork, images: ImageStore, job: Job, correlation_id: str, reason: str) -> None:
    """Queue a job that failed or needs review again; `reason` is a stable identifier."""
    store_decision(work, images, job, send_again(job, work.now, correlation_id), reason)


def _queue_images(
    work: UnitOfWork,
    images: ImageStore,
    committed: Sequence[Image],
    context: CommitContext,
    target: CommitTarget,
) -> None:
    """Create jobs for images that have none. An image of an earlier commit is shown by both commits, but filed once."""
    image_ids = [image.id for image in committed]
    existing = lock_jobs_of(work.connection, image_ids)
    known = [job.image_id for job in existing if job.image_id is not None]
    new = [image_id for image_id in image_ids if image_id not in known]
    if known:
        images.set_commit(work.connection, known, context.commit_id)
    if new:
        _lock_titles(work.connection, context.session.patient_key)
        placed = with_places(work.connection, images, committed)
        handed_over = [image for image in placed if image.id in new]
        images.hand_over(work.connection, handed_over, context.commit_id)
        new_jobs = [context.job(kind, image_id) for image_id in new for kind in KINDS[target]]
        add_jobs(work.connection, new_jobs, work.now)
    for image_id in image_ids:
        work.publish(context.session.id, "image.updated", image_id)
    work.publish(context.session.id, "commit.updated", context.commit_id)
    for job in existing:
        if job.state == "failed":
            requeue(work, images, job, context.correlation_id, "requested-again")
        elif job.state == "queued" and job.before_restore == "staged":
            # It is being looked for after a restore; unless it is found, it is sent.
            store_decision(work, images, job, replace(job, before_restore="queued"), "requested-again")


def _lock_titles(connection: Connection, patient_key: str) -> None:
    """Let no other transaction give titles to this patient's images until this one ends; SQLite has one writer."""
    if connection.dialect.name == "postgresql":
        key = zlib.crc32(patient_key.encode()) - 2**31
        connection.execute(select(func.pg_advisory_xact_lock(advisory_locks.TITLES_CLASS, key)))


def _step_jobs(routing: Routing, context: CommitContext) -> Iterable[Job]:
    if routing.inbox is not None:
        yield context.job("communication", None)
    if routing.task is not None:
        yield context.job("task", None)


def _check_body_sites(committed: Iterable[Image]) -> None:
    missing = [
        (image.id, image.details.label or f"photo {number}")
        for number, image in enumerate(committed, start=1)
        if image.details.body_site is None
    ]
    if missing:
        raise BodySiteMissing([image_id for image_id, _ in missing], [name for _, name in missing])
