"""Where a clinician asks for filing, looks how far it is, and answers what only a clinician can."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.exc import IntegrityError

from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.commits.accept import CommitAcceptance, again, read_commit
from clinicpro_images.commits.errors import CommitMalformed, IdempotencyConflict, NothingToDo
from clinicpro_images.commits.jobs.job import Job, confirmed_in_inbox
from clinicpro_images.commits.jobs.rows import change_job, read_job, show_progress
from clinicpro_images.commits.routing import (
    FollowUp,
    InboxMessage,
    Routing,
)
from clinicpro_images.commits.schemas import STEP_KINDS, CommitRequest, CommitSchema, Step
from clinicpro_images.commits.store import read_commit_schema
from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.db.crypto import Keyring
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import commit_images, commits, images, jobs
from clinicpro_images.errors import NotFound
from clinicpro_images.events.journal import Journal, Write
from clinicpro_images.images.store import ImageStore
from clinicpro_images.sessions.session import Session
from clinicpro_images.settings.parsers import CommitTarget

MAX_PER_COMMIT = 10
_LONGEST_KEY = 200
_WORDS: dict[Step, str] = {"inbox": "message", "task": "task"}


class CommitService:
    """Takes requests to file and turns them into jobs, before anyone is told "accepted"."""

    def __init__(
        self,
        *,
        database: Database,
        journal: Journal,
        keyring: Keyring,
        images: ImageStore,
        target: CommitTarget,
        wake_worker: Callable[[], None],
    ) -> None:
        """`wake_worker` spares new jobs the wait for the worker's next look."""
        self._database = database
        self._journal = journal
        self._keyring = keyring
        self._images = images
        self._acceptance = CommitAcceptance(images, keyring, target)
        self._wake_worker = wake_worker

    async def file(
        self, session: Session, key: str | None, request: CommitRequest, *, correlation_id: str
    ) -> CommitSchema:
        """Accept a request once per key; raises CommitError, NotFound."""
        if not key or len(key) > _LONGEST_KEY:
            raise CommitMalformed(
                "This request to file lacks its Idempotency-Key. Reload the page and file again."
            )
        self._check_shape(request)
        idempotency_hash = self._keyring.keyed_hash("idempotency-key", key)
        body_hash = self._keyring.keyed_hash("commit-body", request.model_dump_json())
        try:
            view = await self._file_once(session, request, idempotency_hash, body_hash, correlation_id)
        except IntegrityError:
            # The same key, or the same pictures, met another request in this very moment.
            view = await self._file_once(session, request, idempotency_hash, body_hash, correlation_id)
        self._wake_worker()
        return view

    def _check_shape(self, request: CommitRequest) -> None:
        count = len(request.image_ids)
        if count == 0:
            raise CommitMalformed("No pictures were chosen. Choose at least one picture to file.")
        if count > MAX_PER_COMMIT:
            raise CommitMalformed(
                f"At most {MAX_PER_COMMIT} pictures can be filed at once. File the others afterwards."
            )
        if len(set(request.image_ids)) != count:
            raise CommitMalformed("A picture was chosen twice. Reload the page and file again.")

    async def _file_once(
        self,
        session: Session,
        request: CommitRequest,
        idempotency_hash: str,
        body_hash: str,
        correlation_id: str,
    ) -> CommitSchema:
        asked = {"session_id": session.id, "idempotency_hash": idempotency_hash}
        async with self._journal.write() as transaction:
            known = (await transaction.connection.execute(_BY_KEY, asked)).one_or_none()
            if known is not None:
                if known.body_hash != body_hash:
                    raise IdempotencyConflict
                return await self._view(transaction.connection, session.id, known)
            keys = asked | {"body_hash": body_hash}
            accepted = await self._acceptance.accept(
                transaction,
                session,
                request.image_ids,
                _routing(request),
                keys=keys,
                correlation_id=correlation_id,
            )
            return await read_commit_schema(transaction.connection, self._images, session.id, accepted)

    async def show(self, session_id: str, commit_id: str) -> CommitSchema:
        """Return a commit of this session; raises NotFound for anybody else's."""
        async with self._database.read() as connection:
            return await self._view(
                connection, session_id, await _commit_of(connection, session_id, commit_id)
            )

    async def _view(self, connection: AsyncConnection, session_id: str, row: Row[Any]) -> CommitSchema:
        return await read_commit_schema(connection, self._images, session_id, read_commit(row, self._keyring))

    async def retry(self, session: Session, commit_id: str, *, correlation_id: str) -> CommitSchema:
        """Queue everything of the commit that failed; raises NotFound, NothingToDo."""
        async with self._journal.write() as transaction:
            connection = transaction.connection
            await _commit_of(connection, session.id, commit_id)
            image_ids = await _image_ids(connection, commit_id)
            await self._images.lock(connection, image_ids)
            # A picture that was removed meanwhile stays removed.
            here = select(images.c.id).where(images.c.id.in_(image_ids), images.c.content_key.is_not(None))
            theirs = jobs.c.image_id.in_(here) | ((jobs.c.commit_id == commit_id) & jobs.c.image_id.is_(None))
            failed = await _jobs_where(connection, theirs, jobs.c.state == "failed", lock=True)
            if not failed:
                raise NothingToDo(
                    "Nothing of this request failed, so there is nothing to send again. Reload to see its current state."
                )
            for job in failed:
                about = {"kind": job.kind}
                subject = job.image_id or job.commit_id
                transaction.record(Entry("commit.retried", session.actor, subject=subject, about=about))
                await again(transaction, self._images, job, correlation_id, "clinician-retry")
        self._wake_worker()
        return await self.show(session.id, commit_id)

    async def resolve(
        self, session: Session, commit_id: str, image_id: str, *, in_inbox: bool, correlation_id: str
    ) -> CommitSchema:
        """Record the clinician's answer for an unverified picture; raises NotFound, NothingToDo."""
        async with self._journal.write() as transaction:
            connection = transaction.connection
            await _commit_of(connection, session.id, commit_id)
            if image_id not in await _image_ids(connection, commit_id):
                raise NotFound("This picture is not part of this request. Reload the page to see what is.")
            await self._images.lock(connection, [image_id])
            doubtful = await _jobs_where(
                connection, jobs.c.image_id == image_id, jobs.c.state == "unverified", lock=True
            )
            if not doubtful:
                raise NothingToDo("This picture needs no answer any more. Reload to see its current state.")
            await self._answer(transaction, session.actor, doubtful, correlation_id, in_inbox=in_inbox)
        self._wake_worker()
        return await self.show(session.id, commit_id)

    async def resolve_step(
        self, session: Session, commit_id: str, step: Step, *, in_inbox: bool, correlation_id: str
    ) -> CommitSchema:
        """Record the clinician's answer for an unverified message or task; raises NotFound, NothingToDo."""
        async with self._journal.write() as transaction:
            connection = transaction.connection
            await _commit_of(connection, session.id, commit_id)
            doubtful = await _jobs_where(
                connection,
                jobs.c.commit_id == commit_id,
                jobs.c.image_id.is_(None),
                jobs.c.kind == STEP_KINDS[step],
                jobs.c.state == "unverified",
                lock=True,
            )
            if not doubtful:
                raise NothingToDo(f"The {_WORDS[step]} needs no answer. Reload to see its current state.")
            await self._answer(transaction, session.actor, doubtful, correlation_id, in_inbox=in_inbox)
        self._wake_worker()
        return await self.show(session.id, commit_id)

    async def _answer(
        self, transaction: Write, actor: Actor, doubtful: list[Job], correlation_id: str, *, in_inbox: bool
    ) -> None:
        for job in doubtful:
            transaction.record(
                Entry(
                    "commit.confirmed" if in_inbox else "commit.retried",
                    actor,
                    subject=job.image_id or job.commit_id,
                    about={"kind": job.kind},
                )
            )
            if in_inbox:
                after = confirmed_in_inbox(job)
                await change_job(transaction.connection, job, after, "clinician-in-inbox", transaction.now)
                await show_progress(transaction, self._images, after)
            else:
                await again(transaction, self._images, job, correlation_id, "clinician-send-again")


