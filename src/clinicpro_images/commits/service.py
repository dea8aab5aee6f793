"""Commits images, shows each commit's progress, retries, and records a clinician's answers."""

import asyncio
from collections.abc import Callable
from datetime import date

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from clinicpro_images.audit.entry import Action, Actor, Entry
from clinicpro_images.commits.accept import accept_commit, requeue
from clinicpro_images.commits.commit import MAX_IMAGES_PER_COMMIT, TARGET_OF
from clinicpro_images.commits.doubles import FiledBefore
from clinicpro_images.commits.errors import CommitError, CommitMalformed, IdempotencyConflict, NothingToDo
from clinicpro_images.commits.jobs.job import Job, confirmed_in_inbox, try_now
from clinicpro_images.commits.jobs.lookup import (
    lock_failed,
    lock_jobs_of,
    lock_unverified_image,
    lock_unverified_step,
    lock_waiting,
    store_decision,
)
from clinicpro_images.commits.jobs.restored import give_back
from clinicpro_images.commits.outlook import Outlooks
from clinicpro_images.commits.routing import FollowUp, InboxMessage, Routing
from clinicpro_images.commits.schemas import STEP_KINDS, CommitRequest, CommitSchema, StepName
from clinicpro_images.commits.store import CommitStore
from clinicpro_images.commits.tray import TraySchema, read_tray
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.errors import NotFound
from clinicpro_images.images.store import ImageStore
from clinicpro_images.practice_time import today
from clinicpro_images.records.directory import Directory
from clinicpro_images.records.errors import RecordSystemError
from clinicpro_images.records.protocol import ImageTarget
from clinicpro_images.sessions.record_check import RecordChecks
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.settings.parsers import CommitTarget
from clinicpro_images.terminology.plain import plain_lines

_LONGEST_KEY = 200
_DIRECTORY_WAIT_SECONDS = 3.0
_STEP_NOUNS: dict[StepName, str] = {"inbox": "message", "task": "task"}


