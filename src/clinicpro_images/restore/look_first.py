"""After a restore, everything that is unfinished is looked for before it is offered or sent."""

import uuid
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select, update

from clinicpro_images.commits.accept import with_places
from clinicpro_images.commits.commit import KINDS, Commit
from clinicpro_images.commits.jobs.job import Job, JobError, JobKind, restored
from clinicpro_images.commits.jobs.lookup import commits_of, lock_jobs_of
from clinicpro_images.commits.jobs.rows import read_job
from clinicpro_images.commits.jobs.transitions import add_jobs, save, show_progress
from clinicpro_images.commits.routing import Routing
from clinicpro_images.commits.store import CommitStore
from clinicpro_images.db.tables import handoffs, images, jobs, sessions
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.images.image import Image
from clinicpro_images.images.store import ImageStore
from clinicpro_images.settings.parsers import CommitTarget

_MAY_BE_SENT_SINCE = ("queued", "sending", "failed")


@dataclass(frozen=True)
class LookFirst:
    """Marks what has to be looked for. `target` is where this installation files images."""

    images: ImageStore
    commits: CommitStore
    target: CommitTarget

    def mark_all(self, work: UnitOfWork, error: JobError) -> tuple[int, int]:
        """Mark every unfinished job, and every staged image; return how many. `error` is shown until it is found.

        Phones are disconnected, because the backup doesn't know which have been since.
        """
        staged = self._staged(work.connection)
        unfinished = _unfinished(work.connection)
        for job in unfinished:
            self._mark_job(work, job, error)
        for image in staged:
            self._mark_staged(work, image, error)
        alive = handoffs.c.cut_off_at.is_(None)
        work.connection.execute(update(handoffs).where(alive).values(cut_off_at=work.now))
        return len(unfinished), len(staged)

    def _staged(self, connection: Connection) -> list[Image]:
        query = select(images).where(images.c.state == "staged", images.c.content_key.is_not(None))
        rows = connection.execute(query.order_by(images.c.id).with_for_update())
        return [self.images.read(row) for row in rows]

    def _mark_job(self, work: UnitOfWork, job: Job, error: JobError) -> None:
        after = restored(job, work.now, error)
        save(work.connection, job, after, "restored", work.now, release=True)
        siblings = [] if job.image_id is None else lock_jobs_of(work.connection, [job.image_id])
        show_progress(work, self.images, after, siblings, commits_of(work.connection, after))

    def _mark_staged(self, work: UnitOfWork, image: Image, error: JobError) -> None:
        """Make jobs as if the image had been handed over, which only look unless a clinician decides otherwise."""
        connection = work.connection
        commit = Commit(uuid.uuid4().hex, work.now, self.target, Routing())
        columns = {
            "session_id": image.session_id,
            "idempotency_hash": f"restored-{image.id}",
            "body_hash": "",
        }
        self.commits.add(connection, commit, [image], columns)
        if image.details.body_site is not None:
            [image] = with_places(connection, self.images, [image])
        self.images.hand_over(connection, [image], commit.id)
        facility_id = connection.scalars(
            select(sessions.c.facility_id).where(sessions.c.id == image.session_id)
        ).one()
        new = [self._job(work, commit, image, kind, facility_id, error) for kind in KINDS[self.target]]
        add_jobs(connection, new, work.now)
        work.publish(image.session_id, "image.updated", image.id)

    def _job(
        self, work: UnitOfWork, commit: Commit, image: Image, kind: JobKind, facility_id: str, error: JobError
    ) -> Job:
        return Job(
            id=uuid.uuid4().hex,
            kind=kind,
            commit_id=commit.id,
            image_id=image.id,
            session_id=image.session_id,
            facility_id=facility_id,
            identifier=self.commits.identifier(image.id, kind),
            correlation_id=str(uuid.uuid4()),
            queued_at=work.now,
            not_before=work.now,
            sent_at=work.now,
            may_have_landed=True,
            before_restore="staged",
            error=error,
        )


def _unfinished(connection: Connection) -> list[Job]:
    """Lock and return the jobs that could have been sent since; not those of images that were destroyed unfiled."""
    here = select(images.c.id).where(images.c.content_key.is_not(None))
    query = (
        select(jobs)
        .where(
            jobs.c.state.in_(_MAY_BE_SENT_SINCE), or_(jobs.c.image_id.is_(None), jobs.c.image_id.in_(here))
        )
        .order_by(jobs.c.id)
        .with_for_update()
    )
    return [read_job(row) for row in connection.execute(query)]