def _routing(request: CommitRequest) -> Routing:
    inbox, task = request.inbox, request.task
    return Routing(
        None if inbox is None else InboxMessage(inbox.recipient_id, inbox.note),
        None if task is None else FollowUp(task.assignee_id, task.due, task.note),
    )


# Made once: to put a statement together takes longer than to carry it out.
_BY_KEY = select(commits).where(
    commits.c.session_id == bindparam("session_id"),
    commits.c.idempotency_hash == bindparam("idempotency_hash"),
)
_COMMIT = select(commits).where(
    commits.c.id == bindparam("commit_id"), commits.c.session_id == bindparam("session_id")
)
_IMAGE_IDS = (
    select(commit_images.c.image_id)
    .where(commit_images.c.commit_id == bindparam("of_commit"))
    .order_by(commit_images.c.position)
)


async def _jobs_where(connection: AsyncConnection, *conditions: Any, lock: bool = False) -> list[Job]:
    query = select(jobs).where(*conditions).order_by(jobs.c.id)
    # Only who changes them locks: workers pass over locked jobs, and a page asks how far they are all the time.
    rows = await connection.execute(query.with_for_update() if lock else query)
    return [read_job(row) for row in rows.all()]


async def _commit_of(connection: AsyncConnection, session_id: str, commit_id: str) -> Row[Any]:
    asked = {"commit_id": commit_id, "session_id": session_id}
    row = (await connection.execute(_COMMIT, asked)).one_or_none()
    if row is None:
        raise NotFound("There is no such filing request in this session. Reload the page to see what is.")
    return row


async def _image_ids(connection: AsyncConnection, commit_id: str) -> list[str]:
    return list((await connection.scalars(_IMAGE_IDS, {"of_commit": commit_id})).all())