class CommitService:
    """The commits of sessions, and what clinicians do with them."""

    def __init__(
        self,
        *,
        database: Database,
        store: CommitStore,
        images: ImageStore,
        sessions: SessionStore,
        record_checks: RecordChecks,
        directory: Directory,
        target: CommitTarget,
        wake_worker: Callable[[], None],
        outlooks: Outlooks,
        end_pause: Callable[[str], None],
    ) -> None:
        """`wake_worker` starts new jobs without waiting for the worker's next poll; `end_pause` is for a facility id."""
        self._database = database
        self._store = store
        self._images = images
        self._sessions = sessions
        self._record_checks = record_checks
        self._directory = directory
        self._target = target
        self._wake_worker = wake_worker
        self._outlooks = outlooks
        self._end_pause = end_pause

    async def commit(
        self,
        session: Session,
        key: str | None,
        request: CommitRequest,
        *,
        correlation_id: str,
        filed_before: FiledBefore | None = None,
    ) -> CommitSchema:
        """Accept a commit once per idempotency key; raises CommitError, NotFound, RecordsDisagree.

        With `filed_before`, bytes that another session filed to the patient are refused. It waits, for 3 s at most, for
        the search for the patient's other records that began at launch.
        """
        if not key:
            raise CommitMalformed("This request has no Idempotency-Key. Reload the page and file again.")
        if len(key) > _LONGEST_KEY:
            raise CommitMalformed(
                f"The Idempotency-Key of this request is too long: it may have {_LONGEST_KEY} characters, and has "
                f"{len(key)}. Reload the page and file again."
            )
        _check_shape(request, today=today(self._outlooks.clock()))
        await self._record_checks.settled(session)
        refusal = await self._refusal(session, request, correlation_id)
        arguments = (session, key, request, correlation_id, filed_before, refusal)
        try:
            shown = await self._database.write(self._commit, *arguments)
        except IntegrityError:
            # Another commit with the same key or the same images was stored at the same time.
            shown = await self._database.write(self._commit, *arguments)
        self._wake_worker()
        return shown

    async def _refusal(
        self, session: Session, request: CommitRequest, correlation_id: str
    ) -> CommitError | None:
        """Return what is wrong with those to whom a message or a task goes: it can't be called back from an inbox."""
        sent = {
            "message": request.inbox and request.inbox.recipient_id,
            "task": request.task and request.task.assignee_id,
        }
        if not any(sent.values()):
            return None
        try:
            async with asyncio.timeout(_DIRECTORY_WAIT_SECONDS):
                people = await self._directory.recipients(session.facility.id, correlation_id=correlation_id)
        except (RecordSystemError, TimeoutError):
            return None  # photos are accepted during an outage, and who was offered had been on the list
        listed = {each.id for each in people}
        for noun, to in sent.items():
            if to and to not in listed:
                return CommitError(
                    f"Medtech does not list the person whom the {noun} is for, or lists them as inactive. "
                    "Reload the page and choose again."
                )
        return None

    def _commit(
        self,
        work: UnitOfWork,
        session: Session,
        key: str,
        request: CommitRequest,
        correlation_id: str,
        filed_before: FiledBefore | None,
        refusal: CommitError | None,
    ) -> CommitSchema:
        key_hash = self._store.key_hash(key)
        body_hash = self._store.body_hash(request.model_dump_json())
        known = self._store.by_key(work.connection, session.id, key_hash)
        if known is not None:
            commit, known_hash = known
            if known_hash != body_hash:
                raise IdempotencyConflict
            return self.show_in(work.connection, session.id, commit.id)
        if refusal is not None:
            raise refusal
        if filed_before is not None:
            filed_before.refuse(work.connection, session, request.image_ids)
        commit = accept_commit(
            work,
            session,
            request.image_ids,
            _routing(request),
            target=self._target,
            columns={
                "session_id": session.id,
                "idempotency_hash": key_hash,
                "body_hash": body_hash,
            },
            correlation_id=correlation_id,
            images=self._images,
            commits=self._store,
        )
        return self._store.show(work.connection, session.id, commit, self._outlooks.of)

    async def show(self, session_id: str, commit_id: str) -> CommitSchema:
        """Return a commit of this session; raises NotFound for another session's."""
        return await self._database.read(self.show_in, session_id, commit_id)

    def show_in(self, connection: Connection, session_id: str, commit_id: str) -> CommitSchema:
        """As `show`, within a transaction."""
        commit = self._store.get(connection, session_id, commit_id)
        return self._store.show(connection, session_id, commit, self._outlooks.of)

    async def tray(self, session: Session) -> TraySchema:
        """Return what this provider's other sessions have under way, failed, filed lately or unfiled."""

        def read(connection: Connection) -> TraySchema:
            outlooks = self._outlooks
            return read_tray(connection, self._sessions, session, outlooks.of, now=outlooks.clock())

        return await self._database.read(read)

    async def retry(self, session: Session, commit_id: str, *, correlation_id: str) -> CommitSchema:
        """Queue everything of the commit that failed, and try what waits now; raises NotFound, NothingToDo."""
        self._end_pause(session.facility.id)
        shown = await self._database.write(self._retry, session, commit_id, correlation_id)
        self._wake_worker()
        return shown

    def _retry(self, work: UnitOfWork, session: Session, commit_id: str, correlation_id: str) -> CommitSchema:
        self._store.get(work.connection, session.id, commit_id)
        image_ids = self._store.image_ids(work.connection, commit_id)
        self._images.lock(work.connection, image_ids)
        failed = lock_failed(work.connection, commit_id, image_ids)
        for job in failed:
            subject = job.image_id or job.commit_id
            work.audit(Entry("commit.retried", session.actor, subject=subject, about={"kind": job.kind}))
            requeue(work, self._images, job, correlation_id, "clinician-retry")
        for job in lock_waiting(work.connection, commit_id, image_ids):
            if job.not_before > work.now:
                store_decision(work, self._images, job, try_now(job, work.now), "clinician-try-now")
        shown = self.show_in(work.connection, session.id, commit_id)
        if not failed and not shown.is_under_way:
            raise NothingToDo(
                "Nothing in this commit failed, so there is nothing to send again. Reload to see its current state."
            )
        return shown

    async def resolve(
        self,
        session: Session,
        commit_id: str,
        image_id: str,
        *,
        in_inbox: bool,
        target: ImageTarget | None,
        correlation_id: str,
    ) -> CommitSchema:
        """Record the clinician's answer for an unverified image, at one target or all; raises NotFound, NothingToDo.

        After a restore, one answer is for all.
        """

        def resolve(work: UnitOfWork) -> CommitSchema:
            self._store.get(work.connection, session.id, commit_id)
            if image_id not in self._store.image_ids(work.connection, commit_id):
                raise NotFound("This photo is not part of this commit. Reload the page to see what is.")
            self._images.lock(work.connection, [image_id])
            open_jobs = lock_unverified_image(work.connection, image_id)
            if target is not None and not any(job.before_restore for job in open_jobs):
                open_jobs = [job for job in open_jobs if TARGET_OF[job.kind] == target]
            if not open_jobs:
                raise NothingToDo("This photo no longer needs an answer. Reload to see its current state.")
            if not in_inbox and self._can_only_be_staged(work, session.id, image_id, open_jobs):
                shown = self.show_in(work.connection, session.id, commit_id)
                give_back(work, self._images, open_jobs[0])
                return shown.with_staged(image_id)
            self._store_answer(work, session.actor, open_jobs, correlation_id, in_inbox=in_inbox)
            if not in_inbox:
                for job in lock_jobs_of(work.connection, [image_id]):
                    if job.before_restore == "staged" and job.state == "failed":
                        requeue(work, self._images, job, correlation_id, "clinician-send-again")
            return self.show_in(work.connection, session.id, commit_id)

        shown = await self._database.write(resolve)
        self._wake_worker()
        return shown

    def _can_only_be_staged(
        self, work: UnitOfWork, session_id: str, image_id: str, open_jobs: list[Job]
    ) -> bool:
        """Whether an image that was restored unfiled has no body site yet, so that it can't be sent."""
        image = self._images.get(work.connection, session_id, image_id)
        never_asked = all(job.before_restore == "staged" for job in lock_jobs_of(work.connection, [image_id]))
        return never_asked and bool(open_jobs) and image.details.body_site is None

    async def resolve_step(
        self, session: Session, commit_id: str, step: StepName, *, in_inbox: bool, correlation_id: str
    ) -> CommitSchema:
        """Record the clinician's answer for an unverified message or task; raises NotFound, NothingToDo."""

        def resolve(work: UnitOfWork) -> CommitSchema:
            self._store.get(work.connection, session.id, commit_id)
            open_jobs = lock_unverified_step(work.connection, commit_id, STEP_KINDS[step])
            if not open_jobs:
                raise NothingToDo(
                    f"The {_STEP_NOUNS[step]} doesn't need an answer. Reload to see its current state."
                )
            self._store_answer(work, session.actor, open_jobs, correlation_id, in_inbox=in_inbox)
            return self.show_in(work.connection, session.id, commit_id)

        shown = await self._database.write(resolve)
        self._wake_worker()
        return shown

    def _store_answer(
        self, work: UnitOfWork, actor: Actor, open_jobs: list[Job], correlation_id: str, *, in_inbox: bool
    ) -> None:
        for job in open_jobs:
            action: Action = "commit.confirmed" if in_inbox else "commit.retried"
            subject = job.image_id or job.commit_id
            work.audit(Entry(action, actor, subject=subject, about={"kind": job.kind}))
            if in_inbox:
                store_decision(work, self._images, job, confirmed_in_inbox(job), "clinician-in-inbox")
            else:
                requeue(work, self._images, job, correlation_id, "clinician-send-again")


def _check_shape(request: CommitRequest, *, today: date) -> None:
    count = len(request.image_ids)
    if count == 0:
        raise CommitMalformed("No photos were chosen. Choose at least one photo to file.")
    if count > MAX_IMAGES_PER_COMMIT:
        raise CommitMalformed(
            f"At most {MAX_IMAGES_PER_COMMIT} photos can be filed at once. File the others afterwards."
        )
    if request.task is not None and request.task.due is not None and request.task.due < today:
        raise CommitError("The task is due on a day that is over. Choose today or a later day.")
    if len(set(request.image_ids)) != count:
        raise CommitMalformed("A photo was chosen twice. Reload the page and file again.")


def _routing(request: CommitRequest) -> Routing:
    inbox, task = request.inbox, request.task
    return Routing(
        None if inbox is None else InboxMessage(inbox.recipient_id, plain_lines(inbox.note)),
        None if task is None else FollowUp(task.assignee_id, task.due, plain_lines(task.note)),
    )
